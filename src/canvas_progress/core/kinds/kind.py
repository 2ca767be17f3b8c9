"""What there is to know of one kind of job: its address, how its answers read, and how it is canceled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from canvas_progress.core.errors import UnreadableJobError
from canvas_progress.core.job import Job
from canvas_progress.core.json_values import integer, moment, object_in, objects_in, on_one_line, string, value_in
from canvas_progress.core.record import record
from canvas_progress.core.wording import quoted

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping

    from canvas_progress.core.answers import Answer

_BEYOND_IDS: Final = 2**63
SELF: Final = "self"  # Canvas's word for the root account of whoever holds the token


class Refusal(Protocol):
    """Says why a job is not to be canceled, None where it may be; `force` overrides what would only do harm."""

    def __call__(self, answer: Answer, *, force: bool) -> str | None:
        """Return the reason."""


@record(eq=False)
class Cancel:
    """How a job is canceled: by a request to its own path with `suffix`, with a message where `takes_message`.

    `is_marked(job, message)` recognises a job that carries the cancellation, and `what_follows(before, job)` says what
    that means for its work. Unless it `finds_ended`, Canvas answers 404 for a job that has ended, as for none. `never`
    says why such jobs cannot be canceled at all.
    """

    method: str
    suffix: str
    refusal: Refusal
    is_marked: Callable[[Job, str], bool]
    what_follows: Callable[[Job | None, Job], str]
    takes_message: bool = False
    finds_ended: bool = True
    never: str = ""


@record(eq=False)
class Kind:
    """One kind of job.

    `name` begins a short REF, `name:ID` or `name:PART:ID`, and is in all JSON; `noun` is its name in a sentence, and
    `title` above a table. `address` matches the path of the collection that holds such jobs, with a group `account` or
    `course`, and one called `part_name` where the id alone is not enough; `part_hint` says where to find that;
    with `lists_parts`, Canvas has a list of what it may be, one level above the collection.
    `collection` is that of a short REF, "" for a Progress.

    `state_key` is the field with the state, and `read` completes a job from the values of an answer. `resembles`
    recognises an answer without its URL: it returns the part ("" where there is none), or None for anything else.
    `more_follows` says of a job that has just ended whether Canvas may add something to it. `names_starter` is whether
    an answer says who started the job: where it names nobody, it was nobody.

    `listed_below` is the key around a list of such jobs, "" where the list is bare, None where Canvas has no list;
    `has_latest` is then whether Canvas has the newest at `latest`, and `unlisted` is a hint. `scopes` are those that a
    developer key needs. `everywhere` is whether each Canvas has the API. `record` is all that Canvas says where there
    is no latest one.
    """

    name: str
    noun: str
    title: str
    address: re.Pattern[str]
    collection: str
    read: Callable[[Job, Mapping[str, Any]], Job]
    cancel: Cancel
    part_name: str = ""
    part_hint: str = ""
    lists_parts: bool = False
    state_key: str = "workflow_state"
    resembles: Callable[[Mapping[str, Any]], str | None] = lambda _: None
    more_follows: Callable[[Job], bool] = lambda _: False
    listed_below: str | None = None
    has_latest: bool = False
    unlisted: str = ""
    scopes: str = ""
    record: str = ""
    names_starter: bool = True
    everywhere: bool = False

    @property
    def article(self) -> str:
        """The word before its name."""
        return "an" if self.noun[0] in "aeiou" else "a"

    @property
    def can_be_found(self) -> bool:
        """Whether Canvas has the newest."""
        return self.listed_below is not None or self.has_latest

    @property
    def example(self) -> str:
        """How a short REF looks."""
        return f"{self.example_of_all}:ID"

    @property
    def example_of_all(self) -> str:
        """How a short REF begins, which `list` takes."""
        return f"{self.name}:{self.part_name.upper()}" if self.part_name else self.name

    def noun_in(self, collection: str) -> str:
        """Return its name in a sentence, with what those of this collection have in common."""
        part = self.part(collection)
        return f"{self.noun} of the {self.part_name} {quoted(part)}" if part else self.noun

    def label(self, collection: str, id_: int) -> str:
        """Return the short REF of a job: of a Progress its id."""
        if not collection:
            return str(id_)
        part = self.part(collection)
        return f"{self.name}:{part}:{id_}" if part else f"{self.name}:{id_}"

    def part(self, collection: str) -> str:
        """Return what a short REF has beside the id."""
        return self._groups(collection).get(self.part_name) or ""

    def usual(self, account: str = SELF, part: str = "") -> str:
        """Return the collection that a short REF is about."""
        return self.collection.format(account=account, **{self.part_name: part})

    def is_usual(self, collection: str) -> bool:
        """Whether a short REF, with nothing else said, names a job there."""
        return not collection or collection == self.usual(part=self.part(collection))

    def parse(self, text: str, collection: str) -> Job:
        """Read the JSON text of an answer. Raises UnreadableJobError."""
        return self.job_of(object_in(text), on_one_line(text), collection)

    def parse_list(self, text: str, collection: str) -> list[Job]:
        """Read a list of such jobs, in its order. Raises UnreadableJobError."""
        value = value_in(text)
        listed = value.get(self.listed_below) if isinstance(value, dict) else value
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            raise UnreadableJobError(f"the answer is JSON, but not a list of {self.title}s")
        spelled = objects_in(text, self.listed_below or "")
        return [self.job_of(item, text, collection) for item, text in zip(listed, spelled, strict=True)]

    def job_of(self, values: Mapping[str, Any], verbatim: str, collection: str) -> Job:
        """Read the values of an answer, which Canvas spelled like this. Raises UnreadableJobError."""
        id_, state = integer(values.get("id")), string(values.get(self.state_key))
        if id_ is None or not 0 < id_ < _BEYOND_IDS or state is None:
            lacks = f"it has no `id` and `{self.state_key}`"
            raise UnreadableJobError(f"the answer is JSON, but not {self.article} {self.title}: {lacks}")
        part, named = self.part(collection), self.resembles(values)
        if part and named and named != part:
            raise UnreadableJobError(f"the answer is about {named}, not about {part}")
        type_, context_id = self._context(collection)
        job = Job(
            id=id_,
            state=state,
            tag=self.name,
            context_type=type_,
            context_id=context_id,
            created_at=moment(values.get("created_at")),
            updated_at=moment(values.get("updated_at")),
            verbatim=verbatim,
        )
        return self.read(job, values)

    def _context(self, collection: str) -> tuple[str | None, int | None]:
        """Return the account or course of a collection as type and id, where the path has its id."""
        for name, value in self._groups(collection).items():
            if name in {"account", "course"} and (id_ := integer(value)) is not None:
                return name.capitalize(), id_
        return None, None

    def _groups(self, collection: str) -> dict[str, str | None]:
        match = self.address.fullmatch(collection)
        return match.groupdict() if match else {}


def by_abort(refusal: Callable[[str], str | None], what_follows: str) -> Cancel:
    """Return how a job is canceled that Canvas aborts; `refusal` says of its state why that would find nothing.

    Nothing can be forced: Canvas does not find a job that has ended, and answers 404 as for one that it does not have.
    """

    def refused(answer: Answer, *, force: bool) -> str | None:
        del force
        if answer.job.outcome.is_final:
            return f"it has already ended ({answer.job.state}), and cannot be aborted any more"
        return refusal(answer.job.state)

    def is_marked(job: Job, _message: str) -> bool:
        return job.state == "aborted"

    return Cancel("PUT", "/abort", refused, is_marked, lambda _before, _job: what_follows, finds_ended=False)


def no_cancel(reason: str) -> Cancel:
    """Return how a job is canceled of which Canvas has no way to: not at all."""

    def refusal(answer: Answer, *, force: bool) -> str | None:
        del answer, force
        return reason

    return Cancel("", "", refusal, lambda _job, _message: False, lambda _before, _job: "", never=reason)
