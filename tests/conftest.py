"""What holds for all tests: those that make up their cases make up the same ones each time, unless `make fuzz` runs."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("ci", derandomize=True, database=None, deadline=None)
settings.register_profile("long", max_examples=20_000, database=None, deadline=None, print_blob=True)
settings.load_profile("ci")
