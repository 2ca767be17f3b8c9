"""Tab in real shells: each one loads its script from `completions/` and is asked what it would offer."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from typing import Final

import pytest

import forks
from canvas_progress.core.history import HistoryEntry
from canvas_progress.core.outcome import Outcome
from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from canvas_progress.storage.history import History
from command import Command

SCRIPTS: Final = Path(__file__).parents[2] / "src" / "canvas_progress" / "completions"
TOO_LONG: Final = 60.0  # seconds


def in_bash(command: Command, words: list[str]) -> str:
    quoted = " ".join(f"'{word}'" for word in words)
    return command.shell(
        f"source '{SCRIPTS}/canvas-progress.bash'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
        "_canvas_progress_completion canvas-progress; printf '%s\n' \"${COMPREPLY[@]}\""
    ).out


def in_fish(command: Command, words: list[str]) -> str:
    script = f"source '{SCRIPTS}/canvas-progress.fish'; complete -C '{' '.join(words)}'"
    ran = subprocess.run(
        ["fish", "--no-config", "-c", script],
        env=command.environment,
        cwd=command.home,
        capture_output=True,
        text=True,
        timeout=TOO_LONG,
        check=False,
    )
    assert ran.stderr == ""
    return ran.stdout


def in_zsh(command: Command, words: list[str], *, then: str = "") -> str:
    setup = (
        f"fpath=('{SCRIPTS}' $fpath); autoload -U compinit; compinit -C -d '{_known_to_zsh()}'; "
        "zstyle ':completion:*' insert-tab false; PS1='ready-'; echo go\n"
    )
    return _typed(command, ["zsh", "-f", "-i"], setup, words, then)


@cache
def _known_to_zsh() -> Path:
    """Return the file in which zsh keeps what it completes; to find that out anew takes longer than all else."""
    file = Path(_folder().name) / "zcompdump"
    steps = f"fpath=('{SCRIPTS}' $fpath); autoload -U compinit; compinit -d '{file}'"
    subprocess.run(["zsh", "-f", "-c", steps], env={"HOME": _folder().name}, timeout=TOO_LONG, check=True)
    return file


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


def in_interactive_bash(command: Command, words: list[str], *, then: str = "") -> str:
    setup = f"source '{SCRIPTS}/canvas-progress.bash'; PS1='ready-'; bind 'set enable-bracketed-paste off'; echo go\n"
    return _typed(command, ["bash", "--noprofile", "--norc", "-i"], setup, words, then)


def _typed(command: Command, call: list[str], setup: str, words: list[str], then: str) -> str:
    """Type into an interactive shell on a pseudo-terminal, press Tab twice, type on, and return what it then shows.

    The terminal is wide enough for all that is said of a job: cut after `9 s`, that would be taken for an id.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 250, 0, 0))
    shell = subprocess.Popen(
        call,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=command.environment,
        cwd=command.home,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, setup.encode())
    _read_until(ours, r"[\r\n]go\r\n[\s\S]*ready-")
    os.write(ours, (" ".join(words) + f"\t\t{then}\x15printf '%s\\n' do''ne\r").encode())
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\x07\x08]", "", _read_until(ours, "done\r\n"))
    shell.kill()
    shell.wait()
    os.close(ours)
    return shown.partition("printf")[0]


def _read_until(stream: int, pattern: str) -> str:
    """Read until something that matches has come, or for a while nothing."""
    seen = ""
    while not re.search(pattern, seen):
        if not select.select([stream], [], [], TOO_LONG)[0]:
            return seen
        with suppress(OSError):
            seen += os.read(stream, 65536).decode("utf-8", "replace")
    return seen


def _in(home: Path) -> Command:
    """Return the command in a home; a shell finds on its PATH what has it run in a fork."""
    command = Command(home)
    command.environment["PATH"] = os.pathsep.join([str(forks.on_path()), command.environment["PATH"]])
    return command


