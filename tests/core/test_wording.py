from __future__ import annotations

import shlex
import sys

import pytest

from canvas_progress.core.wording import (
    about,
    and_list,
    brief_span,
    brief_time,
    command_line,
    countdown,
    counted,
    first_lines,
    glimpse,
    in_words,
    one_line,
    percent,
    quoted,
    size_in_words,
    soon,
    stopwatch,
    unseen,
    visible,
    without_tokens,
)
from cases import each, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("first\nsecond", r"first\nsecond"),
        ("a\r\tb", r"a\r\tb"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x00\x7f", r"\x00\x7f"),
        ("\x9b31m", r"\x9b31m"),
        ("a\u2028b", r"a\u2028b"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("\ufeff", r"\ufeff"),
        ("\ud83d", r"\ud83d"),
    ],
)
def test_what_a_terminal_could_obey_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("text", ["17 courses processed", "[bold]no markup[/]", "Prüfung", "क्\u200dष", "日本", "🎓"])
def test_text_of_any_language_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("first\nsecond", "first second"),
        ("17 of 20\r\n\n\tnot found: 42\n", "17 of 20 not found: 42"),
        ("a\tb", "a b"),
        ("hidden\rshown", r"hidden\rshown"),  # a terminal would write over what is there
        ("\x1b[2J\nred", r"\x1b[2J red"),
        ("two  spaces", "two  spaces"),
    ],
)
def test_where_a_message_breaks_into_lines_a_person_reads_a_space(text: str, shown: str) -> None:
    assert one_line(text) == shown
    assert glimpse(text) == shown


