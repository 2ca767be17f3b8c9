"""Reads the files of authorities that somebody has named, within the time limit: some are pipes that nobody fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.actions.driver import Call
from canvas_progress.actions.engine import fetch
from canvas_progress.background import within
from canvas_progress.core.errors import TimeLimitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.actions.driver import Driver
    from canvas_progress.canvas.client import HttpOptions
    from canvas_progress.core.credentials import Profile

_LIMIT: Final = 10.0  # seconds: time for a program that writes the file as we read it


def read_authorities(profile: Profile, http: HttpOptions, driver: Driver, note: Callable[[str], None]) -> None:
    """Make ready what connections of this profile need. Raises UsageError and TimeLimitError."""
    from canvas_progress.canvas.connection import Connection
    from canvas_progress.canvas.tls import FILE_VARIABLE, names_files

    if not names_files(profile.settings, http.environment):
        return
    name = profile.settings.ca_bundle or http.environment.get(FILE_VARIABLE, "")

    def connect() -> None:
        Connection(profile.base, http, settings=profile.settings, profile=profile.name).close()

    def connect_in_time() -> None:
        done = within(_LIMIT, connect)
        if isinstance(done.error, TimeoutError):
            raise UsageError(f"nobody wrote authorities to `{name}` within {_LIMIT:.0f} s", hint="name a PEM file")
        if done.error is not None:
            raise done.error

    try:
        fetch(Call(connect_in_time, profile.base.netloc, 2 * _LIMIT), profile.base, driver, note)
    except TimeLimitError:
        raise TimeLimitError(f"the time limit was over before the authorities in `{name}` were read") from None
