"""Whatever is answered, fails, takes long or interrupts: `cancel` does no harm to a finished job, and tells no lie."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from canvas_doors import Unread, ask, mock_transport
from canvas_progress.actions.cancel import CancelPlan, cancel
from canvas_progress.canvas.client import Clients, HttpOptions
from canvas_progress.core.answers import Answer
from canvas_progress.core.credentials import Access, Secret
from canvas_progress.core.errors import CanvasProgressError, NotPermittedError
from canvas_progress.core.kinds.progress_guards import refusal
from canvas_progress.core.refs import Target
from canvas_progress.core.signals import Terminated
from canvas_progress.core.targets import Found
from canvas_progress.sandbox.world import World
from canvas_progress.terminal.terminal import Format
from stage import TOKEN, Stage, a_terminal

# What a request meets: whether Canvas acts on it, and what the client gets instead of the answer.
EVENTS = (
    "ok",
    "ok",
    "lost before",
    "lost after",
    "refused",
    "502 before",
    "504 after",
    "429",
    "429-9",
    "429-900",
    "503-900 after",
    "page after",
    "half after",
    "401",
    "403",
    "interrupt before",
    "interrupt after",
    "terminate after",
)
RAISES: dict[str, BaseException] = {
    "interrupt": KeyboardInterrupt(),
    "terminate": Terminated(),
    "lost": httpx.ReadError("reset"),
    "refused": httpx.ConnectError("refused"),
}
HTML, JSON = {"Content-Type": "text/html"}, {"Content-Type": "application/json"}
ANSWERS: dict[str, tuple[int, dict[str, str], str]] = {
    "429": (429, {}, ""),
    "429-900": (429, {"Retry-After": "900"}, ""),
    "429-9": (429, {"Retry-After": "9"}, ""),
    "502": (502, HTML, "<title>Bad Gateway</title>"),
    "504": (504, HTML, "<title>Gateway Timeout</title>"),
    "503-900": (503, HTML | {"Retry-After": "900"}, "<title>Down</title>"),
    "page": (200, HTML, "<title>Maintenance</title>"),
    "half": (200, JSON, '{"id":'),
    "401": (401, JSON | {"WWW-Authenticate": "Bearer"}, '{"errors":[]}'),
    "403": (403, JSON, '{"status":"unauthorized","errors":[{"message":"no"}]}'),
}
STARTS_ANEW = 27
JOBS = (1, 4, 5, 6, 9, 10, 20, 21, 22, 23, 24, 26, 27, 50, 53, 99)


@dataclass
class Trial:
    """One run of `cancel` against a world whose answers do not all arrive, and what was done in it."""

    events: list[str]
    force: bool
    wait: bool
    stage: Stage = field(default_factory=lambda: Stage(terminal=a_terminal()))
    calls: list[tuple[str, Target, Answer | CanvasProgressError | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        wire = HttpOptions(self.stage.clock.monotonic, transport=Unread(self.answer))
        self.jobs = Clients((Access(self.stage.base, Secret(TOKEN), "school"),), wire)
        self.canvas = mock_transport(self.stage.world, self.stage.clock)

    def answer(self, request: httpx.Request) -> httpx.Response:
        event = self.events.pop(0) if self.events else "ok"
        acts = event == "ok" or event.endswith("after")
        response = self.canvas.handle_request(request) if acts else None
        if (error := RAISES.get(event.split()[0])) is not None:
            raise error
        if response is None or event != "ok":
            status, headers, text = ANSWERS[event.split()[0]]
            return httpx.Response(status, headers=headers, text=text)
        return response

    def read(self, target: Target) -> Answer:
        return self._noted("read", target, None)

    def find(self, link: Target) -> Found:
        return self.jobs.find(link)

    def limit(self, target: Target) -> float:
        return self.jobs.limit(target)

    def cancel(self, target: Target, message: str) -> Answer:
        return self._noted("cancel", target, message)

    def _noted(self, name: str, target: Target, message: str | None) -> Answer:
        self.calls.append((name, target, None))
        try:
            answer = self.jobs.read(target) if message is None else self.jobs.cancel(target, message)
        except CanvasProgressError as error:
            self.calls[-1] = (name, target, error)
            raise
        self.calls[-1] = (name, target, answer)
        return answer

    def run(self, ids: list[int]) -> None:
        plan = CancelPlan(Format.JSON, "wrong term", yes=True, force=self.force, wait=self.wait)
        with suppress(CanvasProgressError, KeyboardInterrupt, Terminated):
            cancel(self.stage.targets(*ids), replace(self.stage.adapters, jobs=self), plan)

    def holds(self, id_: int) -> dict[str, object]:
        """Return what Canvas has, asked past client and faults, and whether or not it may be read."""
        scenario = self.stage.scenario
        jobs = tuple(replace(job, readable=True) for job in scenario.jobs)
        witness = World(replace(scenario, jobs=jobs, faults=()), token=TOKEN)
        witness.restore(self.stage.world.snapshot())
        found: dict[str, object] = json.loads(ask(witness, f"GET /api/v1/progress/{id_}", now=self.stage.clock()).body)
        return found

    def failed_by_itself(self, id_: int) -> bool:
        """Tell whether the mark was made before the job began anew, and its failure is its own."""
        record = next(job for job in json.loads(self.stage.world.snapshot())["jobs"] if job["id"] == id_)
        return id_ == STARTS_ANEW and all(at - record["first_seen"] < 8 for at, _ in record["cancels"])


@settings(max_examples=300)
@given(
    ids=st.lists(st.sampled_from(JOBS), min_size=1, max_size=3, unique=True),
    events=st.lists(st.sampled_from(EVENTS), max_size=14),
    age=st.sampled_from((0.0, 3.0, 5.5, 12.0)),
    force=st.booleans(),
    wait=st.booleans(),
)
@example(ids=[1], events=["ok", "429-9"], age=5.5, force=False, wait=False)
@example(ids=[10], events=["ok", *["lost after"] * 6], age=0.0, force=False, wait=False)
@example(
    ids=[10], events=["ok", "lost before", "ok", "lost before", "ok", "lost after"], age=0.0, force=False, wait=False
)
@example(ids=[27], events=[], age=3.0, force=False, wait=True)
@example(ids=[53], events=["ok", "lost after"], age=3.0, force=True, wait=False)
def test_no_harm_and_no_lie(*, ids: list[int], events: list[str], age: float, force: bool, wait: bool) -> None:
    trial = Trial([], force, wait)
    for id_ in ids:
        ask(trial.stage.world, f"GET /api/v1/progress/{id_}", now=trial.stage.clock())
    trial.stage.clock.sleep(age)
    trial.events = list(events)
    trial.run(ids)
    _every_post_follows_a_judged_read(trial)
    reports = trial.stage.json_lines()
    assert sorted(line["ref"] for line in reports) == sorted(map(str, ids))
    for line in reports:
        held = trial.holds(int(line["ref"]))
        marked = (held.get("workflow_state"), held.get("message")) == ("failed", "wrong term")
        posted = [call for call in trial.calls if call[0] == "cancel" and call[1].label == line["ref"]]
        if line["action"] == "canceled" and not wait and len(ids) == 1:
            assert marked
        if line["action"] in {"refused", "unchanged"}:
            assert not marked
        if line["action"] in {"canceled", "unknown"}:
            assert posted
        if line["reason"].startswith("the cancellation has held"):
            assert marked
            assert not trial.failed_by_itself(int(line["ref"]))
        if line["reason"].endswith("nothing was sent"):
            assert not posted


def _every_post_follows_a_judged_read(trial: Trial) -> None:
    for before, call in zip([None, *trial.calls], trial.calls, strict=False):
        if call[0] != "cancel":
            continue
        assert before is not None
        name, target, reply = before
        assert (name, target) == ("read", call[1])
        if isinstance(reply, Answer):
            assert refusal(reply, force=trial.force) is None
            assert trial.force or not reply.job.outcome.is_final
        else:
            assert trial.force
            assert isinstance(reply, NotPermittedError)
