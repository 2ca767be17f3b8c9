"""A stage for the actions: the real client over a simulated Canvas, a terminal that keeps what it gets, fake time."""

from __future__ import annotations

import io
import json
import math
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from canvas_doors import BASE_URL, mock_transport
from canvas_progress.actions.adapters import Adapters
from canvas_progress.actions.driver import Driver
from canvas_progress.actions.recording import Recording
from canvas_progress.canvas.client import Clients, HttpOptions
from canvas_progress.clock import SystemClock
from canvas_progress.core.answers import Exchange
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Access, Secret
from canvas_progress.core.refs import Target
from canvas_progress.interrupts import Interrupts
from canvas_progress.processes import Programs
from canvas_progress.sandbox.scenarios import Scenario, default
from canvas_progress.sandbox.world import World
from canvas_progress.terminal.terminal import Color, Terminal

T = TypeVar("T")
TOKEN: Final = "S3CRET-marked-token"
START: Final = 1_800_000_000.0


class StageClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return START + self.passed

    def monotonic(self) -> float:
        return self.passed

    def now(self) -> datetime:
        return datetime.fromtimestamp(self(), UTC)

    def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def lost(self) -> float:
        return 0.0

    def wait(self, queue: SimpleQueue[T], seconds: float, *, expected: bool) -> T | None:
        """Return what comes; where nobody is at work, the time passes at once."""
        if expected:
            return queue.get(timeout=30)
        self.passed += seconds
        return None


class ReaderGone(io.BytesIO):
    """A pipe that nobody reads from any more."""

    def write(self, _: object, /) -> int:
        raise BrokenPipeError


class Stream(io.TextIOWrapper):
    """A standard stream that may claim to be a terminal."""

    def __init__(self, text: str = "", *, tty: bool = False, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(text.encode(encoding)), encoding=encoding, newline="")
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty

    @property
    def text(self) -> str:
        """All that was written."""
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)  # type: ignore[attr-defined, no-any-return]


def a_terminal(
    *, typed: str = "", tty: bool = False, environment: dict[str, str] | None = None, color: Color = Color.AUTO
) -> Terminal:
    """Return a terminal on streams of memory; with `tty` all three claim to be a screen."""
    streams = (Stream(typed, tty=tty), Stream(tty=tty), Stream(tty=tty))
    return Terminal(*streams, environment or {"TERM": "xterm"}, color)


@dataclass
class Stage:
    """One Canvas, one terminal, one clock, and what passed between them."""

    scenario: Scenario = field(default_factory=default)
    terminal: Terminal = field(default_factory=a_terminal)
    token: str = TOKEN

    def __post_init__(self) -> None:
        self.clock = StageClock()
        self.world = World(self.scenario, token=TOKEN)
        self.exchanges: list[Exchange] = []
        self.base = parse_base_url(BASE_URL, allow_http=True)
        access = Access(self.base, Secret(self.token), "school", "-p")
        wire = HttpOptions(self.clock.monotonic, self.exchanges.append, mock_transport(self.world, self.clock))
        programs = Programs(lambda: {"PATH": os.defpath}, SystemClock())
        self.adapters = Adapters(
            Clients((access,), wire), self.terminal, self.driver(), programs, Recording(self.clock)
        )

    def driver(self, *, timeout: float = math.inf) -> Driver:
        """Return a driver whose time limit runs from now on."""
        return Driver(self.clock, Interrupts(self.clock.monotonic), self.clock.monotonic() + timeout)

    def within(self, seconds: float) -> Adapters:
        """Return the adapters for a command with this time limit."""
        return replace(self.adapters, driver=self.driver(timeout=seconds))

    def targets(self, *ids: int, course: int | None = None) -> tuple[Target, ...]:
        return tuple(Target(str(id_), id_, self.base, course, "school") for id_ in ids)

    def sis_import(self, id_: int) -> Target:
        return Target(f"sis_import:{id_}", id_, self.base, None, "school", collection="/api/v1/accounts/1/sis_imports")

    @property
    def out(self) -> str:
        assert isinstance(self.terminal.stdout, Stream)
        return self.terminal.stdout.text

    @property
    def err(self) -> str:
        assert isinstance(self.terminal.stderr, Stream)
        return self.terminal.stderr.text

    def json_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def posts(self) -> int:
        """Count the requests that were meant to change something."""
        return sum(1 for logged in self.world.log if logged.method == "POST")

    def state(self, id_: int) -> str:
        """Return what Canvas holds, asked past our client."""
        return self.adapters.jobs.read(self.targets(id_)[0]).job.state
