from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from arbitrary import TEXT
from canvas_progress.canvas.body import LARGEST, gathered, unpacked
from canvas_progress.core.errors import AnswerError, OversizedAnswerError


def raw(body: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(body) + machine.flush()


PACKERS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("gzip", gzip.compress),
    ("X-GZIP", gzip.compress),
    ("deflate", zlib.compress),
    (" Deflate ", raw),
    ("identity", bytes),
)
NAMES = st.lists(st.sampled_from(["gzip", "deflate", "identity", "br", "x-gzip", ""]) | TEXT, max_size=4).map(",".join)
PACKED = st.binary(max_size=60) | st.builds(lambda pack, body: pack[1](body), st.sampled_from(PACKERS), st.binary())


@given(body=PACKED, encodings=NAMES)
@example(body=b"", encodings="gzip")
@example(body=zlib.compress(b"x")[:-1], encodings="deflate")
@example(body=bytes.fromhex("78bb00000001"), encodings="deflate")  # asks for a dictionary that nobody has
def test_any_bytes_of_any_encoding_are_read_or_refused(body: bytes, encodings: str) -> None:
    try:
        assert len(unpacked(body, encodings)) <= LARGEST
    except (OversizedAnswerError, AnswerError):
        return


@given(body=st.binary(), layers=st.lists(st.sampled_from(PACKERS), max_size=2))
def test_what_was_packed_once_or_twice_is_what_it_was(
    body: bytes, layers: list[tuple[str, Callable[[bytes], bytes]]]
) -> None:
    packed = body
    for _, pack in layers:
        packed = pack(packed)
    assert unpacked(packed, ",".join(name for name, _ in layers)) == body


@given(body=st.binary(min_size=1, max_size=200), cut=st.integers(1, 12), packer=st.sampled_from(PACKERS[:3]))
def test_what_was_cut_short_is_not_taken_for_the_whole(
    body: bytes, cut: int, packer: tuple[str, Callable[[bytes], bytes]]
) -> None:
    name, pack = packer
    packed = pack(body)
    with pytest.raises(AnswerError, match="unpacked"):
        unpacked(packed[: max(1, len(packed) - cut)], name)


@given(times=st.integers(1, 3), packer=st.sampled_from(PACKERS[:4]))
def test_what_unpacks_to_more_than_any_answer_is_refused(
    times: int, packer: tuple[str, Callable[[bytes], bytes]]
) -> None:
    with pytest.raises(OversizedAnswerError):
        unpacked(packer[1](bytes(LARGEST + times)), packer[0])


@given(chunks=st.lists(st.binary(), max_size=5))
def test_what_arrives_in_pieces_is_the_same_in_one(chunks: list[bytes]) -> None:
    assert gathered(chunks) == b"".join(chunks)
