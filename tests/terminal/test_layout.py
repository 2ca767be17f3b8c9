from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from canvas_progress.terminal.layout import Column, broken_label, cut, fits, layout
from cases import table

ID = Column("id", ["1234567"])
TAG = Column("tag", ["content_migration"], drop_order=2, min_width=8)
AGE = Column("age", ["12 min"], drop_order=1)
URL = "https://canvas.example.edu/api/v1/progress/1234567"


def wide(name: str, width: int, **wishes: int | bool) -> Column:
    return Column(name, ["x" * width], **wishes)  # type: ignore[arg-type]


def test_columns_are_as_wide_as_their_widest_cell_where_there_is_room() -> None:
    assert layout([Column("id", ["7", "1234567"]), TAG], 80) == {"id": 7, "tag": 17}


def test_a_column_without_anything_in_it_takes_no_room() -> None:
    assert layout([ID, Column("note", ["", ""])], 80) == {"id": 7}


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (34, {"id": 7, "tag": 17, "age": 6}),
        (33, {"id": 7, "tag": 17}),
        (26, {"id": 7, "tag": 17}),
        (25, {"id": 7, "tag": 16}),
        (17, {"id": 7, "tag": 8}),
        (16, {"id": 7}),
        (7, {"id": 7}),
    ],
)
def test_columns_go_in_their_order_and_none_is_narrowed_for_one_that_goes_before_it(
    width: int, shown: dict[str, int]
) -> None:
    assert layout([ID, TAG, AGE], width) == shown


def test_a_narrow_column_does_not_come_back_in_place_of_one_that_goes_after_it() -> None:
    assert layout([ID, wide("context", 20, drop_order=2), wide("profile", 3, drop_order=1)], 20) == {"id": 7}


def test_the_order_on_the_screen_is_that_of_the_columns() -> None:
    assert list(layout([wide("a", 3, drop_order=1), wide("b", 3), wide("c", 3, drop_order=2)], 20)) == ["a", "b", "c"]


def test_a_rigid_column_gives_way_only_when_all_others_have_gone() -> None:
    outcome = wide("outcome", 20, min_width=11)
    assert layout([ID, outcome, AGE], 29) == {"id": 7, "outcome": 20}
    assert layout([ID, outcome, AGE], 22) == {"id": 7, "outcome": 13}
    assert layout([ID, outcome, AGE], 20) == {"id": 7, "outcome": 11}


def test_where_not_even_the_rigid_ones_fit_the_first_one_stays_whole() -> None:
    assert layout([ID, wide("outcome", 11), wide("done", 4)], 20) == {"id": 7, "outcome": 11}
    assert layout([ID, wide("outcome", 11), wide("done", 4)], 19) == {"id": 7}
    assert layout([ID, wide("outcome", 11), wide("done", 4)], 3) == {"id": 7}


def test_nothing_takes_the_room_of_a_rigid_column_that_has_gone() -> None:
    assert layout([ID, wide("outcome", 11), wide("bar", 8, drop_order=1)], 19) == {"id": 7}


def test_a_column_takes_more_than_it_asks_for_only_of_what_is_left_over() -> None:
    message = wide("message", 90, drop_order=2, wanted=20)
    assert layout([ID, message, AGE], 80) == {"id": 7, "message": 63, "age": 6}
    assert layout([ID, message, AGE], 37) == {"id": 7, "message": 20, "age": 6}
    assert layout([ID, message, AGE], 36) == {"id": 7, "message": 27}


def test_a_column_that_asks_for_less_than_all_may_get_less_still() -> None:
    tag = wide("tag", 35, drop_order=2, wanted=28, min_width=16)
    assert layout([ID, tag, AGE], 80) == {"id": 7, "tag": 35, "age": 6}
    assert layout([ID, tag, AGE], 45) == {"id": 7, "tag": 28, "age": 6}
    assert layout([ID, tag, AGE], 25) == {"id": 7, "tag": 16}
    assert layout([ID, tag, AGE], 24) == {"id": 7}


