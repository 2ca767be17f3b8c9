"""Ids as Canvas writes them, where one database is one shard of several."""

from __future__ import annotations

from typing import Final

SHARD_SIZE: Final = 10**13  # Canvas's Switchman packs `1~23` into 1 * 10**13 + 23


def short_id(id_: int) -> int:
    """Return an id as it is written on its own shard."""
    return id_ % SHARD_SIZE


def is_same_id(one: int, other: int) -> bool:
    """Whether two ids are one object's: of one on its own shard, Canvas may give the short id or the long one."""
    return one == other or (min(one, other) < SHARD_SIZE and one % SHARD_SIZE == other % SHARD_SIZE)
