"""Every example in the documents does what the document says."""

from __future__ import annotations

import re
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from docs.console import agrees, examples, run, scripts
from markdown import DOCUMENTS, ROOT, blocks, named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docs.console import Outcome

_AT_ONCE = 4  # the examples' time limits are in seconds, so the machine must not be busy for seconds
_HIDES = re.compile(r"(2|&) ?>+ ?/dev/null|/dev/null 2>&1|2> ?\$null|\|\| *(true|:)|-ErrorAction")
_WITH_EXAMPLES = [path for path in DOCUMENTS if examples(path)]
_WITH_SCRIPTS = [path for path in DOCUMENTS if scripts(path)]


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let children hear SIGINT even where these tests run in the background of a shell that ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, tuple[Outcome, ...]]:
    """Run all documents side by side, each in a home of its own."""
    homes = [tmp_path_factory.mktemp(path.stem) for path in _WITH_EXAMPLES]
    with _interruptible(), ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(_WITH_EXAMPLES, pool.map(run, _WITH_EXAMPLES, homes), strict=True))


@pytest.mark.parametrize("path", _WITH_EXAMPLES, ids=named)
def test_every_command_prints_and_exits_as_its_document_says(
    path: Path, outcomes: dict[Path, tuple[Outcome, ...]]
) -> None:
    wrong = [
        f"{named(path)}:{example.line}: $ {example.command}\n{outcome.output}[exit {outcome.exit_code}]"
        for example, outcome in zip(examples(path), outcomes[path], strict=True)
        if not agrees(example.expected, outcome.output) or outcome.exit_code != example.exit_code
    ]
    assert not wrong, "\n\n".join(wrong)


def test_the_documents_that_teach_by_example_have_examples() -> None:
    taught = ("README", "exit-codes", "getting-started", "json", "profiles", "sandbox", "scripting", "canvas-notes")
    assert {path.stem for path in _WITH_EXAMPLES} >= set(taught)
    assert sum(len(examples(path)) for path in _WITH_EXAMPLES) > 50


def test_every_script_in_the_documents_is_strict_and_is_run_by_an_example() -> None:
    assert {path.stem for path in _WITH_SCRIPTS} >= {"other-jobs", "scripting"}
    for path in _WITH_SCRIPTS:
        commands = "\n".join(example.command for example in examples(path))
        for name, text in scripts(path).items():
            assert "\nset -euo pipefail\n" in text, name
            assert f"bash {name}" in commands, name
        assert len(scripts(path)) == len(blocks(path, "bash")), "two scripts have the same name"


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_no_example_hides_why_a_command_fails_or_that_it_does(path: Path) -> None:
    for block in blocks(path, "console", "bash", "sh", "powershell", "yaml"):
        assert not _HIDES.search(block.text), f"{named(path)}:{block.line}"


def test_what_hides_a_failure_is_found() -> None:
    for hiding in ("2> /dev/null", "2>/dev/null", "&> /dev/null", "> /dev/null 2>&1", "|| true", "|| :"):
        assert _HIDES.search(f"watch 1 {hiding}"), hiding
    assert not _HIDES.search("watch 1 > /dev/null || code=$?")


def test_the_first_thing_in_the_readme_are_the_two_commands_for_a_fresh_machine() -> None:
    first = blocks(ROOT / "README.md")[0]
    assert [line.split("#")[0].strip() for line in first.text.splitlines()] == ["make demo", "make test"]
    assert first.line == 4


def test_a_wildcard_stands_for_something_within_a_line_and_alone_for_lines() -> None:
    assert agrees(("a … c",), "a b c\n")
    assert not agrees(("a … c",), "a b\nc\n")
    assert agrees(("a", "…", "c"), "a\n1\n2\nc\n")
    assert agrees(("a", "…", "c"), "a\nc\n")
    assert not agrees((), "a\n")
    assert not agrees(("a",), "")
