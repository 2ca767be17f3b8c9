"""The log of a program that calls us, with every logger at its most talkative."""

from __future__ import annotations

import logging
import pkgutil
import socket
from collections.abc import Callable
from importlib import import_module

import httpcore
import httpx
import pytest

from api.conftest import TOKEN
from canvas_progress import cancel, show, wait
from canvas_progress.canvas.unlogged import LOGGERS
from raw_server import serving


def redirects(connection: socket.socket, _: str) -> None:
    """Answer with the token that was sent, where libraries log it."""
    location = f"http://elsewhere.example/?access_token={TOKEN}"
    connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())


@pytest.mark.parametrize("call", [wait, show, cancel])
def test_no_request_of_ours_is_in_it_and_so_no_token_that_a_server_echoes(
    caplog: pytest.LogCaptureFixture, call: Callable[..., object]
) -> None:
    with caplog.at_level(logging.DEBUG), serving(redirects) as url:
        call(1, url=url, token=TOKEN, timeout=10)
    assert TOKEN not in caplog.text
    assert [record.name for record in caplog.records if record.name.startswith(("httpx", "httpcore"))] == []


def test_what_the_program_itself_does_with_httpx_is(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), serving(redirects) as url:
        show(1, url=url, token=TOKEN, timeout=10)
        httpx.get(url, trust_env=False)
    assert {record.name for record in caplog.records} >= {"httpx", "httpcore.http11"}


def test_every_logger_of_the_libraries_is_known() -> None:
    for package in (httpx, httpcore):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            try:
                import_module(module.name)
            except ImportError:  # of an extra that is not installed
                continue
    names = {
        name
        for name, logger in logging.root.manager.loggerDict.items()
        if name.partition(".")[0] in {"httpx", "httpcore"} and isinstance(logger, logging.Logger)
    }
    assert names <= set(LOGGERS)