SHELLS: Final = {"bash": in_bash, "fish": in_fish, "zsh": in_zsh}
HERE: Final = [name for name in SHELLS if shutil.which(name)]  # the build installs all three


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """Return the command after some use: two profiles, and jobs that it has seen."""
    command = _in(tmp_path_factory.mktemp("home"))
    with SandboxServer(World(default(), token="tok")) as server:
        command.environment["MY_TOKEN"] = "tok"
        for name in ("school", "scratch"):
            command.run("profile", "add", name, "--url", server.url, "--token-env", "MY_TOKEN")
        command.run("show", "9", "30", "30000", "sis_import:4011", "report:provisioning_csv:5007")
        (command.home / "mine.pem").touch()
        yield command


def test_bash_is_always_among_the_shells() -> None:
    assert "bash" in HERE


@pytest.mark.parametrize("shell", HERE)
def test_a_command_is_completed(shell: str, busy: Command) -> None:
    assert "profile" in SHELLS[shell](busy, ["canvas-progress", "prof"])


@pytest.mark.parametrize("shell", HERE)
def test_profiles_are_offered_by_name(shell: str, busy: Command) -> None:
    offered = SHELLS[shell](busy, ["canvas-progress", "show", "-p", "s"])
    assert {"school", "scratch", "sandbox"} <= set(offered.replace("\t", " ").split())


@pytest.mark.parametrize("shell", HERE)
def test_jobs_that_were_seen_are_offered_by_id(shell: str, busy: Command) -> None:
    offered = SHELLS[shell](busy, ["canvas-progress", "watch", ""])
    assert {"9", "30"} <= set(offered.replace("\t", " ").split())
    assert "30000" not in offered  # there is no such job


@pytest.mark.parametrize("shell", [shell for shell in HERE if shell != "bash"])
def test_jobs_are_described_where_the_shell_can(shell: str, busy: Command) -> None:
    assert "upload_via_url, completed, " in SHELLS[shell](busy, ["canvas-progress", "show", ""])


@pytest.mark.parametrize("shell", HERE)
def test_other_kinds_of_jobs_are_offered_by_their_names(shell: str, busy: Command) -> None:
    assert "sis_import:4011" in SHELLS[shell](busy, ["canvas-progress", "watch", "sis"]).replace("\\", "")


@pytest.mark.parametrize("shell", HERE)
@pytest.mark.parametrize(
    ("line", "offered", "not_offered"),
    [
        ("", "show watch cancel list recent demo profile sandbox", "add"),
        ("-p beta pr", "profile", "show"),  # options before the command
        ("-vpbeta pr", "profile", "show"),
        ("--profile=beta profile ", "add list use check remove", "show"),
        ("watch -o ", "table plain json", "--json"),
        ("watch --output=j", "json", "plain"),
        ("watch --st", "--strict --stall-timeout", "--json"),
        ("watch --strict --st", "--stall-timeout", "json"),  # what was given is not offered again
        ("watch --timeout 5m --st", "--strict --stall-timeout", "--json"),
        ("watch --timeout show -o ", "table plain json", "cancel"),  # a value is no command
        ("watch --exec=bash --st", "--strict --stall-timeout", "--json"),
        ("watch --latest ", "sis_import report: blueprint_sync: outcome_import", "9"),
        ("list ", "sis_import report: blueprint_sync:", "outcome_import"),
        ("watch --exec tru", "true truncate", "--"),
        ("profile remove s", "school scratch", "--url"),
        ("profile add --ca-bundle m", "mine.pem", "school"),
        ("profile add x --key-id m", "", "mine.pem"),
        ("watch -- -", "", "--json"),
        ("watch 9 3", "30", "--json"),
        ("demo ", "", "9"),
    ],
)
def test_what_fits_is_offered(shell: str, busy: Command, line: str, offered: str, not_offered: str) -> None:
    by_readline = shell == "bash" and offered == "mine.pem"
    shown = (in_interactive_bash if by_readline else SHELLS[shell])(busy, ["canvas-progress", *line.split(" ")])
    words = set(re.sub(r"\s|=(?=\w)", " ", shown).replace("\\", "").split())
    assert set(offered.split()) <= words, shown
    assert not_offered not in words, shown


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("watch sis_import : 40", "4011\n"),
        ("watch sis_import : 3", "\n"),  # there is a Progress 30
        ("watch report : provisioning_csv : 5", "5007\n"),
        ("watch report : prov", "provisioning_csv:5007\n"),
    ],
)
def test_bash_in_which_a_colon_ends_a_word_is_offered_what_follows_it(busy: Command, words: str, offered: str) -> None:
    assert in_bash(busy, ["canvas-progress", *words.split()]) == offered


