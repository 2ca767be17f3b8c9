from __future__ import annotations

import json
from types import MappingProxyType
from urllib.parse import quote

import pytest

from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import (
    ADD_PROFILE,
    Access,
    Profile,
    Profiles,
    Secret,
    StoredToken,
    TokenVariable,
    checked_name,
    checked_token,
    checked_variable,
)
from canvas_progress.core.errors import CredentialError, RefusedError, UsageError
from canvas_progress.core.profile_choice import (
    Choice,
    Environment,
    as_reached,
    choose,
    choose_for_base,
    environment_pair,
    preceding_variables,
    without_tokens,
)
from canvas_progress.core.wording import SHORTEST_SECRET
from cases import each, refused, table

TOKEN = "7~topsecret"
SCHOOL = "https://school.example.edu"
COLLEGE = "https://college.example.org"
PROD, BETA = f"{SCHOOL}/prod", f"{SCHOOL}/beta"
PAIR = {"CANVAS_PROGRESS_URL": "pair.example.edu", "CANVAS_PROGRESS_TOKEN": "x"}
USUAL = {"CANVAS_API_URL": "usual.example.edu", "CANVAS_API_TOKEN": "y"}
NOTHING_SET: Environment = MappingProxyType({})


def profiles(default: str | None = None, **urls: str) -> Profiles:
    """Return a file of profiles with these names and URLs."""
    credential = StoredToken(Secret(TOKEN))
    return Profiles(tuple(Profile(name, parse_base_url(url), credential) for name, url in urls.items()), default)


STORED = profiles("school", school=SCHOOL, college=COLLEGE)
BOTH = profiles(ann=SCHOOL, bob=SCHOOL)
BELOW = profiles("prod", prod=PROD, beta=BETA, other=BETA)


def reached(
    written: str, stored: Profiles, option: str | None = None, env: Environment = NOTHING_SET, *, exact: bool = False
) -> str:
    base = parse_base_url(written, allow_http=True)
    return str(as_reached(base, option, env, lambda: stored, exact=exact))


def preferring(name: str) -> dict[str, str]:
    return {"CANVAS_PROGRESS_PROFILE": name}


def chosen(option: str | None, environment: Environment, stored: Profiles = STORED) -> Choice:
    return choose(option, environment, lambda: stored)


def chosen_for(
    url: str,
    option: str | None = None,
    environment: Environment = NOTHING_SET,
    stored: Profiles = STORED,
    *,
    seen_with: str | None = None,
) -> Choice:
    base = parse_base_url(url, allow_http=True)
    return choose_for_base(base, option, environment, lambda: stored, seen_with=seen_with)


ONE_BELOW = profiles(prod=PROD, college=COLLEGE)
TWO_BELOW = profiles(prod=PROD, beta=BETA)
ROOT_TOO = profiles(prod=PROD, root=SCHOOL)
PAIR_BELOW = PAIR | {"CANVAS_PROGRESS_URL": PROD}


@pytest.mark.parametrize("option", [None, "prod"])
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("http://school.example.edu", PROD),
        (SCHOOL, PROD),
        (PROD, PROD),
        (BETA, BETA),
        (f"{SCHOOL}:8443", f"{SCHOOL}:8443"),
        ("https://other.example.edu", "https://other.example.edu"),
    ],
)
def test_what_canvas_writes_about_itself_is_where_users_reach_it(
    written: str, expected: str, option: str | None
) -> None:
    assert reached(written, ONE_BELOW, option) == expected


def test_of_two_canvases_that_may_have_written_it_none_is_chosen_unless_it_is_named() -> None:
    message = f"{SCHOOL} may be any of {PROD}, {BETA}"
    assert refused(RefusedError, reached, SCHOOL, TWO_BELOW) == (message, "name the profile with `-p`")
    assert reached(SCHOOL, TWO_BELOW, "prod") == PROD
    assert reached(SCHOOL, TWO_BELOW, env=PAIR | {"CANVAS_PROGRESS_URL": SCHOOL}) == SCHOOL


