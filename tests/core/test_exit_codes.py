from __future__ import annotations

from itertools import pairwise

import pytest

from canvas_progress.core.exit_codes import ExitCode, worst

WORST_FIRST = (130, 143, 141, 2, 4, 1, 6, 5, 7, 124, 3, 9, 8, 0)


@pytest.mark.parametrize(("worse", "better"), list(pairwise(WORST_FIRST)))
def test_the_worse_of_two_codes_wins_whichever_comes_first(worse: int, better: int) -> None:
    codes = [ExitCode(worse), ExitCode(better)]
    assert worst(codes) == worst(reversed(codes)) == worse


def test_every_code_has_its_place_in_the_order() -> None:
    assert sorted(WORST_FIRST) == sorted(ExitCode)


def test_no_codes_at_all_are_a_success() -> None:
    assert worst([]) == 0


def test_one_bad_job_among_many_good_ones_is_not_hidden() -> None:
    assert worst([ExitCode.OK] * 99 + [ExitCode.JOB_FAILED]) == 3
