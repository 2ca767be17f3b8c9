"""The live view as it stands on a screen in the course of a watch, byte for byte as kept in `tests/golden`.

`UPDATE_GOLDEN=1 pytest tests/terminal/test_golden.py` writes them anew: look at the difference before you commit it.
"""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from canvas_progress.core.decisions import Ending
from canvas_progress.sandbox.scenarios import demo, many
from frames import moments_of, starts_in, watched_until
from screens import ViewOnScreen

GOLDEN = Path(__file__).parent.parent / "golden"


WIDTHS = [40, 60, 80, 100, 120, 200]
MOMENTS = [0.5, 2.0, 5.0, 9.0, 14.0, 19.0]  # seconds of a watch


@cache
def screens_of(jobs: int) -> dict[int, list[list[str]]]:
    """Return what stands on a screen of each width at each moment, each frame drawn over those before it.

    Watched are the eight jobs of the demo, or so many others.
    """
    scenario = demo() if jobs == 8 else many(jobs, median=20.0)
    with ExitStack() as stack:
        views = {columns: stack.enter_context(ViewOnScreen(columns)) for columns in WIDTHS}
        screens: dict[int, list[list[str]]] = {columns: [] for columns in WIDTHS}
        for watch, now in moments_of(scenario, MOMENTS):
            for columns, view in views.items():
                screens[columns].append(view.draw(watch, now))
    return screens


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("jobs", [3, 8, 300])
def test_the_screens_are_as_they_were_approved(jobs: int, columns: int) -> None:
    parts = [
        "\n".join([f"--- after {seconds:g} s", *screen]).rstrip("\n") + "\n"
        for seconds, screen in zip(MOMENTS, screens_of(jobs)[columns], strict=True)
    ]
    path, shown = GOLDEN / f"watch-{jobs}-jobs-{columns}-columns.txt", "".join(parts)
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("jobs", [3, 8, 300])
def test_no_column_begins_elsewhere_in_a_later_frame(jobs: int, columns: int) -> None:
    places: dict[str, set[int]] = {}
    for screen in screens_of(jobs)[columns]:
        for line in screen[1:]:
            for name, at in starts_in(line).items():
                places.setdefault(name, set()).add(at)
    assert {"id", "word", "percent"} <= places.keys()
    assert all(len(at) == 1 for at in places.values()), places


def test_the_bar_for_all_jobs_begins_in_one_place() -> None:
    for columns in WIDTHS:
        assert len({re.search("[━┄╸]", screen[0]).start() for screen in screens_of(300)[columns][1:-1]}) == 1  # type: ignore[union-attr]


def test_a_frame_that_is_drawn_again_leaves_nothing_of_the_one_before() -> None:
    scenario = demo()
    late = watched_until(9.0, scenario)
    with ViewOnScreen(100) as twice, ViewOnScreen(100) as once:
        twice.draw(*watched_until(2.0, scenario))
        assert twice.draw(*late) == once.draw(*late)


@pytest.mark.parametrize("lines", [3, 5, 10])
def test_the_view_is_never_taller_than_the_screen(lines: int) -> None:
    watch, now = watched_until(5.0, many(50))
    with ViewOnScreen(80, lines) as view:
        view.draw(watch, now - 1)
        screen = view.draw(watch, now)
    assert " of 50 done " in screen[0]
    assert " more: " in "".join(screen)


def test_the_last_frame_is_whole_and_drawn_once_and_notes_come_below_it() -> None:
    watch, now = watched_until(5.0, many(30))
    with ViewOnScreen(80, 10) as view:
        assert "".join(view.draw(watch, now)).count(" more: ") == 1
        watch.end(Ending.INTERRUPTED)
        view.draw(watch, now)
        again = view.draw(watch, now + 1)
        view.live.note("a note")
        *rows, note, _ = view.shown()
        assert [line[2:6] for line in rows] == [str(1022 + row) for row in range(8)]
        assert note == "a note"
        assert again[-2].startswith("● 1029 ")
        assert view.scrolled_away[0].startswith("canvas.example.edu · 30 jobs · ")
        assert [line[2:6] for line in view.scrolled_away[1:]] == [str(1000 + row) for row in range(22)]
