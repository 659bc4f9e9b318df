"""What changes in a calendar, and a calendar that follows it version by version.

One form everywhere: in `calendar_changes`, in the notice to other processes, and in this process.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schema.intervals import EPOCH
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules.calendars import CLINIC, ClinicCalendar

#: A resource's number, and the cells since 1970 from which up to which it is meant.
Taking = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Change:
    """A visit takes resources, or frees them.

    `key` names the visit: the hold that it began as, else the appointment. `until` is when a hold
    expires; None where it is booked. `day` is the clinic's day on which it starts, as an ordinal;
    None where the visit is another clinic's and only somebody of this one is taken.
    """

    key: str
    taken: bool
    cells: tuple[Taking, ...]
    day: int | None = None
    until: datetime | None = None

    def written(self) -> list[Any]:
        """As JSON: `["take", key, milliseconds, day, cells]` or `["free", key, day, cells]`."""
        cells = [list(each) for each in self.cells]
        if not self.taken:
            return ["free", self.key, self.day, cells]
        until = None if self.until is None else _milliseconds(self.until)
        return ["take", self.key, until, self.day, cells]


def read_change(written: Sequence[Any]) -> Change:
    """What `Change.written` wrote."""
    verb, key, *rest = written
    day, cells = rest[-2:]
    taken = tuple((number, begin, end) for number, begin, end in cells)
    until = rest[0] if verb == "take" else None
    return Change(key, verb == "take", taken, day, None if until is None else _instant(until))


def _milliseconds(instant: datetime) -> int:
    return int((instant - EPOCH).total_seconds() * 1000)


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, EPOCH.tzinfo)


@dataclass(slots=True)
class LiveCalendar:
    """A calendar as of a version. `shape` is that of what it is made of.

    `held` are the holds in it; `expired` the keys of those that ran out and whose end nobody
    has written down yet, so that it is not taken for the end of a visit.
    """

    calendar: ClinicCalendar
    version: int
    shape: int
    held: dict[str, Change] = field(default_factory=dict)
    expired: set[str] = field(default_factory=set)

    def follow(self, version: int, changes: Iterable[Change]) -> bool:
        """Apply what a version changed; False where one before it is missing. What is known
        already is passed over."""
        if version <= self.version:
            return True
        if version > self.version + 1:
            return False
        for each in changes:
            self._apply(each)
        self.version = version
        return True

    def expire(self, now: datetime) -> None:
        """Free what is held until `now` or earlier."""
        for key in [key for key, each in self.held.items() if each.until and each.until <= now]:
            self._undo(self.held.pop(key))
            self.expired.add(key)

    def note_holds(self, holds: Iterable[Change], now: datetime) -> None:
        """What is held beside what is booked, when the calendar was loaded."""
        for each in holds:
            if each.until is not None and each.until <= now:
                self.expired.add(each.key)
            else:
                self._apply(each)

    def _apply(self, change: Change) -> None:
        before = self.held.pop(change.key, None)
        if before is not None:
            self._undo(before)
        elif not change.taken and change.key not in self.expired:
            self._undo(change)
        self.expired.discard(change.key)
        if change.taken:
            self._do(change)
            if change.until is not None:
                self.held[change.key] = change

    def _do(self, change: Change) -> None:
        for each in change.cells:
            self.calendar.take(*each)
        self._count(change, 1)

    def _undo(self, change: Change) -> None:
        for each in change.cells:
            self.calendar.release(*each)
        self._count(change, -1)

    def _count(self, change: Change, by: int) -> None:
        if change.day is None:
            return
        taken = {number for number, _, _ in change.cells}
        people = (
            each.number
            for each in self.calendar.resources
            if each.kind is ResourceKind.PRACTITIONER and each.number in taken
        )
        for number in (CLINIC, *people):
            self.calendar.visits[number, change.day] += by
