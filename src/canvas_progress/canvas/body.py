"""The body of an answer, bounded: a few bytes may unpack to more than any machine has."""

from __future__ import annotations

import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from canvas_progress.core.errors import AnswerError, OversizedAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST: Final = 8 * 2**20  # bytes, packed and at each step of unpacking; results can be long, but not that long
_MOST_LAYERS: Final = 2
# By the first byte of a character in UTF-8: from where on Python keeps each in two bytes, and in four.
_TWO_BYTES, _FOUR_BYTES = 0xC4, 0xF0
_CONTINUATIONS: Final = bytes(range(0x80, 0xC0))
_MOST_CHUNKS: Final = 20_000  # each costs as much as a small answer
_GZIP_OR_ZLIB, _RAW_DEFLATE = 47, -15  # zlib's way to say what the packed bytes look like
_FORMS: Final = {
    "gzip": (_GZIP_OR_ZLIB,),
    "x-gzip": (_GZIP_OR_ZLIB,),
    "deflate": (_GZIP_OR_ZLIB, _RAW_DEFLATE),  # the latter is what some servers take it for
}
_ENDLESS: Final = "answers without end"
_NOT_UNPACKED: Final = "sent a body that cannot be unpacked"


def gathered(chunks: Iterable[bytes]) -> bytes:
    """Join what arrives. Raises OversizedAnswerError as soon as it is too much."""
    body = bytearray()
    for number, chunk in enumerate(chunks):
        body += chunk
        if len(body) > LARGEST or number > _MOST_CHUNKS:
            raise OversizedAnswerError(_ENDLESS)
    return bytes(body)


def unpacked(body: bytes, encodings: str) -> bytes:
    """Undo a Content-Encoding layer by layer. We request none, but something on the way may pack all the same.

    Raises OversizedAnswerError, and AnswerError for what is packed in another way, or not as it claims.
    """
    names = [name.strip().lower() for name in encodings.split(",") if name.strip()]
    layers = [name for name in reversed(names) if name != "identity"]
    if len(layers) > _MOST_LAYERS:
        raise AnswerError(_NOT_UNPACKED)
    for name in layers:
        body = _inflated(body, name)
    if _memory_as_text(body) > LARGEST:
        raise OversizedAnswerError(_ENDLESS)
    return body


def _memory_as_text(body: bytes) -> int:
    """Return how many bytes a body takes as text: a single emoji makes four of every character."""
    if len(body) <= LARGEST // 4 or body.isascii():
        return len(body)
    widest = max(body)
    width = 4 if widest >= _FOUR_BYTES else 2 if widest >= _TWO_BYTES else 1
    return width * len(body.translate(None, _CONTINUATIONS))


def _inflated(body: bytes, name: str) -> bytes:
    for form in _FORMS.get(name, ()):
        with suppress(zlib.error):
            return _inflate(body, form)
    raise AnswerError(_NOT_UNPACKED)


def _inflate(body: bytes, form: int) -> bytes:
    machine = zlib.decompressobj(form)
    text = machine.decompress(body, LARGEST + 1)
    if len(text) > LARGEST:
        raise OversizedAnswerError(_ENDLESS)
    if body and not machine.eof:
        raise AnswerError(_NOT_UNPACKED)
    return text
