"""Other programs: none of them outlives what needed it, whenever that ends."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from subprocess import Popen
from threading import Thread
from typing import Final

import pytest

from canvas_progress.background import Background
from canvas_progress.clock import SystemClock
from canvas_progress.processes import Ran, Started, end_all, run

LASTING: Final = ("sleep", "600")
TOO_LONG: Final = 20.0  # seconds


def test_a_program_that_is_just_being_started_is_ended_as_well() -> None:
    started = Started()
    ends = Thread(target=started.end)

    def begin() -> Popen[bytes]:
        ends.start()
        ends.join(0.2)  # who does not wait for this program is done by then
        return Popen(LASTING)

    program = started.start(begin)
    ends.join(TOO_LONG)
    assert program.wait(TOO_LONG) != 0


def test_one_that_does_not_come_is_not_waited_for() -> None:
    started = Started()
    ends = Thread(target=started.end)

    def begin() -> Popen[bytes]:
        ends.start()
        ends.join(TOO_LONG)
        assert not ends.is_alive()
        return Popen(("true",))

    started.start(begin).wait(TOO_LONG)


def test_once_it_is_over_nothing_is_started_any_more(tmp_path: Path) -> None:
    started, file = Started(), tmp_path / "touched"
    started.end()
    ran = run(("touch", str(file)), TOO_LONG, {"PATH": os.defpath}, started=started)
    assert (ran.code, ran.error) == (None, "what needed it was over")
    assert not file.exists()


def test_at_the_end_of_the_process_the_programs_of_everybody_are_ended() -> None:
    some = [Started(), Started()]
    programs = [started.start(lambda: Popen(LASTING)) for started in some]
    end_all()
    assert [program.poll() is None for program in programs] == [False, False]


def test_somebody_who_comes_after_that_can_start_programs() -> None:
    end_all()
    assert run(("echo", "1"), TOO_LONG, {"PATH": os.defpath}).output == "1\n"


SHOWS_BLOCKED: Final = "import signal; print(*signal.pthread_sigmask(signal.SIG_BLOCK, ()))"


def in_the_background() -> Ran:
    """Run a program that shows what it has blocked, in a thread of ours, as hooks and token commands are."""
    background: Background[None] = Background(SystemClock())
    words = (sys.executable, "-I", "-c", SHOWS_BLOCKED)
    background.start(None, lambda: run(words, TOO_LONG, {"PATH": os.defpath}), limit=TOO_LONG)
    while (done := background.wait(TOO_LONG)) is None:
        pass
    background.close()
    assert isinstance(done.result, Ran)
    return done.result


@pytest.mark.parametrize("wanted", [(), (signal.SIGUSR1, signal.SIGWINCH)])
def test_a_program_has_the_signals_blocked_that_this_process_has(wanted: tuple[signal.Signals, ...]) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    try:
        blocked = in_the_background().output.split()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert set(map(int, blocked)) == before | {*wanted}


def test_so_has_one_that_was_started_by_a_thread_of_a_thread() -> None:
    background: Background[None] = Background(SystemClock())
    background.start(None, in_the_background, limit=TOO_LONG)
    while (done := background.wait(TOO_LONG)) is None:
        pass
    background.close()
    assert isinstance(done.result, Ran)
    assert set(map(int, done.result.output.split())) == signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_reader_that_goes_away_ends_a_program_as_it_does_elsewhere() -> None:
    ran = run(("bash", "-c", "set -o pipefail; yes | head -1"), TOO_LONG, {"PATH": os.defpath})
    assert (ran.output, ran.error, ran.code) == ("y\n", "", 128 + signal.SIGPIPE)
