"""What holds for all tests: those that make up their cases make up the same ones each time."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("same each time", derandomize=True, database=None, deadline=None)
settings.load_profile("same each time")
