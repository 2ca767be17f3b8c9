"""A request ends in time and within its size whatever the server sends before its answer, and so does its thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from canvas_progress.canvas.client import Canvas, HttpOptions
from canvas_progress.canvas.time_limits import Limits
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Access, Secret
from canvas_progress.core.errors import CanvasProgressError, NetworkError, OversizedAnswerError
from jobs import a_progress, a_target
from raw_server import reply, serving

SLACK = 5.0  # seconds, on a busy machine


def dripping(connection: socket.socket, _head: str) -> None:
    """Send a header without an end, a byte at a time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while not threading.Event().wait(0.05):
        connection.sendall(b"x")


def interim(pause: float) -> Callable[[socket.socket, str], None]:
    """Send interim answers without an end."""

    def answer(connection: socket.socket, _head: str) -> None:
        while not threading.Event().wait(pause):
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * (1 if pause else 4096))

    return answer


def read_from(url: str, limits: Limits) -> float:
    """Read a job, and return how many seconds that took."""
    canvas = Canvas(Access(parse_base_url(url), Secret("x"), "school"), HttpOptions(time.monotonic, limits=limits))
    began = time.monotonic()
    try:
        canvas.read(a_target())
    finally:
        took = time.monotonic() - began
        canvas.close()
    return took


@pytest.mark.parametrize("answer", [dripping, interim(0.05)])
def test_what_goes_on_for_ever_before_the_answer_ends_with_the_time_for_the_whole(
    answer: Callable[[socket.socket, str], None],
) -> None:
    began = time.monotonic()
    with serving(answer) as url, pytest.raises(NetworkError) as error:
        read_from(url, Limits(whole=1.0))
    assert 1.0 <= time.monotonic() - began < 1.0 + SLACK
    assert str(error.value).endswith(" was still answering after 1 s") or "did not answer in time" in str(error.value)


def test_interim_answers_without_a_pause_end_by_their_size_long_before() -> None:
    began = time.monotonic()
    with serving(interim(0.0)) as url, pytest.raises(OversizedAnswerError, match="answers without end"):
        read_from(url, Limits(whole=600.0))
    assert time.monotonic() - began < 30


def test_each_request_of_a_connection_has_its_own_size_and_its_body_is_no_head() -> None:
    body = a_progress(results={"text": "x" * 2**20})

    def answer_each(connection: socket.socket, _head: str) -> None:
        while True:
            head = f"HTTP/1.1 200 OK\r\nX: {'x' * 40_000}\r\nY: {'y' * 40_000}\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(f"{head}{body}".encode())
            if not connection.recv(65536):
                return

    with serving(answer_each) as url:
        canvas = Canvas(Access(parse_base_url(url), Secret("x"), "school"), HttpOptions(time.monotonic))
        for _ in range(5):  # more than one may take, together
            assert len(canvas.read(a_target()).job.verbatim) > 2**20
        canvas.close()


def test_interim_answers_before_the_answer_are_no_harm() -> None:
    def answer(connection: socket.socket, _head: str) -> None:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3)
        reply(connection, a_progress())

    with serving(answer) as url:
        try:
            assert read_from(url, Limits()) < SLACK
        except CanvasProgressError as error:
            pytest.fail(error.message)