@pytest.mark.parametrize(("option", "env"), [(None, {}), (None, PAIR_BELOW), ("prod", {}), ("root", {})])
def test_the_very_canvas_that_wrote_it_goes_before_all_that_add_a_path(option: str | None, env: Environment) -> None:
    assert reached(SCHOOL, ROOT_TOO, option, env) == SCHOOL


def test_what_writes_goes_to_no_path_that_was_not_written_unless_its_profile_is_named() -> None:
    only = profiles(prod=f"{COLLEGE}/prod")
    http = COLLEGE.replace("https", "http")
    assert reached(http, only, exact=True) == http
    assert reached(http, only) == reached(http, only, "prod", exact=True) == f"{COLLEGE}/prod"
    assert reached("http://school.example.edu", ROOT_TOO, exact=True) == SCHOOL


@pytest.mark.parametrize(
    ("written", "expected"),
    [(f"{SCHOOL}:8443", f"{SCHOOL}:8443/prod"), (SCHOOL, SCHOOL), (f"{SCHOOL}:9", f"{SCHOOL}:9")],
)
def test_a_port_of_its_own_is_that_of_the_same_canvas_and_no_other_is(written: str, expected: str) -> None:
    assert reached(written, profiles(prod=f"{SCHOOL}:8443/prod")) == expected


def test_what_a_canvas_writes_about_itself_is_not_taken_for_the_canvas_of_the_environment() -> None:
    assert reached(SCHOOL, profiles(prod=PROD), env=PAIR) == PROD


TOKENS = ("CANVAS_PROGRESS_TOKEN", "CANVAS_API_TOKEN", "CANVAS_API_KEY", "CANVAS_TOKEN")


@table(
    "option environment name reason",
    {
        "option": ("college", preferring("school") | PAIR, "college", "-p"),
        "variable": (None, preferring("college") | PAIR, "college", "CANVAS_PROGRESS_PROFILE"),
        "pair": (None, PAIR, "environment", "CANVAS_PROGRESS_URL and CANVAS_PROGRESS_TOKEN"),
        "default": (None, {}, "school", "the default profile"),
        "empty variable": (None, preferring(""), "school", "the default profile"),
        **{f"{token} without a URL": (None, {token: TOKEN}, "school", "the default profile") for token in TOKENS},
    },
)
def test_the_option_goes_before_the_variable_before_the_pair_before_the_default(
    option: str | None, environment: Environment, name: str, reason: str
) -> None:
    choice = chosen(option, environment)
    assert (choice.profile.name, choice.reason) == (name, reason)


def broken() -> Profiles:
    raise CredentialError("the file does not parse")


@table(
    "environment first",
    {
        "nothing": ({}, None),
        "a name": (preferring("school"), "CANVAS_PROGRESS_PROFILE"),
        "a name beside a pair": (preferring("school") | PAIR, "CANVAS_PROGRESS_PROFILE"),
        "a pair": (PAIR, "CANVAS_PROGRESS_URL and CANVAS_PROGRESS_TOKEN"),
        "half a pair": ({"CANVAS_URL": "school.example.edu"}, None),
    },
)
def test_the_variables_that_go_before_the_default_are_known(environment: Environment, first: str | None) -> None:
    assert preceding_variables(environment) == first


def test_a_broken_file_is_no_hindrance_where_the_environment_says_all() -> None:
    assert choose(None, PAIR, broken).profile.base.host == "pair.example.edu"


NOT_SET_UP = "no Canvas and no token are set up"
NO_X, NO_OLD = "there is no profile `x`", "there is no profile `old`"
THERE_ARE = "there is `school`, `college`"
TOKEN_ALONE = (
    "CANVAS_API_KEY is set, but none of CANVAS_API_URL, CANVAS_BASE_URL, CANVAS_URL: a token needs its URL beside it"
)
URL_ALONE = "CANVAS_URL is set, but none of CANVAS_API_TOKEN, CANVAS_API_KEY, CANVAS_TOKEN"
MIXED = {"CANVAS_PROGRESS_URL": "school.example.edu", "CANVAS_TOKEN": TOKEN}
NO_DEFAULT = ("no profile is the default", "run `canvas-progress profile use school`")


