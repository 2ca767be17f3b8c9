from __future__ import annotations

import pytest

from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.errors import UsageError
from canvas_progress.core.ids import is_same_id
from canvas_progress.core.refs import JobRef, Target, has_a_job, kind_at, parse_account, parse_id, parse_ref
from canvas_progress.core.targets import targets_of
from cases import each, refused, table
from jobs import COLLEGE, SCHOOL

HOST = "https://canvas.example.edu"


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("1", 1),
        ("123", 123),
        ("0123", 123),
        (" 123\n", 123),
        ("1~23", 10000000000023),
        ("9~9999999999999", 99999999999999),
        ("10000000000023", 10000000000023),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_an_id_is_read_as_the_number_that_canvas_knows(text: str, id_: int) -> None:
    assert parse_ref(text).id == id_


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "12 13",
        "\u0661\u0662\u0663",
        "\u00b2",
        *each(
            "0 00 -1 +1 1.5 1e3 1_000 abc 123abc 0x1f 9223372036854775808 9999999999999999999 "
            "12345678901234567890 ~23 1~ 1~0 0~23 1~2~3 1~-2 1~10000000000000 9999999~1"
        ),
    ],
)
def test_what_is_no_id_is_a_usage_error_that_names_the_argument(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_ref(text)
    assert caught.value.message.startswith(f"`{text}` is not a job")


FORMS = "give an id (12, 1~23), kind:id (sis_import:77), a URL, or `-`"
EMPTY = "it is empty: is a variable unset? Give an id (12, 1~23), kind:id (sis_import:77), a URL, or `-`"
WITH_SCHEME = "give an id (12, 1~23) or a progress URL, with its https://"
KIND_FIRST = "before the colon comes one of progress, sis_import, report, outcome_import, blueprint_sync"
NO_ID = "it is empty: is a variable unset? Give an id (12, 1~23)"
NO_JOB = "it looks like https://HOST/api/v1/progress/ID"
USER = ("a URL with a user name or password in it is refused", "leave out what is before the `@`")
NO_CANVAS = "it looks like https://canvas.example.edu"


@table(
    "text message hint",
    {
        "no number": ("abc", "`abc` is not a job", FORMS),
        "the name of a kind": ("sis_import", "`sis_import` is not a job", "say `sis_import:ID` or `sis_import:latest`"),
        "that of one with a part": (
            "report",
            "`report` is not a job",
            "say `report:TYPE:ID` or `report:TYPE:latest`",
        ),
        "that of one without a newest": ("progress", "`progress` is not a job", "say `progress:ID`"),
        "empty, as a variable that is not set": ("", "`` is not a job", EMPTY),
        "what may be a token": ("s3cret" * 4, "`********` (not repeated: it may be a token) is not a job", FORMS),
        **{
            f"user {user}": (f"https://{user}evil.example/api/v1/progress/5", *USER)
            for user in each("ann@ ann:secret@ canvas.example.edu:443@")
        },
        **{
            f"URL without a job {path}": (HOST + path, f"`{HOST}{path}` is not a progress URL", NO_JOB)
            for path in [
                "",
                *each("/ /courses/5 /api/v1/progress /api/v1/progress/ /api/v1/progress/5/cancel /progress/5"),
            ]
        },
        **{
            f"URL without a scheme {text}": (text, f"`{text}` is not a job", WITH_SCHEME)
            for text in each("canvas.example.edu/api/v1/progress/5 api/v1/progress/5 1/2 /5")
        },
        **{
            f"URL of no web server {text}": (text, f"`{text}` is not a URL of a Canvas", NO_CANVAS)
            for text in each("ftp://canvas.example.edu/api/v1/progress/5 https:///api/v1/progress/5")
        },
        "several in one word": ("1,5", "`1,5` is not a job", "separate several with spaces, not with commas"),
        "a comma after it": ("5,", "`5,` is not a job", "separate several with spaces, not with commas"),
        "with a number sign": ("#9", "`#9` is not a job", "leave the `#` out"),
        "a URL of another kind with a bad id": (
            f"{HOST}/api/v1/accounts/1/sis_imports/abc",
            f"`{HOST}/api/v1/accounts/1/sis_imports/abc` is not the URL of a SIS import: `abc` is not an id",
            None,
        ),
        "a kind that there is not": ("foo:3", "`foo:3` is not a job", KIND_FIRST),
        **{
            f"what has a Progress: {name}": (
                f"{name}:31",
                f"`{name}:31` is not a job",
                f"give its URL, https://HOST/api/v1/courses/COURSE/{place}/ID: its id alone does not say where it is",
            )
            for name, place in {
                "content_migration": "content_migrations",
                "Migrations": "content_migrations",
                "content-export": "content_exports",
                "quiz_report": "quizzes/QUIZ/reports",
            }.items()
        },
        "the plural of a kind": ("reports:5", "`reports:5` is not a job", "did you mean report:TYPE:ID?"),
        "a part of the name of a kind": ("sis:3", "`sis:3` is not a job", "did you mean sis_import:ID?"),
        "a kind in the plural": ("SIS-imports:3", "`SIS-imports:3` is not a job", "did you mean sis_import:ID?"),
        "a kind without an id": ("sis_import:", "`` is not the id of a SIS import", NO_ID),
        "an id too many": ("sis_import:1:2", "`sis_import:1:2` is not a SIS import", "it looks like sis_import:ID"),
        "a report without a type": (
            "report:2",
            "`report:2` is not an account report",
            "it looks like report:TYPE:ID",
        ),
    },
)
def test_what_is_no_job_is_refused_with_what_would_be_one(text: str, message: str, hint: str | None) -> None:
    assert refused(UsageError, parse_ref, text) == (message, hint)


def test_a_bad_course_is_called_a_course() -> None:
    assert refused(UsageError, parse_id, "x", what="a course") == ("`x` is not a course", "give an id (12, 1~23)")


OTHER_KINDS = {
    "sis_import:77": "/api/v1/accounts/{account}/sis_imports",
    "report:grade_export_csv:77": "/api/v1/accounts/{account}/reports/grade_export_csv",
    "outcome_import:77": "/api/v1/accounts/{account}/outcome_imports",
    "blueprint_sync:5:77": "/api/v1/courses/5/blueprint_templates/default/migrations",
}


@pytest.mark.parametrize(("short", "collection"), OTHER_KINDS.items())
@pytest.mark.parametrize("account", ["self", "3", "sis_account_id:A-1"])
def test_a_job_of_another_kind_is_named_shortly_or_by_its_url(short: str, collection: str, account: str) -> None:
    path = collection.format(account=account)
    assert parse_ref(short, account=account) == JobRef(77, collection=path)
    assert parse_ref(short.replace("77", "latest"), account=account) == JobRef(0, collection=path)
    for prefix, tail in (("", ""), ("/canvas", "/"), ("", ".json?x=1#end")):
        base = parse_base_url(f"{HOST}{prefix}")
        assert parse_ref(f"{HOST}{prefix}{path}/77{tail}") == JobRef(77, base=base, collection=path)
    (target,) = targets_of((parse_ref(f"{HOST}{path}/77"),), ((SCHOOL, "school"),))
    assert (target.label, target.path, target.ref) == (short, f"{path}/77", f"{HOST}{path}/77")


def test_a_short_name_is_enough_for_the_root_account_alone() -> None:
    refs = tuple(parse_ref("sis_import:77", account=account) for account in ("self", "3"))
    targets = [targets_of((ref,), ((SCHOOL, "school"),))[0] for ref in refs]
    assert [target.ref for target in targets] == ["sis_import:77", f"{HOST}/api/v1/accounts/3/sis_imports/77"]
    assert [target.title for target in targets] == ["SIS import 77"] * 2


@pytest.mark.parametrize("account", ["3", "1~3", "self", "default", "site_admin", "sis_account_id:A-1"])
def test_an_account_is_named_as_canvas_takes_it(account: str) -> None:
    assert parse_account(account) == account


def test_without_an_account_it_is_the_root_account() -> None:
    assert parse_account(None) == "self"


@pytest.mark.parametrize("account", ["", "-1", "x", "3/..", "a b", "sis_account_id:", "1~"])
def test_what_is_no_account_is_refused(account: str) -> None:
    with pytest.raises(UsageError, match="is not an account for `--account`"):
        parse_account(account)


def test_below_no_other_path_there_are_jobs() -> None:
    with pytest.raises(UsageError, match="no jobs at"):
        kind_at("/api/v1/users")


REST, LTI = f"{HOST}/api/v1/progress", f"{HOST}/api/lti/courses"
JOB, OF_COURSE = JobRef(123, base=SCHOOL), JobRef(123, course=9, base=SCHOOL)
LONG = 10000000000023


@table(
    "text job",
    {
        **{
            f"URL with {tail or 'nothing'} after the id": (f"{REST}/123{tail}", JOB)
            for tail in ["", *each("/ // .json .json/ ?include=x #end /?a=/b#c .json?a=1")]
        },
        **{
            f"LTI URL with {tail or 'nothing'} after the id": (f"{LTI}/9/progress/123{tail}", OF_COURSE)
            for tail in ["", *each("/ .json ?a=1 #end")]
        },
        **{f"URL with {id_}": (f"{REST}/{id_}", JobRef(LONG, base=SCHOOL)) for id_ in each("1~23 1%7E23 1%7e23")},
        "LTI URL of a course on a shard": (f"{LTI}/1~23/progress/2", JobRef(2, course=LONG, base=SCHOOL)),
        **{
            f"URL at {origin}": (f"{origin}/api/v1/progress/123", JOB)
            for origin in (HOST.upper(), f"{HOST}:443", f"{HOST}.")
        },
        **{
            f"URL of another Canvas {base}": (
                f"{base}/api/v1/progress/5",
                JobRef(5, base=parse_base_url(base, allow_http=True)),
            )
            for base in ("http://canvas.example.edu", f"{HOST}:8443", f"{HOST}/canvas")
        },
    },
)
def test_a_url_names_its_job_and_its_canvas(text: str, job: JobRef) -> None:
    assert parse_ref(text) == job
    assert parse_ref(text, course=7) == job  # `--course` does not change a URL


@pytest.mark.parametrize("id_", ["abc", "0", "-1", "1.5", "123abc", "12345678901234567890", "%31"])
def test_a_progress_url_with_a_bad_id_says_which_part_is_bad(id_: str) -> None:
    with pytest.raises(UsageError, match=f"is not a progress URL: `{id_}` is not an id"):
        parse_ref(f"{HOST}/api/v1/progress/{id_}")


def test_an_lti_url_with_a_bad_course_says_which_part_is_bad() -> None:
    with pytest.raises(UsageError, match="`self` is not an id"):
        parse_ref(f"{HOST}/api/lti/courses/self/progress/5")


@pytest.mark.parametrize(("course", "path"), [(None, "/api/v1/progress/5"), (9, "/api/lti/courses/9/progress/5")])
def test_course_sends_a_plain_id_to_the_lti_endpoint(course: int | None, path: str) -> None:
    assert Target("5", 5, SCHOOL, parse_ref("5", course=course).course).path == path


def test_a_ref_remembers_what_was_typed() -> None:
    assert parse_ref("1~23").text == "1~23"


def joined(*texts: str) -> list[str]:
    refs = tuple(parse_ref(text) for text in texts)
    return [target.label for target in targets_of(refs, ((SCHOOL, "school"),) * len(refs))]


@table(
    "texts labels",
    {
        "given twice": (["5", f"{REST}/5", " 5 ", "5"], ["5"]),
        "with its shard, and as one number": (["1~23", "10000000000023"], ["10000000000023"]),
        "in the order given": (["3", "1", "2", "1", "3"], ["3", "1", "2"]),
        "at both endpoints": (["5", f"{LTI}/9/progress/5"], [f"{REST}/5", f"{LTI}/9/progress/5"]),
    },
)
def test_one_job_is_one_target_labelled_with_its_id_or_where_that_is_not_enough_its_url(
    texts: list[str], labels: list[str]
) -> None:
    assert joined(*texts) == labels


def test_the_same_id_on_two_hosts_is_two_jobs_labelled_with_their_urls() -> None:
    refs, places = tuple(map(parse_ref, "556")), ((SCHOOL, "a"), (COLLEGE, "b"), (COLLEGE, "b"))
    assert [target.label for target in targets_of(refs, places)] == [
        "https://canvas.example.edu/api/v1/progress/5",
        "https://canvas.example.org/api/v1/progress/5",
        "6",
    ]


@pytest.mark.parametrize(
    "path", ["api/v1/progress/x", "courses/1", "api/v1/progress/5:", "api/v1/accounts/1/sis_imports/x"]
)
def test_a_token_in_the_query_of_a_url_is_not_quoted(path: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_ref(f"{HOST}/{path}?access_token=marked#marked")
    assert "marked" not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize(
    "path",
    each(
        "courses/1/content_migrations/2 accounts/1/content_migrations/2 users/self/content_exports/2 "
        "courses/1/epub_exports/2 courses/1/quizzes/2/reports/3"
    ),
)
def test_a_url_of_something_that_has_a_job_is_followed_to_it(path: str) -> None:
    ref = parse_ref(f"{HOST}/lms/api/v1/{path}.json?include[]=x")
    assert (str(ref.base), ref.parent_path) == (f"{HOST}/lms", f"/api/v1/{path}")


@pytest.mark.parametrize(("one", "other"), [(23, 23), (23, 10000000000023), (10000000000023, 23)])
def test_an_id_is_the_same_whether_or_not_its_shard_is_spelled_out(one: int, other: int) -> None:
    assert is_same_id(one, other)


@pytest.mark.parametrize(("one", "other"), [(23, 24), (10000000000023, 20000000000023), (23, 10000000000024)])
def test_ids_of_two_numbers_or_two_shards_are_two(one: int, other: int) -> None:
    assert not is_same_id(one, other)


def test_a_job_whose_canvas_was_named_is_named_with_it_again() -> None:
    refs = (parse_ref("5"), parse_ref(f"{HOST}/api/v1/progress/6"))
    assert [target.ref for target in targets_of(refs, ((SCHOOL, "school"),) * 2)] == [
        "5",
        "https://canvas.example.edu/api/v1/progress/6",
    ]


OVERLONG = "a" * 70_000


@pytest.mark.parametrize(
    "text",
    [
        f"{HOST}/api/v1/accounts/{OVERLONG}/sis_imports/5",
        f"{HOST}/{OVERLONG}/api/v1/progress/5",
        f"{HOST}/api/v1/courses/{OVERLONG}/content_migrations/5",
        f"{HOST}/api/v1/accounts/\udcff/sis_imports/5",
        f"{HOST}/api/v1/courses/\udcff/content_migrations/5",
        f"report:{OVERLONG}:5",
    ],
)
def test_an_address_that_no_request_can_carry_is_refused_and_not_repeated_in_full(text: str) -> None:
    message, _ = refused(UsageError, parse_ref, text)
    assert len(message) < 400


def test_an_account_that_no_request_can_carry_is_refused() -> None:
    message, _ = refused(UsageError, parse_account, f"sis_account_id:{OVERLONG}")
    assert len(message) < 400


@pytest.mark.parametrize(
    ("path", "has"),
    [
        ("/api/v1/courses/1/content_migrations/2", True),
        ("/api/v1/users/self/content_exports/1~2", True),
        ("/api/v1/courses/1/content_migrations", False),
        ("/api/v1/users/self", False),
        ("/lms/api/v1/courses/1/content_migrations/2", False),
        ("/api/v1/courses/../content_migrations/2", False),
        ("", False),
    ],
)
def test_a_path_is_that_of_a_thing_with_a_job_or_of_none(path: str, has: bool) -> None:  # noqa: FBT001
    assert has_a_job(path) is has