def test_a_new_word_after_one_with_a_colon_may_be_any_job(busy: Command) -> None:
    words = ["canvas-progress", "watch", "sis_import", ":", "4011", ""]
    assert {"9", "30", "sis_import:4011"} <= set(in_bash(busy, words).split())


@pytest.fixture(scope="module")
def on_two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Command, dict[str, str]]]:
    """Return the command after it has seen 9 on `prod`, the default, and 30 on `test`; and the URLs of these jobs."""
    command = _in(tmp_path_factory.mktemp("two"))
    command.environment["MY_TOKEN"] = "tok"
    with SandboxServer(World(default(), token="tok")) as prod, SandboxServer(World(default(), token="tok")) as test:
        for name, url in (("prod", prod.url), ("test", test.url)):
            command.run("profile", "add", name, "--url", url, "--token-env", "MY_TOKEN")
        command.run("show", "-p", "prod", "9")
        command.run("show", "-p", "test", "30")
        yield command, {"9": f"{prod.url}/api/v1/progress/9", "30": f"{test.url}/api/v1/progress/30"}


@pytest.mark.parametrize("shell", HERE)
@pytest.mark.parametrize(
    ("line", "by_id", "by_url"),
    [
        ("cancel -y ", "9", "30"),  # for the URL of another Canvas its profile is found
        ("cancel -y -p prod ", "9", None),
        ("cancel -y -p test ", "30", None),
        ("-p test cancel -y ", "30", None),
        ("cancel -yptest ", "30", None),
        ("cancel --profile=test -y ", "30", None),
        ("cancel --profile test -p prod ", "9", None),
    ],
)
def test_each_job_is_offered_by_what_the_command_accepts_the_id_where_that_names_it(
    shell: str, on_two: tuple[Command, dict[str, str]], line: str, by_id: str, by_url: str | None
) -> None:
    command, urls = on_two
    shown = SHELLS[shell](command, ["canvas-progress", *line.split(" ")]).replace("\\", "")
    offered = set(re.sub(r"(\d+ (s|min|h) )+ago", "", shown).split())
    assert offered & {*urls, *urls.values()} == {by_id, *([urls[by_url]] if by_url else [])}
    for ref in offered & {*urls, *urls.values()}:
        ran = command.run(*line.replace("cancel", "cancel --dry-run", 1).split(), ref)
        assert "error: profile" not in ran.err
        assert "error: no profile" not in ran.err


def test_a_job_whose_canvas_has_no_profile_any_more_is_not_offered(command_home: Command) -> None:
    command_home.environment["MY_TOKEN"] = "tok"
    with SandboxServer(World(default(), token="tok")) as server:
        for name, url in (("kept", "https://canvas.example.edu"), ("gone", server.url)):
            command_home.run("profile", "add", name, "--url", url, "--token-env", "MY_TOKEN", "--no-check")
        command_home.run("show", "-p", "gone", "9")
        url = f"{server.url}/api/v1/progress/9"
        assert url in in_bash(command_home, ["canvas-progress", "show", ""])
        command_home.run("profile", "remove", "gone")
        assert "progress" not in in_bash(command_home, ["canvas-progress", "show", ""])
        assert command_home.run("show", url).code == 7


def test_a_script_of_an_older_version_is_told_what_names_a_job_as_well(on_two: tuple[Command, dict[str, str]]) -> None:
    command, _ = on_two
    line = "_CANVAS_PROGRESS_COMPLETE=complete_bash COMP_WORDS='canvas-progress cancel -p test ' COMP_CWORD=4"
    assert command.shell(f"{line} canvas-progress").out.split() == ["30"]


@pytest.mark.parametrize("name", ["sandbox", "missing"])
def test_with_a_profile_that_no_seen_job_is_of_only_beginnings_are_offered(
    on_two: tuple[Command, dict[str, str]], name: str
) -> None:
    command, _ = on_two
    assert in_bash(command, ["canvas-progress", "show", "-p", name, ""]).split() == BEGINNINGS


