"""What the installed command says to somebody who mistypes, tries or forgets something."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable

import pytest

from command import EXECUTABLE, Command
from helps import first_column, helps


def test_the_address_of_a_page_is_cut_to_its_canvas_and_that_is_said(command: Command) -> None:
    page = "https://canvas.example.edu/courses/7"
    ran = command.run("profile", "add", "school", "--url", page, "--token-env", "T", "--no-check")
    assert ran.code == 0
    assert f"{page} is a page of https://canvas.example.edu, which is taken as the Canvas" in ran.err
    assert command.run("profile", "list").out.split("\t")[1] == "https://canvas.example.edu"


@pytest.mark.parametrize(
    ("arguments", "chosen_by"), [(("sandbox",), "its name"), (("-p", "sandbox"), "-p"), ((), "CANVAS_PROGRESS_PROFILE")]
)
def test_a_check_of_the_sandbox_says_how_it_was_chosen_and_that_its_token_is_in_no_file(
    command: Command, arguments: tuple[str, ...], chosen_by: str
) -> None:
    command.environment["CANVAS_PROGRESS_PROFILE"] = "sandbox"
    ran = command.run("profile", "check", *arguments)
    facts = dict(line.split("\t") for line in ran.out.splitlines())
    assert facts["chosen_by"] == chosen_by
    assert facts["credential"] == "token of the built-in sandbox, made anew for each command"
    assert (facts["user_id"], facts["global_user_id"]) == ("10", "10000000000010")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wach 9", "canvas-progress watch"),
        ("help", "canvas-progress --help"),
        ("version", "canvas-progress --version"),
        ("ls", "canvas-progress list"),
        ("status 9", "canvas-progress show"),
        ("profile ls", "canvas-progress profile list"),
        ("profile delete x", "canvas-progress profile remove"),
        ("sandbox start", "canvas-progress sandbox serve"),
    ],
)
def test_a_command_that_there_is_not_gets_the_one_that_is_meant(command: Command, typed: str, meant: str) -> None:
    ran = command.run(*typed.split())
    assert (ran.code, ran.out) == (2, "")
    assert f"hint: did you mean `{meant}`?" in ran.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("profile use -p x", "`canvas-progress profile use NAME`"),
        ("profile add --profile x", "`canvas-progress profile add NAME`"),
        ("profile -p x list", "`canvas-progress profile list -p NAME`"),
        ("sandbox reset -p x", "leave it out"),
        ("demo -p x", "leave it out"),
    ],
)
def test_a_profile_after_a_command_that_takes_none_gets_what_to_type(command: Command, typed: str, meant: str) -> None:
    ran = command.run(*typed.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(("error: no such option: -p\n", "error: no such option: --profile\n"))
    assert meant in ran.err.splitlines()[1]


def test_the_profiles_are_listed_as_a_command_with_p_would_use_them(command: Command) -> None:
    assert command.run("profile", "list", "-p", "sandbox").out.split("\t")[::3] == ["sandbox", "in use: -p\n"]


@pytest.mark.parametrize("typed", ["frobnicate", "profile version"])
def test_for_a_command_like_no_other_the_help_is_named(command: Command, typed: str) -> None:
    assert "--help` lists all commands" in command.run(*typed.split()).err


def test_what_may_be_a_token_is_not_repeated_as_a_command(command: Command) -> None:
    ran = command.run("7~S3cretMarkedToken")
    assert ran.err.startswith("error: there is no command `********`\n")


def test_a_program_of_exec_that_there_is_not_is_refused_before_anything_is_requested(command: Command) -> None:
    command.environment |= {"CANVAS_PROGRESS_URL": "http://127.0.0.1:9", "CANVAS_PROGRESS_TOKEN": "x"}
    ran = command.run("watch", "9", "--exec", "no-such-program --quiet")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: `--exec`: there is no program `no-such-program`\nhint: ")


def test_the_demo_says_how_to_go_on_with_what_is_there(command: Command) -> None:
    command.always_anew = True
    command.environment["PATH"] = "/usr/bin:/bin"  # as in a fresh clone, where the program is in .venv
    done = [line for line in command.run("demo").err.splitlines() if line.startswith("next: ")]
    assert done == [f"next: `{EXECUTABLE} watch 1 2 3 -p sandbox`, or for your Canvas `{EXECUTABLE} profile add`"]


def test_what_is_not_remembered_is_said_where_nothing_is(command: Command) -> None:
    assert command.run("show", "9", "-p", "sandbox").code == 0
    assert "those of the profile `sandbox` are never remembered" in command.run("recent", "-o", "table").err


def test_on_40_columns_the_help_says_all_that_it_says_on_80_and_breaks_no_url(command: Command) -> None:
    for name, text in helps().items():
        command.environment["COLUMNS"] = "40"
        narrow = command.run(*name.split(), "--help").out
        assert "".join(narrow.split()) == "".join(text.split())
        assert "..." not in narrow.replace("REF...", "")
        described = narrow.partition("Examples:")[0]
        assert max(map(len, described.splitlines())) <= 40
        assert described.count("https://canvas.example.edu") == text.partition("Examples:")[0].count("https://")


def test_a_usage_line_has_what_is_required_and_what_may_be_left_out_before_the_options() -> None:
    usages = {name: text.splitlines()[0].removeprefix("Usage: canvas-progress ") for name, text in helps().items()}
    assert usages[""] == "COMMAND [options]"
    assert usages["watch"] == "watch [REF...] [options]"
    assert usages["profile"] == "profile COMMAND [options]"
    assert usages["profile add"] == "profile add NAME [options]"
    assert usages["profile check"] == "profile check [NAME] [options]"


def test_the_options_of_watch_are_grouped_by_what_they_are_for() -> None:
    text = helps("watch")["watch"]
    headings = re.findall(r"^([A-Z][A-Za-z ]*):$", text, re.MULTILINE)
    assert ", ".join(headings) == ("Arguments, Which jobs, When to stop, Exit code, Output, When a job ends, Options")
    assert [name.split()[0] for name in first_column(text, "When to stop")] == [
        *("--any", "--fail-fast", "--timeout", "--stall-timeout", "--give-up-after")
    ]


def test_the_ids_of_jobs_that_are_pending_are_offered_first_and_the_newest_of_them(connected: Command) -> None:
    for id_ in ("56", "9", "58", "30"):
        connected.run("show", id_)
    connected.environment |= {"_CANVAS_PROGRESS_COMPLETE": "jobs"}
    assert [line.split("\t")[0] for line in connected.run("").out.splitlines()] == ["58", "56", "30", "9"]


def test_a_job_that_nobody_waited_for_any_more_is_unread(connected: Command) -> None:
    ran = connected.run("watch", "--any", "9", "1")
    assert [line.split("\t")[:2] for line in ran.out.splitlines()] == [["9", "completed"], ["1", "unread"]]
    assert '"outcomes":{"9":"completed","1":"unread"}' in connected.run("watch", "--any", "--json", "9", "1").out


def test_why_jobs_are_left_alone_has_a_column_of_its_own_at_every_width(connected: Command) -> None:
    for columns in (40, 80, 200):
        ran = connected.on_screen("cancel", "10", "4", columns=columns, react=answering("n"))
        assert ran.code == 7
        assert "leave alone: it" in " ".join(ran.out.split())
        assert "error" not in ran.out
        assert ran.out.rstrip().endswith("nothing was canceled")


def test_a_cancellation_with_a_message_of_its_own_reads_as_failed_and_the_help_says_so(command: Command) -> None:
    command.environment["CANVAS_PROGRESS_PROFILE"] = "sandbox"
    for arguments, code in ((("-m", "wrong course", "10"), 3), (("24",), 9)):
        assert command.run("cancel", "-y", *arguments).code == 0
        assert command.run("watch", arguments[-1]).code == code
    assert "Any text but `canceled` makes the job read as failed afterwards." in " ".join(
        helps("cancel")["cancel"].split()
    )


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("sis_import", "say `sis_import:ID` or `sis_import:latest`"),
        ("blueprint_sync", "say `blueprint_sync:COURSE:ID` or `blueprint_sync:COURSE:latest`"),
        ("sis_imports", "give an id (12, 1~23), kind:id (sis_import:77), a URL, or `-`"),
    ],
)
def test_the_name_of_a_kind_alone_gets_the_refs_that_begin_so(command: Command, kind: str, hint: str) -> None:
    ran = command.run("show", kind, "-p", "sandbox")
    assert (ran.code, ran.err) == (2, f"error: `{kind}` is not a job\nhint: {hint}\n")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("list", "give sis_import, report:TYPE, or blueprint_sync:COURSE"),
        ("show", "give ids (12, 1~23), kind:id (sis_import:77), URLs, or `-` for stdin"),
        ("profile use", "give the name of the profile"),
    ],
)
def test_where_an_argument_is_missing_the_hint_says_what_it_may_be(command: Command, name: str, hint: str) -> None:
    ran = command.run(*name.split())
    assert (ran.code, ran.err.splitlines()[1]) == (2, f"hint: {hint}")


def test_the_kinds_that_are_named_for_a_list_can_be_listed(command: Command) -> None:
    hint = command.run("list", "foo", "-p", "sandbox").err.splitlines()[1]
    assert hint == "hint: the kinds that Canvas has a list of are `sis_import`, `report:TYPE`, `blueprint_sync:COURSE`"
    for kind in re.findall("`(.+?)`", hint):
        example = kind.replace("TYPE", "provisioning_csv").replace("COURSE", "5")
        assert command.run("list", example, "-p", "sandbox").out.startswith(f"{example}:")


def test_an_empty_list_says_of_which_type_or_course_there_is_nothing(command: Command) -> None:
    command.environment["CANVAS_PROGRESS_PROFILE"] = "sandbox"
    none = command.run("list", "report:sis_export_csv")
    assert (none.code, none.err) == (0, "there is no account report of the type `sis_export_csv` yet\n")
    unknown = command.run("list", "report:provisionning_csv")
    said = "error: Canvas has no account report of the type `provisionning_csv`\n"
    assert (unknown.code, unknown.err) == (5, f"{said}hint: did you mean `report:provisioning_csv`?\n")
    assert command.run("list", "blueprint_sync:99").err == "there is no blueprint sync of the course `99` yet\n"
    assert "there is no account report of the type `foo` on " in command.run("watch", "--latest", "report:foo").err


def test_a_warning_without_a_file_begins_with_its_text(command: Command) -> None:
    assert r"stay;\n240 enrollments would be deleted" in command.run("watch", "sis_import:4007", "-p", "sandbox").out


@pytest.mark.parametrize(("option", "variable"), [(("-p", "sandbox"), "other"), ((), "sandbox")])
def test_the_list_of_profiles_has_the_sandbox_where_it_is_in_use(
    command: Command, option: tuple[str, ...], variable: str
) -> None:
    added = command.run("profile", "add", "school", "--url", "school.example", "--token-env", "T", "--no-check")
    assert added.code == 0
    assert "sandbox" not in command.run("profile", "list").out
    command.environment["CANVAS_PROGRESS_PROFILE"] = variable
    school, sandbox = (line.split("\t") for line in command.run(*option, "profile", "list").out.splitlines())
    assert (school[0], school[3]) == ("school", "")
    assert (sandbox[0], sandbox[3]) == ("sandbox", f"in use: {option[0] if option else 'CANVAS_PROGRESS_PROFILE'}")


@pytest.mark.parametrize("columns", [40, 48, 60])
def test_the_help_fits_on_a_narrow_terminal(command: Command, columns: int) -> None:
    for words in ((), ("watch",), ("cancel",), ("profile",), ("profile", "add")):
        ran = command.on_screen(*words, "--help", columns=columns)
        described = ran.out.partition("Examples:")[0]  # those are lines to copy
        assert max(map(len, described.splitlines())) <= columns
        assert "--help" in described


def test_the_file_of_a_job_of_the_sandbox_is_where_the_sandbox_is(command: Command) -> None:
    shown = json.loads(command.run("show", "--json", "report:provisioning_csv:5007", "-p", "sandbox").out)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/files/9501/download\?verifier=made-up", shown["attachment"]["url"])
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/accounts/1/files/9501/download", shown["file_url"])


def answering(letter: str) -> Callable[[str], bytes | None]:
    """Type an answer to the question, once."""
    typed: list[str] = []

    def react(seen: str) -> bytes | None:
        if "[y/N]" not in seen or typed:
            return None
        typed.append(letter)
        return f"{letter}\n".encode()

    return react


def test_to_store_no_token_as_plain_text_is_no_error(command: Command) -> None:
    command.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    ran = command.on_screen("profile", "add", "x", "--url", "canvas.example.edu", react=answering("n"))
    assert ran.code == 7
    assert "nothing was stored" in ran.out
    assert "error" not in ran.out


def test_a_sandbox_with_a_token_of_a_variable_takes_it_after_a_restart_and_repeats_it_nowhere(command: Command) -> None:
    command.environment["SANDBOX_TOKEN"] = "S3CRET-marked-token"
    for _ in range(2):
        with command.start("sandbox", "serve", "--token-env", "SANDBOX_TOKEN") as server:
            assert server.stdout is not None
            url, token = server.stdout.readline(), server.stdout.readline()
            assert token == 'export CANVAS_PROGRESS_TOKEN="$SANDBOX_TOKEN"\n'
            ran = command.shell(f"{url}{token}canvas-progress show 9")
            server.send_signal(signal.SIGINT)
            out, err = server.communicate(timeout=30)
        assert ran.out.startswith("9\tcompleted")
        assert "S3CRET" not in out + err


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [("NOT_SET", 4, "NOT_SET has no token in it"), ("7~token", 2, "`--token-env` is not the name of a variable")],
)
def test_a_sandbox_is_not_served_without_the_token_that_was_named(
    command: Command, name: str, code: int, words: str
) -> None:
    ran = command.run("sandbox", "serve", "--token-env", name)
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err
