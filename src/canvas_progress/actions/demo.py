"""`demo`: a whole Canvas in one command. Eight jobs, each with a trouble of its own, watched to their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.actions.watch import WatchPlan, watch
from canvas_progress.core.credentials import SANDBOX
from canvas_progress.core.errors import CanvasProgressError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.refs import Target
from canvas_progress.terminal.terminal import Format

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.sandbox.server import SandboxServer


def demo(server: SandboxServer, base: BaseUrl, adapters: Adapters, *, program: str) -> ExitCode:
    """Watch the demo's jobs on a real server of this machine, and check that each ended as its script says.

    `program` is what calls this program, for the line that says how to go on.
    """
    scenario, terminal = server.world.scenario, adapters.terminal
    targets = tuple(Target(str(script.id), script.id, base, profile=SANDBOX) for script in scenario.jobs)
    terminal.note(f"a simulated Canvas on {base.netloc}, {len(targets)} jobs:")
    for script in scenario.jobs:
        terminal.note(f"  {script.id}  {script.about}")
    with server:
        code = watch(targets, adapters, WatchPlan(Policy(timeout=60), Format.TABLE, again=(), details=()))
        held = {target.id: adapters.jobs.read(target).job.state for target in targets}
    if code in {ExitCode.INTERRUPTED, ExitCode.TERMINATED}:
        return code
    wrong = [
        f"{id_} ended as {held[id_]}, not {state}" for id_, state in scenario.expected.items() if held[id_] != state
    ]
    if wrong or code is not ExitCode.JOB_FAILED:
        raise CanvasProgressError(f"the demo did not go as scripted: {', '.join(wrong) or f'exit code {code}'}")
    terminal.note("every job ended as scripted; on a real Canvas this watch would have exited with 3, a job failed")
    terminal.note(f"next: `{program} watch 1 2 3 -p sandbox`, or for your Canvas `{program} profile add`")
    return ExitCode.OK
