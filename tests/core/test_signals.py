from __future__ import annotations

from contextlib import suppress

import pytest

from canvas_progress.core.signals import Terminated


def test_whoever_swallows_all_errors_does_not_swallow_the_end_of_the_process() -> None:
    with pytest.raises(Terminated), suppress(Exception):
        raise Terminated
