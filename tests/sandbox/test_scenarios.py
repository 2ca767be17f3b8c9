"""The scenarios keep the promises of their tables."""

from __future__ import annotations

import ast
import json
import re
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import canvas_progress.sandbox
from canvas_doors import ask
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.scripts import row_at
from canvas_progress.sandbox.world import World

if TYPE_CHECKING:
    from canvas_progress.sandbox.scenarios import Scenario

_SOURCES = sorted(Path(canvas_progress.sandbox.__path__[0]).rglob("*.py"))
_ALL = [scenarios.default(), scenarios.demo(), scenarios.many(50)]


@pytest.mark.parametrize("scenario", _ALL, ids=lambda scenario: scenario.name)
def test_every_job_has_an_id_a_description_of_one_line_and_writes_in_the_order_of_time(scenario: Scenario) -> None:
    assert len({job.id for job in scenario.jobs}) == len(scenario.jobs)
    for job in scenario.jobs:
        assert re.fullmatch(r"[^\n]{10,100}[^\n.]", job.about), job.id
        times = [write.at for write in job.writes]
        assert times == sorted(times), job.about
        assert times[0] >= -job.age, job.about
        columns = {name for write in job.writes for name in write.columns}
        assert columns <= {"state", "completion", "message", "results"}, job.about


def test_the_jobs_of_the_demo_end_as_expected_within_18_seconds() -> None:
    demo = scenarios.demo()
    world = World(demo, token="token")
    seen: dict[int, list[str]] = {job.id: [] for job in demo.jobs}
    for second in range(19):
        for job in demo.jobs:
            answer = ask(world, f"GET /api/v1/progress/{job.id}", now=float(second))
            if answer.status == 200:
                seen[job.id].append(json.loads(answer.body)["workflow_state"])
    assert {job: states[-1] for job, states in seen.items()} == demo.expected
    assert demo.expected == {job.id: "completed" for job in demo.jobs} | {105: "failed", 106: "canceled"}
    assert "running" in [states[-5] for states in seen.values()]


def test_the_demo_is_throttled_and_meets_a_flaky_server() -> None:
    world = World(scenarios.demo(), token="token")
    for second in range(10):
        ask(world, "GET /api/v1/progress/107", now=float(second))
        ask(world, "GET /api/v1/progress/108", now=float(second))
    statuses = [one.status for one in world.log]
    assert statuses[0::2] == [429] * 3 + [200] * 7
    assert statuses[1::2] == [200] * 3 + [502] * 5 + [200] * 2


def test_many_jobs_differ_in_length_around_a_median_and_are_the_same_in_every_run() -> None:
    jobs = scenarios.many(501, median=20.0, spread=1.0).jobs
    lengths = [job.writes[-1].at - job.writes[0].at for job in jobs]
    assert statistics.median(lengths) == pytest.approx(20.0, rel=0.02)
    assert statistics.mean(lengths) == pytest.approx(33.0, rel=0.05)  # the mean of a log-normal is above its median
    assert jobs == scenarios.many(501, median=20.0, spread=1.0).jobs


def test_many_jobs_all_complete() -> None:
    last = [row_at(job, job.writes[-1].at) for job in scenarios.many(30).jobs]
    assert [row and row.state for row in last] == ["completed"] * 30


def test_the_sandbox_imports_the_standard_library_and_itself_only() -> None:
    imported = set()
    for source in _SOURCES:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    foreign = {name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names}
    own = {name for name in foreign if name.startswith("canvas_progress.sandbox")}
    assert foreign - own == {"jwt"}  # late, and only to verify the signature of an LTI tool


def test_no_job_of_the_newcomer_takes_longer_than_40_seconds_but_the_long_one() -> None:
    lengths = {job.id: job.writes[-1].at for job in scenarios.default().jobs if job.id <= 10}
    assert {job for job, length in lengths.items() if length > 40} == {10}
    assert lengths[1] == 6
