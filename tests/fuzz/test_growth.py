"""What is piped in or answered may be megabytes, and made to hurt: the work grows as the input does."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pytest

from canvas_progress.canvas.response import Response, without
from canvas_progress.canvas.response_errors import RequestContext, error_in
from canvas_progress.core.base_url import BaseUrl, parse_base_url
from canvas_progress.core.credentials import Access, Secret
from canvas_progress.core.durations import parse_duration
from canvas_progress.core.errors import CanvasProgressError
from canvas_progress.core.job_finder import jobs_in
from canvas_progress.core.json_values import on_one_line
from cases import each
from jobs import parse_job

_SIZE: Final = 2_000  # bytes or so, and eight times that
_ASKED: Final = RequestContext(
    Access(BaseUrl("https", "canvas.example.edu", 443), Secret("7~topsecret"), "school"), "progress 1"
)


def _judged(text: str) -> object:
    return error_in(without(Response(400, {}, text.encode()), Secret("7~topsecret")), _ASKED)


READERS: Final[tuple[Callable[[str], object], ...]] = (
    jobs_in,
    lambda text: jobs_in(f"https://canvas.example.edu/{text}"),
    lambda text: jobs_in(f'{{"progress_url":"https://canvas.example.edu{text}"}}'),
    lambda text: jobs_in(f'{{"id":"{text}","workflow_state":"x","tag":1}}'),
    parse_base_url,
    lambda text: parse_duration(text, option="--timeout"),
    parse_job,
    on_one_line,
    lambda text: parse_job(f'{{"id":1,"workflow_state":"{text}"'),
    _judged,
    lambda text: _judged(f"<{text}"),
    lambda text: _judged(f'{{"errors":"{text}'),
)
UNITS: Final = (
    *(" ", "\n", "HTTP/1 200\n\n", "HTTP/1 200\n", '"expired_at" ', "\u202e"),
    *each("1 a eyJ 1~ 7~t / /api /api/v1/progress/ /api/v1/a/content_exports/1a /progress/ /accounts/1/reports/1"),
    *each("<title> <title &#1 & ü ü."),
    *each('\\ " \\" \\u0037 [ {} [], {"a":'),
)


@pytest.mark.parametrize("unit", UNITS)
def test_reading_eight_times_as_much_takes_about_eight_times_as_long(unit: str) -> None:
    for reader in READERS:
        short, long = (_least_work(reader, unit * (times * _SIZE // len(unit))) for times in (1, 8))
        assert long < 30 * short + 0.05, (reader, short, long)  # all pairs of characters would be 64 times the work


def _least_work(reader: Callable[[str], object], text: str) -> float:
    """Return the seconds of this processor that reading took, without what else the machine did meanwhile."""
    least = 1e9
    for _ in range(2):
        start = time.process_time()
        with suppress(CanvasProgressError):
            reader(text)
        least = min(least, time.process_time() - start)
        if least < 0.01:  # too little to be worth a second look
            break
    return least
