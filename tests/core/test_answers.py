from __future__ import annotations

import pytest

from canvas_progress.core.answers import Exchange


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        (
            Exchange("GET", "/p/1", 200, 34.6, 0.026, 611.5),
            "GET /p/1 200, 35 ms, cost 0.026 units, quota left 611.5 units",
        ),
        (Exchange("POST", "/p/1", None, 10000.0), "POST /p/1 no answer, 10000 ms"),
    ],
)
def test_an_exchange_is_told_with_what_is_known_of_it(exchange: Exchange, words: str) -> None:
    assert exchange.in_words() == words
