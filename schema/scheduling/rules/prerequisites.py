"""What has to come before a treatment: which visit, by whom, and how many days before.

Days are the local days of the clinic in which a visit takes place. Every visit that is booked here
takes place in the clinic, so that `remote_allowed` refuses none of them.

* RuleViolation
  - InvalidPrerequisite   nothing that a visit could fulfil, or no source for it
  - PrerequisiteEnded     its last day can only be brought forward
  - MissingPrerequisite   a treatment is to be booked without the visit before it; never overridden
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from schema.errors import RuleViolation
from schema.practitioners.rules import in_force_on
from schema.protocols.rules import ProtocolKind
from schema.scheduling.rules.terms import FURTHEST_DAYS

MOST_MIN_DAYS, MOST_MAX_DAYS = 366, 3660
MOST_NAMED, LONGEST_NAME, LONGEST_SOURCE = 50, 60, 1000


class InvalidPrerequisite(RuleViolation):
    code = "INVALID_PREREQUISITE"


class PrerequisiteEnded(RuleViolation):
    code = "PREREQUISITE_ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prerequisite:
    """A visit of a kind that has to come before some treatments.

    `owner_id` None: in every owner's clinics. What is None of the others sets no condition: any
    template, any area, any add-on; whoever does the visit; any number of days before.
    """

    jurisdiction_code: str
    visit_kind: ProtocolKind
    owner_id: UUID | None = None
    template_codes: frozenset[str] | None = None
    areas: frozenset[str] | None = None
    add_on_keys: frozenset[str] | None = None
    credential_types: frozenset[str] | None = None
    remote_allowed: bool = False
    min_days: int = 0
    max_days: int | None = None
    from_on: date
    to_on: date | None = None

    @property
    def said(self) -> str:
        """In words: `a consultation by a NURSE or PHYSICIAN, 2 to 90 days before`."""
        visit = _with_article(self.visit_kind.replace("_", " ").lower())
        held = " or ".join(sorted(self.credential_types or ()))
        by = f" by {_with_article(held)}" if held else ""
        return f"{visit}{by}, {self._days_said} before"

    @property
    def _days_said(self) -> str:
        if self.max_days is None:
            return f"at least {_days(self.min_days)}" if self.min_days else "any time"
        if self.min_days == self.max_days:
            return _days(self.min_days)
        return f"{self.min_days} to {_days(self.max_days)}"


def _with_article(noun: str) -> str:
    return f"an {noun}" if noun[0].lower() in "aeiou" else f"a {noun}"


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Done:
    """A visit that took place, or that is booked to, on `day`, by holders of `credential_types`.

    `ended_at` is asked for only where a treatment is to follow on the same day.
    """

    kind: ProtocolKind
    day: date
    credential_types: frozenset[str] = frozenset()
    ended_at: datetime | None = None


class MissingPrerequisite(RuleViolation):
    code = "MISSING_PREREQUISITE"

    def __init__(self, lacking: Sequence[Prerequisite], *, field: str | None = None) -> None:
        wanted = "; ".join(dict.fromkeys(each.said for each in lacking))
        super().__init__(f"Before this treatment there has to be {wanted}.", field=field)
        self.lacking = tuple(lacking)


def applicable(
    prerequisites: Iterable[Prerequisite],
    chain: Collection[str],
    owner_id: UUID | None,
    template_code: str,
    areas: Collection[str],
    add_ons: Collection[str],
    day: date,
) -> tuple[Prerequisite, ...]:
    """Those that come before a treatment on `day`, under the law of `chain`, in a clinic of this
    owner. What is nearer in the chain adds to what is farther, and so does an owner's own.
    """
    return tuple(
        each
        for each in prerequisites
        if each.jurisdiction_code in chain
        and each.owner_id in (None, owner_id)
        and in_force_on(each, day)
        and _names(each.template_codes, (template_code,))
        and _names(each.areas, areas)
        and _names(each.add_on_keys, add_ons)
    )


def _names(wanted: frozenset[str] | None, given: Collection[str]) -> bool:
    return wanted is None or not wanted.isdisjoint(given)


def lacking(
    prerequisites: Iterable[Prerequisite],
    done: Sequence[Done],
    day: date,
    starts_at: datetime | None = None,
) -> tuple[Prerequisite, ...]:
    """Those of `prerequisites` that no visit fulfils for a treatment on `day`.

    A visit on the same day fulfils one that asks for no day between, if it ends by `starts_at`;
    where that is not known, it does.
    """
    return tuple(
        each
        for each in prerequisites
        if not any(fulfils(visit, each, day, starts_at) for visit in done)
    )


def fulfils(
    visit: Done, prerequisite: Prerequisite, day: date, starts_at: datetime | None = None
) -> bool:
    """Whether a visit is the one that has to come before a treatment on `day`."""
    known = starts_at is not None and visit.ended_at is not None
    in_turn = not known or visit.ended_at <= starts_at  # type: ignore[operator]  # both are known
    return (
        visit.kind is prerequisite.visit_kind
        and _names(prerequisite.credential_types, visit.credential_types)
        and in_reach(prerequisite, days_between(visit.day, day))
        and in_turn
    )


def days_between(earlier: date, later: date) -> int:
    """How many days the one is before the other."""
    return (later - earlier).days


def in_reach(prerequisite: Prerequisite, days: int) -> bool:
    """Whether so many days before a treatment will do."""
    most = prerequisite.max_days
    return prerequisite.min_days <= days and (most is None or days <= most)


def reach(prerequisite: Prerequisite, day: date, last: date | None = None) -> tuple[date, date]:
    """The first and the last day of treatments that a visit on `day` may come before.

    Where any number of days may lie between, until `last`, or as far ahead as visits are booked.
    """
    begin = day + timedelta(days=prerequisite.min_days)
    most = FURTHEST_DAYS if prerequisite.max_days is None else prerequisite.max_days
    if prerequisite.max_days is None and last is not None:
        return begin, last
    end = day + timedelta(days=most)
    return begin, end if last is None else min(end, last)


def treatment_days(
    prerequisite: Prerequisite, days: Collection[date], last: date | None = None
) -> set[date]:
    """The days of treatments within reach of a visit on one of `days`, none after `last`."""
    return set(_reached(prerequisite, days, last))


def _reached(
    prerequisite: Prerequisite, days: Collection[date], last: date | None
) -> Iterator[date]:
    """Ascending, each once: what one visit reaches begins where the one before it ends."""
    following = date.min
    for day in sorted(days):
        begin, end = reach(prerequisite, day, last)
        current = max(begin, following)
        while current <= end:
            yield current
            current += timedelta(days=1)
        following = max(following, current)


def check_nothing_lacking(found: Sequence[Prerequisite], field: str = "client") -> None:
    """Raise MissingPrerequisite where something is lacking."""
    if found:
        raise MissingPrerequisite(found, field=field)


def check_prerequisite(wanted: Prerequisite, source: str) -> str:
    """The source, trimmed. Raises: InvalidPrerequisite."""
    if wanted.visit_kind is ProtocolKind.TREATMENT:
        raise _invalid("visitKind", "What comes before a treatment is another kind of visit.")
    if not 0 <= wanted.min_days <= MOST_MIN_DAYS:
        raise _invalid("minDays", f"It is 0 to {MOST_MIN_DAYS}.")
    if wanted.max_days is not None and not wanted.min_days <= wanted.max_days <= MOST_MAX_DAYS:
        raise _invalid("maxDays", f"It is `minDays` to {MOST_MAX_DAYS}, or null.")
    if wanted.to_on is not None and wanted.to_on < wanted.from_on:
        raise _invalid("toOn", "The last day is not before the first.")
    if not 1 <= len(source.strip()) <= LONGEST_SOURCE:
        raise _invalid("source", f"Name the law, or who decided it: 1 to {LONGEST_SOURCE} letters.")
    return source.strip()


def check_named(names: Sequence[str] | None, field: str) -> frozenset[str] | None:
    """Keys or codes, trimmed; None for any. Raises: InvalidPrerequisite."""
    if names is None:
        return None
    found = frozenset(each.strip() for each in names)
    if not 1 <= len(names) <= MOST_NAMED:
        raise _invalid(field, f"Name 1 to {MOST_NAMED}, or none at all by null.")
    if any(not 1 <= len(each) <= LONGEST_NAME or not each.isprintable() for each in found):
        raise _invalid(field, f"Each has 1 to {LONGEST_NAME} characters.")
    return found


def check_prerequisite_end(from_on: date, before: date | None, to_on: date) -> None:
    """Raise PrerequisiteEnded unless `to_on` shortens what is in force by some of its days."""
    if to_on < from_on or (before is not None and before <= to_on):
        until = before or "no day in particular"
        raise PrerequisiteEnded(f"It is in force from {from_on} to {until}.", field="toOn")


def _invalid(field: str, message: str) -> InvalidPrerequisite:
    return InvalidPrerequisite(message, field=field)
