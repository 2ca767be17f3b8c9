"""When to ask next: what the project's policy costs in requests, and how late it notices the end of a job.

Jobs are simulated, so an hour of polling takes a millisecond and the figures are the same on every machine. Durations
are lognormal, cut to 1 s .. 2 h. Shapes of completion: 40 % many uneven items, 15 % three to ten coarse steps, 15 % a
slow tail, 10 % accelerating, 20 % silent until done; a tenth of the first four sit at 100 % while still running; 70 %
start with time in the queue. These shapes are assumptions, not measured Canvas data. A round trip is not included.

What the recent jobs teach is measured with tags: the same mixes, in forty tags of different medians, and around each
its durations with a spread of their own. Fifty durations of each tag are known before; how much they tell is assumed.
"""

from __future__ import annotations

import bisect
import math
import random
import sys
from dataclasses import dataclass, replace
from statistics import NormalDist, fmean, median
from typing import TYPE_CHECKING, Final

from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling_policy import Pace, Policy, next_wait
from canvas_progress.core.usual_durations import Prior, prior_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    # Given the age in seconds, the state and completion, a poller returns the seconds to wait. Each job has its own.
    Poller = Callable[[float, Outcome, float | None], float]

USUAL: Final = Policy()
SELDOM: Final = Policy(sqrt_scale=0.35)  # as late as the reference, to compare the requests alone
JOBS: Final = 2000
TAGS: Final = 40
SPREADS: Final = (0.3, 0.5, 0.8, 1.1)  # of the logarithm of the durations of one tag


@dataclass(frozen=True)
class Mix:
    """Jobs of a median duration in seconds, and the spread of its logarithm."""

    middle: float
    sigma: float
    seed: int


MIXES: Final = (Mix(10, 1.5, 5), Mix(45, 1.9, 7), Mix(300, 1.5, 9))


@dataclass(frozen=True)
class Job:
    """A simulated job: how long it takes, how much of that in the queue, and when completion becomes what."""

    duration: float
    queued: float
    times: Sequence[float]
    completions: Sequence[float]

    def observe(self, t: float) -> tuple[Outcome, float | None]:
        """Return what Canvas would answer at this age: the state, and completion."""
        if t >= self.duration:
            return Outcome.COMPLETED, 100.0
        if t < self.queued:
            return Outcome.QUEUED, None
        i = bisect.bisect_right(self.times, t)
        return Outcome.RUNNING, self.completions[i - 1] if i else 0.0


def jobs_of(mix: Mix) -> list[Job]:
    rng = random.Random(mix.seed)
    return [a_job(rng, a_duration(rng, mix)) for _ in range(JOBS)]


def a_duration(rng: random.Random, mix: Mix) -> float:
    while True:
        seconds = rng.lognormvariate(math.log(mix.middle), mix.sigma)
        if 1 <= seconds <= 7200:
            return seconds


def a_job(rng: random.Random, duration: float) -> Job:
    queued = 0.0 if rng.random() < 0.3 else min(rng.expovariate(0.25), 0.5 * duration)
    shape = rng.random()
    times, completions = a_shape(rng, shape)
    if shape < 0.80 and rng.random() < 0.10:
        held = rng.uniform(0.02, 0.15)
        times = [x * (1 - held) for x in times]
    return Job(duration, queued, [queued + x * (duration - queued) for x in times], completions)


def a_shape(rng: random.Random, shape: float) -> tuple[list[float], list[float]]:
    """Return when completion changes, as parts of the time running, and the percentages it changes to."""
    if shape < 0.40:
        return uneven(rng, int(math.exp(rng.uniform(math.log(10), math.log(2000)))), 0.7)
    if shape < 0.55:
        return uneven(rng, rng.randint(3, 10), 0.5)
    if shape < 0.80:
        p = rng.uniform(1.3, 3)
        times = [0.005 + 0.995 * i / 199 for i in range(200)]
        return times, [100 * (1 - (1 - x) ** p) if shape < 0.70 else 100 * x**p for x in times]
    return [1.0], [100.0]


