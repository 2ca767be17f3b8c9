"""What programs write and read: nothing holds them up, whatever there is of it, and little of it is kept."""

from __future__ import annotations

import os
import signal
import time
import tracemalloc
from contextlib import suppress
from typing import Final

import pytest

from canvas_progress.pipes import Excerpt
from canvas_progress.processes import Ran, run

TOO_LONG: Final = 30.0  # seconds
SOON: Final = 10.0  # seconds
MEGABYTE: Final = 10**6


def ran(script: str, text: str | None = "") -> Ran:
    return run(("bash", "-c", script), TOO_LONG, {"PATH": os.defpath}, text=text)


def excerpt(written: bytes, chunk: int) -> Excerpt:
    made = Excerpt()
    for start in range(0, len(written), chunk):
        made.add(written[start : start + chunk])
    return made


@pytest.mark.parametrize("chunk", [1, 7, 4096, MEGABYTE])
@pytest.mark.parametrize(("number", "length"), [(0, 0), (1, 5), (99, 3), (101, 0), (300, 40), (3000, 70), (70, 3000)])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_every_line_is_among_the_last_ones_or_counted(chunk: int, number: int, length: int, end: bytes) -> None:
    lines = [f"{place} {'x' * length}" for place in range(number)]
    found = excerpt("\n".join(lines).encode() + (end if lines else b""), chunk)
    shown = [line[:2000] + ("…" if len(line) > 2000 else "") for line in lines]
    assert found.lines_before + len(found.last_lines) == number
    assert list(found.last_lines) == shown[found.lines_before :]
    assert min(number, 20) <= len(found.last_lines) <= 100


@pytest.mark.parametrize("chunk", [7, 4096, MEGABYTE])
def test_the_first_lines_are_whole_or_left_out(chunk: int) -> None:
    few, many, one = b"token\nuser: ann", b"token\n" + b"y\n" * MEGABYTE, b"x" * MEGABYTE
    assert excerpt(few, chunk).beginning == "token\nuser: ann"
    assert excerpt(many, chunk).beginning.splitlines()[0] == "token"
    assert excerpt(many, chunk).beginning.endswith("y\n")
    assert excerpt(one, chunk).beginning == ""


def test_what_is_written_for_long_is_read_to_its_end_and_not_kept() -> None:
    tracemalloc.start()
    try:
        done = ran("yes | head -c 300000000; echo end; exit 3")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (done.code, done.last_lines[-1], len(done.last_lines)) == (3, "end", 100)
    assert done.lines_before == 150_000_000 + 1 - 100
    assert peak < 5 * MEGABYTE


def test_a_program_may_write_while_it_reads_or_read_nothing_at_all() -> None:
    text = "0123456789\n" * (MEGABYTE // 4)
    assert ran("cat; wc -c <<< ''", text).last_lines[-3:] == ("0123456789", "0123456789", "1")
    assert ran("wc -c", text).output == f"{len(text)}\n"
    assert ran("exit 4", text).code == 4


def test_one_that_has_closed_its_output_is_waited_for() -> None:
    assert ran("exec >&- 2>&-; sleep 1; exit 5").code == 5


@pytest.mark.parametrize("left_behind", ["sleep 60", "yes"])
def test_what_a_program_leaves_behind_is_not_waited_for(left_behind: str) -> None:
    began = time.monotonic()
    done = ran(f"echo begin; {left_behind} & echo $! >&2; exit 0", None)
    seconds = time.monotonic() - began
    with suppress(ProcessLookupError):  # whoever writes to nobody has ended by itself
        os.kill(int(done.error), signal.SIGKILL)
    assert (done.code, done.output.splitlines()[0]) == (0, "begin")
    assert seconds < SOON


def test_of_one_that_takes_too_long_there_is_what_it_wrote() -> None:
    done = run(("bash", "-c", "echo begun; sleep 60"), 1.0, {"PATH": os.defpath}, text="")
    assert (done.code, done.last_lines) == (None, ("begun",))
    assert done.error == "it took more than 1 s, and was terminated"