def test_what_a_job_says_is_shown_without_signatures_also_where_it_is_cut() -> None:
    address = "https://example.edu/files/7/download?verifier="
    assert glimpse(f"see {address}S3CRET\nor ask") == f"see {address}******** or ask"
    assert glimpse(f"{address}S3C\x1bRET", most=len(address) + 5) == f"{address}********…"


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)])
def test_no_control_character_survives(code: int) -> None:
    assert visible(chr(code)).isprintable()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0:00"),
        (31.9, "0:31"),
        (60, "1:00"),
        (725, "12:05"),
        (3599, "59:59"),
        (3725, "1:02:05"),
        (90_000, "25:00:00"),
    ],
)
def test_a_stopwatch_shows_minutes_and_from_an_hour_on_hours(seconds: float, shown: str) -> None:
    assert stopwatch(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (119.9, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (7500, "2 h 5 min"),
        (10_800, "3 h"),
        (172_799, "47 h 59 min"),
        (172_800, "2 days"),
        (400_000, "4 days"),
    ],
)
def test_a_span_is_told_in_the_units_that_fit_it(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_a_clock_that_runs_behind_shows_no_negative_time() -> None:
    assert (stopwatch(-5), in_words(-5)) == ("0:00", "0 s")


@pytest.mark.parametrize(
    ("seconds", "words"), [(-1, "1 s"), (0, "1 s"), (0.4, "1 s"), (1.2, "2 s"), (119.5, "2 min"), (7500, "2 h 5 min")]
)
def test_a_wait_that_lies_ahead_is_rounded_up(seconds: float, words: str) -> None:
    assert soon(seconds) == words


@pytest.mark.parametrize(
    ("completion", "shown"),
    [(None, ""), (0.0, "0%"), (33.333333333333336, "33%"), (63.0, "63%"), (99.99, "99%"), (100.0, "100%")],
)
def test_a_percentage_is_rounded_down_so_that_only_100_is_100(completion: float | None, shown: str) -> None:
    assert percent(completion) == shown


@pytest.mark.parametrize(("completion", "shown"), [(999.0, "999%"), (1e300, ">999%"), (-1e300, "<0%"), (-0.5, "<0%")])
def test_an_absurd_percentage_is_no_long_number(completion: float, shown: str) -> None:
    assert percent(completion) == shown


@pytest.mark.parametrize(("number", "words"), [(0, "0 jobs"), (1, "1 job"), (5, "5 jobs"), (1234, "1,234 jobs")])
def test_things_are_counted_in_singular_and_plural(number: int, words: str) -> None:
    assert counted(number, "job") == words


@pytest.mark.parametrize(
    "argument", ["7~aB3dE6gH9", "aB3dE6gH9aB3dE6gH9aB3d", "x=1~abcdef", "eyJhbGciOiJSUzI1NiJ9.eyJz", "/p/7~aB3dE6"]
)
def test_what_may_be_a_token_is_not_repeated(argument: str) -> None:
    assert quoted(argument) == "`********` (not repeated: it may be a token)"
    assert "aB3dE6" not in without_tokens(f"invalid value '{argument}' here")


@pytest.mark.parametrize(
    "argument", ["abc", "123abc", "1" * 30, "1~23", "school-of-engineering-2025", "jobs-2026-11-24.txt"]
)
def test_what_is_no_token_is_repeated(argument: str) -> None:
    assert quoted(argument) == f"`{argument}`"
    assert without_tokens(f"no such file {argument}") == f"no such file {argument}"


def test_of_what_should_be_a_job_less_is_repeated() -> None:
    assert "marked" not in quoted("S3CRET-marked-token", ref=True)
    assert quoted("jobs-2026-11-24.txt", ref=True) == "`jobs-2026-11-24.txt`"


@pytest.mark.parametrize(("length", "shown"), [(200, f"`{'a ' * 100}`"), (201, f"`{'a ' * 100}…`")])
def test_what_is_longer_than_200_characters_is_quoted_cut(length: int, shown: str) -> None:
    assert quoted(("a " * 101)[:length]) == shown


@table(
    "labels others message words",
    {
        "the only one": ("1", 0, "not yours", "not yours"),
        "one of several": ("1", 4, "not yours", "1: not yours"),
        "one that is named": ("1", 4, "there is no progress 1", "there is no progress 1"),
        "one whose number begins another": ("1", 4, "there is no progress 12", "1: there is no progress 12"),
        "several, one of which is named": ("1 2", 4, "there is no progress 1", "1, 2: there is no progress 1"),
        "as many as are named": ("1 2 3 4 5", 4, "down", "1, 2, 3, 4, 5: down"),
        "more than are named": ("1 2 3 4 5 6", 4, "down", "1, 2, 3, 4, 5 and 1 more: down"),
    },
)
def test_a_message_says_which_jobs_it_is_about(labels: str, others: int, message: str, words: str) -> None:
    assert about(each(labels), others, message) == words


def test_a_size_is_given_in_the_unit_that_says_it_shortly() -> None:
    sizes = (0, 999, 1000, 9_999, 10_000, 1_840_221, 12_345_678, 999_999_999, 1_500_000_000, 2_500_000_000_000)
    said = ["0 B", "999 B", "1.0 KB", "10.0 KB", "10 KB", "1.8 MB", "12 MB", "999 MB", "1.5 GB", "2,500 GB"]
    assert [size_in_words(size) for size in sizes] == said


def test_of_many_lines_the_first_three_are_shown_and_the_others_counted() -> None:
    assert first_lines("2 errors", ["a", "b"]) == "2 errors:\na;\nb"
    assert first_lines("", ["a", "b", "c", "d"]) == "a;\nb;\nc;\nand 1 more"
    assert first_lines("1,200 warnings", ["a"], 1200) == "1,200 warnings:\na;\nand 1,199 more"
    assert first_lines("5 warnings", [], 5) == "5 warnings"
    assert first_lines("", []) == ""


def test_lines_are_punctuated_so_that_they_read_well_as_one() -> None:
    said = first_lines("4 warnings", ["users.csv: row 1 is odd", "Ada Lovelace was skipped.", "b"], 4)
    assert one_line(said) == "4 warnings: users.csv: row 1 is odd; Ada Lovelace was skipped. b; and 1 more"


@pytest.mark.parametrize(
    ("seconds", "time", "span", "left"),
    [
        (0, "0:00", "0 s", "0:00 left"),
        (59.9, "0:59", "59 s", "0:59 left"),
        (3599, "59:59", "59 min", "59:59 left"),
        (3600, "1:00:00", "60 min", "1.0 h left"),
        (5999, "1:39:59", "99 min", "1.6 h left"),
        (6000, "1:40:00", "1.6 h", "1.6 h left"),
        (35_999, "9:59:59", "9.9 h", "9.9 h left"),
        (36_000, "10 h", "10 h", "10 h left"),
        (359_999, "99 h", "99 h", "99 h left"),
        (360_000, "4 d", "4 d", "4 d left"),
    ],
)
def test_in_a_row_of_the_live_view_a_time_has_few_columns(seconds: float, time: str, span: str, left: str) -> None:
    assert brief_time(seconds) == time
    assert brief_span(seconds) == span
    assert countdown(seconds) == left


@pytest.mark.parametrize(
    ("items", "words"), [(["10"], "10"), (["10", "3"], "10 and 3"), (["10", "3", "7"], "10, 3 and 7")]
)
def test_a_list_ends_in_and(items: list[str], words: str) -> None:
    assert and_list(items) == words


def test_what_is_printable_has_nothing_in_it_that_is_unseen() -> None:
    letters = (chr(code) for code in range(sys.maxunicode + 1))
    assert unseen().search("".join(filter(str.isprintable, letters))) is None


@pytest.mark.parametrize("name", ["school", "a b$(x)", "it's", "`x`", "*"])
def test_what_can_be_typed_has_for_a_shell_the_words_that_were_meant(name: str) -> None:
    line = command_line("canvas-progress", "profile", "use", name)
    assert line.startswith("`canvas-progress profile use ")
    assert shlex.split(line[1:-1])[3:] == [name]
    assert command_line("-p", "school") == "`-p school`"
