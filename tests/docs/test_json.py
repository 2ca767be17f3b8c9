"""The JSON in the documents has the very keys that the program writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from command import Command
from markdown import ROOT, blocks, rows, section

if TYPE_CHECKING:
    from pathlib import Path

_JSON = ROOT / "docs" / "json.md"
_TOLD: list[dict[str, Any]] = [json.loads(block.text) for block in blocks(_JSON, "json")]
_TOLD_EVENTS = {told["event"]: told for told in _TOLD if "event" in told}


def _written(command: str, home: Path) -> list[dict[str, Any]]:
    """Run a command against the sandbox, and return the JSON on its standard output, one object from each line."""
    ran = Command(home).run("-p", "sandbox", *command.split())
    return [json.loads(line) for line in ran.out.splitlines()]


def _keys(title: str) -> list[str]:
    """Return the keys in the table of a section."""
    return [key.strip("` ") for cell, _ in rows(section(_JSON, title)) for key in cell.split(",")]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Watch a job that fails to answer and then moves, one that has ended, one forbidden, one missing, one still."""
    return _written("watch --json --stall-timeout 10 60 30 51 12345 56", tmp_path_factory.mktemp("json"))


def test_each_event_is_described_under_a_heading_of_its_own_and_no_other() -> None:
    text = section(_JSON, "Events of a watch")
    headings = [line.removeprefix("### ") for line in text.splitlines() if line.startswith("### ")]
    assert headings == list(_TOLD_EVENTS)
    for name in headings:
        assert f'"event":"{name}"' in section(_JSON, name)


def test_a_watch_writes_just_the_events_that_are_described(events: list[dict[str, Any]]) -> None:
    assert {event["event"] for event in events} == set(_TOLD_EVENTS)
    assert events[-1]["event"] == "summary"


def test_the_last_events_of_jobs_that_cannot_be_read_are_those_that_the_text_tells(
    events: list[dict[str, Any]],
) -> None:
    forbidden, missing = ([e for e in events if e.get("ref") == ref] for ref in ("51", "12345"))
    assert [(e["event"], e["retry_in"]) for e in forbidden] == [("error", None)]
    assert [e["event"] for e in missing] == ["error", "finished"]
    assert (missing[0]["retry_in"], missing[1]["outcome"]) == (None, "gone")


@pytest.mark.parametrize("name", _TOLD_EVENTS)
def test_an_event_has_the_keys_of_its_example_in_the_same_order(name: str, events: list[dict[str, Any]]) -> None:
    written = [event for event in events if event["event"] == name]
    assert written
    for event in written:
        never_answered = event.get("ref") == "12345"
        wanted = [key for key in _TOLD_EVENTS[name] if key != "job" or not never_answered]
        assert list(event) == wanted


@pytest.mark.parametrize("name", _TOLD_EVENTS)
def test_the_values_of_an_event_are_of_the_types_of_its_example(name: str, events: list[dict[str, Any]]) -> None:
    for event in events:
        if event["event"] == name:
            for key, value in event.items():
                assert isinstance(value, type(_TOLD_EVENTS[name][key])) or (key, value) == ("retry_in", None), key


def test_a_progress_has_the_keys_of_its_example_and_of_its_table(tmp_path: Path) -> None:
    (written,) = _written("show --json 9", tmp_path)
    (told,) = (one for one in _TOLD if "schema" not in one)
    assert list(told) == list(written)
    assert sorted(_keys("A Progress")) == sorted(written)


def test_what_cancel_writes_has_the_keys_of_its_example(tmp_path: Path) -> None:
    marked, unread = _written("cancel --json --yes 24 12345", tmp_path)
    (told,) = (one for one in _TOLD if "action" in one)
    assert list(marked) == list(told)
    assert list(unread) == [key for key in told if key != "job"]
    assert marked["action"] == told["action"]


def test_the_actions_of_cancel_in_the_documents_are_all_that_there_are() -> None:
    from canvas_progress.core.cancel_conclusion import Action

    assert [name.strip("`") for name, _ in rows(section(_JSON, "What cancel did"))] == [one.value for one in Action]


def test_what_profile_check_writes_has_the_keys_of_its_example_and_of_its_table(tmp_path: Path) -> None:
    (written,) = _written("profile check --json", tmp_path)
    (told,) = (one for one in _TOLD if "latency_ms" in one)
    described = _keys("What profile check tells")
    assert list(written) == list(told) == ["schema", *described]
    for key, value in written.items():
        assert isinstance(value, type(told[key])), key


def test_a_recent_job_has_the_keys_of_its_example_and_of_its_table() -> None:
    from canvas_progress.core.history import HistoryEntry
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.terminal.jsonl import history_line

    job = HistoryEntry(31, "https://canvas.example.edu", None, "school", None, None, Outcome.COMPLETED, None, None, 0.0)
    written = json.loads(history_line(job))
    (told,) = (one for one in _TOLD if "canceled_by_us" in one)
    described = _keys("A recent job")
    assert list(written) == list(told) == ["schema", *described]
