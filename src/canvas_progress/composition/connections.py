"""The part of the composition root behind which the network, the disk and other programs are."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from canvas_progress.background import Background
from canvas_progress.clock import SystemClock
from canvas_progress.composition.session import environment, profile_file
from canvas_progress.core.errors import CanvasProgressError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from canvas_progress.actions.engine import Engine
    from canvas_progress.actions.lti_tokens import LtiTokens
    from canvas_progress.actions.notes import Notes
    from canvas_progress.actions.profile import Stores
    from canvas_progress.actions.targets import Connector
    from canvas_progress.actions.tokens import TokenSources
    from canvas_progress.canvas.client import HttpOptions
    from canvas_progress.composition.session import Session
    from canvas_progress.core.answers import Exchange
    from canvas_progress.core.backoff import RetryPolicy
    from canvas_progress.core.credentials import Access
    from canvas_progress.core.usual_durations import Priors
    from canvas_progress.processes import Programs
    from canvas_progress.storage.history import History
    from canvas_progress.storage.keyring_store import KeyringStore

NO_HISTORY: Final = "CANVAS_PROGRESS_NO_HISTORY"
_HISTORY_LIMIT: Final = 1.0  # seconds to read it: a disk may hang
_KEYRING_WAIT: Final = "waiting for the keyring of this system: it may ask for a password elsewhere"


def connector(
    session: Session, *, writes: bool = False, retry: RetryPolicy | None = None, since: float | None = None
) -> Connector:
    """Return what finds for each job its Canvas, its profile and its token.

    `writes` is for `cancel`, `retry` for a watch: it waits for a Canvas that restarts, from the first request on.
    `since` is how many seconds ago the newest of a kind may have been created.
    """
    from canvas_progress.actions.targets import Connector
    from canvas_progress.core.backoff import ONE_ANSWER

    return Connector(
        choose=lambda ref: session.choice(ref, writes=writes),
        sources=token_sources(session),
        http=http_options(session),
        driver=session.driver,
        notes=session.notes,
        verbose=session.verbose,
        writes=writes,
        retry=retry or ONE_ANSWER,
        since=since,
    )


@contextmanager
def engine(session: Session, accesses: tuple[Access, ...], *, records: bool) -> Iterator[Engine]:
    """Return the engine for jobs of these Canvases, and wait at the end for what is still to be written.

    `records` is whether the history is to have what it reads; the user may have turned that off.
    """
    from canvas_progress.actions.engine import Engine
    from canvas_progress.actions.recording import Recording
    from canvas_progress.canvas.client import Clients
    from canvas_progress.core.credentials import SANDBOX

    clients = Clients(accesses, http_options(session))
    recording = Recording(SystemClock())
    # The sandbox's are no real jobs.
    if records and any(access.name != SANDBOX for access in accesses) and history_is_on():
        recording.write_to(history(recording.warn).write)
    with session.driver.interrupts.held():  # also while the last is written: the exit code is known by then
        try:
            yield Engine(clients, session.driver, recording, session.notes.note)
        finally:
            try:
                recording.close(session.notes.note)
            finally:  # also where an interrupt ends the wait
                clients.close()


def http_options(session: Session) -> HttpOptions:
    """Return how clients reach the network; with `--verbose` each exchange is reported."""
    from canvas_progress.canvas.client import HttpOptions

    def report(exchange: Exchange) -> None:
        session.notes.note(exchange.in_words())

    report_each = report if session.verbose else lambda _: None
    return HttpOptions(SystemClock().monotonic, report_each, environment=environment())


def token_sources(session: Session) -> TokenSources:
    """Return where tokens can come from in this process."""
    from canvas_progress.actions.tokens import TokenSources
    from canvas_progress.processes import Ran, run

    started = session.started  # made here, and not by two threads

    def run_in_time(words: tuple[str, ...], seconds: float) -> Ran:
        left = max(0.0, min(seconds, session.seconds_left()))
        if not session.notes.can_prompt:
            return run(words, left, environment(), started=started)
        with session.tty_modes.kept():
            return run(words, left, environment(), prompts=True, started=started)

    return TokenSources(environment(), keyring(session.notes), run_in_time, lambda: lti_tokens(session))


def keyring(notes: Notes) -> KeyringStore:
    """Return the keyring of this system; where it takes its time, that is said."""
    from canvas_progress.storage.keyring_store import KeyringStore

    return KeyringStore(lambda: notes.note(_KEYRING_WAIT))


def lti_tokens(session: Session) -> LtiTokens:
    """Return where the access tokens of LTI tools come from."""
    from canvas_progress.actions.lti_tokens import LtiTokens
    from canvas_progress.storage.locations import token_folder
    from canvas_progress.storage.token_cache import TokenCache

    return LtiTokens(TokenCache(token_folder()), http_options(session), SystemClock())


def stores(session: Session) -> Stores:
    """Return where profiles and their tokens are kept."""
    from canvas_progress.actions.profile import Stores

    return Stores(profile_file(), keyring(session.notes), lti_tokens(session).drop)


def history(warn: Callable[[str], None]) -> History:
    """Return the jobs that this machine has seen; `warn` is called with what is wrong with their file."""
    from canvas_progress.storage.history import History
    from canvas_progress.storage.locations import recent_file

    return History(recent_file(), warn)


def priors() -> Priors:
    """Return how long jobs usually take, as far as this machine has seen; nothing if the history is turned off."""
    if not history_is_on():
        return {}
    from canvas_progress.core.usual_durations import prior_from

    background: Background[None] = Background(SystemClock())
    background.start(None, history(lambda _: None).durations, limit=_HISTORY_LIMIT)
    done = background.wait(_HISTORY_LIMIT)
    background.close()
    durations = done.result if done is not None and isinstance(done.result, dict) else {}
    return {kind: prior for kind, seconds in durations.items() if (prior := prior_from(seconds)) is not None}


def history_is_on() -> bool:
    """Return whether a history is kept: the environment or the configuration may turn it off."""
    if environment().get(NO_HISTORY, "") not in {"", "0"}:
        return False
    file = profile_file()
    with suppress(CanvasProgressError):  # what is wrong with the file is reported where it matters
        return not file.path.exists() or file.load().history
    return True


def programs(accesses: tuple[Access, ...]) -> Programs:
    """Return the runner of other programs. Their environment has no variable with a token in it."""
    from canvas_progress.processes import Programs

    def clean() -> dict[str, str]:
        from canvas_progress.core.credentials import TokenVariable
        from canvas_progress.core.profile_choice import without_tokens

        try:
            stored = profile_file().load().all
        except CanvasProgressError:
            stored = ()
        kinds = (profile.credential for profile in stored)
        names = {kind.variable for kind in kinds if isinstance(kind, TokenVariable)}
        left = {name: value for name, value in environment().items() if name not in names}
        return without_tokens(left, tuple(access.secret for access in accesses))

    return Programs(clean, SystemClock())
