"""What holds for all tests: those that make up their cases make up the same ones each time."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("same each time", derandomize=True, database=None, deadline=None)
settings.load_profile("same each time")


@pytest.fixture(scope="session", autouse=True)
def _commands_are_not_measured() -> None:
    """Keep coverage, which has to get from process to process of the tests, from the programs that tests start."""
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
