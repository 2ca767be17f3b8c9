"""Inspect, watch and cancel the background jobs (Progress objects) of Canvas LMS.

From Python: `wait`, `show` and `cancel`, described in `docs/python.md`. What they need is imported when it is used.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from canvas_progress.api import cancel, show, wait
    from canvas_progress.core.cancel_conclusion import Action
    from canvas_progress.core.errors import (
        AnswerError,
        CanvasProgressError,
        CertificateError,
        CredentialError,
        FileError,
        JobError,
        NetworkError,
        NoJobYetError,
        NoSuchJobError,
        NotCanvasError,
        NotPermittedError,
        OversizedAnswerError,
        RefusedError,
        ServerError,
        ThrottledError,
        TimeLimitError,
        UnavailableError,
        UnreadableJobError,
        UsageError,
    )
    from canvas_progress.core.job_values import JobLike
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.results import CancelResult, JobFailedError, JobResult, JobTimeoutError

__all__ = [
    "Action",
    "AnswerError",
    "CancelResult",
    "CanvasProgressError",
    "CertificateError",
    "CredentialError",
    "FileError",
    "JobError",
    "JobFailedError",
    "JobLike",
    "JobResult",
    "JobTimeoutError",
    "NetworkError",
    "NoJobYetError",
    "NoSuchJobError",
    "NotCanvasError",
    "NotPermittedError",
    "Outcome",
    "OversizedAnswerError",
    "RefusedError",
    "ServerError",
    "ThrottledError",
    "TimeLimitError",
    "UnavailableError",
    "UnreadableJobError",
    "UsageError",
    "cancel",
    "show",
    "wait",
]

_ELSEWHERE = {
    "Action": "core.cancel_conclusion",
    "CancelResult": "core.results",
    "JobFailedError": "core.results",
    "JobLike": "core.job_values",
    "JobResult": "core.results",
    "JobTimeoutError": "core.results",
    "Outcome": "core.outcome",
    "cancel": "api",
    "show": "api",
    "wait": "api",
}


if not TYPE_CHECKING:  # to a type checker, it would make every misspelled name one of ours

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        found = getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, 'core.errors')}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    """Return the public names, imported or not, and none of what they are made of."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