def uneven(rng: random.Random, items: int, noise: float) -> tuple[list[float], list[float]]:
    weights = [rng.lognormvariate(0, noise) for _ in range(items)]
    total, done, times = sum(weights), 0.0, []
    for weight in weights:
        done += weight
        times.append(done / total)
    return times, [100 * (i + 1) / items for i in range(items)]


def as_stored(job: Job) -> Job:
    """Return the job as Canvas tells of it: it stores completion at most once a percent or every 15 seconds."""
    stored, at, last = [], job.queued, 0.0
    for t, completion in zip(job.times, job.completions, strict=True):
        if completion >= last + 1 or t >= at + 15:
            stored.append((t, completion))
            at, last = t, completion
    return Job(job.duration, job.queued, [t for t, _ in stored], [completion for _, completion in stored])


def tagged(mix: Mix, spread: float) -> tuple[list[Job], list[Prior]]:
    """Return the jobs of a mix of tags, and for each what fifty earlier ones of its tag have taught."""
    rng = random.Random(mix.seed)
    between = NormalDist(math.log(mix.middle), math.sqrt(mix.sigma**2 - spread**2))
    jobs, priors = [], []
    for number in range(TAGS):
        middle = math.exp(between.inv_cdf((number + 0.5) / TAGS))
        tag = Mix(min(max(middle, 1.5), 5000.0), spread, 0)
        prior = prior_from([float(round(a_duration(rng, tag))) for _ in range(50)])
        assert prior is not None
        for _ in range(JOBS // TAGS):
            jobs.append(a_job(rng, a_duration(rng, tag)))
            priors.append(prior)
    return jobs, priors


def ours(prior: Prior | None = None, policy: Policy = USUAL) -> Poller:
    """Poll with the policy of the core, told what a watch tells it."""
    pace = Pace()

    def wait(age: float, outcome: Outcome, completion: float | None) -> float:
        nonlocal pace
        pace = pace.after(age, completion if outcome is Outcome.RUNNING else None)
        return next_wait(policy, outcome, pace, age, prior)

    return wait


def fixed(seconds: float) -> Callable[[], Poller]:
    return lambda: lambda _age, _outcome, _completion: seconds


def backoff() -> Poller:
    wait = 1 / 1.5

    def longer(_age: float, _outcome: Outcome, _completion: float | None) -> float:
        nonlocal wait
        wait = min(30.0, wait * 1.5)
        return wait

    return longer


def reference() -> Poller:
    """Poll by the formula to beat: the same share of whatever seems left, however well that is known."""
    seen: list[tuple[float, float]] = []

    def wait(age: float, outcome: Outcome, completion: float | None) -> float:
        cap = min(max(0.4 * age, 1.0), 20.0)
        blind = min(cap, max(1.0, 0.25 * math.sqrt(age)))
        if outcome is not Outcome.RUNNING or completion is None:
            return blind
        if not seen or completion > seen[-1][1]:
            seen.append((age, completion))
        if completion <= 0 or len(seen) < 2:
            return blind
        (t0, c0), (tk, ck), (tl, cl) = seen[0], seen[max(0, len(seen) - 4)], seen[-1]
        left = (100 - cl) / max((cl - c0) / (tl - t0), (cl - ck) / (tl - tk)) - (age - tl)
        return min(cap, max(1.0, 0.4 * left if left > 0 else 0.25 * math.sqrt(-left) + 1.0))

    return wait


@dataclass(frozen=True)
class Cost:
    """Requests for each job, and how many seconds after the end each job's end was noticed, in order."""

    requests: list[int]
    delays: list[float]

    @property
    def p95(self) -> float:
        """The delay that one job in twenty exceeds, in seconds."""
        return self.delays[int(len(self.delays) * 0.95)]

    def __str__(self) -> str:
        requests = f"{fmean(self.requests):6.1f} {median(self.requests):6.0f}"
        return f"{requests}    {fmean(self.delays):6.2f} {self.delays[len(self.delays) // 2]:6.2f} {self.p95:6.2f}"


def cost(jobs: Sequence[Job], pollers: Iterable[Poller]) -> Cost:
    requests, delays = [], []
    for job, poller in zip(jobs, pollers, strict=False):
        t, asked = 0.0, 1
        while (seen := job.observe(t))[0] is not Outcome.COMPLETED:
            t += poller(t, *seen)
            asked += 1
        requests.append(asked)
        delays.append(t - job.duration)
    return Cost(requests, sorted(delays))


POLLERS: Final[dict[str, Callable[[], Poller]]] = {
    **{f"fixed {seconds} s": fixed(seconds) for seconds in (1, 2, 5)},
    "backoff 1 s x1.5 to 30 s": backoff,
    "reference": reference,
    "ours": ours,
}


def compare(title: str, jobs: Sequence[Job], names: Sequence[str]) -> tuple[Cost, Cost]:
    """Print what each of these costs, and return the costs of the reference and of ours."""
    print_head(f"{len(jobs)} jobs, {title}")
    costs = {name: cost(jobs, (POLLERS[name]() for _ in jobs)) for name in names}
    for name, one in costs.items():
        print(f"  {name:41} {one}")
    return costs["reference"], costs["ours"]


def print_head(title: str) -> None:
    print(f"\n{title:43} requests: mean, median    delay in s: mean, p50, p95")


def compare_learned(mix: Mix, spread: float) -> None:
    """Print what a prior gains, what it does where it is wrong, and how late it makes a job that fails midway."""
    jobs, priors = tagged(mix, spread)
    rng = random.Random(mix.seed)
    failing = [replace(job, duration=max(1.0, job.duration * rng.random())) for job in jobs]
    print_head(f"median {mix.middle:.0f} s, of {TAGS} tags, each spread by {spread}")
    rows: tuple[tuple[str, Callable[[Prior], Poller]], ...] = (
        ("reference", lambda _: reference()),
        ("ours", lambda _: ours()),
        ("ours, learned", ours),
        ("ours, root 0.35", lambda _: ours(None, SELDOM)),
        ("ours, root 0.35, learned", lambda prior: ours(prior, SELDOM)),
        ("ours, learned three times too long", lambda prior: ours(scaled(prior, 3))),
        ("ours, learned three times too short", lambda prior: ours(scaled(prior, 1 / 3))),
    )
    for name, poller in rows:
        print(f"  {name:41} {cost(jobs, map(poller, priors))}")
    for name, poller in rows[:3]:
        print(f"  {f'{name}, all fail midway':41} {cost(failing, map(poller, priors))}")


def scaled(prior: Prior, by: float) -> Prior:
    return Prior(prior.median * by, prior.spread * by)


def is_met(mix: Mix, reference: Cost, ours: Cost) -> bool:
    """Print whether ours is no worse than the reference in anything and, on the mix of 45 s, better in both delays."""
    gains = [
        1 - fmean(ours.requests) / fmean(reference.requests),
        1 - fmean(ours.delays) / fmean(reference.delays),
        1 - ours.p95 / reference.p95,
    ]
    met = min(gains) >= 0
    if mix.middle == 45:
        met = met and fmean(ours.delays) < 1.0 and ours.p95 < 3.2
    shares = ", ".join(
        f"{gain:.1%} less {what}" for gain, what in zip(gains, ("requests", "delay", "p95"), strict=True)
    )
    print(f"  {'met' if met else 'NOT MET'}: against the reference {shares}")
    return met


def main() -> int:
    all_met = True
    for mix in MIXES:
        all_met &= is_met(mix, *compare(f"median {mix.middle:.0f} s", jobs_of(mix), list(POLLERS)))
    both = ("reference", "ours")
    for mix in MIXES:  # seeds that no constant was chosen on
        fresh = [job for seed in (1001, 1002) for job in jobs_of(Mix(mix.middle, mix.sigma, seed))]
        is_met(mix, *compare(f"median {mix.middle:.0f} s, fresh seeds", fresh, both))
        compare(f"median {mix.middle:.0f} s, as Canvas stores it", [as_stored(job) for job in fresh], both)
    for mix in MIXES:
        for spread in SPREADS if mix.middle == 45 else SPREADS[1:2]:
            compare_learned(mix, spread)
    return 0 if all_met else 1


if __name__ == "__main__":
    sys.exit(main())