@table(
    "option environment stored message hint",
    {
        "option among others": ("x", {}, STORED, NO_X, THERE_ARE),
        "option among none": ("x", {}, Profiles(), NO_X, ADD_PROFILE),
        "variable, beside a pair": (None, preferring("x") | PAIR, STORED, NO_X, THERE_ARE),
        "no default": (None, {}, Profiles(STORED.all), *NO_DEFAULT),
        "default that is gone": (None, {}, Profiles(STORED.all, "old"), NO_OLD, THERE_ARE),
        "nothing": (None, {}, Profiles(), NOT_SET_UP, ADD_PROFILE),
        "token alone, not quoted": (None, {"CANVAS_API_KEY": TOKEN}, Profiles(), NOT_SET_UP, TOKEN_ALONE),
        "URL alone": (None, {"CANVAS_URL": "school.example.edu"}, Profiles(), NOT_SET_UP, URL_ALONE),
        "halves of two pairs": (
            None,
            MIXED,
            Profiles(),
            NOT_SET_UP,
            "CANVAS_PROGRESS_URL is set, but not CANVAS_PROGRESS_TOKEN",
        ),
    },
)
def test_without_a_profile_the_error_tells_what_to_run_next(
    option: str | None, environment: Environment, stored: Profiles, message: str, hint: str
) -> None:
    kind = UsageError if message in {NO_X, NO_OLD} else CredentialError  # a wrong name is no missing credential
    assert refused(kind, chosen, option, environment, stored) == (message, hint)


OTHER = "https://other.example.edu"


@table(
    "environment said hint",
    {
        "before the default": (
            {"CANVAS_PROGRESS_URL": OTHER},
            ("CANVAS_PROGRESS_URL", "not CANVAS_PROGRESS_TOKEN", f"the default profile is {SCHOOL}"),
            "set CANVAS_PROGRESS_TOKEN too, or unset CANVAS_PROGRESS_URL, or name the profile with `-p`",
        ),
        "with an empty token": (
            {"CANVAS_URL": OTHER, "CANVAS_TOKEN": " "},
            (
                "CANVAS_URL",
                "none of CANVAS_API_TOKEN, CANVAS_API_KEY, CANVAS_TOKEN",
                f"the default profile is {SCHOOL}",
            ),
            "set CANVAS_API_TOKEN too, or unset CANVAS_URL, or name the profile with `-p`",
        ),
        "before the usual pair": (
            {"CANVAS_PROGRESS_URL": OTHER, **USUAL},
            (
                "CANVAS_PROGRESS_URL",
                "not CANVAS_PROGRESS_TOKEN",
                "CANVAS_API_URL and CANVAS_API_TOKEN is https://usual.example.edu",
            ),
            "set CANVAS_PROGRESS_TOKEN too, or unset CANVAS_PROGRESS_URL, or name the profile with `-p`",
        ),
    },
)
def test_a_url_without_its_token_lets_no_other_canvas_be_used(
    environment: Environment, said: tuple[str, str, str], hint: str
) -> None:
    url, missing, instead = said
    message = f"{url} is set to {OTHER}, but {missing}; the Canvas of {instead}"
    assert refused(CredentialError, chosen, None, environment) == (message, hint)


@table(
    "option environment name",
    {
        "of the Canvas that is used anyway": (None, {"CANVAS_PROGRESS_URL": SCHOOL}, "school"),
        "beside a name": ("college", {"CANVAS_PROGRESS_URL": OTHER}, "college"),
        "beside a name in a variable": (None, {"CANVAS_URL": OTHER, **preferring("college")}, "college"),
        "after a whole pair": (None, {**PAIR, "CANVAS_URL": OTHER}, "environment"),
    },
)
def test_a_url_without_its_token_is_no_hindrance(option: str | None, environment: Environment, name: str) -> None:
    assert chosen(option, environment).profile.name == name


def test_how_to_add_a_profile_is_a_whole_command() -> None:
    assert "canvas-progress profile add NAME --url" in ADD_PROFILE


