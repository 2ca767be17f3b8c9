"""The installed command in a pipe and in scripts."""

from __future__ import annotations

import json

import pytest

from canvas_progress import __version__
from canvas_progress.sandbox.server import SandboxServer
from command import Command


@pytest.fixture
def anew(command: Command) -> Command:
    """Return the command that is started from its file each time: a module without its import would be found here."""
    command.always_anew = True
    return command


def test_the_version_is_printed_wherever_it_is_asked_for(anew: Command) -> None:
    assert anew.run("--version").out == f"canvas-progress {__version__}\n"
    assert anew.run("-v", "--version").out == f"canvas-progress {__version__}\n"
    assert anew.shell("python -m canvas_progress --version").out == f"canvas-progress {__version__}\n"


def test_without_a_command_it_prints_its_help(anew: Command) -> None:
    ran = anew.run()
    assert ran.code == 0
    assert "Usage: canvas-progress" in ran.out


def test_every_command_has_help_under_both_names(command: Command) -> None:
    for words in ((), ("show",), ("watch",), ("cancel",), ("profile",), ("profile", "add"), ("sandbox",), ("demo",)):
        assert command.run(*words, "-h").out == command.run(*words, "--help").out != ""


def test_the_sandbox_profile_needs_no_set_up_and_what_happens_to_jobs_lasts(anew: Command) -> None:
    first = anew.run("-p", "sandbox", "show", "1", "2", "3")
    assert [line.split("\t")[:2] for line in first.out.splitlines()] == [
        ["1", "queued"],
        ["2", "queued"],
        ["3", "queued"],
    ]
    canceled = anew.run("cancel", "-y", "-m", "wrong term", "2", "-p", "sandbox")
    assert canceled.code == 0
    assert canceled.err.startswith("2 marked as canceled; ")
    again = anew.run("show", "2", "-p", "sandbox").out.rstrip("\n").split("\t")
    assert (again[1], again[6]) == ("failed", "wrong term")
    watched = anew.run("-p", "sandbox", "watch", "1", "2")
    assert watched.code == 3
    assert "1\tcompleted\t100" in watched.out
    anew.run("sandbox", "reset")
    assert anew.run("show", "2", "-p", "sandbox").out.split("\t")[1] == "queued"


def test_a_reader_that_goes_away_ends_the_watch_quietly(connected: Command) -> None:
    ran = connected.shell("set -o pipefail; canvas-progress watch --json 2 2>err | head -1")
    assert json.loads(ran.out)["event"] == "seen"
    assert ran.code == 141  # as with any program whose reader goes away, and for `pipefail` alone to see
    assert "rror" not in (connected.home / "err").read_text()


def test_forced_colour_in_a_pipe_moves_no_cursor(connected: Command) -> None:
    ran = connected.shell("FORCE_COLOR=1 canvas-progress watch -o table 1 2>&1 | cat")
    assert "completed" in ran.out
    assert "\x1b[2K" not in ran.out
    assert "\x1b[1A" not in ran.out
    assert "\x1b[?25l" not in ran.out


def test_a_script_under_set_e_stops_at_a_failed_job(connected: Command) -> None:
    ran = connected.shell("set -euo pipefail; canvas-progress watch 30; echo not reached")
    assert ran.code == 9
    assert "not reached" not in ran.out


def test_a_full_disk_is_told(connected: Command) -> None:
    ran = connected.shell("canvas-progress show 9 > /dev/full")
    assert ran.code == 1
    assert ran.err == "error: cannot write to standard output: No space left on device\n"


def test_verbose_tells_each_exchange_and_where_the_credential_came_from(connected: Command) -> None:
    ran = connected.run("show", "9", "-v")
    assert "because of CANVAS_PROGRESS_URL and CANVAS_PROGRESS_TOKEN" in ran.err
    assert "GET /api/v1/progress/9 200, " in ran.err
    assert "quota left" in ran.err


def test_json_is_faithful_to_key_order_unknown_keys_and_huge_integers(connected: Command) -> None:
    out = connected.run("show", "--json", "48", "9010000000000001").out
    strange, large = out.splitlines()
    assert '"id":9010000000000001' in large
    assert len(json.loads(strange)) > 12
    assert any(isinstance(value, int) and value > 2**53 for value in json.loads(strange).values())


def test_a_url_of_a_job_finds_the_profile_of_its_host(connected: Command, canvas: SandboxServer) -> None:
    assert connected.run("show", f"{canvas.url}/api/v1/progress/9.json?x=1#top").out.startswith("9\tcompleted")


def test_a_shard_id_is_the_job_of_the_long_id(connected: Command) -> None:
    short, long = connected.run("show", "--json", "2~23").out, connected.run("show", "--json", "20000000000023").out
    assert short == long != ""


def test_the_same_job_twice_is_one_job(connected: Command) -> None:
    assert connected.run("show", "9", "1", "9", "09").out.count("\n") == 2


def test_profiles_are_added_used_checked_listed_and_removed(anew: Command, canvas: SandboxServer) -> None:
    token = canvas.token
    added = anew.run(
        "profile", "add", "school", "--url", canvas.url, "--token-stdin", "--store", "file", typed=f"{token}\n"
    )
    assert added.code == 0
    assert ", user 10, " in added.err
    assert anew.run("show", "9").out.startswith("9\tcompleted")
    anew.environment["MY_TOKEN"] = token
    assert anew.run("profile", "add", "other", "--url", canvas.url, "--token-env", "MY_TOKEN").code == 0
    assert anew.run("profile", "use", "other").code == 0
    listed = anew.run("profile", "list")
    assert [line.split("\t")[0] for line in listed.out.splitlines()] == ["school", "other"]
    assert listed.out.splitlines()[1].endswith("in use: the default profile")
    assert "global_user_id\t10000000000010" in anew.run("profile", "check", "school").out
    assert anew.run("profile", "remove", "other").code == 0
    everything = "".join(part for ran in (added, listed) for part in (ran.out, ran.err))
    assert token not in everything


def test_a_wrong_token_is_not_stored(command: Command, canvas: SandboxServer) -> None:
    ran = command.run(
        "profile", "add", "x", "--url", canvas.url, "--token-stdin", "--store", "file", typed="WRONG-marked\n"
    )
    assert ran.code == 4
    assert "marked" not in ran.out + ran.err
    assert command.run("profile", "list").out == ""


def test_lti_jobs_are_asked_for_with_their_course(connected: Command, canvas: SandboxServer) -> None:
    connected.environment["CANVAS_PROGRESS_TOKEN"] = canvas.world.lti_token
    assert connected.run("show", "--course", "5", "80").out.startswith("80\t")
    concluded = connected.run("show", f"{canvas.url}/api/lti/courses/6/progress/80")
    assert concluded.code == 5
    assert "there is no progress 80 in course 6" in concluded.err
