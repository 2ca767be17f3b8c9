from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from arbitrary import TOKENS, corpus, json_of
from canvas_progress.core.credentials import Secret
from canvas_progress.storage.token_cache import TokenCache, TokenKey

A_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example writes it anew
KEY = TokenKey("https://canvas.example.edu/login/oauth2/token", "1", "progress")
BOUGHT = Secret("bought-just-now")
NOW = 1_000_000.0
TIMES = st.floats() | st.integers() | st.sampled_from([0, 1e11, NOW, NOW + 3600, True, None, "1", 10**400])
DOCUMENTS = st.fixed_dictionaries(
    {}, optional={"access_token": TOKENS | json_of(), "obtained_at": TIMES | json_of(), "expires_at": TIMES | json_of()}
)


def handed_out(folder: Path, content: bytes) -> str:
    """Return the token that is used where a file of this content is in the place of a kept one."""
    path = folder / KEY.file_name
    path.write_bytes(content)
    path.chmod(0o600)
    return TokenCache(folder).get_or_exchange(KEY, NOW, lambda: (BOUGHT, 3600.0)).reveal()


@A_FILE
@given(content=st.binary(max_size=60) | DOCUMENTS.map(lambda document: json.dumps(document).encode()))
@example(content=b"[" * 100_000)
@example(content=b'{"access_token":"abcdefgh","obtained_at":' + b"1" * 5000 + b',"expires_at":1}')
@example(content=b'{"access_token":"a b","obtained_at":0,"expires_at":9e11}')
def test_whatever_the_file_holds_a_token_is_handed_out_that_can_be_sent(tmp_path: Path, content: bytes) -> None:
    token = handed_out(tmp_path, content)
    assert token.isascii()
    assert token.isprintable()
    assert " " not in token
    assert token


@A_FILE
@given(token=TOKENS, obtained=st.floats(0, NOW), more=st.floats(61, 1e9))
def test_a_token_that_lasts_is_not_bought_again(tmp_path: Path, token: str, obtained: float, more: float) -> None:
    document = {"access_token": token, "obtained_at": obtained, "expires_at": NOW + more}
    assert handed_out(tmp_path, json.dumps(document).encode()) == token


@A_FILE
@given(obtained=st.floats(0, NOW), ended=st.floats(-1e11, NOW + 60) | st.sampled_from([math.nan, math.inf, 1e300]))
def test_one_that_is_over_or_has_no_end_is(tmp_path: Path, obtained: float, ended: float) -> None:
    document = {"access_token": "kept", "obtained_at": obtained, "expires_at": ended}
    assert handed_out(tmp_path, json.dumps(document).encode()) == BOUGHT.reveal()


@pytest.mark.parametrize("kept", corpus("token"), ids=lambda path: path.name)
def test_what_is_kept_of_such_files_is_as_good_as_none(tmp_path: Path, kept: Path) -> None:
    assert handed_out(tmp_path, kept.read_bytes()) == BOUGHT.reveal()
