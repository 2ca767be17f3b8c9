"""What the tables of `docs/developing/reliability.md` say is what the commands do: each cell is tried out."""

from __future__ import annotations

import pytest

from reliability.faults import FAULTS
from reliability.matrix import IMPOSSIBLE, SURVIVES, Cell, Trial, cells, run_all
from reliability.moments import MOMENTS, Moment
from reliability_table import DOCUMENT, NO_SUCH_CELL, told, written

each_moment = pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name)


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[Cell, Trial]:
    """Run all cells side by side: they mostly wait.

    What differs from the table is tried once more, without six hundred others: beside them 8 MiB may take so long that
    a time limit falls into the last attempt, and not into the pause before it.
    """
    done = run_all(tmp_path_factory.mktemp("trials"), cells())
    odd = tuple(
        cell
        for cell, trial in done.items()
        if cell.fault is not None and trial.verdict != told(cell.moment.name, lasts=cell.lasts).get(cell.fault.name)
    )
    return done | run_all(tmp_path_factory.mktemp("again"), odd) if odd else done


@each_moment
def test_without_a_fault_the_command_ends_as_it_should(moment: Moment, trials: dict[Cell, Trial]) -> None:
    trial = trials[Cell(moment)]
    assert trial.verdict == SURVIVES, trial.err


@pytest.mark.parametrize("lasts", [False, True], ids=["passes", "stays"])
@each_moment
def test_a_fault_has_the_end_that_the_table_says(moment: Moment, lasts: bool, trials: dict[Cell, Trial]) -> None:  # noqa: FBT001  # a parameter of pytest's
    table = told(moment.name, lasts=lasts)
    wrong = [
        f"{fault.name}: the table says `{table.get(fault.name)}`, it is `{trial.verdict}`\n{trial.err}"
        for fault in FAULTS
        if (trial := trials.get(Cell(moment, fault, lasts))) and trial.verdict != table.get(fault.name)
    ]
    assert not wrong, "\n".join([f"{moment.name} ({len(wrong)} cells; `make reliability` writes them anew)", *wrong])


def test_no_cell_is_empty_and_those_without_an_end_are_the_impossible_ones() -> None:
    for lasts in (False, True):
        for moment in MOMENTS:
            table = told(moment.name, lasts=lasts)
            assert list(table) == [fault.name for fault in FAULTS]
            assert all(table.values())
            missing = {(name, moment.name) for name, end in table.items() if end == NO_SUCH_CELL}
            assert missing == {pair for pair in IMPOSSIBLE if pair[1] == moment.name}


def test_writing_the_table_changes_nothing_else() -> None:
    text = DOCUMENT.read_text("utf-8")
    verdicts = {
        Cell(moment, fault, lasts): told(moment.name, lasts=lasts)[fault.name]
        for moment in MOMENTS
        for fault in FAULTS
        for lasts in (False, True)
    }
    assert written(text, verdicts) == text
