from __future__ import annotations

import pytest

from canvas_progress.core import errors
from canvas_progress.core.errors import CanvasProgressError, NetworkError

EXIT_CODES = {
    "UsageError": 2,
    "NoJobYetError": 2,
    "CredentialError": 4,
    "JobError": 5,
    "NoSuchJobError": 5,
    "NotPermittedError": 5,
    "UnavailableError": 6,
    "NetworkError": 6,
    "CertificateError": 6,
    "ServerError": 6,
    "ThrottledError": 6,
    "RefusedError": 7,
    "DeclinedError": 7,
    "FileError": 1,
    "TimeLimitError": 124,
    "AnswerError": 1,
    "NotCanvasError": 1,
    "OversizedAnswerError": 1,
    "UnreadableJobError": 1,
}


def every_error(root: type[CanvasProgressError] = CanvasProgressError) -> list[type[CanvasProgressError]]:
    return [root, *(found for child in root.__subclasses__() for found in every_error(child))]


OURS = {error.__name__: error for error in every_error() if error.__module__ == errors.__name__}


@pytest.mark.parametrize(("name", "code"), EXIT_CODES.items())
def test_each_error_has_its_exit_code(name: str, code: int) -> None:
    assert OURS[name]("no").exit_code == code


def test_every_error_of_the_tree_is_in_this_table() -> None:
    assert set(OURS) == {*EXIT_CODES, "CanvasProgressError"}


def test_no_two_kinds_of_error_share_the_code_that_events_carry() -> None:
    codes = [error.code for error in OURS.values()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("name", "code"), [("NetworkError", "network"), ("ThrottledError", "throttled"), ("ServerError", "server")]
)
def test_the_codes_that_the_contract_names_are_spelled_so(name: str, code: str) -> None:
    assert OURS[name].code == code


def test_an_error_reads_as_its_message_and_carries_its_hint_apart() -> None:
    error = CanvasProgressError("the disk is full", hint="make room")
    assert (str(error), error.message, error.hint) == ("the disk is full", "the disk is full", "make room")


def test_a_request_without_an_answer_may_have_been_seen_unless_told_otherwise() -> None:
    assert NetworkError("timed out").sent
