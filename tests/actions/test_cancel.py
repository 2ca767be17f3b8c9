from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest

from canvas_progress.actions.cancel import CancelPlan, cancel
from canvas_progress.core.errors import CredentialError, RefusedError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.terminal.terminal import Format
from stage import ReaderGone, Stage, StageClock, Stream, a_terminal

YES = CancelPlan(Format.PLAIN, yes=True)
COMPLETED, NOBODYS, ANOTHERS, MISSING, DROPPED, TIMES_OUT = 9, 4, 50, 99, 78, 79


def a_person(typed: str) -> Stage:
    return Stage(terminal=a_terminal(typed=typed, tty=True, environment={"TERM": "xterm", "NO_COLOR": "1"}))


def test_a_canceled_job_is_failed_with_the_message_canceled() -> None:
    stage = Stage()
    assert cancel(stage.targets(1), stage.adapters, YES) is ExitCode.OK
    job = stage.adapters.jobs.read(stage.targets(1)[0]).job
    assert (job.state, job.message, job.outcome) == ("failed", "canceled", "canceled")


def test_a_message_of_any_script_arrives_whole() -> None:
    stage = Stage()
    message = "falsches Semester\nñandú 課程 100% & a=b"
    cancel(stage.targets(1), stage.adapters, CancelPlan(Format.PLAIN, message=message, yes=True))
    assert stage.adapters.jobs.read(stage.targets(1)[0]).job.message == message


def test_it_says_marked_as_canceled_and_that_work_may_go_on() -> None:
    stage = Stage()
    cancel(stage.targets(1), stage.adapters, YES)
    assert stage.err == "1 marked as canceled; work already under way may go on\n"


def test_a_person_reads_the_sentence_and_a_program_the_seven_fields() -> None:
    person, program = Stage(), Stage()
    cancel(person.targets(1), person.adapters, CancelPlan(Format.TABLE, yes=True))
    cancel(program.targets(1, NOBODYS), program.adapters, YES)
    assert person.out == "1 marked as canceled; work already under way may go on\n"
    assert [line.split("\t")[:2] for line in program.out.splitlines()] == [["1", "canceled"], ["4", "queued"]]


def test_it_says_of_a_job_that_looks_at_its_progress_that_it_stops_soon() -> None:
    stage = Stage()
    cancel(stage.targets(3), stage.adapters, YES)
    assert "its work stops soon; what is done stays done" in stage.err


@pytest.mark.parametrize(
    ("id_", "reason"),
    [
        (COMPLETED, "it has already completed, and Canvas would rewrite it as failed"),
        (NOBODYS, "it was started without an owner, and Canvas lets only the owner cancel"),
        (ANOTHERS, "user 11 started it"),
        (30, "it has already been canceled"),
    ],
)
def test_what_would_do_harm_or_cannot_work_is_refused_and_nothing_is_sent(id_: int, reason: str) -> None:
    stage = Stage()
    assert cancel(stage.targets(id_), stage.adapters, YES) is ExitCode.REFUSED
    assert f"error: {id_} not canceled: {reason}" in stage.err
    assert stage.posts() == 0


def test_force_overrides_the_guard_for_finished_jobs() -> None:
    stage = Stage()
    plan = CancelPlan(Format.PLAIN, yes=True, force=True)
    assert cancel(stage.targets(COMPLETED), stage.adapters, plan) is ExitCode.OK
    assert stage.state(COMPLETED) == "failed"


def test_force_sends_it_for_a_job_of_nobody_and_canvas_refuses() -> None:
    stage = Stage()
    plan = CancelPlan(Format.PLAIN, yes=True, force=True)
    assert cancel(stage.targets(NOBODYS), stage.adapters, plan) is ExitCode.NO_JOB
    assert stage.posts() == 1
    assert "error: 4 not canceled: canvas.example.edu does not permit progress 4" in stage.err


def test_without_a_terminal_and_without_yes_nothing_is_even_asked() -> None:
    stage = Stage()
    with pytest.raises(RefusedError, match="no terminal"):
        cancel(stage.targets(1), stage.adapters, CancelPlan(Format.PLAIN))
    assert stage.world.log == ()


class Slowly(Stream):
    """A person who answers after more than two minutes."""

    clock: StageClock

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # as io.TextIOWrapper has it
        self.clock.sleep(125.0)
        return super().readline(size)


