"""What changes in a calendar, and a calendar that follows it version by version.

One form everywhere: in `calendar_changes`, in the notice to other processes, and in this process.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from schema.intervals import EPOCH
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules.calendars import CLINIC, ClinicCalendar

#: A resource's number, and the cells since 1970 from which up to which it is meant.
Taking = tuple[int, int, int]
MILLISECOND = timedelta(milliseconds=1)
LAST_MILLISECOND = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MILLISECOND


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

    def overlaps(self, other: "Change") -> bool:
        """Whether both are about the same cell of the same resource."""
        return any(
            number == its and begin < end_of_its and begin_of_its < end
            for number, begin, end in self.cells
            for its, begin_of_its, end_of_its in other.cells
        )

    def written(self) -> list[Any]:
        """As JSON: `["take", key, milliseconds, day, cells]` or `["free", key, day, cells]`."""
        cells = [list(each) for each in self.cells]
        if not self.taken:
            return ["free", self.key, self.day, cells]
        until = None if self.until is None else _milliseconds(self.until)
        return ["take", self.key, until, self.day, cells]


def read_change(written: Any) -> Change:
    """What `Change.written` wrote. Raises: ValueError for anything else."""
    match written:
        case ["take", str() as key, until, day, list() as cells]:
            end = None if until is None else _instant(_whole(until, LAST_MILLISECOND))
        case ["free", str() as key, day, list() as cells]:
            end = None
        case _:
            raise ValueError("no change of a calendar")
    on = None if day is None else _whole(day, date.max.toordinal())
    return Change(key, written[0] == "take", tuple(map(_taking, cells)), on, end)


def read_notice(notice: str) -> tuple[UUID, int, tuple[Change, ...] | None]:
    """Whose calendar came to which version, and by what; None: read by what.

    Raises: ValueError for what is no notice: whoever may connect to the database may send any.
    """
    match orjson.loads(notice):
        case {"clinic": str() as clinic, "version": version, "changes": list() as written}:
            return UUID(clinic), _whole(version), tuple(map(read_change, written))
        case {"clinic": str() as clinic, "version": version}:
            return UUID(clinic), _whole(version), None
        case _:
            raise ValueError("no notice")


def _taking(written: Any) -> Taking:
    match written:
        case [number, begin, end]:
            return _whole(number), _whole(begin), _whole(end)
        case _:
            raise ValueError("no cells")


def _whole(value: Any, most: int = 2**63 - 1) -> int:
    """A number as the tables hold them. Raises: ValueError."""
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError("no such number")
    return value


def _milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // MILLISECOND


def _instant(milliseconds: int) -> datetime:
    return EPOCH + milliseconds * MILLISECOND


def people_of(calendar: ClinicCalendar) -> set[int]:
    """The numbers of those who treat there."""
    kind = ResourceKind.PRACTITIONER
    return {each.number for each in calendar.resources if each.kind is kind}


#: So many versions that came too early are kept until those before them come.
MOST_AHEAD = 100


@dataclass(slots=True)
class LiveCalendar:
    """A calendar as of a version. `shape` is that of what it is made of.

    `held` are the holds in it; `expired` the keys of those that ran out and whose end nobody
    has written down yet, so that it is not taken for the end of a visit. `ahead` is what came
    before its turn.
    """

    calendar: ClinicCalendar
    version: int
    shape: int
    held: dict[str, Change] = field(default_factory=dict)
    expired: set[str] = field(default_factory=set)
    ahead: dict[int, tuple[Change, ...]] = field(default_factory=dict)

    def follow(self, version: int, changes: Iterable[Change]) -> bool:
        """Apply what a version changed, and what waited for it; False while one is missing.

        What is known already is passed over.
        """
        if version > self.version + 1 and len(self.ahead) < MOST_AHEAD:
            self.ahead[version] = tuple(changes)
        elif version == self.version + 1:
            self._apply_all(version, changes)
            while self.version + 1 in self.ahead:
                self._apply_all(self.version + 1, self.ahead[self.version + 1])
            self.ahead = {each: said for each, said in self.ahead.items() if each > self.version}
        return version <= self.version and not self.ahead

    def expire(self, now: datetime) -> bool:
        """Free what is held until `now` or earlier; whether there was any."""
        over = [key for key, each in self.held.items() if each.until and each.until <= now]
        for key in over:
            self._forget(key)
        return bool(over)

    def note_holds(self, holds: Iterable[Change], now: datetime) -> None:
        """What is held beside what is booked, when the calendar was loaded."""
        for each in holds:
            if each.until is not None and each.until <= now:
                self.expired.add(each.key)
            else:
                self._apply(each)

    def _apply_all(self, version: int, changes: Iterable[Change]) -> None:
        for each in changes:
            self._apply(each)
        self.version = version

    def _apply(self, change: Change) -> None:
        before = self.held.pop(change.key, None)
        if before is not None:
            self._undo(before)
        elif not change.taken and change.key not in self.expired:
            self._undo(change)
        self.expired.discard(change.key)
        if change.taken:
            self._end_overlapped(change)
            self._do(change)
            if change.until is not None:
                self.held[change.key] = change

    def _end_overlapped(self, change: Change) -> None:
        """What is taken now is held no longer: the database never has both."""
        for key in [key for key, each in self.held.items() if each.overlaps(change)]:
            self._forget(key)

    def _forget(self, key: str) -> None:
        self._undo(self.held.pop(key))
        self.expired.add(key)

    def _do(self, change: Change) -> None:
        for each in change.cells:
            self.calendar.take(*each)
        self._count(change, 1)

    def _undo(self, change: Change) -> None:
        for each in change.cells:
            self.calendar.release(*each)
        self._count(change, -1)

    def _count(self, change: Change, by: int) -> None:
        if change.day is None or not self.calendar.terms.limits_visits:
            return
        taken = {number for number, _, _ in change.cells}
        for number in (CLINIC, *taken.intersection(people_of(self.calendar))):
            self.calendar.visits[number, change.day] += by
