"""How Canvas reads and writes ids: a number holds its shard, and the ids of the own shard have short forms."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

_SHARD: Final = 1  # the one of every simulated Canvas
_SHARD_SIZE: Final = 10**13
_ID: Final = re.compile(r"(?:([0-9]{1,6})~)?([0-9]{1,20})")


def read_id(text: str) -> int | None:
    """Read `23`, `1~23` or `10000000000023` in a path, all of them as 23; None for what no row can have."""
    found = _ID.fullmatch(unquote(text))
    if found is None:
        return None
    number = int(found[1] or 0) * _SHARD_SIZE + int(found[2])
    return number % _SHARD_SIZE if number // _SHARD_SIZE == _SHARD else number


def global_id(number: int) -> int:
    """Return the id that a row of the own shard has everywhere else."""
    return _SHARD * _SHARD_SIZE + number


def short_form(number: int) -> str:
    """Write an id as Canvas does in URLs: `2~23` for one of another shard."""
    shard, local = divmod(number, _SHARD_SIZE)
    return f"{shard}~{local}" if shard else str(number)