BEGINNINGS: Final = ["sis_import:", "report:", "outcome_import:", "blueprint_sync:"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", BEGINNINGS),
        ("sis", ["sis_import:"]),
        ("report", ["report:"]),
        ("x", []),
        ("sis_import:", []),
    ],
)
@pytest.mark.parametrize("shell", HERE)
def test_where_no_job_of_a_kind_was_seen_its_beginning_is_offered(
    shell: str, command_home: Command, typed: str, offered: list[str]
) -> None:
    shown = set(SHELLS[shell](command_home, ["canvas-progress", "show", typed]).split())
    assert (shown & set(BEGINNINGS)) - {typed} == set(offered)


def test_a_beginning_is_not_offered_beside_a_job_that_begins_so_nor_before_anything_is_typed(busy: Command) -> None:
    assert in_bash(busy, ["canvas-progress", "show", "sis"]).split() == ["sis_import:4011"]
    assert in_bash(busy, ["canvas-progress", "show", "out"]).split() == ["outcome_import:"]
    assert "outcome_import:" not in in_bash(busy, ["canvas-progress", "show", ""])


@pytest.mark.parametrize("line", ["show sis", "list rep"])
@pytest.mark.parametrize("shell", [shell for shell in ("bash", "zsh") if shell in HERE])
def test_after_a_beginning_comes_no_space(shell: str, command_home: Command, line: str) -> None:
    typed = {"bash": in_interactive_bash, "zsh": in_zsh}[shell]
    shown = typed(command_home, ["canvas-progress", *line.split()], then="4011")
    assert ("sis_import:4011" if line == "show sis" else "report:4011") in shown


@pytest.mark.parametrize("shell", HERE)
@pytest.mark.parametrize(("words", "is_offered"), [("use", False), ("remove", False), ("add", False), ("check", True)])
def test_the_sandbox_is_offered_where_the_command_accepts_it(
    shell: str, busy: Command, words: str, *, is_offered: bool
) -> None:
    offered = SHELLS[shell](busy, ["canvas-progress", "profile", words, "s"]).replace("\t", " ").split()
    assert ("sandbox" in offered, {"school", "scratch"} <= set(offered)) == (is_offered, True)
    if not is_offered and words != "add":
        assert busy.run("profile", words, "sandbox").code == 2


@pytest.mark.parametrize("shell", HERE)
def test_nothing_is_offered_that_a_shell_would_run(shell: str, command_home: Command) -> None:
    folder = command_home.home / "config" / "canvas-progress"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        "default = 'school'\n"
        + "".join(f"[profiles.'{name}']\nurl = 'https://x'\ntoken_env = 'X'\n" for name in ("$(touch made)", "school"))
    )
    (folder / "config.toml").chmod(0o600)
    path = command_home.home / "state" / "canvas-progress" / "recent.sqlite3"
    path.parent.mkdir(parents=True)
    accounts = ("3", "$(touch${IFS}made)", "`id`", "3;id", "3&id", "3|id", "3'", '3"', "{3,4}", "*")
    entry = HistoryEntry(5, "https://x", None, "", None, None, Outcome.COMPLETED, None, None, time())
    collections = [f"/api/v1/accounts/{account}/sis_imports" for account in accounts]
    History(path, pytest.fail).note(tuple(replace(entry, collection=each) for each in collections))
    assert len(History(path, pytest.fail).listing()) == len(accounts)
    offered = SHELLS[shell](command_home, ["canvas-progress", "watch", ""]).replace("\\", "").split()
    assert {word for word in offered if "sis_imports" in word} == {"https://x/api/v1/accounts/3/sis_imports/5"}
    named = SHELLS[shell](command_home, ["canvas-progress", "-p", ""])
    assert "school" in named
    assert "touch" not in named, named


def test_a_broken_configuration_offers_less_and_says_nothing(command_home: Command) -> None:
    folder = command_home.home / "config" / "canvas-progress"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("no toml [")
    assert in_bash(command_home, ["canvas-progress", "-p", ""]) == "sandbox\n"


@pytest.fixture
def command_home(tmp_path: Path) -> Command:
    """Return the command in a fresh home."""
    return _in(tmp_path)
