from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from canvas_progress.core.answers import About, Answer
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.decisions import Ending, Send
from canvas_progress.core.errors import CanvasProgressError, NoSuchJobError, ServerError
from canvas_progress.core.job import Job
from canvas_progress.core.links import led_to
from canvas_progress.core.polling import Watch
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.refs import JobRef, Target
from canvas_progress.core.targets import Found, targets_of
from canvas_progress.core.usual_durations import Prior
from canvas_progress.terminal.frame import Screen, frame
from jobs import a_link

BASE = parse_base_url("canvas.example.edu")
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
RUNNING = Job(4102, "running", 63.0, "course_batch_update", "Account", 1, created_at=NOW - timedelta(seconds=67))


def a_watch(*jobs: Job | CanvasProgressError, quota: float | None = None, usually: float | None = None) -> Watch:
    """Return a watch in which each job has been asked for once, at second 0."""
    targets = tuple(Target(str(4101 + i), 4101 + i, BASE) for i in range(len(jobs)))
    priors = {(str(BASE), "course_batch_update"): Prior(usually, usually / 4)} if usually else {}
    watch = Watch(targets, Policy(), 0.0, priors)
    for target, job in zip(targets, jobs, strict=True):
        assert watch.decide(0.0) == Send(target)
        told = quota if target is targets[-1] else None
        reply = Answer(replace(job, id=target.id), About(date=NOW, quota=told)) if isinstance(job, Job) else job
        watch.record(target, reply, 0.0, 0.5)
    return watch


def moved(watch: Watch, completion: float = 60.0) -> Watch:
    """Return the watch after the first job has answered again, at second 20."""
    watch.decide(20.0)
    job = replace(RUNNING, id=4101, completion=completion, verbatim="changed")
    watch.record(watch.jobs[0].target, Answer(job, About(date=NOW)), 20.0, 0.5)
    return watch


def shown(watch: Watch, width: int, height: int = 24, *, now: float = 0.0) -> list[str]:
    return [line.plain for line in frame(watch, now, Screen(width, height))]


def test_a_row_has_state_bar_percent_time_tag_context_and_message() -> None:
    lines = shown(a_watch(replace(RUNNING, message="17 courses processed")), 170)
    assert lines[0] == "canvas.example.edu · 1 job · watched for 0:00"
    assert lines[1] == (
        "● 4101  running     63%     1:07  course_batch_update             ━━━━━━━━━━━━━━━━━━━━━━━╸┄┄┄┄┄┄┄┄┄┄┄┄┄"
        "              Account 1             17 courses processed"
    )


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    awkward = replace(RUNNING, tag="課程" * 30, message="x" * 300 + "\n\t課程" * 20)
    failed = replace(RUNNING, state="failed", completion=None, message="Unexpected error, ID: 8812")
    lines = shown(a_watch(RUNNING, awkward, failed, quota=212.0), width)
    assert all(cell_len(line) <= width for line in lines)
    assert len(lines) == 4


def test_forty_columns_have_symbol_id_state_percent_and_time_left() -> None:
    watch = moved(a_watch(replace(RUNNING, completion=20.0)))
    assert shown(watch, 40, now=20.0)[1] == "● 4101  running     60%  0:20 left"


def test_where_an_id_is_long_the_bar_goes_and_the_outcome_and_the_percentage_stay() -> None:
    watch = Watch((Target("1234567890123456789", 1234567890123456789, BASE),), Policy(), 0.0)
    watch.decide(0.0)
    watch.record(watch.jobs[0].target, Answer(RUNNING, About(date=NOW)), 0.0, 0.5)
    assert shown(watch, 40)[1] == "● 1234567890123456789  running     63%"


def test_urls_that_tell_ids_of_two_canvases_apart_are_above_their_rows_where_they_do_not_fit_beside() -> None:
    bases = ((BASE, "school"), (parse_base_url("canvas.example.org"), "college"))
    watch = Watch(targets_of((JobRef(4101), JobRef(4101)), bases), Policy(), 0.0)
    assert shown(watch, 80)[1].startswith("· https://canvas.example.edu/api/v1/progress/4101  polling")
    above, row = shown(watch, 60)[1:3]
    assert above == "· https://canvas.example.edu/api/v1/progress/4101"
    assert re.fullmatch("  polling +╶{20}", row)
    assert shown(watch, 40)[1:4] == [
        "· https://canvas.example.edu/api/v1/",
        "  progress/4101",
        f"  polling          {'╶' * 9}",
    ]
    assert re.search("polling +╶{8}", shown(watch, 100)[1])


