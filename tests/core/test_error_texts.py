from __future__ import annotations

from typing import Any

from canvas_progress.core.error_texts import LONGEST, error_in_answer, title_in
from cases import table

DEEP: dict[str, Any] = {"errors": {"a": {"b": {"c": {"d": {"e": "too deep"}}}}}}


@table(
    "answer said",
    {
        "a list of sentences": ({"errors": ["one", "two"]}, "one; two"),
        "by field": ({"errors": {"name": [{"message": "is too long"}], "x": 5}}, "name: is too long"),
        "blank, then a message": ({"errors": [" "], "message": "disabled"}, "disabled"),
        "deeper than any": (DEEP, None),
        "something else": ({"id": 1, "message": "hello"}, None),
        "nothing": ({}, None),
        "no object": (["errors"], None),
    },
)
def test_what_an_error_says_is_found_in_each_of_its_shapes(answer: object, said: str | None) -> None:
    assert error_in_answer(answer) == said


def test_of_an_endless_error_no_more_is_kept_than_a_line_has_room_for() -> None:
    assert (error_in_answer({"errors": ["x"] * 9999}) or "").count("x") == LONGEST


@table(
    "page title",
    {
        "a title": ("<title>Log in &amp; learn</title>", "Log in & learn"),
        "without an end": ("<title>Log in", None),
        "a character of thousands of digits": (f"<title>&#{'9' * 5000};</title>", f"&#{'9' * 5000};"),
    },
)
def test_a_page_has_a_title(page: str, title: str | None) -> None:
    assert title_in(page) == title
