"""Runs every command against every fault at every moment, all of them side by side, and says what came of each."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from reliability.faults import FAULTS, NO_SUCH_HOST, WRONG_ID, Fault, Stage, Way
from reliability.moments import MOMENTS, REMEMBERING, Moment
from reliability.setting import Setting, setting
from reliability.small_canvas import SmallCanvas

SURVIVES: Final = "survives"
_FORK_SERVER: Final = Path(__file__).with_name("fork_server.py")
_MOST_AT_ONCE: Final = 200
_MOST_STARTING: Final = 2  # as many as there are processors: what starts has nobody else to wait for
_FOREVER: Final = 10**6
# Of these an answer about something else cannot be told from one about what was asked for.
IMPOSSIBLE: Final = frozenset({(WRONG_ID, "watch: LTI token"), (WRONG_ID, "profile check")})


@dataclass(frozen=True, slots=True)
class Cell:
    """A command that meets a fault at a moment: once, or from then on."""

    moment: Moment
    fault: Fault | None = None
    lasts: bool = False

    @property
    def struck(self) -> range:
        """The numbers of the requests that are struck."""
        first = self.moment.request
        return range(first, first) if self.fault is None else range(first, _FOREVER if self.lasts else first + 1)

    @property
    def way(self) -> Way:
        """How the Canvas is reached."""
        return Way.PLAIN if self.fault is None else self.fault.way


@dataclass(slots=True)
class Trial:
    """A cell under way, and then what came of it. No code: it had to be killed."""

    cell: Cell
    folder: Path
    canvas: SmallCanvas
    lookups: int = 0
    code: int | None = None
    cpu: float = 0.0

    @property
    def out(self) -> str:
        """What it printed."""
        return (self.folder / "out").read_text("utf-8")

    @property
    def err(self) -> str:
        """What it said besides."""
        return (self.folder / "err").read_text("utf-8")

    @property
    def verdict(self) -> str:
        """What is written into the cell."""
        moment, fault = self.cell.moment, self.cell.fault
        if self.code is None:
            return "hangs"
        if any(sign in self.err for sign in ("Traceback", "this is a bug")):
            return "crashes"
        if self.code == moment.exit_code and not self._untrue:
            return self._as_without_the_fault
        if not self.err.strip():
            return f"{self.code} without a word"
        soon = self.cell.lasts and not self._asked_again and not (fault is not None and fault.slow)
        return f"{self.code}{self._untrue}{' at once' if soon else ''}"

    @property
    def _as_without_the_fault(self) -> str:
        if self.cell.fault is not None and not self._asked_again:
            return "believed"
        return SURVIVES if any(line.startswith(self.cell.moment.shows) for line in self.out.splitlines()) else "misled"

    @property
    def _asked_again(self) -> bool:
        return self.lookups > self.cell.moment.request

    @property
    def _untrue(self) -> str:
        """What is wrong in what it says about a cancellation, or in how it went about it."""
        truth, name = self.canvas.truth, self.cell.moment.name
        if not truth.every_post_follows_a_read:
            return " sent blindly"
        if not name.startswith("cancel") or not self.err.strip():
            return ""
        says_marked, says_unmarked = "marked as canceled" in self.err, "1 not canceled" in self.err
        return " untrue" if (says_marked and not truth.marked) or (says_unmarked and truth.marked) else ""


def cells() -> tuple[Cell, ...]:
    """Return all cells that can be, and each moment without a fault; those that take longest come first."""
    struck = [
        Cell(moment, fault, lasts)
        for moment in MOMENTS
        for fault in FAULTS
        for lasts in (True, False)
        if (fault.name, moment.name) not in IMPOSSIBLE
    ]
    calm = [Cell(moment) for moment in MOMENTS]
    return (*sorted(struck, key=_haste), *calm)


def _haste(cell: Cell) -> tuple[bool, bool, float]:
    return (cell.fault is None or not cell.fault.slow, not cell.lasts, -cell.moment.limit)


def run_all(folder: Path, wanted: tuple[Cell, ...]) -> dict[Cell, Trial]:
    """Run these cells, and return what came of each."""
    with setting(folder) as shared:
        server = [sys.executable, "-P", str(_FORK_SERVER)]
        environment = {"LANG": "C.UTF-8", "PATH": "", "PYTHONPATH": str(_FORK_SERVER.parents[1])}
        with subprocess.Popen(
            server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, bufsize=1
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            runner = _Runner(shared, process.stdin, process.stdout)
            for way in Way:
                seed = Cell(REMEMBERING, Fault("", FAULTS[0].strike, way=way))
                shared.seeds[way] = runner.run((seed,))[seed].folder
            done = runner.run(wanted)
            process.stdin.close()
    return done


class _Runner:
    """Has the fork server run cells, and serves each one's Canvas meanwhile."""

    def __init__(self, shared: Setting, orders: IO[str], reports: IO[str]) -> None:
        self._shared = shared
        self._orders = orders
        self._reports = reports
        self._started = 0

    def run(self, wanted: tuple[Cell, ...]) -> dict[Cell, Trial]:
        ahead = list(reversed(wanted))
        running: dict[int, Trial] = {}
        starting: set[int] = set()
        done: dict[Cell, Trial] = {}
        while ahead or running:
            while ahead and len(running) < _MOST_AT_ONCE and len(starting) < _MOST_STARTING:
                number, trial = self._start(ahead.pop())
                running[number] = trial
                starting.add(number)
                self._order(number, trial)
            report = json.loads(self._reports.readline())
            number = report["number"]
            starting.discard(number)
            if "code" in report:
                trial = running.pop(number)
                trial.code, trial.cpu = report["code"], report["cpu"]
                trial.canvas.close()
                done[trial.cell] = trial
            else:
                running[number].lookups += 1
        return done

    def _start(self, cell: Cell) -> tuple[int, Trial]:
        self._started += 1
        folder = self._shared.folder / str(self._started)
        if cell.moment.remembers and cell.moment is not REMEMBERING:
            shutil.copytree(self._shared.seeds[cell.way], folder)
            (folder / "out").unlink()
            (folder / "err").unlink()
        else:
            folder.mkdir()
        canvas = SmallCanvas(cell.moment, cell.fault, cell.struck, self._shared.doors)
        return self._started, Trial(cell, folder, canvas)

    def _order(self, number: int, trial: Trial) -> None:
        cell, fault = trial.cell, trial.cell.fault
        looked_up = fault is not None and fault.stage is Stage.LOOKUP
        order = {
            "number": number,
            "arguments": [word.format(base=cell.way.base) for word in cell.moment.arguments],
            "environment": self._environment(trial),
            "folder": str(trial.folder),
            "limit": cell.moment.limit,
            "host": cell.way.looked_up,
            "port": trial.canvas.port,
            "first": cell.struck.start if looked_up else 0,
            "last": cell.struck.stop - 1 if looked_up else 0,
            "instead": 0 if fault is not None and fault.name == NO_SUCH_HOST else self._shared.nowhere,
        }
        self._orders.write(json.dumps(order) + "\n")

    def _environment(self, trial: Trial) -> Mapping[str, str]:
        moment = trial.cell.moment
        home = {name: str(trial.folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
        history = {} if moment.remembers else {"CANVAS_PROGRESS_NO_HISTORY": "1"}
        file = self._shared.file(trial.cell.way, lti=moment.lti)
        return {**home, **history, "CANVAS_PROGRESS_CONFIG": str(file), "LANG": "C.UTF-8", "TERM": "dumb"}
