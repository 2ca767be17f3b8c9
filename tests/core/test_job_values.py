from __future__ import annotations

import json
import sqlite3
import time
from array import array
from collections import deque
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from typing import NamedTuple

import pytest

from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import ARGUMENTS, Profile, Secret, StoredToken, checked_name
from canvas_progress.core.errors import RefusedError, UsageError
from canvas_progress.core.job_finder import jobs_in
from canvas_progress.core.job_values import refs_of
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.profile_choice import choose_given
from canvas_progress.core.refs import JobRef, parse_ref
from canvas_progress.core.results import JobResult
from canvas_progress.core.targets import target_of_each, targets_of
from core.test_job_finder import ANSWERS, URL
from jobs import SCHOOL

GIVEN = Profile(ARGUMENTS, SCHOOL, StoredToken(Secret("S3CRET-marked-token")))
PLAIN = parse_base_url("http://canvas.example.edu", allow_http=True)  # as Canvas writes it behind a proxy
SIS_URL = "https://canvas.example.edu/api/v1/accounts/self/sis_imports/77"


class Number:
    """An integer as numpy and pandas have them."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __index__(self) -> int:
        return self._value

    def __eq__(self, other: object) -> bool:
        return self._value == other

    def __hash__(self) -> int:
        return hash(self._value)


class AnyNumber:
    """What can be taken for an integer, as a mock can."""

    def __index__(self) -> int:
        return 1


class NoNumber:
    """A truth value as numpy has it."""

    def __index__(self) -> int:
        raise TypeError


class Progress:
    """An object as canvasapi makes them: an attribute for each key, and what it needs itself below an underscore."""

    def __init__(self, **values: object) -> None:
        self._requester = SimpleNamespace(original_url="https://elsewhere.example.org", url=URL)
        self.__dict__.update(values)


@dataclass(frozen=True, slots=True)
class Slotted:
    """An object without a dictionary."""

    id: int
    url: str


class Course(NamedTuple):
    """A record that is a tuple."""

    id: int
    account_id: int


class Export(NamedTuple):
    """A record with the URL of a job."""

    id: int
    progress_url: str


class ListRow(list[int]):
    """A row of a database that is a list, as psycopg2 has it."""

    def keys(self) -> list[str]:
        return ["id", "account_id"]


def a_row() -> sqlite3.Row:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    row: sqlite3.Row = connection.execute("select 5 as id, 1 as account_id").fetchone()
    connection.close()
    return row


def ids(*values: object) -> list[int]:
    return [ref.id for ref in refs_of(values)]


@pytest.mark.parametrize(
    ("value", "ref"),
    [
        (12, JobRef(12)),
        ("12", JobRef(12)),
        ("1~23", JobRef(10000000000023)),
        (Number(12), JobRef(12)),
        (URL, JobRef(12, base=SCHOOL)),
        ("sis_import:77", parse_ref("sis_import:77")),
        (Progress(id=12, workflow_state="running", completion=3, tag="x", url=URL), JobRef(12, base=SCHOOL)),
        (Progress(id=7, workflow_state="running", progress_url=URL), JobRef(12, base=SCHOOL)),
        (SimpleNamespace(url=URL), JobRef(12, base=SCHOOL)),
        (SimpleNamespace(id="12", url=URL), JobRef(12, base=SCHOOL)),
        (Slotted(12, URL), JobRef(12, base=SCHOOL)),
        (Slotted(77, SIS_URL), parse_ref(SIS_URL)),
        ({"url": URL}, JobRef(12, base=SCHOOL)),
        (Export(7, URL), JobRef(12, base=SCHOOL)),
        (MappingProxyType({"progress_url": URL}), JobRef(12, base=SCHOOL)),
    ],
)
def test_a_job_is_found_by_whatever_names_it(value: object, ref: JobRef) -> None:
    assert refs_of((value,)) == (ref,)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_names_the_same_job_as_on_standard_input(answer: object) -> None:
    assert refs_of((answer,)) == jobs_in(json.dumps(answer))


def test_a_result_names_its_job_by_its_url_whatever_canvas_wrote_in_it() -> None:
    url = f"{SCHOOL}/api/lti/courses/5/progress/12"
    lies = {"id": 13, "workflow_state": "running", "completion": 1, "url": "https://elsewhere.example.org/progress/13"}
    result = JobResult(ref="12", id=12, kind="progress", url=url, outcome=Outcome.RUNNING, json=lies)
    assert refs_of((result,)) == (JobRef(12, course=5, base=SCHOOL),)


def test_lists_may_hold_jobs_of_every_sort_and_the_order_is_kept() -> None:
    assert ids([3, "1"], (2, [4]), {"progress_url": URL}) == [3, 1, 2, 4, 12]


def test_ranges_and_queues_are_lists_too() -> None:
    assert ids(range(3, 5), deque([1, 2])) == [3, 4, 1, 2]


@pytest.mark.parametrize(
    "value",
    [Course(5, 1), a_row(), ListRow([5, 1]), time.gmtime(), memoryview(b"12"), bytearray(b"12"), array("l", [5, 1])],
    ids=lambda value: type(value).__name__,
)
def test_numbers_in_a_record_or_in_memory_are_no_jobs(value: object) -> None:
    for given in (value, [value]):
        with pytest.raises(UsageError, match=type(value).__name__):
            refs_of((given,))


def test_a_course_and_an_account_are_for_what_comes_without_its_address() -> None:
    assert refs_of((12, URL), course=5) == (JobRef(12, course=5), JobRef(12, base=SCHOOL))
    assert refs_of(("sis_import:77",), account="3")[0].collection == "/api/v1/accounts/3/sis_imports"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "None is not a job"),
        (True, "type bool"),
        (12.0, "type float"),
        (b"12", "type bytes"),
        (0, "`0` is not a job"),
        (-1, "`-1` is not a job"),
        ("", "`` is not a job"),
        ("-", "`-` is standard input"),
        ("abc", "`abc` is not a job"),
        ("nonsense:1", "`nonsense:1` is not a job"),
        ([], "a list has no job"),
        ({}, "the dict with no key that is known"),
        ({"id": 12, "name": "Algebra"}, "the dict with the keys id, name has no job"),
        (Progress(id=12, name="Algebra"), "the object of type `Progress` has no job"),
        (SimpleNamespace(url="https://canvas.example.edu/courses/12"), "type `SimpleNamespace` has no job"),
        (SimpleNamespace(url="12"), "type `SimpleNamespace` has no job"),
        (SimpleNamespace(id=13, url=URL), "has the id 13, and the URL of another job: 12"),
        (object(), "type `object` has no job"),
        ({12}, "type `set` has no job"),
        ({"7~abcdefghijklmnop": 1}, "the dict with no key"),
        (NoNumber(), "type NoNumber is not a job"),
        (AnyNumber(), "type AnyNumber is not a job"),
    ],
)
def test_what_may_be_something_else_is_refused_and_named(value: object, why: str) -> None:
    with pytest.raises(UsageError) as refusal:
        refs_of((1, value))
    assert why in str(refusal.value)


def test_no_job_at_all_is_refused_for_nothing_would_look_like_success() -> None:
    with pytest.raises(UsageError, match="no job is given"):
        refs_of(())


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(UsageError, match="a list has no job"):
        refs_of((endless,))


@pytest.mark.parametrize(("value", "hint"), [({"id": 5}, "give the id itself"), ("abc", "sis_import:77")])
def test_the_hint_says_what_to_give_instead(value: object, hint: str) -> None:
    with pytest.raises(UsageError) as refusal:
        refs_of((value,))
    assert hint in str(refusal.value.hint)


@pytest.mark.parametrize("ref", [None, JobRef(1), JobRef(1, base=SCHOOL), JobRef(1, base=PLAIN, is_written=True)])
def test_the_canvas_that_the_caller_brings_along_is_used_for_what_is_there(ref: JobRef | None) -> None:
    assert choose_given(GIVEN, ref).profile is GIVEN


@pytest.mark.parametrize("url", ["canvas.example.com", "canvas.example.edu/prefix", "canvas.example.edu:8443"])
def test_its_token_goes_to_no_other(url: str) -> None:
    for written in (False, True):
        with pytest.raises(RefusedError, match=r"the token is for https://canvas\.example\.edu, not for"):
            choose_given(GIVEN, JobRef(1, base=parse_base_url(url), is_written=written))


def test_a_job_that_is_named_twice_is_the_same_target_each_time() -> None:
    refs = (JobRef(1), JobRef(2), JobRef(1, text="1"), JobRef(1, course=5))
    places = ((SCHOOL, "school"),) * 4
    targets = targets_of(refs, places)
    assert len(targets) == 3
    assert target_of_each(refs, places, targets) == (targets[0], targets[1], targets[0], targets[2])


def test_no_stored_profile_can_have_its_name() -> None:
    with pytest.raises(UsageError):
        checked_name(ARGUMENTS)
