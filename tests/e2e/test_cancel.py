"""`cancel` as it is installed, against servers that lose answers, throttle and restart: no harm, and no lie."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from command import Command, Ran
from raw_server import reply, serving

TOKEN = "S3CRET-marked-token"
QUICK, LASTS, ANEW, UNREAD = "1", "10", "27", "53"


@contextlib.contextmanager
def served(command: Command, *faults: Fault) -> Iterator[World]:
    """Serve the default world with these faults instead of its own, and set the command up for it."""
    world = World(replace(default(), faults=faults), token=TOKEN)
    with SandboxServer(world) as server:
        command.environment |= {"CANVAS_PROGRESS_URL": server.url, "CANVAS_PROGRESS_TOKEN": TOKEN}
        yield world


def posts(world: World) -> int:
    return sum(1 for logged in world.log if logged.method == "POST")


def held(command: Command, id_: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(command.run("show", "--json", id_).out)
    return found


def only(ran: Ran) -> dict[str, object]:
    (line,) = ran.out.splitlines()
    found: dict[str, object] = json.loads(line)
    return found


def test_a_post_is_not_repeated_once_the_job_has_completed(command: Command) -> None:
    fault = Fault(kind=FaultKind.THROTTLED, method="POST", status=429, retry_after="7")
    with served(command, fault) as world:
        ran = command.run("cancel", "-y", "--json", QUICK)
        assert (ran.code, only(ran)["action"]) == (7, "refused")
        assert posts(world) == 1
        assert held(command, QUICK)["message"] == "17 courses processed"


def test_a_retry_after_beyond_the_time_there_is_ends_it_at_once(command: Command) -> None:
    fault = Fault(kind=FaultKind.THROTTLED, method="POST", count=None, status=429, retry_after="600")
    with served(command, fault) as world:
        ran = command.run("cancel", "-y", LASTS)
        assert ran.code == 6
        assert "it says to retry after 10 min" in ran.err
        assert posts(world) == 1


def test_a_third_post_that_took_effect_and_lost_its_answer_is_found_out(command: Command) -> None:
    faults = (
        Fault(kind=FaultKind.RESET, method="POST", count=2),
        Fault(kind=FaultKind.DROPPED, method="POST", first=3),
    )
    with served(command, *faults) as world:
        ran = command.run("cancel", "-y", "--json", LASTS)
        assert (ran.code, only(ran)["action"]) == (0, "canceled")
        assert posts(world) == 3


def test_what_cannot_be_found_out_in_time_is_said_to_be_unknown(command: Command) -> None:
    lost = Fault(kind=FaultKind.DROPPED, method="POST")
    down = Fault(kind=FaultKind.UNAVAILABLE, method="GET", first=2, count=None)
    with served(command, lost, down):
        ran = command.run("cancel", "-y", "--json", "--timeout", "4s", LASTS)
    assert (ran.code, only(ran)["action"]) == (6, "unknown")
    assert f"error: it is not known whether {LASTS} was canceled: " in ran.err
    assert f"hint: `canvas-progress show {LASTS}` shows what it is now" in ran.err


def test_a_server_that_restarts_after_the_lost_answer_is_waited_for(command: Command) -> None:
    lost = Fault(kind=FaultKind.DROPPED, method="POST")
    down = Fault(kind=FaultKind.UNAVAILABLE, method="GET", first=2, count=3)
    with served(command, lost, down) as world:
        ran = command.run("cancel", "-y", "--json", LASTS)
        assert (ran.code, only(ran)["action"]) == (0, "canceled")
        assert posts(world) == 1


def test_forced_again_with_a_lost_answer_it_is_as_canceled_as_before(command: Command) -> None:
    with served(command, Fault(kind=FaultKind.DROPPED, method="POST", first=2)):
        assert command.run("cancel", "-y", LASTS).code == 0
        ran = command.run("cancel", "-y", "--force", "--json", LASTS)
        assert (ran.code, only(ran)["action"]) == (0, "canceled")


def test_a_full_disk_ends_it_and_every_job_is_reported(command: Command) -> None:
    with served(command) as world:
        ran = command.shell("canvas-progress cancel -y --json 1 2 3 > /dev/full")
        assert ran.code == 1
        assert posts(world) == 1
    assert ran.err.splitlines() == [
        "1 marked as canceled; work already under way may go on",
        "error: 2 not canceled: standard output cannot be written; nothing was sent",
        "error: 3 not canceled: standard output cannot be written; nothing was sent",
        "marked as canceled: 1",
        "error: cannot write to standard output: No space left on device",
    ]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_during_wait_leaves_an_object_for_each_job(
    command: Command, number: signal.Signals, code: int
) -> None:
    with served(command) as world:
        process = command.start("cancel", "-y", "--json", "--wait", "24", "9", LASTS)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(f"{LASTS} marked"):
                break
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert process.returncode == code
        assert posts(world) == 2
    found = {line["ref"]: line["action"] for line in map(json.loads, out.splitlines())}
    assert found == {"9": "refused", "24": "canceled", LASTS: "canceled"}
    assert "before it had settled" in err


def test_a_credential_refused_at_the_first_read_leaves_a_report_for_each_job(command: Command) -> None:
    with served(command) as world:
        command.environment["CANVAS_PROGRESS_TOKEN"] = "wrong-but-long-enough"
        ran = command.run("cancel", "-y", "--json", "1", "2")
        assert posts(world) == 0
    assert ran.code == 4
    assert [json.loads(line)["action"] for line in ran.out.splitlines()] == ["unchanged", "unchanged"]
    assert "marked as canceled: none\n" in ran.err
    assert "hint: `canvas-progress show" not in ran.err


def test_a_job_that_started_anew_and_failed_by_itself_is_3_though_it_carries_our_message(command: Command) -> None:
    with served(command):
        ran = command.run("cancel", "-y", "--wait", ANEW)
    assert ran.code == 3
    assert f"{ANEW}: it was started anew, then failed, canceled" in ran.err
    assert "has held" not in ran.err


def test_waiting_ends_with_the_timeout_and_says_that_it_is_open(command: Command) -> None:
    with served(command):
        ran = command.run("cancel", "-y", "--wait", "--timeout", "2s", "24")
    assert ran.code == 124
    assert "24: the time limit was over before it had settled; it was canceled when last read" in ran.err
    assert "hint: `canvas-progress watch 24` shows what it is now" in ran.err


def test_a_job_that_may_not_be_read_is_canceled_unread_with_force_and_yes(command: Command) -> None:
    with served(command) as world:
        assert command.run("cancel", "-y", UNREAD).code == 5
        assert posts(world) == 0
        ran = command.run("cancel", "-y", "--force", "--json", UNREAD)
        assert (ran.code, only(ran)["action"], posts(world)) == (0, "canceled", 1)
        assert "it was sent unread, since Canvas does not let you read it" in ran.err


def test_a_message_that_is_no_utf8_is_a_usage_error(command: Command) -> None:
    with served(command) as world:
        for script in (
            r"canvas-progress cancel -y -m $'\xff' 10",
            r"printf '\xff' | canvas-progress cancel -y -m - 10",
            r"printf 'a\0b' | canvas-progress cancel -y -m - 10",
        ):
            ran = command.shell(script)
            assert ran.code == 2
            assert ran.err.startswith("error: the message ")
        assert world.log == ()


def test_a_message_on_standard_input_is_sent_byte_for_byte_but_for_one_final_newline(command: Command) -> None:
    with served(command):
        assert command.shell(r"printf ' a\r\nb\t\n\n' | canvas-progress cancel -y -m - 10").code == 0
        assert held(command, LASTS)["message"] == " a\r\nb\t\n"


def test_a_thousand_jobs_leave_no_thread_behind(command: Command) -> None:
    """Each request has a thread; one that stayed would be a thousand of them in the end."""
    with served(command):
        process = command.start("cancel", "-y", *map(str, range(1000, 1200)), LASTS, "--wait")
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(f"{LASTS} marked"):
                break
        told = subprocess.run(["ps", "-o", "nlwp=", "-p", str(process.pid)], capture_output=True, text=True, check=True)
        process.kill()
        process.communicate()
    assert int(told.stdout) < 8


class Gateway:
    """A Canvas behind something that loses the answer to the POST, and says `between` until it is asked again."""

    def __init__(self, *, kept: str, between: str = "") -> None:
        self.kept, self.between, self.marked = kept, between, False

    def answer(self, connection: socket.socket, head: str) -> None:
        if head.startswith("POST"):
            self.marked = True
            if self.between:
                return  # the answer is lost
        elif self.marked and self.between:
            said, self.between = self.between, ""
            reply(connection, said, status="404 Not Found", headers="Content-Type: text/plain\r\n")
            return
        state, message = ("failed", self.kept) if self.marked else ("running", None)
        shown = {"id": 5, "workflow_state": state, "message": message, "tag": "x", "user_id": 7, "completion": 1}
        reply(connection, json.dumps(shown))


def behind(command: Command, gateway: Gateway, *words: str) -> Ran:
    with serving(gateway.answer) as url:
        command.environment |= {"CANVAS_PROGRESS_URL": url, "CANVAS_PROGRESS_TOKEN": TOKEN}
        return command.run("cancel", "-y", "--json", *words, "5")


def test_a_404_that_is_not_canvass_own_ends_no_doubt(command: Command) -> None:
    ran = behind(command, Gateway(kept="canceled", between="404 page not found\n"))
    assert (ran.code, only(ran)["action"]) == (0, "canceled")


@pytest.mark.parametrize("kept", ["stop now", "stop &lt;b&gt;now", "Unexpected error, ID: 5"])
def test_a_message_that_is_not_ours_after_a_lost_answer_leaves_it_unknown(command: Command, kept: str) -> None:
    ran = behind(command, Gateway(kept=kept, between="404 page not found\n"), "-m", "stop <b>now</b>")
    assert (ran.code, only(ran)["action"]) == (6, "unknown")


def test_a_message_that_canvas_changes_is_no_overwriting(command: Command) -> None:
    ran = behind(command, Gateway(kept="stop now"), "-m", "stop <b>now</b>", "--wait", "--timeout", "5")
    assert only(ran)["action"] == "canceled"
    assert "wrote over" not in ran.err
    assert ran.code == 124  # it would have held for half a minute


def test_a_404_that_is_not_canvass_own_ends_no_watch(command: Command) -> None:
    asked = 0

    def answer(connection: socket.socket, _: str) -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            reply(connection, "404 page not found", status="404 Not Found")
            return
        state = "completed" if asked > 2 else "running"
        reply(connection, json.dumps({"id": 5, "workflow_state": state, "tag": "x", "results": 1}))

    with serving(answer) as url:
        command.environment |= {"CANVAS_PROGRESS_URL": url, "CANVAS_PROGRESS_TOKEN": TOKEN}
        ran = command.run("watch", "--interval", "1", "5")
    assert ran.code == 0
    assert "answered 404, but not as Canvas does" in ran.err


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_at_the_question_takes_one_line(
    command: Command, number: signal.Signals, code: int, word: str
) -> None:
    sent: list[signal.Signals] = []

    def react(seen: str) -> signal.Signals | None:
        if "[y/N]" not in seen or sent:
            return None
        sent.append(number)
        return number

    with served(command) as world:
        ran = command.on_screen("cancel", LASTS, QUICK, react=react)
        assert (ran.code, posts(world)) == (code, 0)
        assert ran.out.partition("[y/N]")[2].replace("^C", "").split() == [word]
