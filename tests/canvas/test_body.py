from __future__ import annotations

import gzip
import zlib

import pytest

from canvas_progress.canvas.body import LARGEST, gathered, unpacked
from canvas_progress.core.errors import AnswerError, OversizedAnswerError

TEXT = b'{"id":12,"workflow_state":"running"}'


def deflated(text: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(text) + machine.flush()


@pytest.mark.parametrize(
    ("packed", "encodings"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (gzip.compress(TEXT, mtime=0), " GZip "),
        (gzip.compress(TEXT, mtime=0), "x-gzip, identity"),
        (zlib.compress(TEXT), "deflate"),
        (deflated(TEXT), "deflate"),
        (gzip.compress(zlib.compress(TEXT), mtime=0), "deflate, gzip"),
        (b"", "gzip"),
    ],
)
def test_a_body_is_unpacked_layer_by_layer(packed: bytes, encodings: str) -> None:
    assert unpacked(packed, encodings) == (TEXT if packed else b"")


@pytest.mark.parametrize(
    ("packed", "encodings"),
    [
        (TEXT, "gzip"),
        (TEXT, "deflate"),
        (TEXT, "br"),
        (gzip.compress(TEXT, mtime=0)[:-9], "gzip"),
        (gzip.compress(TEXT, mtime=0), "gzip, gzip, gzip"),
        (deflated(TEXT), "gzip"),
    ],
)
def test_what_is_not_packed_as_it_claims_is_not_read(packed: bytes, encodings: str) -> None:
    with pytest.raises(AnswerError, match="unpacked"):
        unpacked(packed, encodings)


def test_as_much_as_is_allowed_is_read_and_not_a_byte_more() -> None:
    assert len(unpacked(gzip.compress(bytes(LARGEST), mtime=0), "gzip")) == LARGEST
    with pytest.raises(OversizedAnswerError):
        unpacked(gzip.compress(bytes(LARGEST + 1), mtime=0), "gzip")
    with pytest.raises(OversizedAnswerError):
        unpacked(gzip.compress(gzip.compress(bytes(LARGEST + 1), mtime=0)), "gzip, gzip")
    assert len(gathered([bytes(LARGEST)])) == LARGEST


def test_no_more_is_taken_from_the_wire_once_it_is_too_much() -> None:
    chunks = iter([bytes(LARGEST), b"x", b"never asked for"])
    with pytest.raises(OversizedAnswerError):
        gathered(chunks)
    assert next(chunks) == b"never asked for"


@pytest.mark.parametrize(
    ("letter", "fits"), [("x", LARGEST), ("é", LARGEST // 2), ("語", LARGEST // 3), ("😀", LARGEST // 4)]
)
def test_no_text_takes_more_memory_than_the_largest_body(letter: str, fits: int) -> None:
    assert len(unpacked((letter * fits).encode()[:LARGEST], "")) > LARGEST - 4
    with pytest.raises(OversizedAnswerError):
        unpacked("😀".encode() + b"x" * (LARGEST // 4), "")


def test_a_body_that_comes_in_tiny_pieces_without_end_is_refused() -> None:
    with pytest.raises(OversizedAnswerError):
        gathered(b"x" for _ in range(10**9))
