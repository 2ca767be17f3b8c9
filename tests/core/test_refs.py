from __future__ import annotations

import pytest

from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.errors import UsageError
from canvas_progress.core.refs import JobRef, Target, is_same_id, parse_id, parse_ref, targets_of
from cases import each
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


def test_a_bad_id_comes_with_the_forms_that_are_good() -> None:
    with pytest.raises(UsageError) as caught:
        parse_ref("abc")
    assert caught.value.hint == "give an id (12, 1~23), a progress URL, or `-`"


def test_what_may_be_a_token_in_place_of_an_id_is_not_repeated() -> None:
    with pytest.raises(UsageError, match="it may be a token") as caught:
        parse_ref("s3cretS3cretS3cretS3cret")
    assert "s3cret" not in caught.value.message


def test_an_id_that_is_empty_may_be_a_variable_that_is_not_set() -> None:
    with pytest.raises(UsageError) as caught:
        parse_ref("")
    assert caught.value.hint == "it is empty: is a variable unset? Give an id (12, 1~23), a progress URL, or `-`"


def test_a_bad_course_is_called_a_course() -> None:
    with pytest.raises(UsageError, match="`x` is not a course") as caught:
        parse_id("x", what="a course")
    assert caught.value.hint == "give an id (12, 1~23)"


@pytest.mark.parametrize("tail", ["", "/", "//", ".json", ".json/", "?include=x", "#end", "/?a=/b#c", ".json?a=1"])
def test_a_progress_url_names_its_job_whatever_follows_the_id(tail: str) -> None:
    assert parse_ref(f"{HOST}/api/v1/progress/123{tail}") == JobRef(123, base=SCHOOL)


@pytest.mark.parametrize("tail", ["", "/", ".json", "?a=1", "#end"])
def test_an_lti_url_names_its_course_and_job_whatever_follows_the_id(tail: str) -> None:
    assert parse_ref(f"{HOST}/api/lti/courses/9/progress/123{tail}") == JobRef(123, course=9, base=SCHOOL)


@pytest.mark.parametrize("id_", ["1~23", "1%7E23", "1%7e23"])
def test_a_shard_in_a_url_may_be_percent_encoded(id_: str) -> None:
    assert parse_ref(f"{HOST}/api/v1/progress/{id_}").id == 10000000000023


def test_a_course_on_another_shard_is_read_from_an_lti_url() -> None:
    assert parse_ref(f"{HOST}/api/lti/courses/1~9/progress/2").course == 10000000000009


def test_a_canvas_below_a_path_has_progress_urls_too() -> None:
    base = parse_ref("https://example.edu/canvas/api/v1/progress/5").base
    assert base == parse_base_url("https://example.edu/canvas")
    assert base != parse_base_url("https://example.edu")


@pytest.mark.parametrize("host", ["HTTPS://Canvas.Example.EDU", f"{HOST}:443", f"{HOST}."])
def test_the_origin_of_a_url_is_normalised(host: str) -> None:
    assert parse_ref(f"{host}/api/v1/progress/5").base == SCHOOL


@pytest.mark.parametrize("origin", ["http://canvas.example.edu", f"{HOST}:8443"])
def test_another_scheme_or_port_is_another_origin(origin: str) -> None:
    assert str(parse_ref(f"{origin}/api/v1/progress/5").base) == origin


