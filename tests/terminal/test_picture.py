from __future__ import annotations

from picture import PICTURE, draw


def test_the_picture_in_the_readme_is_what_the_tool_draws() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw()