@pytest.mark.parametrize("url", each("CANVAS_API_URL CANVAS_BASE_URL CANVAS_URL"))
@pytest.mark.parametrize("token", each("CANVAS_API_TOKEN CANVAS_API_KEY CANVAS_TOKEN"))
def test_the_usual_variables_make_a_pair_in_any_combination(url: str, token: str) -> None:
    pair = environment_pair({url: "https://pair.example.edu/api/v1", token: "x"})
    assert pair is not None
    assert (str(pair.profile.base), pair.profile.credential) == ("https://pair.example.edu", TokenVariable(token))


@table(
    "own reason",
    {
        "whole": (PAIR, "CANVAS_PROGRESS_URL and CANVAS_PROGRESS_TOKEN"),
        **{f"{half} alone": ({half: PAIR[half]}, "CANVAS_API_URL and CANVAS_API_TOKEN") for half in PAIR},
    },
)
def test_our_own_pair_goes_before_the_usual_one_and_half_of_it_mixes_with_none(own: Environment, reason: str) -> None:
    pair = environment_pair({**own, **USUAL})
    assert pair is not None
    assert pair.reason == reason


@pytest.mark.parametrize(
    "environment",
    [
        {"CANVAS_PROGRESS_URL": "pair.example.edu", "CANVAS_TOKEN": "y"},
        {"CANVAS_URL": "pair.example.edu", "CANVAS_PROGRESS_TOKEN": "y"},
        {"CANVAS_URL": "pair.example.edu", "CANVAS_TOKEN": ""},
        {"CANVAS_URL": " ", "CANVAS_TOKEN": "y"},
        {},
    ],
)
def test_what_is_not_both_halves_of_one_pair_is_none(environment: Environment) -> None:
    assert environment_pair(environment) is None


def test_a_bad_url_in_the_environment_is_told_with_the_name_of_its_variable() -> None:
    bad = {"CANVAS_URL": "http://pair.example.edu", "CANVAS_TOKEN": "x"}
    message, hint = refused(UsageError, environment_pair, bad)
    assert message.startswith("the environment variable CANVAS_URL: http://pair.example.edu would")
    assert (hint or "").startswith("use https://")


@table(
    "url option environment stored name",
    {
        "not the default": (COLLEGE, None, {}, STORED, "college"),
        "option": (COLLEGE, "college", {}, STORED, "college"),
        "pair": ("https://pair.example.edu", None, PAIR, STORED, "environment"),
        "variable, of two for one URL": (SCHOOL, None, preferring("bob"), BOTH, "bob"),
        "variable that is for another": (COLLEGE, None, preferring("school"), STORED, "college"),
        "first as default, of two for one URL": (SCHOOL, None, {}, Profiles(BOTH.all, "ann"), "ann"),
        "second as default, of two for one URL": (SCHOOL, None, {}, Profiles(BOTH.all, "bob"), "bob"),
        "path below a host": (PROD, None, {}, BELOW, "prod"),
    },
)
def test_a_url_picks_a_profile_of_its_own_canvas(
    url: str, option: str | None, environment: Environment, stored: Profiles, name: str
) -> None:
    assert chosen_for(url, option, environment, stored).profile.name == name


def test_the_reason_for_the_profile_of_a_url_is_told() -> None:
    assert chosen_for(COLLEGE, "college").reason == "-p"
    assert chosen_for(COLLEGE).reason == "the Canvas of the URL"
    assert chosen_for(SCHOOL, None, preferring("bob"), BOTH).reason == "CANVAS_PROGRESS_PROFILE"


def no_profile_for(url: str) -> tuple[str, str]:
    return (
        f"no profile is for {url}, and a token goes to no other Canvas than its own",
        f"run `canvas-progress profile add NAME --url {url}`",
    )


def not_for(name: str, its: str, url: str) -> str:
    return f"profile `{name}` is for {its}, not for {url}"


ONE = profiles("prod", prod=PROD)
EVIL, HTTP, PORT = "https://evil.example", "http://school.example.edu", f"{SCHOOL}:8443"


