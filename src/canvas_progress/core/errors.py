"""Every error that a user can meet, as one tree, so that one place can turn them into a message and an exit code.

CanvasProgressError              exit 1
├── UsageError                   exit 2   the command line or a file of ours is not right
│   └── NoJobYetError                     what was named has no job so far
├── CredentialError              exit 4   no token, or Canvas refused it
├── JobError                     exit 5
│   ├── NoSuchJobError                    Canvas has no such job
│   └── NotPermittedError                 Canvas has it, but not for this user
├── UnavailableError             exit 6   worth another try
│   ├── NetworkError                      no answer: DNS, TCP, time limits
│   ├── CertificateError                  no answer that can be trusted
│   ├── ServerError                       5xx
│   └── ThrottledError                    the token's quota is used up
├── AnswerError                  exit 1   an answer that makes no sense
│   ├── NotCanvasError                    a web page, a redirect, another API
│   ├── OversizedAnswerError              more than any job can be
│   └── UnreadableJobError                JSON, but not what was requested
├── RefusedError                 exit 7   we refuse, nothing was sent
│   └── DeclinedError                     somebody was prompted, and said no
├── TimeLimitError               exit 124 --timeout was over
└── FileError                    exit 1   a file or a stream of ours does not take or give what it should
"""

from __future__ import annotations

from typing import ClassVar

from canvas_progress.core.exit_codes import ExitCode


class CanvasProgressError(Exception):
    """An error for the user: what and where in `message`, what to do in `hint`."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED
    code: ClassVar[str] = "unexpected"  # the `code` of an `error` event

    def __init_subclass__(cls, *, code: str, exit_code: ExitCode | None = None) -> None:
        """Set what scripts go by. An error without an exit code of its own has that of its parent."""
        cls.code = code
        cls.exit_code = cls.exit_code if exit_code is None else exit_code

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return the message, as it is by now."""
        return self.message


class UsageError(CanvasProgressError, code="usage", exit_code=ExitCode.USAGE):
    """The command line, the environment or the configuration is not right."""


class NoJobYetError(UsageError, code="no-job-yet"):
    """Canvas has what was named, and has not queued its work yet."""


class CredentialError(CanvasProgressError, code="credential", exit_code=ExitCode.NO_CREDENTIAL):
    """No credential was found, or Canvas refused the one that was sent."""


class JobError(CanvasProgressError, code="job", exit_code=ExitCode.NO_JOB):
    """Another request for this job will not help."""


class NoSuchJobError(JobError, code="missing"):
    """Canvas has no Progress of this id."""


class NotPermittedError(JobError, code="permission"):
    """Canvas does not let this user do this to this Progress."""


class UnavailableError(CanvasProgressError, code="unavailable", exit_code=ExitCode.GAVE_UP):
    """No usable answer now; a retry may help.

    `retry_after` is in seconds, where the server sent Retry-After.
    """

    def __init__(self, message: str, *, hint: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class NetworkError(UnavailableError, code="network"):
    """The request got no answer. `sent` is false where the server cannot have seen it."""

    def __init__(self, message: str, *, hint: str | None = None, sent: bool = True) -> None:
        super().__init__(message, hint=hint)
        self.sent = sent


class CertificateError(UnavailableError, code="certificate"):
    """The server could not prove who it is."""


class ServerError(UnavailableError, code="server"):
    """Canvas, or something in front of it, answered 5xx."""


class ThrottledError(UnavailableError, code="throttled"):
    """The token has used up its quota for the moment."""


class RefusedError(CanvasProgressError, code="refused", exit_code=ExitCode.REFUSED):
    """A guard of ours refuses; nothing was sent."""


class DeclinedError(RefusedError, code="declined"):
    """Somebody was prompted, and said no: nothing was done, and nothing has failed."""


class TimeLimitError(CanvasProgressError, code="timeout", exit_code=ExitCode.TIMED_OUT):
    """The time that the user gave the command was over."""


class FileError(CanvasProgressError, code="file"):
    """The disk, or whoever reads our output, failed: no room, no permission, a lock held for too long."""


class AnswerError(CanvasProgressError, code="answer"):
    """The server answered something that makes no sense here."""


class NotCanvasError(AnswerError, code="not-canvas"):
    """The answer did not come from a Canvas API. `stands_in` is a page in the place of a Canvas that is down."""

    def __init__(self, message: str, *, hint: str | None = None, stands_in: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.stands_in = stands_in


class OversizedAnswerError(AnswerError, code="oversized"):
    """The answer is larger than any Progress can be."""


class UnreadableJobError(AnswerError, code="not-a-progress"):
    """The answer is not the Progress that was requested."""
