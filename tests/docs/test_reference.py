"""The tables in the documents are those of the program, and every link leads somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from canvas_progress.core import exit_codes
from canvas_progress.core.errors import CanvasProgressError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.outcome import Outcome
from canvas_progress.sandbox import (
    blueprint_syncs,
    content_migrations,
    outcome_imports,
    reports,
    scenarios,
    sis_imports,
)
from docs.console import examples
from helps import doing, helps, options
from markdown import DEVELOPING, DOCUMENTS, EVERYTHING, FOR_USERS, ROOT, anchors, links, named, rows, section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_COMMANDS = ROOT / "docs" / "commands.md"
_EXIT_CODES = ROOT / "docs" / "exit-codes.md"
_JSON = ROOT / "docs" / "json.md"
_SANDBOX = DEVELOPING / "sandbox.md"
_README = ROOT / "README.md"


def test_every_command_is_named_and_the_man_page_that_is_named_there_has_its_options() -> None:
    overview = _COMMANDS.read_text("utf-8").partition("\n## ")[0]
    listed = re.findall(r"^- .*: (.*)$", overview, re.MULTILINE)
    assert {name for names in listed for name in re.findall(r"`([^`]+)`", names)} == set(doing())
    assert "man page" in overview
    page = re.sub(r"\\f[BIR]", "", (ROOT / "man" / "canvas-progress.1").read_text("utf-8")).replace("\\-", "-")
    for name, text in helps().items():
        described = page.partition(f".SS {name}\n" if name else ".SH OPTIONS\n")[2].partition("\n.S")[0]
        assert _options(options(text)) <= _options(re.findall(r"^\.TP\n(.*)$", described, re.MULTILINE)), name


def test_no_command_is_described_that_there_is_not() -> None:
    others = {"Naming jobs", "Formats", "Environment variables"}
    assert set(re.findall(r"^## (.+)$", _COMMANDS.read_text("utf-8"), re.MULTILINE)) - others <= set(doing())


def _options(cells: Iterable[str]) -> set[str]:
    return {option for cell in cells for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", cell)}


def test_every_long_option_after_the_command_in_the_documents_is_one_of_its_own() -> None:
    known = _options(helps().values())
    for path in DOCUMENTS:
        for line in re.findall(r"canvas-progress [^\n`|]*", path.read_text("utf-8")):
            assert set(re.findall(r"(?<=\s)--[a-z][a-z-]*", line)) <= known, f"{named(path)}: {line}"


def test_the_table_of_exit_codes_has_just_the_codes_of_the_program() -> None:
    table = rows(section(_EXIT_CODES, "Exit codes"))
    assert [int(code) for code, _ in table] == [int(code) for code in ExitCode]


def test_the_order_among_several_exit_codes_is_the_one_in_the_code() -> None:
    text = section(_EXIT_CODES, "Several jobs, one code")
    assert [int(code) for code in re.findall(r"\d+", text)] == [int(code) for code in exit_codes._WORST_FIRST]


def test_each_exit_code_has_an_example_that_produces_it_in_the_order_of_the_table() -> None:
    run = [one for one in examples(_EXIT_CODES) if "canvas-progress" in one.command or "wait $!" in one.command]
    produced = [one.exit_code for one in run if ".txt & until" not in one.command]  # it ends in the line after
    assert produced == [int(code) for code in ExitCode]


def test_the_outcomes_in_the_documents_are_those_of_the_program() -> None:
    told = [name.strip("`") for name, _ in rows(section(_JSON, "Outcomes"))]
    assert told == [outcome.value for outcome in Outcome]


def test_the_codes_of_error_events_are_those_of_the_errors_that_a_request_can_meet() -> None:
    told = set(re.findall(r"`([a-z-]+)`", section(_JSON, "error").partition("one of")[2].partition(".")[0]))
    assert told <= {kind.code for kind in _kinds(CanvasProgressError)}
    never = {"unexpected", "usage", "declined", "file", "job", "unavailable"}
    never |= {"job-failed", "jobs-timeout"}  # what calls from Python raise
    assert told == {kind.code for kind in _kinds(CanvasProgressError)} - never


def _kinds(kind: type[CanvasProgressError]) -> Iterator[type[CanvasProgressError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


def test_the_table_of_the_sandbox_has_every_job_in_its_own_words() -> None:
    told = rows(section(_SANDBOX, "Its jobs"))
    assert sorted(told) == sorted((str(job.id), job.about) for job in scenarios.default().jobs)
    others = rows(section(_SANDBOX, "Jobs that are no Progress"))
    modules = (sis_imports, reports, outcome_imports, blueprint_syncs, content_migrations)
    assert list(others) == [(str(job.id), job.about) for module in modules for job in module.JOBS]


@pytest.mark.parametrize("path", EVERYTHING, ids=named)
def test_every_link_within_the_project_leads_to_a_file_and_a_heading(path: Path) -> None:
    for link in links(path):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


def test_the_documents_for_users_are_short() -> None:
    words = {named(path): len(path.read_text("utf-8").split()) for path in FOR_USERS}
    assert sum(words.values()) <= 8000, words


def test_the_documents_are_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    ahead = [_README]
    while ahead:
        path = ahead.pop()
        reached.add(path)
        targets = {(path.parent / link.partition("#")[0]).resolve() for link in links(path) if "://" not in link}
        ahead.extend(target for target in targets - reached if target.suffix == ".md")
    assert set(DOCUMENTS) <= reached
    assert len(FOR_USERS) >= 10
    assert len(DOCUMENTS) >= len(FOR_USERS) + 5


def test_decisions_are_numbered_without_gaps_and_have_at_most_30_lines() -> None:
    notes = sorted((DEVELOPING / "decisions").glob("*.md"))
    assert len(notes) >= 9
    for number, note in enumerate(notes, start=1):
        lines = note.read_text("utf-8").splitlines()
        assert note.name.startswith(f"{number:04}-")
        assert lines[0].startswith(f"# {number:04}: ")
        assert len(lines) <= 30, note.name


def test_every_runtime_dependency_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    asked_for = re.findall(r'^    "([a-z]+)[">=<]', text.partition("\ndependencies")[2].partition("]")[0], re.MULTILINE)
    reasons = rows((DEVELOPING / "decisions" / "0006-runtime-dependencies.md").read_text("utf-8"))
    assert sorted(name for name, *_ in reasons) == sorted(asked_for)
    assert len(asked_for) >= 7