@table(
    "url option stored message hint",
    {
        "another host": (EVIL, None, STORED, *no_profile_for(EVIL)),
        "another scheme": (HTTP, None, STORED, *no_profile_for(HTTP)),
        "another port": (PORT, None, STORED, *no_profile_for(PORT)),
        "another path": (BETA, None, ONE, *no_profile_for(BETA)),
        "option, where another fits": (COLLEGE, "school", STORED, not_for("school", SCHOOL, COLLEGE), "leave out `-p`"),
        "option, where none fits": (EVIL, "school", STORED, not_for("school", SCHOOL, EVIL), no_profile_for(EVIL)[1]),
        "option of another path": (BETA, "prod", ONE, not_for("prod", PROD, BETA), no_profile_for(BETA)[1]),
        "two and no default": (SCHOOL, None, BOTH, f"2 profiles are for {SCHOOL}", "say `-p ann` or `-p bob`"),
    },
)
def test_a_token_goes_to_no_canvas_but_its_own(
    url: str, option: str | None, stored: Profiles, message: str, hint: str
) -> None:
    assert refused(RefusedError, chosen_for, url, option, PAIR, stored) == (message, hint)


@pytest.mark.parametrize("name", ["beta", "other"])
def test_a_job_keeps_the_profile_it_was_seen_with(name: str) -> None:
    choice = chosen_for(BETA, None, preferring("beta"), BELOW, seen_with=name)
    assert (choice.profile.name, choice.reason) == (name, "the profile that the job was seen with")
    pair = {"CANVAS_PROGRESS_URL": BETA, "CANVAS_PROGRESS_TOKEN": "x"}
    assert chosen_for(BETA, None, pair, BELOW, seen_with=name).profile.name == name


def test_the_option_goes_before_the_profile_a_job_was_seen_with() -> None:
    assert chosen_for(BETA, "other", {}, BELOW, seen_with="beta").profile.name == "other"


@pytest.mark.parametrize("name", ["gone", "prod", "environment"])
def test_a_profile_that_is_gone_or_is_for_another_canvas_now_is_not_used(name: str) -> None:
    message, _ = refused(RefusedError, chosen_for, BETA, None, {}, BELOW, seen_with=name)
    assert message == f"2 profiles are for {BETA}"


def test_a_job_seen_with_the_environment_is_asked_for_with_it_while_it_names_that_canvas() -> None:
    pair = PAIR | preferring("school")
    assert chosen_for("pair.example.edu", None, pair, seen_with="environment").profile.name == "environment"


