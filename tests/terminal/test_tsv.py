from __future__ import annotations

from canvas_progress.core.outcome import Outcome
from canvas_progress.terminal.tsv import job_line
from jobs import a_job


def test_a_message_is_whole_but_for_the_signature_of_a_file() -> None:
    said = f"made https://example.edu/files/7/download?verifier=S3CRET&x=1\n{'a' * 5000}"
    message = job_line("1", Outcome.FAILED, a_job("failed", message=said)).split("\t")[-1]
    assert message == f"made https://example.edu/files/7/download?verifier=********&x=1\\n{'a' * 5000}"