def test_the_time_in_which_a_person_answers_does_not_count() -> None:
    stage = a_person("")
    stage.terminal.stdin = person = Slowly("y\n", tty=True)
    person.clock = stage.clock
    assert cancel(stage.targets(10), stage.within(120.0), CancelPlan(Format.PLAIN)) is ExitCode.OK
    assert stage.posts() == 1


@pytest.mark.parametrize("typed", ["\n", "n\n", "nein\n", "", "yess\n"])
def test_anything_but_yes_cancels_nothing(typed: str) -> None:
    stage = a_person(typed)
    assert cancel(stage.targets(1), stage.adapters, CancelPlan(Format.TABLE)) is ExitCode.REFUSED
    assert stage.err.rstrip().endswith("nothing was canceled")
    assert "error" not in stage.err
    assert stage.posts() == 0


def test_after_a_no_only_what_could_not_be_shown_is_an_error() -> None:
    stage = a_person("n\n")
    assert cancel(stage.targets(1, NOBODYS, MISSING), stage.adapters, CancelPlan(Format.TABLE)) is ExitCode.NO_JOB
    assert " ".join(stage.err.partition("[y/N]")[2].split()) == (
        "error: 99 not canceled: there is no progress 99 on canvas.example.edu, or it was deleted nothing was canceled"
    )


def test_after_a_no_each_job_has_its_line_of_data() -> None:
    stage = a_person("n\n")
    cancel(stage.targets(1, NOBODYS), stage.adapters, CancelPlan(Format.JSON))
    assert [(line["action"], line["reason"]) for line in stage.json_lines()] == [
        ("unchanged", "not confirmed; nothing was sent"),
        ("refused", "it was started without an owner, and Canvas lets only the owner cancel"),
    ]


def test_the_question_says_what_is_forced() -> None:
    stage = a_person("n\n")
    cancel(stage.targets(9), stage.adapters, CancelPlan(Format.TABLE, force=True))
    assert re.search(r"^9 +✓ completed +100% ", stage.err, re.MULTILINE)
    shown = " ".join(re.sub(r"^.*(?=cancel by)", "", stage.err, flags=re.MULTILINE).split())
    assert "cancel by force: it has already completed, and Canvas would rewrite it as failed" in shown


def test_a_dry_run_prints_a_table_of_what_would_be_done_and_says_only_once_why_not() -> None:
    stage = Stage()
    plan = CancelPlan(Format.TABLE, dry_run=True)
    assert cancel(stage.targets(1, NOBODYS, MISSING), stage.adapters, plan) is ExitCode.NO_JOB
    heading, _, *rows = stage.out.splitlines()
    assert heading.split() == ["id", "state", "done", "tag", "context", "started", "by", "plan"]
    assert [row.split()[0] for row in rows] == ["1", str(NOBODYS)]
    assert rows[0].endswith("  cancel")
    assert rows[1].endswith("  leave alone: it was started without an owner, and Canvas lets only the owner cancel")
    assert stage.err == (
        f"{NOBODYS} left alone, as shown above\n"
        "error: 99 not canceled: there is no progress 99 on canvas.example.edu, or it was deleted\n"
    )
    assert stage.posts() == 0


@pytest.mark.parametrize("format_", [Format.PLAIN, Format.JSON])
def test_a_dry_run_for_programs_says_in_a_sentence_what_is_forced(format_: Format) -> None:
    stage = Stage()
    assert cancel(stage.targets(9), stage.adapters, CancelPlan(format_, force=True, dry_run=True)) is ExitCode.OK
    assert stage.err == (
        "9 would be marked as canceled by force: it has already completed, and Canvas would rewrite it as failed\n"
    )


def test_a_dry_run_whose_output_cannot_be_written_says_it_beside() -> None:
    stage = Stage()
    stage.terminal.stdout = io.TextIOWrapper(ReaderGone(), encoding="utf-8")
    with pytest.raises(BrokenPipeError):
        cancel(stage.targets(1), stage.adapters, CancelPlan(Format.TABLE, dry_run=True))
    assert "1 would be marked as canceled; it is queued" in stage.err


