"""What holds for all tests: those that make up their cases make up the same ones each time, unless `make fuzz` runs."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("ci", derandomize=True, database=None, deadline=None)
settings.register_profile("quick", settings.get_profile("ci"), max_examples=10)
settings.register_profile("long", max_examples=20_000, database=None, deadline=None, print_blob=True)
settings.load_profile("ci")


# Files that take longest: they begin first, so that none of them is what all other processes wait for in the end.
LONGEST = (
    "reliability/test_reliability.py",
    "e2e/test_profile_file.py",
    "api/test_same_as_the_command.py",
    "docs/test_examples.py",
    "platforms/test_without_posix.py",
    "api/test_calls.py",
    "actions/test_a_day.py",
    "docs/test_python.py",
    "e2e/test_faults.py",
    "completions/test_shells.py",
    "recipes/test_action.py",
    "recipes/test_action_isolation.py",
    "e2e/test_bombs.py",
    "fuzz/test_kinds.py",
    "actions/test_cancel_property.py",
    "core/test_polling_at_scale.py",
    "terminal/test_golden.py",
)


# Files whose tests mostly wait, and share nothing.
ONE_BY_ONE = ("api/test_calls.py", "docs/test_python.py", "platforms/test_without_posix.py")


def _is_apart(nodeid: str) -> bool:
    """Tell whether a test shares nothing with the others of its file that would take seconds to set up."""
    file = nodeid.partition("::")[0]
    return file.endswith(ONE_BY_ONE) or ("/e2e/" in file and not file.endswith(("test_bombs.py", "test_faults.py")))


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Gives the tests of a file to one process, for they share what takes seconds to set up; those of e2e one by one.

    The groups of pytest-xdist itself have no effect with this version of pytest.
    """

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if _is_apart(nodeid) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Return how the tests are shared out among processes."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first, and last what is shared out test by test: it fills the gaps."""
    items.sort(key=lambda item: _turn(item.nodeid))


def _turn(nodeid: str) -> int:
    file = nodeid.partition("::")[0].removeprefix("tests/")
    if file in LONGEST:
        return LONGEST.index(file)
    return len(LONGEST) + _is_apart(nodeid)


@pytest.fixture(scope="session", autouse=True)
def _signals_are_heard() -> None:
    """Undo what a job in the background of a script inherits: signals ignored, which the commands would inherit too."""
    for name, handler in (
        ("SIGINT", signal.default_int_handler),
        ("SIGQUIT", signal.SIG_DFL),
        ("SIGHUP", signal.SIG_DFL),
    ):
        number = getattr(signal, name, None)  # Windows has the first alone
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session", autouse=True)
def _commands_are_not_measured() -> None:
    """Keep coverage, which has to get from process to process of the tests, from the programs that tests start."""
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