def test_a_link_has_a_row_of_its_own_until_its_job_has_it() -> None:
    link = a_link(base=BASE)
    watch = Watch((link,), Policy(), 0.0)
    assert shown(watch, 140)[1].startswith(f"· {link.label}  finding  ")
    assert shown(watch, 160)[1].endswith("its job is not known yet")
    assert link.label in "".join(line.removeprefix("· ").strip() for line in shown(watch, 40))
    watch.decide(0.0)
    watch.record(link, Found(led_to(link, 4101)), 0.0, 0.5)
    assert shown(watch, 100)[1].startswith("· 4101  polling")


@pytest.mark.parametrize("lines", range(3, 30))
def test_jobs_of_several_lines_are_shown_whole_and_as_many_as_have_room(lines: int) -> None:
    targets = tuple(Target(f"report:provisioning_csv:{1234567890123456700 + i}", i, BASE) for i in range(9))
    shown_lines = shown(Watch(targets, Policy(), 0.0), 40, lines)
    ids = [line for line in shown_lines if line.startswith("· report:")]
    assert len(shown_lines) <= max(lines - 1, 2)
    assert len(shown_lines) == 1 + 3 * len(ids) + (len(ids) < 9)
    assert len(ids) == (9 if lines >= 29 else (lines - 3) // 3)


def test_columns_stay_in_place_when_a_word_gets_longer() -> None:
    before = shown(a_watch(RUNNING, replace(RUNNING, state="queued", completion=None)), 120)
    after = shown(a_watch(replace(RUNNING, state="completed", completion=100.0), RUNNING), 120)
    assert before[1].index("━") == after[1].index("━")
    assert before[1].index("%") == after[1].index("%")


def test_a_message_takes_the_place_of_the_context_in_its_own_row_alone() -> None:
    failed = replace(RUNNING, state="failed", message="Unexpected error, ID: 8812")
    silent, loud = shown(a_watch(RUNNING, RUNNING), 100), shown(a_watch(failed, RUNNING), 100)
    assert silent[2] == loud[2]
    assert loud[1].replace("failed ", "running").replace("✗", "●").startswith(silent[1].partition("━")[0])
    assert loud[1].endswith("  Unexpected error, ID: 8812")
    assert "Account 1" in loud[2]
    assert "Account 1" not in loud[1]


ERROR = "Unexpected error, ID: 8812"


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_the_message_of_a_job_that_failed_is_whole_and_its_percentage_and_tag_stay(width: int) -> None:
    usual, failed = shown(a_watch(RUNNING, replace(RUNNING, state="failed", message=ERROR)), width)[1:]
    assert failed.endswith(f"  {ERROR}")
    assert failed[8:].replace("failed ", "running").startswith(usual.partition("━")[0][8:])
    assert " 63% " in failed


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_message_takes_the_bar_only_where_it_has_no_room_and_never_that_of_a_job_that_completed_or_goes_on(
    width: int,
) -> None:
    failed = replace(RUNNING, state="failed")
    done = replace(RUNNING, state="completed", completion=100.0)
    jobs = [replace(failed, message="no"), *(replace(job, message=ERROR * 3) for job in (failed, done, RUNNING))]
    brief, long, completed, running = shown(a_watch(*jobs), width)[1:]
    assert ["━" in line for line in (brief, long, completed, running)] == [True, False, True, True]
    assert len({line.index("━") for line in (brief, completed, running)} | {long.index("Unexpected")}) == 1


def test_a_message_stays_beside_the_context_where_there_is_room_for_both() -> None:
    failed = replace(RUNNING, state="failed", message="Unexpected error, ID: 8812")
    [line] = shown(a_watch(failed), 170)[1:]
    assert "  Account 1  " in line
    assert line.endswith("  Unexpected error, ID: 8812")


def test_a_state_that_nobody_knows_is_named_beside_the_job_and_takes_nothing_from_others() -> None:
    odd, usual = shown(a_watch(replace(RUNNING, state="hibernating"), RUNNING), 100)[1:]
    assert odd.startswith("? 4101  unknown     63% ")
    assert odd.partition("━")[0][20:] == usual.partition("━")[0][20:]
    assert odd.endswith("  state: hibernating")
    assert usual == shown(a_watch(RUNNING, RUNNING), 100)[2]


BARS = {
    "queued": "╶╶╶╶╶╶╶╶",
    "waiting_for_external_tool": "╶╶╶╶╶╶╶╶",
    "running": "┄┄┄┄┄┄┄┄",
    "completed": "        ",
    "failed": "        ",
    "canceled": "        ",
}


@pytest.mark.parametrize("state", BARS)
def test_without_a_completion_the_bar_says_whether_the_job_waits_runs_or_has_ended(state: str) -> None:
    usual, line = shown(a_watch(RUNNING, replace(RUNNING, state=state, completion=None)), 100)[1:]
    begin = usual.index("━")
    assert line[begin:][:8] == BARS[state]


def test_a_job_that_runs_at_a_hundred_percent_is_finishing() -> None:
    assert shown(a_watch(replace(RUNNING, completion=100.0)), 80)[1].startswith("● 4101  finishing  100%  ")
    assert shown(a_watch(replace(RUNNING, completion=99.9)), 80)[1].startswith("● 4101  running     99%  ")


def test_a_job_that_has_vanished_has_a_symbol_of_its_own() -> None:
    watch = a_watch(RUNNING)
    watch.decide(20.0)
    watch.record(watch.jobs[0].target, NoSuchJobError("there is no progress 4101"), 20.0, 0.5)
    assert shown(watch, 80)[1].startswith("◇ 4101  gone ")


def test_a_context_is_cut_before_its_id() -> None:
    copied = replace(RUNNING, context_type="ContentMigration", context_id=31)
    assert shown(a_watch(copied), 100)[1].endswith("  ContentMi… 31")
    assert shown(a_watch(replace(copied, context_id=10**18)), 100)[1].endswith("━━━╸┄┄┄┄┄┄┄")


def test_an_odd_time_or_percentage_pushes_nothing_out() -> None:
    usual, odd = shown(a_watch(RUNNING, replace(RUNNING, completion=1e9, created_at=NOW - timedelta(days=100))), 100)[
        1:
    ]
    assert odd[18:34] == ">999%    100 d  "
    assert odd.index("course_batch") == usual.index("course_batch")


def test_a_message_of_several_lines_is_one_line_and_a_control_code_is_spelled_out() -> None:
    failed = replace(RUNNING, state="failed", message="17 of 20\r\n\n\tnot found:\x1b 42")
    assert shown(a_watch(failed), 200)[1].endswith("  17 of 20 not found:\\x1b 42")


def test_more_jobs_than_lines_are_counted_and_the_failed_ones_are_shown() -> None:
    jobs = [RUNNING] * 240 + [replace(RUNNING, state="queued", completion=None)] * 59
    failed = replace(RUNNING, state="failed", message="Unexpected error, ID: 8812")
    lines = shown(a_watch(*jobs, failed), 100, 24)
    assert len(lines) == 23
    assert "✗ 4400  failed" in lines[-2]
    assert lines[-1] == "… and 279 more: 220 running, 59 queued"
    assert lines[0] == f"  0 of 300 done {'┄' * 20}            · 1 failed · watched for 0:00 · canvas.example.edu"


def test_the_last_frame_is_whole_and_longer_than_the_screen() -> None:
    watch = a_watch(*[RUNNING] * 40)
    watch.end(Ending.INTERRUPTED)
    lines = [line.plain for line in frame(watch, 0.0, Screen(100, None))]
    assert lines[0] == "canvas.example.edu · 40 jobs · watched for 0:00"
    assert [line[:6] for line in lines[1:]] == [f"● {4101 + i}" for i in range(40)]


def test_one_bar_for_all_jobs_counts_those_that_have_ended_and_stays_in_place() -> None:
    done = replace(RUNNING, state="completed", completion=100.0)
    failed = replace(RUNNING, state="failed")
    early = shown(a_watch(*[done] * 5, *[RUNNING] * 95), 80, 10)[0]
    late = shown(a_watch(*[done] * 75, *[failed] * 25), 80, 10)[0]
    assert early == f"  5 of 100 done ━{'┄' * 15}            · watched for 0:00"
    assert late == f" 75 of 100 done {'━' * 16}            · 25 failed · watched for 0:00"


def test_the_time_left_of_all_jobs_is_that_of_the_slowest_where_each_has_one() -> None:
    watch = moved(a_watch(replace(RUNNING, completion=20.0), *[replace(RUNNING, state="failed")] * 20))
    assert "┄ 0:20 left  · 20 failed" in shown(watch, 80, 10, now=20.0)[0]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_header_drops_what_has_no_room_and_keeps_how_the_jobs_ended(width: int) -> None:
    watch = a_watch(replace(RUNNING, state="failed"), replace(RUNNING, state="completed"), *[RUNNING] * 5)
    text = {
        40: "1 done, 1 failed · watched for 0:00",
        60: "7 jobs · 1 done, 1 failed · watched for 0:00",
        80: "canvas.example.edu · 7 jobs · 1 done, 1 failed · watched for 0:00",
    }
    assert shown(watch, width)[0] == text[width]


def test_a_server_in_trouble_is_one_calm_line_in_the_header() -> None:
    lines = shown(a_watch(ServerError("canvas.example.edu answered 502: Bad Gateway")), 100)
    assert lines[0] == "canvas.example.edu answered 502: Bad Gateway, retrying in 1 s, attempt 2"


def test_the_quota_is_told_only_when_it_matters() -> None:
    assert "quota" not in shown(a_watch(RUNNING, quota=600.0), 100)[0]
    assert shown(a_watch(RUNNING, quota=212.4), 100)[0].endswith("quota 212 left")


def test_a_missing_job_says_so() -> None:
    lines = shown(a_watch(NoSuchJobError("there is no progress 4101")), 120)
    assert lines[1].startswith("◇ 4101  missing ")
    assert lines[1].rstrip().endswith("there is no progress 4101")


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_of_a_job_without_an_answer_there_is_room_to_say_why(width: int) -> None:
    line = shown(a_watch(NoSuchJobError("there is no progress 4101 on canvas.example.edu")), width)[1]
    assert line[25:].startswith("there is no p")
    assert len(line) == width if width < 70 else line.endswith("canvas.example.edu")
    assert "╶" not in line


def test_a_job_without_an_answer_and_without_room_says_nothing_of_it() -> None:
    watch = Watch((Target("1234567890123456789", 1234567890123456789, BASE),), Policy(), 0.0)
    watch.decide(0.0)
    watch.record(watch.jobs[0].target, NoSuchJobError("there is no progress"), 0.0, 0.5)
    assert shown(watch, 40)[1] == "◇ 1234567890123456789  missing"


def test_a_job_that_does_not_move_says_for_how_long() -> None:
    assert "no change for 41 s" in shown(a_watch(RUNNING), 120, now=41.0)[1]


def test_a_course_pace_in_the_queue_is_known_to_wait() -> None:
    queued = replace(RUNNING, state="queued", completion=None, tag="course_pace_publish")
    assert shown(a_watch(queued), 140)[1].endswith("Canvas lets these wait 5 min")


def test_the_time_left_is_told_only_once_the_pace_is_known() -> None:
    watch = a_watch(replace(RUNNING, completion=20.0))
    assert "left" not in shown(watch, 120)[1]
    assert "0:20 left" in shown(moved(watch), 120, now=20.0)[1]


QUEUED = replace(RUNNING, state="queued", completion=None)


@pytest.mark.parametrize("job", [QUEUED, replace(RUNNING, completion=None), replace(RUNNING, completion=0.0)])
def test_a_job_that_tells_nothing_says_what_such_jobs_usually_take_until_it_is_overdue(job: Job) -> None:
    watch = a_watch(job, usually=125.0)
    assert re.search(" 1:07  course_batch_update  [╶┄]{28}  usually 2 min   Account 1", shown(watch, 120)[1])
    assert "usually" in shown(watch, 120, now=57.0)[1]
    assert "usually" not in shown(watch, 120, now=58.0)[1]


@pytest.mark.parametrize("job", [replace(QUEUED, tag="other"), replace(QUEUED, created_at=None)])
def test_a_job_of_another_tag_or_of_no_age_says_nothing_of_the_kind(job: Job) -> None:
    assert "usually" not in shown(a_watch(job, usually=125.0), 120)[1]


def test_a_job_that_moves_tells_its_own_time_left() -> None:
    watch = a_watch(replace(RUNNING, completion=20.0), usually=3600.0)
    assert "usually 60 min" in shown(watch, 120)[1]
    assert "┄  0:20 left       Account 1" in shown(moved(watch), 120, now=20.0)[1]


def test_control_characters_of_the_server_are_spelled_out() -> None:
    lines = shown(a_watch(replace(RUNNING, tag="tag\x1b[2J", message="\x9b31m")), 160)
    assert "tag\\x1b[2J" in lines[1]
    assert "\\x9b31m" in lines[1]


def test_a_screen_without_the_symbols_gets_ascii() -> None:
    lines = [line.plain for line in frame(a_watch(RUNNING), 0.0, Screen(80, 24, unicode=False))]
    assert all(line.isascii() for line in lines)
    assert lines[1].startswith("* 4101  running     63%     1:07  course_batch_up  #")