def test_the_question_comes_after_a_table_that_says_which_jobs_are_left_alone() -> None:
    stage = a_person("y\n")
    cancel(stage.targets(1, NOBODYS), stage.adapters, CancelPlan(Format.TABLE))
    shown, _, rest = stage.err.partition("Cancel job 1 on canvas.example.edu, profile `school`? [y/N]")
    assert "course_batch_update" in shown
    assert shown.endswith("work already under way may go on, and there is no undo\n")
    assert "leave alone: it was started without an owner" in " ".join(shown.split())
    assert re.search(r"^1 +◌ queued +\S +course_batch_update +cancel *$", shown, re.MULTILINE)
    assert "4 left alone, as shown above" in rest
    assert "owner" not in rest
    assert stage.posts() == 1


@pytest.mark.parametrize(
    ("ids", "question"),
    [
        ((1, 2), "Cancel jobs 1, 2 and sis_import:4001 on canvas.example.edu, "),
        ((1, 2, 3, 4, 5), "Cancel 6 jobs on canvas.example.edu, "),
    ],
)
def test_the_question_names_up_to_five_jobs_and_counts_more(ids: tuple[int, ...], question: str) -> None:
    stage = a_person("n\n")
    cancel((*stage.targets(*ids), stage.sis_import(4001)), stage.adapters, CancelPlan(Format.TABLE, force=True))
    assert question in " ".join(stage.err.split())
    assert stage.posts() == 0


def test_the_question_counts_jobs_that_only_a_url_tells_apart() -> None:
    stage = a_person("n\n")
    target = replace(stage.targets(1)[0], label=stage.targets(1)[0].url)
    cancel((target,), stage.adapters, CancelPlan(Format.TABLE))
    assert "Cancel 1 job on canvas.example.edu, " in stage.err


def test_a_dry_run_reads_and_says_what_would_happen_and_sends_nothing() -> None:
    stage = Stage()
    plan = CancelPlan(Format.PLAIN, dry_run=True)
    assert cancel(stage.targets(1, COMPLETED), stage.adapters, plan) is ExitCode.REFUSED
    assert stage.err.startswith("1 would be marked as canceled; it is queued\n")
    assert stage.posts() == 0


def test_one_failure_does_not_stop_the_rest_and_the_worst_code_wins() -> None:
    stage = Stage()
    assert cancel(stage.targets(MISSING, COMPLETED, 1), stage.adapters, YES) is ExitCode.NO_JOB
    assert "1 marked as canceled" in stage.err
    assert [line.split()[1] for line in stage.err.splitlines() if line.startswith("error:")] == ["99", "9"]


def test_json_tells_of_each_job_what_was_done_and_how_canvas_holds_it() -> None:
    stage = Stage()
    cancel(stage.targets(1, COMPLETED, MISSING), stage.adapters, CancelPlan(Format.JSON, yes=True))
    done, refused, missing = stage.json_lines()
    assert (done["ref"], done["action"], done["outcome"]) == ("1", "canceled", "canceled")
    assert done["job"]["message"] == "canceled"
    assert (refused["action"], refused["outcome"]) == ("refused", "completed")
    assert (missing["action"], "job" in missing) == ("unchanged", False)


@pytest.mark.parametrize("id_", [DROPPED, TIMES_OUT])
def test_a_doubtful_failure_is_settled_by_reading_and_not_by_posting_again(id_: int) -> None:
    stage = Stage()
    assert cancel(stage.targets(id_), stage.adapters, YES) is ExitCode.OK
    assert stage.posts() == 1
    assert f"{id_} marked as canceled" in stage.err


def test_the_same_message_before_is_no_proof_that_it_took() -> None:
    stage = Stage()
    cancel(stage.targets(1), stage.adapters, YES)
    plan = CancelPlan(Format.JSON, yes=True, force=True)
    cancel(stage.targets(1), stage.adapters, plan)
    assert stage.posts() == 2
    assert json.loads(stage.out.splitlines()[-1])["action"] == "canceled"


def test_a_refused_token_ends_it_at_once() -> None:
    stage = Stage(token="wrong")
    with pytest.raises(CredentialError):
        cancel(stage.targets(1, 2), stage.adapters, YES)
    assert len(stage.world.log) == 1


def test_an_lti_job_is_refused_because_canvas_has_no_such_endpoint() -> None:
    stage = Stage()
    assert cancel(stage.targets(80, course=5), stage.adapters, YES) is ExitCode.REFUSED
    assert "Canvas has no endpoint to cancel through LTI" in stage.err
    assert stage.world.log == ()