@pytest.mark.parametrize("name", ["school", "School-2", "a", "2026.fall_term", "x" * 64])
def test_letters_digits_dots_and_dashes_make_a_profile_name(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", " ", "-p", ".hidden", "a b", "a/b", "a\n", "é", "x" * 65, "[bold]"])
def test_what_could_be_mistaken_is_no_profile_name(name: str) -> None:
    message, hint = refused(UsageError, checked_name, name)
    assert message.endswith("is not a profile name")
    assert hint == "use letters, digits, `.`, `_` and `-`"


@pytest.mark.parametrize("name", ["sandbox", "environment"])
def test_a_built_in_name_cannot_be_taken(name: str) -> None:
    expected = (f"`{name}` is a built-in name", "choose another name for your profile")
    assert refused(UsageError, checked_name, name) == expected


@pytest.mark.parametrize("text", [TOKEN, f" {TOKEN}", f"{TOKEN}\n", f"\t{TOKEN}\r\n"])
def test_a_token_is_freed_from_the_white_space_around_it(text: str) -> None:
    assert checked_token(text, where="standard input").reveal() == TOKEN


ODD_SIGNS = "the file contains characters that no token can have"
NO_BEARER = "give the token alone, without the word Bearer"


@pytest.mark.parametrize(
    ("text", "message_and_hint"),
    [
        *[(text, ("the file has no token in it", None)) for text in ("", " ", "\n")],
        *[(text, (ODD_SIGNS, None)) for text in ("top secret", "top\nsecret", "töpsecret", "top\x00secret")],
        *[(f"{word} {TOKEN}", (ODD_SIGNS, NO_BEARER)) for word in ("Bearer", "bearer", "BEARER")],
    ],
)
def test_a_token_with_nothing_or_more_in_it_is_refused_without_quoting_it(
    text: str, message_and_hint: tuple[str, str | None]
) -> None:
    assert refused(CredentialError, checked_token, text, where="the file") == message_and_hint


def test_a_token_is_in_no_repr() -> None:
    access = Access(parse_base_url(SCHOOL), Secret(TOKEN), "school")
    shown = f"{access!r} {access} {STORED!r} {Secret(TOKEN)} {[Secret(TOKEN)]}"
    assert "topsecret" not in shown


def test_the_sandbox_is_built_in_and_no_profile_of_the_file() -> None:
    assert refused(UsageError, STORED.named, "sandbox") == (
        "`sandbox` is built in, and stored nowhere",
        "say `-p sandbox`",
    )


def test_other_programs_get_no_variable_that_is_for_tokens_or_holds_one() -> None:
    tokens = {"CANVAS_TOKEN": "x", "CANVAS_PROGRESS_TOKEN": "y", "CANVAS_ACCESS_TOKEN": "z", "MINE": f"a{TOKEN}b"}
    others = {"PATH": "/bin", "T": "t"}
    assert without_tokens(tokens | others, (Secret(TOKEN),)) == others


@pytest.mark.parametrize("name", ["7~token", "", "A B", "a-b", "TOKEN=1"])
def test_what_is_no_name_of_a_variable_is_not_quoted_since_it_may_be_a_token(name: str) -> None:
    assert refused(UsageError, checked_variable, name, where="`--token-env`") == (
        "`--token-env` is not the name of a variable",
        "give a name such as CANVAS_TOKEN, not the token",
    )


def test_a_name_of_a_variable_is_taken_as_it_is() -> None:
    assert checked_variable("MY_TOKEN_2", where="x").variable == "MY_TOKEN_2"


ODD = '7~to/p"se\\cret'


@pytest.mark.parametrize(
    "spelled",
    [
        ODD,
        json.dumps(ODD),
        json.dumps(json.dumps(ODD)),
        json.dumps(ODD).replace("/", r"\/"),
        "".join(f"\\u{ord(letter):04x}" for letter in ODD),
        "".join(f"\\u{ord(letter):04X}" for letter in ODD),
        quote(ODD, safe=""),
        quote(ODD, safe="").lower(),
        "".join(f"%{ord(letter):02X}" for letter in ODD),
        "".join(f"&#{ord(letter)};" for letter in ODD),
        "".join(f"&#x{ord(letter):02x};" for letter in ODD),
        "".join(f"&#X0{ord(letter):02X};" for letter in ODD),
    ],
)
def test_a_token_is_masked_however_its_characters_are_escaped(spelled: str) -> None:
    masked = Secret(ODD).masked_in(f"before {spelled} after")
    assert masked.replace('"', "").replace("\\", "") == "before ******** after"


def test_what_follows_the_shard_of_a_token_is_masked_however_the_shard_is_written() -> None:
    assert Secret(TOKEN).masked_in("70000000000007topsecret") == "70000000000007********"


def test_a_token_is_masked_among_escapes_of_all_kinds() -> None:
    assert Secret(ODD).masked_in(rf"50% \n &amp; {quote(ODD, safe='')}") == r"50% \n &amp; ********"


@pytest.mark.parametrize("text", [r'{"a":"\u0041\n\\"}', "50% of &amp; and &#65;", "nothing at all"])
def test_text_without_the_token_stays_as_it_is(text: str) -> None:
    assert Secret(ODD).masked_in(text) == text


@pytest.mark.parametrize(
    ("token", "text", "masked"),
    [
        ("00000000", r"\u00300000000", "********"),
        ("newtoken", r"\newtoken", "********"),
        ("newtoken", r"\\newtoken", r"\\********"),
        ("newtoken", r"a\\\newtoken b", r"a\\******** b"),
    ],
)
def test_a_token_that_begins_within_an_escape_is_masked_with_all_of_it(token: str, text: str, masked: str) -> None:
    assert Secret(token).masked_in(text) == masked


def test_a_secret_of_few_letters_is_not_masked_since_it_would_mask_half_of_everything() -> None:
    assert Secret("x" * SHORTEST_SECRET).masked_in("x" * SHORTEST_SECRET) == "********"
    short = "x" * (SHORTEST_SECRET - 1)
    assert Secret(short).masked_in(short) == short