def test_no_column_takes_more_than_its_most() -> None:
    assert layout([ID, wide("tag", 90, drop_order=1, max_width=30)], 200) == {"id": 7, "tag": 30}


def test_the_gap_after_a_column_counts_only_where_another_follows() -> None:
    bar = wide("bar", 8, drop_order=1, gap=1)
    assert layout([ID, bar, wide("done", 4)], 22) == {"id": 7, "bar": 8, "done": 4}
    assert layout([ID, bar, wide("done", 4)], 21) == {"id": 7, "done": 4}
    assert layout([ID, bar], 17) == {"id": 7, "bar": 8}


def test_rigid_columns_fit_where_the_least_of_all_of_them_does() -> None:
    columns = [ID, wide("outcome", 20, min_width=11), AGE]
    assert [fits(columns, width) for width in (20, 19)] == [True, False]


def test_a_rigid_column_that_wraps_is_as_wide_as_there_is_room() -> None:
    assert layout([ID, Column("url", ["http://127.0.0.1:33273"], min_width=16, wraps=True)], 29) == {"id": 7, "url": 20}


REPORT = "report:provisioning_csv:1234567890123456789"


@table(
    "label width lines",
    {
        "what fits": (REPORT, 43, [REPORT]),
        "before the id": (REPORT, 42, ["report:provisioning_csv:", "1234567890123456789"]),
        "at each separator": (REPORT, 20, ["report:provisioning_", "csv:", "1234567890123456789"]),
        "no id": (REPORT, 10, ["report:", "provisioni", "ng_csv:", "1234567890123456789"]),
        "a URL": (URL, 38, ["https://canvas.example.edu/api/v1/", "progress/1234567"]),
        "an id alone": ("1234567890123456789", 3, ["1234567890123456789"]),
        "an id with a course": ("blueprint_sync:5:77", 18, ["blueprint_sync:5:", "77"]),
    },
)
def test_what_names_a_job_is_broken_at_its_separators_and_never_within_the_id(
    label: str, width: int, lines: list[str]
) -> None:
    assert broken_label(label, width) == lines


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("content_migration", 17, "content_migration"),
        ("content_migration", 10, "content_m…"),
        ("Unexpected error, ID: 8812", 25, "Unexpected error, ID: …"),
        ("no progress 4101 there", 17, "no progress 4101…"),
        ("no progress 4101 there", 16, "no progress …"),
        ("課程課程", 4, "課 …"),
        ("課程課程", 1, "…"),
        ("17", 1, "…"),
    ],
)
def test_a_text_is_cut_with_a_mark_and_never_within_a_number(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown
    assert cell_len(shown) <= width


def test_a_screen_without_the_mark_gets_none() -> None:
    assert cut("content_migration", 10, "") == "content_mi"


wishes = st.builds(
    Column,
    st.uuids().map(str),
    st.lists(st.text("x", max_size=60), min_size=1, max_size=3),
    drop_order=st.integers(0, 9),
    wanted=st.none() | st.integers(1, 30),
    min_width=st.none() | st.integers(1, 30),
    max_width=st.none() | st.integers(1, 40),
    gap=st.integers(1, 2),
)


@settings(deadline=None, database=None)
@given(st.lists(wishes, max_size=9), st.integers(1, 200))
def test_a_line_is_no_wider_than_the_screen_and_no_column_narrower_than_its_least(
    columns: list[Column], width: int
) -> None:
    widths = layout(columns, width)
    shown = [column for column in columns if column.name in widths]
    for column in shown:
        assert column.narrowest <= widths[column.name] <= column.full
    line = sum(widths.values()) + sum(column.gap for column in shown[:-1])
    assert line <= width or [column.drop_order for column in shown] == [0]
    gone = [column.drop_order for column in columns if column.full and column.name not in widths and column.drop_order]
    assert all(column.drop_order >= max(gone, default=0) for column in shown if column.drop_order)
