"""Other programs: none of them outlives what needed it, whenever that ends."""

from __future__ import annotations

import os
from pathlib import Path
from subprocess import Popen
from threading import Thread
from typing import Final

from canvas_progress.processes import Started, end_all, run

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
