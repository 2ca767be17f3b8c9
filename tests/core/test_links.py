"""What Canvas answers about things that have a job, and what the names of their jobs are then."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from canvas_progress.core.errors import NoJobYetError, NoSuchJobError, RefusedError, UnreadableJobError
from canvas_progress.core.links import job_behind, led_to
from canvas_progress.core.refs import Target, parse_ref
from canvas_progress.core.targets import Links, targets_of
from jobs import COLLEGE, SCHOOL, a_link, a_target

URL = f"{SCHOOL}/api/v1/progress/12"
ISSUES = f"{a_link().link}/migration_issues?per_page=1"


def behind(**values: object) -> Target:
    return job_behind(a_link(), json.dumps({"id": 7, **values}))


def test_the_job_of_a_thing_is_read_with_the_thing_and_named_by_it() -> None:
    job = behind(progress_url=URL)
    assert (job.id, job.label, job.path, job.link) == (12, "12", "/api/v1/progress/12", "")
    assert job.ref == f"{SCHOOL}{a_link().link}"


def test_the_job_keeps_the_canvas_that_has_answered_and_its_profile() -> None:
    link = replace(a_link(), base=replace(SCHOOL, prefix="/lms"), profile="school")
    job = job_behind(link, json.dumps({"id": 7, "progress_url": URL}))
    assert (job.base, job.profile) == (link.base, "school")


def test_a_job_of_a_course_is_read_in_that_course() -> None:
    assert behind(progress_url=f"{SCHOOL}/api/lti/courses/5/progress/12").course == 5


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"workflow_state": "pre_processing"}, NoJobYetError, "has no job yet"),
        ({"workflow_state": "failed"}, NoSuchJobError, "failed before it had a job"),
        ({"progress_url": f"{COLLEGE}/api/v1/progress/12"}, RefusedError, "a job of another Canvas"),
        (
            {"progress_url": f"{COLLEGE}/api/v1/progress/12", "migration_issues_url": f"{SCHOOL}{ISSUES}"},
            RefusedError,
            "a job of another Canvas",
        ),
        ({"progress_url": f"{SCHOOL}/api/v1/progress/abc"}, UnreadableJobError, "made no sense about"),
        ({"progress_url": f"{SCHOOL}/api/v1/progress/0"}, UnreadableJobError, "made no sense about"),
        ({"id": 8, "progress_url": URL}, UnreadableJobError, "the answer is about 8, not about 7"),
    ],
)
def test_what_leads_to_no_job_says_why(values: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        behind(**values)


def test_the_newest_of_a_collection_is_one_of_them() -> None:
    (link,) = targets_of((parse_ref("sis_import:latest", account="3"),), ((SCHOOL, "school"),))
    assert (link.label, link.ref) == ("sis_import:latest", f"{SCHOOL}/api/v1/accounts/3/sis_imports/latest")
    job = led_to(link, 77)
    assert (job.label, job.path) == ("sis_import:77", "/api/v1/accounts/3/sis_imports/77")


def test_two_links_of_one_canvas_are_two_and_the_same_in_two_spellings_is_one() -> None:
    urls = [f"{SCHOOL}{a_link(id_).link}{end}" for id_, end in ((7, ""), (8, ""), (7, "/"))]
    assert len(targets_of(tuple(map(parse_ref, urls)), ((SCHOOL, ""),) * 3)) == 2


def test_a_link_leads_to_a_job_and_a_second_one_to_the_same() -> None:
    links = Links((a_link(7), a_link(8), a_target(3)))
    job = links.lead(a_link(7), a_target(12))
    assert links.lead(a_link(8), a_target(12)) == job
    assert [links.job_of(target) for target in (a_link(7), a_link(8), a_target(3))] == [job, job, a_target(3)]


def test_a_job_that_was_named_gets_what_the_link_adds() -> None:
    links = Links((a_target(12), a_link()))
    links.lead(a_link(), led_to(a_link(), 12))
    assert links.job_of(a_target(12)).parent_path == a_link().link


def test_where_there_are_two_canvases_a_job_is_named_by_its_url_whoever_answers_first() -> None:
    there = a_link(base=COLLEGE)
    for first, second in ((a_link(), there), (there, a_link())):
        links = Links((a_link(), there))
        jobs = [links.lead(link, led_to(link, 12)) for link in (first, second)]
        assert {job.label for job in jobs} == {URL, f"{COLLEGE}/api/v1/progress/12"}


def test_a_job_whose_name_is_taken_by_another_canvas_is_named_by_its_url() -> None:
    links = Links((a_target(12, base=COLLEGE), a_link()))
    assert links.lead(a_link(), a_target(12)).label == URL
