from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from arbitrary import IDS, NUMBERS, SCALARS, TEXT, Json, corpus, json_of, mixture, spelled, tried
from canvas_progress.core.errors import CanvasProgressError, UsageError
from canvas_progress.core.job_finder import jobs_in
from canvas_progress.core.refs import JobRef
from cases import each

HOME = "https://canvas.example.edu/api/v1/progress"
KEYS = each(
    "id _id workflow_state state completion tag progress progress_id progress_url url "
    "__typename content_items course_id"
)
LINKS = IDS.map(lambda id_: f"{HOME}/{id_}")
NO_LINKS = NUMBERS | st.integers(0, 100).map(str) | st.sampled_from(["55.5%", "100", "1~23", "running", "/progress/7"])
SCRAPS = st.sampled_from(["Progress", "running"]) | IDS.map(str) | IDS | LINKS | SCALARS
RANDOMS = st.randoms(use_true_random=True)
PIECES = ("HTTP/1.1 200 OK\r\n", "\r\n\r\n", "\n", "\t", "#", '{"progress_id":', "}", "[", "]", "12", f"{HOME}/7", "-")


def progress_of(id_: int, state: str) -> Json:
    return {"id": id_, "context_id": 1, "workflow_state": state, "tag": None, "completion": 55.0, "progress": "55"}


def _bare(id_: int, state: str) -> Json:
    """Return a Progress without completion and tag: it has to be in a state that this version knows."""
    return {"id": id_, "workflow_state": "queued" if state == "paused" else state}


SHAPES: Final[tuple[Callable[[int, str], Json], ...]] = (
    progress_of,
    lambda id_, _: {"id": 4, "progress_url": f"{HOME}/{id_}", "progress": 50},
    lambda id_, _: {"id": 4, "progress_id": id_, "workflow_state": "running", "tag": ""},
    lambda id_, _: {"progress_id": str(id_), "progress": "100"},
    lambda id_, state: {"id": 4, "workflow_state": "x", "completion": 1, "progress": progress_of(id_, state)},
    lambda id_, state: {"report": {"id": 4, "workflow_state": "x", "progress": _bare(id_, state)}},
    lambda id_, _: {"content_items": [{"id": 9, "url": "https://x.example.edu/files/9", "progress": f"{HOME}/{id_}"}]},
)
# All places in which Canvas hands out a job: what there is of each, and the id that it names.
OBJECTS = st.builds(
    lambda id_, state, shape: (SHAPES[shape](id_, state), [id_]),
    IDS,
    st.sampled_from(["queued", "running", "failed", "paused"]),
    st.integers(0, 6),
)
# What has ids and states too, and no job.
NOISE = st.fixed_dictionaries(
    {},
    optional={
        "id": IDS,
        "workflow_state": st.just("running"),
        "progress": NO_LINKS,
        "completion": NO_LINKS,
        "course_id": IDS,
        "enrollments": st.lists(st.fixed_dictionaries({"id": IDS, "workflow_state": st.just("active")}), max_size=2),
        "message": TEXT,
    },
).filter(lambda values: not {"id", "workflow_state", "completion"} <= values.keys())


def ids(refs: tuple[JobRef, ...]) -> list[int]:
    return [ref.id for ref in refs]


@given(text=mixture(*PIECES))
@example(text="[" * 100_000)
@example(text='{"id":' + "[" * 900 + "]" * 900 + ',"workflow_state":1,"tag":1}')
@example(text='{"progress_id":' + "1" * 5000 + "}")
@example(text='{"progress_id":true}')
@example(text="\ufeff")
def test_any_text_names_jobs_or_is_a_usage_error_that_a_terminal_has_room_for(text: str) -> None:
    found = tried(lambda: jobs_in(text))
    if isinstance(found, CanvasProgressError):
        assert isinstance(found, UsageError)
        assert 0 < len(found.message) < 600
    else:
        assert found


@pytest.mark.parametrize("path", corpus("jobs_in"), ids=lambda path: path.name)
def test_what_is_kept_of_such_texts_is_read_as_its_name_says(path: Path) -> None:
    expected = [int(id_) for id_ in re.findall("[0-9]+", path.stem)]
    text = path.read_bytes().decode("utf-8", "replace")
    if expected:
        assert ids(jobs_in(text)) == expected
    else:
        with pytest.raises(UsageError):
            jobs_in(text)


@given(value=json_of(KEYS, SCRAPS), random=RANDOMS)
def test_of_any_json_only_the_places_that_canvas_uses_give_ids(value: Json, random: Random) -> None:
    try:
        found = jobs_in(spelled([value], random))
    except UsageError:
        return
    assert set(ids(found)) <= set(_ids_where_jobs_are(value))


@given(noise=st.lists(NOISE, max_size=3), random=RANDOMS)
def test_a_percentage_or_the_id_of_something_else_is_no_job(noise: list[Json], random: Random) -> None:
    with pytest.raises(UsageError, match="has no job in it"):
        jobs_in(spelled({"items": noise, "progress": 100}, random))


@given(parts=st.lists(OBJECTS | NOISE.map(lambda noise: (noise, [])), min_size=1, max_size=5), random=RANDOMS)
def test_every_place_that_canvas_uses_gives_its_job_and_in_that_order(
    parts: list[tuple[Json, list[int]]], random: Random
) -> None:
    expected = [id_ for _, found in parts for id_ in found]
    documents = [document for document, _ in parts]
    several = "\n".join(json.dumps(document) for document in documents)
    for text in (
        spelled(documents, random),
        several,
        several.replace("\n", ""),
        f"HTTP/2 200\r\nx: y\r\n\r\n{several}",
    ):
        if expected:
            assert ids(jobs_in(text)) == expected
        else:
            with pytest.raises(UsageError):
                jobs_in(text)


@given(
    numbers=st.lists(IDS, min_size=1, max_size=6), course=st.none() | IDS, end=st.sampled_from(["\n", "\r\n", "\n\n"])
)
def test_lines_of_ids_are_these_ids_whatever_stands_behind_a_tab(
    numbers: list[int], course: int | None, end: str
) -> None:
    text = end.join(f"{number}\trunning\t{number + 1}" for number in numbers)
    assert [(ref.id, ref.course) for ref in jobs_in(text, course=course)] == [(number, course) for number in numbers]


def _ids_where_jobs_are(value: Json) -> Iterator[int]:
    """Yield what the documentation allows, more generously than the code and without any of it."""
    if isinstance(value, list):
        for item in value:
            yield from _ids_where_jobs_are(item)
    if not isinstance(value, dict):
        return
    is_job = {"id", "workflow_state"} <= value.keys() or "_id" in value
    places = ("progress_url", "progress", "progress_id") + (("url", "id", "_id") if is_job else ())
    for key in places:
        text = str(value.get(key))
        linked = re.match(r"https?://\S*/progress/([0-9]+)", text)
        if linked:
            yield int(linked[1])
        elif key in {"progress_id", "id", "_id"}:
            shard, _, local = text.strip().rpartition("~")
            with_shard = re.fullmatch("[0-9]{0,19}~?[0-9]{1,19}", text.strip())
            yield from [int(shard or 0) * 10**13 + int(local)] if with_shard else []
    for item in value.values():
        yield from _ids_where_jobs_are(item)
