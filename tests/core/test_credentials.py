from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.choice import (
    Choice,
    Environment,
    as_reached,
    choose,
    choose_for_base,
    environment_pair,
    without_tokens,
)
from canvas_progress.core.credentials import (
    SHORTEST_SECRET,
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

TOKEN = "7~topsecret"
SCHOOL = "https://school.example.edu"
COLLEGE = "https://college.example.org"
PAIR = {"CANVAS_PROGRESS_URL": "pair.example.edu", "CANVAS_PROGRESS_TOKEN": "x"}


def a_profile(name: str, url: str = SCHOOL) -> Profile:
    return Profile(name, parse_base_url(url), StoredToken(Secret(TOKEN)))


STORED = Profiles((a_profile("school"), a_profile("college", COLLEGE)), default="school")


@pytest.mark.parametrize(
    ("written", "reached"),
    [
        ("http://school.example.edu", "https://school.example.edu/prod"),
        ("https://school.example.edu", "https://school.example.edu/prod"),
        ("https://school.example.edu/prod", "https://school.example.edu/prod"),
        ("https://school.example.edu/beta", "https://school.example.edu/beta"),
        ("https://school.example.edu:8443", "https://school.example.edu:8443"),
        ("https://other.example.edu", "https://other.example.edu"),
    ],
)
def test_what_canvas_writes_about_itself_is_where_users_reach_it(written: str, reached: str) -> None:
    stored = Profiles((a_profile("prod", f"{SCHOOL}/prod"), a_profile("college", COLLEGE)))
    base = parse_base_url(written, allow_http=True)
    assert str(as_reached(base, None, {}, lambda: stored)) == reached
    assert str(as_reached(base, "prod", {}, lambda: stored)) == reached


def test_of_two_canvases_that_may_have_written_it_none_is_chosen_unless_it_is_named() -> None:
    stored = Profiles((a_profile("prod", f"{SCHOOL}/prod"), a_profile("beta", f"{SCHOOL}/beta")))
    written = parse_base_url(SCHOOL)
    with pytest.raises(RefusedError, match=rf"^{SCHOOL} may be any of {SCHOOL}/prod, {SCHOOL}/beta$") as caught:
        as_reached(written, None, {}, lambda: stored)
    assert caught.value.hint == "name the profile with `-p`"
    assert as_reached(written, "prod", {}, lambda: stored).prefix == "/prod"
    assert as_reached(written, None, PAIR | {"CANVAS_PROGRESS_URL": SCHOOL}, lambda: stored).prefix == ""


def test_the_very_canvas_that_wrote_it_goes_before_all_that_add_a_path() -> None:
    stored = Profiles((a_profile("prod", f"{SCHOOL}/prod"), a_profile("root", SCHOOL)))
    written = parse_base_url(SCHOOL)
    pair = PAIR | {"CANVAS_PROGRESS_URL": f"{SCHOOL}/prod"}
    for option, environment in ((None, {}), (None, pair), ("prod", {}), ("root", {})):
        assert as_reached(written, option, environment, lambda: stored) == written


def test_what_writes_goes_to_no_path_that_was_not_written_unless_its_profile_is_named() -> None:
    stored = Profiles((a_profile("prod", f"{SCHOOL}/prod"), a_profile("plain")))
    written = parse_base_url("http://college.example.org", allow_http=True)
    only = Profiles((a_profile("prod", f"{COLLEGE}/prod"),))
    assert as_reached(written, None, {}, lambda: only, exact=True) == written
    assert as_reached(written, None, {}, lambda: only).prefix == "/prod"
    assert as_reached(written, "prod", {}, lambda: only, exact=True).prefix == "/prod"
    http = parse_base_url("http://school.example.edu", allow_http=True)
    assert as_reached(http, None, {}, lambda: stored, exact=True) == parse_base_url(SCHOOL)


def broken() -> Profiles:
    raise CredentialError("the file does not parse")


def chosen(option: str | None, environment: Environment, stored: Profiles = STORED) -> tuple[str, str]:
    choice = choose(option, environment, lambda: stored)
    return choice.profile.name, choice.reason


def chosen_for(
    url: str,
    option: str | None,
    environment: Environment,
    stored: Profiles = STORED,
    *,
    seen_with: str | None = None,
) -> Choice:
    base = parse_base_url(url, allow_http=True)
    return choose_for_base(base, option, environment, lambda: stored, seen_with=seen_with)


def test_the_option_goes_before_everything_else() -> None:
    assert chosen("college", {"CANVAS_PROGRESS_PROFILE": "school", **PAIR}) == ("college", "-p")


def test_the_profile_variable_goes_before_the_environment_pair() -> None:
    environment = {"CANVAS_PROGRESS_PROFILE": "college", **PAIR}
    assert chosen(None, environment) == ("college", "CANVAS_PROGRESS_PROFILE")


def test_the_environment_pair_goes_before_the_default_profile() -> None:
    assert chosen(None, PAIR) == ("environment", "CANVAS_PROGRESS_URL and CANVAS_PROGRESS_TOKEN")


def test_the_default_profile_comes_last() -> None:
    assert chosen(None, {}) == ("school", "the default profile")


def test_an_empty_profile_variable_is_as_good_as_none() -> None:
    assert chosen(None, {"CANVAS_PROGRESS_PROFILE": ""}) == ("school", "the default profile")


def test_a_broken_file_is_no_hindrance_where_the_environment_says_all() -> None:
    assert choose(None, PAIR, broken).profile.base.host == "pair.example.edu"


def test_a_profile_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(CredentialError, match="there is no profile `x`") as caught:
        chosen("x", {})
    assert caught.value.hint == "there is `school`, `college`"


def test_a_profile_that_does_not_exist_among_none_is_told_with_how_to_add_one() -> None:
    with pytest.raises(CredentialError) as caught:
        chosen("x", {}, Profiles())
    assert "profile add" in str(caught.value.hint)


def test_a_variable_that_names_no_profile_does_not_fall_back_to_another() -> None:
    with pytest.raises(CredentialError, match="there is no profile `x`"):
        chosen(None, {"CANVAS_PROGRESS_PROFILE": "x", **PAIR})


def test_nothing_set_up_at_all_is_told_with_the_command_to_run_next() -> None:
    with pytest.raises(CredentialError, match=r"^no Canvas and no token are set up$") as caught:
        chosen(None, {}, Profiles())
    assert "canvas-progress profile add NAME --url" in str(caught.value.hint)


def test_profiles_without_a_default_are_told_with_the_command_that_makes_one() -> None:
    with pytest.raises(CredentialError, match="no profile is the default") as caught:
        chosen(None, {}, Profiles(STORED.all))
    assert caught.value.hint == "run `canvas-progress profile use school`"


def test_a_default_that_names_no_profile_is_told() -> None:
    with pytest.raises(CredentialError, match=r"^there is no profile `old`$"):
        chosen(None, {}, Profiles(STORED.all, default="old"))


@pytest.mark.parametrize("token", ["CANVAS_PROGRESS_TOKEN", "CANVAS_API_TOKEN", "CANVAS_API_KEY", "CANVAS_TOKEN"])
def test_an_environment_token_without_an_environment_url_is_not_used(token: str) -> None:
    assert chosen(None, {token: TOKEN}) == ("school", "the default profile")


def test_a_lonely_token_is_told_with_the_url_that_it_needs() -> None:
    with pytest.raises(CredentialError) as caught:
        chosen(None, {"CANVAS_API_KEY": TOKEN}, Profiles())
    assert str(caught.value.hint).startswith("CANVAS_API_KEY is set, but none of CANVAS_API_URL, CANVAS_BASE_URL")


def test_halves_of_different_pairs_are_told_apart() -> None:
    with pytest.raises(CredentialError) as caught:
        chosen(None, {"CANVAS_PROGRESS_URL": "school.example.edu", "CANVAS_TOKEN": TOKEN}, Profiles())
    assert caught.value.hint == "CANVAS_PROGRESS_URL is set, but not CANVAS_PROGRESS_TOKEN"


def test_a_lonely_token_is_not_quoted() -> None:
    with pytest.raises(CredentialError) as caught:
        chosen(None, {"CANVAS_API_KEY": TOKEN}, Profiles())
    assert TOKEN not in f"{caught.value.message}{caught.value.hint}"


def test_a_lonely_url_is_told_with_the_token_that_it_needs() -> None:
    with pytest.raises(CredentialError) as caught:
        chosen(None, {"CANVAS_URL": "school.example.edu"}, Profiles())
    assert str(caught.value.hint).startswith("CANVAS_URL is set, but none of CANVAS_API_TOKEN, CANVAS_API_KEY")


@pytest.mark.parametrize("url", ["CANVAS_API_URL", "CANVAS_BASE_URL", "CANVAS_URL"])
@pytest.mark.parametrize("token", ["CANVAS_API_TOKEN", "CANVAS_API_KEY", "CANVAS_TOKEN"])
def test_the_usual_variables_make_a_pair_in_any_combination(url: str, token: str) -> None:
    pair = environment_pair({url: "https://pair.example.edu/api/v1", token: "x"})
    assert pair is not None
    assert (str(pair.profile.base), pair.profile.credential) == ("https://pair.example.edu", TokenVariable(token))


def test_our_own_pair_goes_before_the_usual_one() -> None:
    pair = environment_pair({"CANVAS_API_URL": "usual.example.edu", "CANVAS_API_TOKEN": "y", **PAIR})
    assert pair is not None
    assert pair.profile.base.host == "pair.example.edu"


@pytest.mark.parametrize("half", PAIR)
def test_half_of_our_own_pair_does_not_mix_with_the_usual_one(half: str) -> None:
    usual = {"CANVAS_API_URL": "usual.example.edu", "CANVAS_API_TOKEN": "y"}
    pair = environment_pair({half: PAIR[half], **usual})
    assert pair is not None
    assert pair.reason == "CANVAS_API_URL and CANVAS_API_TOKEN"


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
    with pytest.raises(
        UsageError, match=r"the environment variable CANVAS_URL: http://pair\.example\.edu would"
    ) as caught:
        environment_pair({"CANVAS_URL": "http://pair.example.edu", "CANVAS_TOKEN": "x"})
    assert str(caught.value.hint).startswith("use https://")


def test_a_url_picks_the_profile_of_its_origin_even_against_the_default() -> None:
    assert chosen_for(COLLEGE, None, {}).profile.name == "college"


def test_a_profile_of_another_origin_is_refused_for_a_url() -> None:
    with pytest.raises(RefusedError, match=r"^profile `school` is for \S+, not for https://college\S+$") as caught:
        chosen_for(COLLEGE, "school", {})
    assert caught.value.hint == "leave out `-p`"
    with pytest.raises(RefusedError) as caught:
        chosen_for("https://evil.example", "school", {})
    assert caught.value.hint == "run `canvas-progress profile add NAME --url https://evil.example`"


def test_the_option_is_taken_for_a_url_of_its_origin() -> None:
    assert chosen_for(COLLEGE, "college", {}).reason == "-p"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://school.example.edu", f"{SCHOOL}:8443"])
def test_a_url_that_no_profile_is_for_is_refused(origin: str) -> None:
    with pytest.raises(RefusedError, match="a token goes to no other Canvas than its own") as caught:
        chosen_for(origin, None, PAIR)
    assert caught.value.hint == f"run `canvas-progress profile add NAME --url {origin}`"


def test_the_environment_pair_is_taken_for_a_url_of_its_origin() -> None:
    assert chosen_for("https://pair.example.edu", None, PAIR).profile.name == "environment"


def test_the_profile_variable_decides_between_two_profiles_of_one_origin() -> None:
    both = Profiles((a_profile("ann"), a_profile("bob")), default="ann")
    assert chosen_for(SCHOOL, None, {"CANVAS_PROGRESS_PROFILE": "bob"}, both).profile.name == "bob"


def test_the_profile_variable_of_another_origin_leaves_a_url_to_its_own_profile() -> None:
    assert chosen_for(COLLEGE, None, {"CANVAS_PROGRESS_PROFILE": "school"}).reason == "the Canvas of the URL"


@pytest.mark.parametrize("default", ["ann", "bob"])
def test_of_two_profiles_for_one_origin_the_default_is_taken(default: str) -> None:
    both = Profiles((a_profile("ann"), a_profile("bob")), default=default)
    assert chosen_for(SCHOOL, None, {}, both).profile.name == default


def test_of_two_profiles_for_one_origin_without_a_default_none_is_guessed() -> None:
    both = Profiles((a_profile("ann"), a_profile("bob")))
    with pytest.raises(RefusedError, match="2 profiles are for https://school") as caught:
        chosen_for(SCHOOL, None, {}, both)
    assert caught.value.hint == "say `-p ann` or `-p bob`"


@pytest.mark.parametrize("name", ["school", "School-2", "a", "2026.fall_term", "x" * 64])
def test_letters_digits_dots_and_dashes_make_a_profile_name(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", " ", "-p", ".hidden", "a b", "a/b", "a\n", "é", "x" * 65, "[bold]"])
def test_what_could_be_mistaken_is_no_profile_name(name: str) -> None:
    with pytest.raises(UsageError, match="is not a profile name") as caught:
        checked_name(name)
    assert caught.value.hint == "use letters, digits, `.`, `_` and `-`"


@pytest.mark.parametrize("name", ["sandbox", "environment"])
def test_a_built_in_name_cannot_be_taken(name: str) -> None:
    with pytest.raises(UsageError, match=f"^`{name}` is a built-in name$") as caught:
        checked_name(name)
    assert caught.value.hint == "choose another name for your profile"


@pytest.mark.parametrize("text", [TOKEN, f" {TOKEN}", f"{TOKEN}\n", f"\t{TOKEN}\r\n"])
def test_a_token_is_freed_from_the_white_space_around_it(text: str) -> None:
    assert checked_token(text, where="standard input").reveal() == TOKEN


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_an_empty_token_is_told_with_its_place(text: str) -> None:
    with pytest.raises(CredentialError, match=r"^CANVAS_TOKEN has no token in it$"):
        checked_token(text, where="CANVAS_TOKEN")


@pytest.mark.parametrize("text", ["top secret", "top\nsecret", "töpsecret", "top\x00secret", "Bearer topsecret"])
def test_a_token_with_more_in_it_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(CredentialError, match="the file contains characters that no token can have") as caught:
        checked_token(text, where="the file")
    assert "secret" not in f"{caught.value.message}{caught.value.hint}"


def test_blanks_in_a_token_are_not_called_the_word_bearer() -> None:
    with pytest.raises(CredentialError) as caught:
        checked_token("top secret", where="the file")
    assert caught.value.hint is None


@pytest.mark.parametrize("word", ["Bearer", "bearer", "BEARER"])
def test_the_word_bearer_before_a_token_is_recognised(word: str) -> None:
    with pytest.raises(CredentialError) as caught:
        checked_token(f"{word} {TOKEN}", where="the file")
    assert caught.value.hint == "give the token alone, without the word Bearer"


def test_a_token_is_in_no_repr() -> None:
    access = Access(parse_base_url(SCHOOL), Secret(TOKEN), "school")
    shown = f"{access!r} {access} {STORED!r} {Secret(TOKEN)} {[Secret(TOKEN)]}"
    assert "topsecret" not in shown


def test_the_sandbox_is_built_in_and_no_profile_of_the_file() -> None:
    with pytest.raises(CredentialError, match=r"^`sandbox` is built in, and stored nowhere$") as caught:
        STORED.named("sandbox")
    assert caught.value.hint == "say `-p sandbox`"


def test_other_programs_get_no_variable_that_is_for_tokens_or_holds_one() -> None:
    environment = {
        "PATH": "/bin",
        "CANVAS_TOKEN": "x",
        "CANVAS_PROGRESS_TOKEN": "y",
        "CANVAS_ACCESS_TOKEN": "z",
        "MINE": f"a{TOKEN}b",
        "T": "t",
    }
    assert without_tokens(environment, (Secret(TOKEN),)) == {"PATH": "/bin", "T": "t"}


@pytest.mark.parametrize("name", ["7~token", "", "A B", "a-b", "TOKEN=1"])
def test_what_is_no_name_of_a_variable_is_not_quoted_since_it_may_be_a_token(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked_variable(name, where="`--token-env`")
    assert caught.value.message == "`--token-env` is not the name of a variable"
    assert caught.value.hint == "give a name such as CANVAS_TOKEN, not the token"


def test_a_name_of_a_variable_is_taken_as_it_is() -> None:
    assert checked_variable("MY_TOKEN_2", where="x").variable == "MY_TOKEN_2"


PROD, BETA = f"{SCHOOL}/prod", f"{SCHOOL}/beta"
BELOW = Profiles((a_profile("prod", PROD), a_profile("beta", BETA), a_profile("other", BETA)), default="prod")


def test_two_canvases_below_one_host_are_two() -> None:
    assert chosen_for(PROD, None, {}, BELOW).profile.name == "prod"
    for option in (None, "prod"):
        with pytest.raises(RefusedError, match=f"for {BETA}"):
            chosen_for(BETA, option, {}, Profiles((a_profile("prod", PROD),), default="prod"))


@pytest.mark.parametrize("name", ["beta", "other"])
def test_a_job_keeps_the_profile_it_was_seen_with(name: str) -> None:
    environment = {"CANVAS_PROGRESS_PROFILE": "beta"}
    choice = chosen_for(BETA, None, environment, BELOW, seen_with=name)
    assert (choice.profile.name, choice.reason) == (name, "the profile that the job was seen with")
    pair = {"CANVAS_PROGRESS_URL": BETA, "CANVAS_PROGRESS_TOKEN": "x"}
    assert chosen_for(BETA, None, pair, BELOW, seen_with=name).profile.name == name


def test_the_option_goes_before_the_profile_a_job_was_seen_with() -> None:
    assert chosen_for(BETA, "other", {}, BELOW, seen_with="beta").profile.name == "other"


@pytest.mark.parametrize("name", ["gone", "prod", "environment"])
def test_a_profile_that_is_gone_or_is_for_another_canvas_now_is_not_used(name: str) -> None:
    with pytest.raises(RefusedError, match="2 profiles are for"):
        chosen_for(BETA, None, {}, BELOW, seen_with=name)


def test_a_job_seen_with_the_environment_is_asked_for_with_it_while_it_names_that_canvas() -> None:
    pair = PAIR | {"CANVAS_PROGRESS_PROFILE": "school"}
    assert chosen_for("pair.example.edu", None, pair, seen_with="environment").profile.name == "environment"


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


def test_a_token_is_masked_among_escapes_of_all_kinds() -> None:
    assert Secret(ODD).masked_in(rf"50% \n &amp; {quote(ODD, safe='')}") == r"50% \n &amp; ********"


@pytest.mark.parametrize("text", [r'{"a":"\u0041\n\\"}', "50% of &amp; and &#65;", "nothing at all"])
def test_text_without_the_token_stays_as_it_is(text: str) -> None:
    assert Secret(ODD).masked_in(text) == text


def test_a_secret_of_few_letters_is_not_masked_since_it_would_mask_half_of_everything() -> None:
    assert Secret("x" * SHORTEST_SECRET).masked_in("x" * SHORTEST_SECRET) == "********"
    short = "x" * (SHORTEST_SECRET - 1)
    assert Secret(short).masked_in(short) == short


@pytest.mark.parametrize(
    ("written", "reached"),
    [(f"{SCHOOL}:8443", f"{SCHOOL}:8443/prod"), (SCHOOL, SCHOOL), (f"{SCHOOL}:9", f"{SCHOOL}:9")],
)
def test_a_port_of_its_own_is_that_of_the_same_canvas_and_no_other_is(written: str, reached: str) -> None:
    stored = Profiles((a_profile("prod", f"{SCHOOL}:8443/prod"),))
    assert str(as_reached(parse_base_url(written), None, {}, lambda: stored)) == reached


def test_what_a_canvas_writes_about_itself_is_not_taken_for_the_canvas_of_the_environment() -> None:
    stored = Profiles((a_profile("prod", f"{SCHOOL}/prod"),))
    assert str(as_reached(parse_base_url(SCHOOL), None, PAIR, lambda: stored)) == f"{SCHOOL}/prod"
