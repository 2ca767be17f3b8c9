"""What a watch knows of one job, and how an answer changes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from canvas_progress.core.events import Changed, Event, Finished, Seen, Stalled
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling_policy import Pace, Policy, next_wait, next_wait_for_a_tool
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.job import Job
    from canvas_progress.core.refs import Target
    from canvas_progress.core.usual_durations import Prior, Priors

_LATE_RESULTS_WAIT: Final = 1.0
_LATEST_RESULTS: Final = 10.0  # seconds after the job completed, by the server's clock
_LONG_AGO: Final = 60.0  # seconds; what ended then is hardly what somebody has just started


@record
class Watched:
    """What is known of one job. Times are those of the caller's monotonic clock, in seconds.

    `born` is when the job was created, translated to that clock. `outcome` is set once nothing more is to be sent;
    `error` says why if that is not because the job has ended. `awaits_results` is a job that has completed and is
    read once more. `prior` is how long such jobs usually take, where that and the age of this one are known.
    `ended_ago` is how many seconds before the first answer the job had ended, where that is long ago.
    """

    target: Target
    answer: Answer | None = None
    born: float = 0.0
    changed_at: float = 0.0
    pace: Pace = Pace()
    prior: Prior | None = None
    trouble: CanvasProgressError | None = None
    due: float = 0.0
    outcome: Outcome | None = None
    ended_at: float | None = None
    error: CanvasProgressError | None = None
    stalled: bool = False
    awaits_results: bool = False
    ended_ago: float | None = None

    @property
    def job(self) -> Job | None:
        """The job as it was last seen."""
        return None if self.answer is None else self.answer.job

    @property
    def shown(self) -> Outcome:
        """The outcome to show: the final one, else the latest."""
        if self.outcome is not None:
            return self.outcome
        return self.job.outcome if self.job else Outcome.UNREAD

    @property
    def is_over(self) -> bool:
        """Whether the job is no longer polled."""
        return self.outcome is not None


def after_answer(
    was: Watched, answer: Answer, policy: Policy, now: float, priors: Priors
) -> tuple[Watched, tuple[Event, ...]]:
    """Take in an answer: return the job with its next due time or its end, and what there is to report."""
    job, events = answer.job, _difference(was, answer)
    if was.job is None:
        was = _first_seen(was, answer, now, priors)
    new = replace(
        was,
        answer=answer,
        changed_at=now if events else was.changed_at,
        pace=was.pace.after(now - was.born, job.completion if job.outcome is Outcome.RUNNING else None),
        trouble=None,
    )
    if job.outcome.is_final:
        if _more_may_follow(new, answer):
            return replace(new, awaits_results=True, due=now + _LATE_RESULTS_WAIT), events
        return ended(new, job.outcome, now), (*events, Finished(new.target, job.outcome, job))
    if job.outcome is Outcome.WAITING:
        due = now + next_wait_for_a_tool(policy, now - new.changed_at)
    else:
        due = now + next_wait(policy, job.outcome, new.pace, now - new.born, new.prior)
    if policy.stall_timeout is not None:
        stalls_at = new.changed_at + policy.stall_timeout
        if now >= stalls_at:
            still = Stalled(new.target, job, now - new.changed_at)
            return replace(ended(new, job.outcome, now), stalled=True), (*events, still)
        due = min(due, stalls_at)
    return replace(new, due=due, awaits_results=False), events


def ended(watched: Watched, outcome: Outcome, now: float) -> Watched:
    """Return the job as one that is no longer polled."""
    return replace(watched, outcome=outcome, ended_at=now, trouble=None, awaits_results=False)


def _first_seen(was: Watched, answer: Answer, now: float, priors: Priors) -> Watched:
    age, tag = _age(was.target, answer), answer.job.tag
    prior = None if age is None or tag is None else priors.get((str(was.target.base), tag))
    return replace(was, born=now - (age or 0.0), prior=prior, ended_ago=_ended_ago(answer))


def _ended_ago(answer: Answer) -> float | None:
    """Return how long ago a job ended, by the server's own clock; None if that was just now, or is not known."""
    job, date = answer.job, answer.about.date
    if not job.outcome.is_final or date is None or job.updated_at is None:
        return None
    seconds = (date - job.updated_at).total_seconds()
    return seconds if seconds >= _LONG_AGO else None


def _difference(was: Watched, answer: Answer) -> tuple[Event, ...]:
    if was.job is None:
        return (Seen(was.target, answer.job, _ended_ago(answer)),)
    return (Changed(was.target, answer.job),) if _reported(answer.job) != _reported(was.job) else ()


def _reported(job: Job) -> tuple[str, Outcome, str | None]:
    """Return what is reported of a job, also where that comes from the thing that it belongs to."""
    return job.verbatim, job.outcome, job.message


def _more_may_follow(watched: Watched, answer: Answer) -> bool:
    """Whether one more read may bring more, such as results: of a job that ended just now, where its kind does."""
    job, date = answer.job, answer.about.date
    if watched.awaits_results or not watched.target.kind.more_follows(job):
        return False
    return date is None or job.updated_at is None or (date - job.updated_at).total_seconds() <= _LATEST_RESULTS


def _age(target: Target, answer: Answer) -> float | None:
    """Return the job's age by the server's own clock, None where it is not known.

    An LTI upload's `created_at` is whatever time the tool gave for the submission. A row that Canvas uses again, as it
    does for migrations, keeps its `created_at`; what counts then is when it was queued.
    """
    job, date = answer.job, answer.about.date
    since = job.updated_at if job.outcome is Outcome.QUEUED and job.updated_at else job.created_at
    if target.course is not None or since is None or date is None:
        return None
    return max(0.0, (date - since).total_seconds())
