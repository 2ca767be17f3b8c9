from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from arbitrary import IDS, mixture, tried
from canvas_progress.core.base_url import BaseUrl
from canvas_progress.core.errors import CanvasProgressError, UsageError
from canvas_progress.core.ids import SHARD_SIZE, is_same_id
from canvas_progress.core.refs import Target, parse_id, parse_ref
from cases import each

PIECES = each(
    "https://canvas.example.edu http:// /api/v1/progress/ /api/lti/courses/ /progress/ /content_migrations/ "
    "/sis_imports/ 1 1~23 %7E ? # / @ .json [ ] :"
)
BASES = st.builds(
    BaseUrl,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["canvas.example.edu", "localhost", "::1", "127.0.0.1", "xn--mnchen-3ya.de"]),
    st.integers(1, 65535) | st.just(443),
    st.sampled_from(["", "/canvas", "/a/b", "/api/v1/progress", "/%7Eu"]),
)
TAILS = st.sampled_from(["", "/", ".json", "?x=1", "#top", "/?per_page=10", ".json#/2"])


@given(text=mixture(*PIECES))
@example(text="https://[::1/api/v1/progress/1")
@example(text="https://h:99999/api/v1/progress/1")
def test_any_text_is_a_job_or_a_usage_error_that_a_terminal_has_room_for(text: str) -> None:
    read = tried(lambda: parse_ref(text))
    if isinstance(read, CanvasProgressError):
        assert isinstance(read, UsageError)
        assert 0 < len(read.message) < 600
    else:
        assert (read.id == 0) == (read.parent_path is not None)


@given(id_=IDS, zeros=st.integers(0, 18), space=st.sampled_from(["", " ", "\t", "\n"]))
def test_an_id_is_read_as_it_was_typed(id_: int, zeros: int, space: str) -> None:
    digits = str(id_).rjust(min(19, len(str(id_)) + zeros), "0")
    assert parse_ref(f"{space}{digits}{space}").id == id_


@given(shard=st.integers(1, 922_336), local=st.integers(1, SHARD_SIZE - 1))
def test_an_id_with_a_shard_is_the_long_id_and_the_other_way_round(shard: int, local: int) -> None:
    long = parse_id(f"{shard}~{local}")
    assert (long // SHARD_SIZE, long % SHARD_SIZE) == (shard, local)
    assert parse_id(str(long)) == long
    assert is_same_id(long, local)


@given(text=st.text("0123456789~ -+._\u0660\uff11", max_size=24))
@example(text="1~0")
@example(text="0~1")
@example(text="9223372036854775808")
@example(text="922338~1")
@example(text="1~10000000000000")
def test_whatever_is_taken_for_an_id_names_that_id_and_no_other(text: str) -> None:
    try:
        id_ = parse_id(text)
    except UsageError:
        return
    assert re.fullmatch(r"[0-9]+(~[0-9]+)?", text.strip())
    shard, tilde, local = text.strip().rpartition("~")
    assert id_ == int(shard if tilde else 0) * SHARD_SIZE + int(local)
    assert 0 < id_ < 2**63


@given(id_=IDS, base=BASES, course=st.none() | IDS, tail=TAILS)
def test_a_url_of_a_job_is_read_back_as_the_job_and_the_canvas_that_it_was_made_of(
    id_: int, base: BaseUrl, course: int | None, tail: str
) -> None:
    ref = parse_ref(Target(str(id_), id_, base, course).url + tail)
    assert (ref.id, ref.base, ref.course, ref.parent_path) == (id_, base, course, None)


@given(
    query=st.from_regex(r"[A-Za-z0-9~]{8,40}", fullmatch=True), path=mixture("/api/v1/", "progress/", "courses", "1")
)
def test_no_refusal_repeats_the_query_of_a_url(query: str, path: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_ref(f"https://canvas.example.edu/{path.replace('?', '').replace('#', '')}/x?access_token={query}")
    assert query not in caught.value.message or query in path
