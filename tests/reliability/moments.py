"""The moments at which a fault may strike: a command line, and the number of the request that is struck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Seconds. The profile's `timeout` is one of silence; a whole request may take four times as long, as the usual limits
# are 30 and 120. Longer than that, and than the first pause of someone who is throttled, has a watch to be patient.
SILENCE: Final = 1
_PATIENCE: Final = 8
_CANCEL_TIMEOUT: Final = 8
_SLACK: Final = 6.0  # for a busy machine
_THREE_ATTEMPTS: Final = 3 * 4 * SILENCE + 15.0  # with the pauses in between, of 5 and 10 s where throttled
_WATCH: Final = ("watch", "--interval", "1s", "--give-up-after", f"{_PATIENCE}s")
_CANCEL: Final = ("cancel", "--yes", "--timeout", f"{_CANCEL_TIMEOUT}s")


@dataclass(frozen=True, slots=True)
class Moment:
    """A command, the `request` of it that is struck, counted from 1, and what comes of it when nothing is.

    `{base}` in an argument stands for the address of the Canvas. `states` are those of job 1 from read to read; the
    last one stays. `after_mark` is what it becomes when it has been marked as canceled. `limit` is for the whole
    command, in seconds: one that takes longer hangs.
    """

    name: str
    arguments: tuple[str, ...]
    request: int
    shows: str
    limit: float
    states: tuple[str, ...] = ("completed",)
    after_mark: str = "failed"
    exit_code: int = 0
    lti: bool = False
    remembers: bool = False


_ALL_STATES: Final = ("queued", "running", "completed")
MOMENTS: Final = (
    Moment("show", ("show", "1"), 1, "1\trunning", _THREE_ATTEMPTS + _SLACK, ("running",)),
    Moment("watch: first request", (*_WATCH, "1"), 1, "1\tcompleted", _PATIENCE + _SLACK, _ALL_STATES),
    Moment("watch: in the middle", (*_WATCH, "1"), 2, "1\tcompleted", _PATIENCE + _SLACK, _ALL_STATES),
    Moment("watch: last request", (*_WATCH, "1"), 3, "1\tcompleted", _PATIENCE + _SLACK, _ALL_STATES),
    Moment("cancel: look before", (*_CANCEL, "1"), 1, "1\tcanceled", _CANCEL_TIMEOUT + _SLACK, ("running",)),
    Moment("cancel: the request itself", (*_CANCEL, "1"), 2, "1\tcanceled", _CANCEL_TIMEOUT + _SLACK, ("running",)),
    Moment(
        "cancel --wait: look after",
        (*_CANCEL, "--wait", "1"),
        3,
        "1\tcompleted",
        _CANCEL_TIMEOUT + _SLACK,
        states=("running",),
        after_mark="completed",
        exit_code=7,  # such a job writes over its cancellation, and it takes the look after to see that
    ),
    Moment(
        "watch: link to a job",
        (*_WATCH, "{base}/api/v1/courses/5/content_migrations/7"),
        1,
        "1\tcompleted",
        _THREE_ATTEMPTS + _PATIENCE + _SLACK,
    ),
    Moment(
        "watch: LTI token",
        (*_WATCH, "--course", "5", "1"),
        1,
        "1\tcompleted",
        2 * _THREE_ATTEMPTS + _PATIENCE + _SLACK,  # each attempt may take two requests
        lti=True,
    ),
    Moment("profile check", ("profile", "check"), 1, "profile\tschool", _THREE_ATTEMPTS + _SLACK),
    Moment("recent --refresh", ("recent", "--refresh"), 1, "1\tcompleted", _THREE_ATTEMPTS + _SLACK, remembers=True),
)
REMEMBERING: Final = Moment(
    "show", ("show", "1"), 0, "1\trunning", _THREE_ATTEMPTS + _SLACK, ("running",), remembers=True
)
