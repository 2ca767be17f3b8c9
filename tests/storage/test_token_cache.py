"""Tokens kept on disk: bought once, whoever asks, and for their owner alone."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

import forks
from canvas_doors import HandClock
from canvas_progress.core.credentials import Secret
from canvas_progress.core.errors import FileError, ServerError
from canvas_progress.sandbox.installation import LtiTool
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from canvas_progress.storage.token_cache import TokenCache, TokenKey
from lti_tool import CLIENT_ID, installed, new_keys

KEY = TokenKey("https://canvas.example.edu/login/oauth2/token", "42", "scope")
NOW = 1_800_000_000.0
BUYER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from canvas_progress.canvas.client import HttpOptions
from canvas_progress.canvas.lti.token import SCOPE, Tool, exchange
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import LtiKey, Secret
from canvas_progress.storage.token_cache import TokenCache, TokenKey

url, client_id, pem, folder, now = sys.argv[1:]
tool = Tool(parse_base_url(url), LtiKey(client_id, pem), "school")
moment = datetime.fromtimestamp(float(now), UTC)

def buy():
    grant = exchange(tool, Secret(Path(pem).read_text()), HttpOptions(lambda: 0.0), now=lambda: moment)
    return grant.secret, grant.expires_in

print("ready", flush=True)
sys.stdin.readline()
key = TokenKey(tool.token_url, client_id, SCOPE)
print(TokenCache(Path(folder)).get_or_exchange(key, float(now), buy).reveal(), flush=True)
"""


class Shop:
    """Sells tokens that last an hour, each one with the next number, and counts them."""

    def __init__(self, life: float = 3600.0) -> None:
        self.sold = 0
        self.life = life

    def __call__(self) -> tuple[Secret, float]:
        self.sold += 1
        return Secret(f"token-{self.sold}"), self.life


@pytest.fixture
def shop() -> Shop:
    return Shop()


def bought(folder: Path, now: float = NOW, shop: Callable[[], tuple[Secret, float]] | None = None) -> str:
    return TokenCache(folder).get_or_exchange(KEY, now, shop or Shop()).reveal()


def test_a_token_is_bought_once_and_kept_until_a_minute_before_its_end(tmp_path: Path, shop: Shop) -> None:
    moments = [0.0, 1.0, 3539.9, 3540.0, 3600.0]
    assert [bought(tmp_path, NOW + moment, shop) for moment in moments] == [
        "token-1",
        "token-1",
        "token-1",
        "token-2",
        "token-2",
    ]


def test_a_token_from_the_future_is_not_trusted(tmp_path: Path, shop: Shop) -> None:
    bought(tmp_path, NOW, shop)
    assert bought(tmp_path, NOW - 59, shop) == "token-1"
    assert bought(tmp_path, NOW - 7200, shop) == "token-2"


def test_a_token_that_lasts_for_seconds_is_used_and_not_kept(tmp_path: Path) -> None:
    shop = Shop(life=30.0)
    assert [bought(tmp_path, NOW, shop), bought(tmp_path, NOW, shop)] == ["token-1", "token-2"]


@pytest.mark.parametrize("changed", [{"token_url": "x"}, {"client_id": "x"}, {"scope": "x"}])
def test_a_token_is_for_one_issuer_one_client_and_one_scope(
    tmp_path: Path, shop: Shop, changed: dict[str, str]
) -> None:
    cache = TokenCache(tmp_path)
    cache.get_or_exchange(KEY, NOW, shop)
    assert cache.get_or_exchange(replace(KEY, **changed), NOW, shop).reveal() == "token-2"
    assert cache.get_or_exchange(KEY, NOW, shop).reveal() == "token-1"