@pytest.mark.parametrize("user", ["ann@", "ann:secret@", "canvas.example.edu:443@"])
def test_a_url_with_a_user_in_it_is_refused_without_quoting_it(user: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_ref(f"https://{user}evil.example/api/v1/progress/5")
    assert caught.value.message == "a URL with a user name or password in it is refused"


@pytest.mark.parametrize("id_", ["abc", "0", "-1", "1.5", "123abc", "12345678901234567890", "%31"])
def test_a_progress_url_with_a_bad_id_says_which_part_is_bad(id_: str) -> None:
    with pytest.raises(UsageError, match=f"is not a progress URL: `{id_}` is not an id"):
        parse_ref(f"{HOST}/api/v1/progress/{id_}")


def test_an_lti_url_with_a_bad_course_says_which_part_is_bad() -> None:
    with pytest.raises(UsageError, match="`self` is not an id"):
        parse_ref(f"{HOST}/api/lti/courses/self/progress/5")


@pytest.mark.parametrize(
    "path", ["", "/", "/courses/5", "/api/v1/progress", "/api/v1/progress/", "/api/v1/progress/5/cancel", "/progress/5"]
)
def test_a_url_of_no_job_is_a_usage_error_that_shows_a_progress_url(path: str) -> None:
    with pytest.raises(UsageError, match=r"^`[^`]*` is not a progress URL$") as caught:
        parse_ref(HOST + path)
    assert caught.value.hint == "it looks like https://HOST/api/v1/progress/ID"


@pytest.mark.parametrize("text", ["canvas.example.edu/api/v1/progress/5", "api/v1/progress/5", "1/2", "/5"])
def test_a_url_without_its_scheme_is_a_usage_error_that_asks_for_it(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_ref(text)
    assert str(caught.value.hint).endswith("with its https://")


@pytest.mark.parametrize("text", ["ftp://canvas.example.edu/api/v1/progress/5", "https:///api/v1/progress/5"])
def test_a_url_of_no_web_server_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="is not a URL of a Canvas"):
        parse_ref(text)


@pytest.mark.parametrize(
    ("path", "what", "where"),
    [
        ("accounts/1/sis_imports/2", "a SIS import", "workflow_state"),
        ("accounts/self/reports/grade_export_csv/2", "an account report", "workflow_state"),
        ("accounts/1/outcome_imports/2", "an outcome import", "workflow_state"),
    ],
)
def test_a_url_of_another_thing_is_answered_with_what_it_is_and_where_its_progress_is(
    path: str, what: str, where: str
) -> None:
    url = f"{HOST}/api/v1/{path}"
    with pytest.raises(UsageError) as caught:
        parse_ref(url)
    assert caught.value.message == f"`{url.partition('?')[0]}` is {what}, not a job"
    assert where in str(caught.value.hint)


def test_course_sends_a_plain_id_to_the_lti_endpoint() -> None:
    assert Target("5", 5, SCHOOL, parse_ref("5", course=9).course).path == "/api/lti/courses/9/progress/5"


def test_course_does_not_change_a_url() -> None:
    assert parse_ref(f"{HOST}/api/v1/progress/5", course=9).course is None


def test_a_plain_id_goes_to_the_rest_endpoint() -> None:
    assert Target("5", 5, SCHOOL).path == "/api/v1/progress/5"


def test_a_ref_remembers_what_was_typed() -> None:
    assert parse_ref("1~23").text == "1~23"


def joined(*texts: str) -> list[str]:
    refs = tuple(parse_ref(text) for text in texts)
    return [target.label for target in targets_of(refs, ((SCHOOL, "school"),) * len(refs))]


def test_the_same_job_given_twice_is_one_job() -> None:
    assert joined("5", f"{HOST}/api/v1/progress/5", " 5 ", "5") == ["5"]


def test_both_spellings_of_an_id_on_a_shard_are_one_job() -> None:
    assert joined("1~23", "10000000000023") == ["10000000000023"]


def test_jobs_come_in_the_order_they_were_given() -> None:
    assert joined("3", "1", "2", "1", "3") == ["3", "1", "2"]


def test_the_same_id_on_two_hosts_is_two_jobs_labelled_with_their_urls() -> None:
    refs = (parse_ref("5"), parse_ref("5"), parse_ref("6"))
    assert [target.label for target in targets_of(refs, ((SCHOOL, "a"), (COLLEGE, "b"), (COLLEGE, "b")))] == [
        "https://canvas.example.edu/api/v1/progress/5",
        "https://canvas.example.org/api/v1/progress/5",
        "6",
    ]


def test_the_same_id_at_both_endpoints_is_labelled_with_its_urls() -> None:
    assert joined("5", f"{HOST}/api/lti/courses/9/progress/5") == [
        f"{HOST}/api/v1/progress/5",
        f"{HOST}/api/lti/courses/9/progress/5",
    ]


@pytest.mark.parametrize(
    "path", ["api/v1/progress/x", "courses/1", "api/v1/progress/5:", "api/v1/accounts/1/sis_imports/2"]
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
    assert (str(ref.base), ref.through) == (f"{HOST}/lms", f"/api/v1/{path}")


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