def test_the_files_are_for_the_owner_alone_and_their_names_tell_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tokens"
    before = os.umask(0)
    try:
        bought(folder)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [*folder.iterdir()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert not any(part == "42" or "canvas" in part for file in files for part in file.name.split("."))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[1]",
        "[" * 100_000,
        "{}",
        '{"access_token":"","obtained_at":1800000000,"expires_at":1800003600}',
        '{"access_token":7,"obtained_at":1800000000,"expires_at":1800003600}',
        '{"access_token":"old","obtained_at":1800000000}',
        '{"access_token":"old","obtained_at":1800000000,"expires_at":"1800003600"}',
        '{"access_token":"old","obtained_at":1800000000,"expires_at":Infinity}',
        '{"access_token":"old","obtained_at":NaN,"expires_at":1800003600}',
        '{"access_token":"old","obtained_at":1800000000,"expires_at":1' + "0" * 400 + "}",
        "\xff\xfe",  # no UTF-8
        '{"access_token":"a b\\n","obtained_at":1800000000,"expires_at":1800003600}',
    ],
)
def test_a_broken_file_is_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / KEY.file_name
    path.touch(mode=0o600)
    path.write_text(text, "latin-1")
    assert bought(tmp_path) == "token-1"
    assert json.loads(path.read_text())["access_token"] == "token-1"


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
def test_a_token_that_others_could_read_is_replaced_by_one_that_they_cannot(tmp_path: Path, shop: Shop) -> None:
    bought(tmp_path, NOW, shop)
    path = tmp_path / KEY.file_name
    path.chmod(0o644)
    assert bought(tmp_path, NOW, shop) == "token-2"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_refused_token_is_exchanged_once_for_all_that_were_refused(tmp_path: Path, shop: Shop) -> None:
    cache = TokenCache(tmp_path)
    first = cache.get_or_exchange(KEY, NOW, shop)
    second = cache.get_or_exchange(KEY, NOW + 60, shop, refused=first)
    assert second != first
    # A process that was refused at the same time comes late, and others were not refused at all.
    assert cache.get_or_exchange(KEY, NOW + 60, shop, refused=first) == second
    assert cache.get_or_exchange(KEY, NOW + 60, shop) == second
    assert shop.sold == 2


def test_a_token_that_is_refused_when_it_is_new_is_not_exchanged_again_and_again(tmp_path: Path, shop: Shop) -> None:
    cache = TokenCache(tmp_path)
    first = cache.get_or_exchange(KEY, NOW, shop)
    assert cache.get_or_exchange(KEY, NOW + 29, shop, refused=first) == first
    assert cache.get_or_exchange(KEY, NOW + 31, shop, refused=first) != first


def test_a_failed_exchange_leaves_nothing_and_the_next_may_try(tmp_path: Path) -> None:
    def broken() -> tuple[Secret, float]:
        raise ServerError("down")

    with pytest.raises(ServerError, match="down"):
        bought(tmp_path, NOW, broken)
    assert bought(tmp_path) == "token-1"


def test_a_token_that_cannot_be_kept_is_still_a_token(tmp_path: Path) -> None:
    path = tmp_path / KEY.file_name

    def filled_meanwhile() -> tuple[Secret, float]:
        path.mkdir()  # nothing can be written over a folder
        return Secret("token-1"), 3600.0

    assert bought(tmp_path, NOW, filled_meanwhile) == "token-1"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="cannot write"):
        bought(tmp_path / "file" / "tokens")


def test_threads_with_caches_of_their_own_buy_one_token(tmp_path: Path) -> None:
    shop, together = Shop(), Barrier(8)

    def ask(_: int) -> str:
        together.wait()
        return bought(tmp_path, NOW, shop)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"token-1"}
    assert shop.sold == 1


def test_eight_processes_that_start_at_once_make_one_exchange(tmp_path: Path) -> None:
    keys = new_keys()
    pem, folder = tmp_path / "tool.pem", tmp_path / "tokens"
    pem.write_text(keys.private)
    world = World(installed(LtiTool(client_id=CLIENT_ID, public_key=keys.public)), token="token")
    with SandboxServer(world, clock=HandClock(NOW)) as server:
        buyers = [forks.running(BUYER, server.url, CLIENT_ID, pem, folder, NOW) for _ in range(8)]
        for buyer in buyers:
            assert buyer.stdout is not None
            assert buyer.stdout.readline() == "ready\n"
        for buyer in buyers:
            assert buyer.stdin is not None
            buyer.stdin.write("go\n")
            buyer.stdin.flush()
        outputs = [buyer.communicate(timeout=30) for buyer in buyers]
    assert {error for _, error in outputs} == {""}
    assert len({token for token, _ in outputs}) == 1
    assert outputs[0][0].startswith("eyJ")
    assert [logged.status for logged in world.log] == [200]
