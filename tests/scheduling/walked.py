"""Clinics walked minute by minute: slow, plain, and without a line of the rules.

Local time is what `zoneinfo` shows at each minute; everything else is counted on fingers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import product
from zoneinfo import ZoneInfo

DAY = 24 * 60
GRID = 5
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY = date(1970, 1, 1).toordinal()
#: So many days are walked, before and after the day in the middle.
AROUND = 5
#: Of the clinic itself, where visits of a day are counted.
CLINIC = 0
#: From which minute of the clock until which; an end at or before it lies in the next day.
Clocked = tuple[int, int]


def instant(minute: int) -> datetime:
    return EPOCH + timedelta(minutes=minute)


class Walk:
    """Some days of a zone: what its clock shows at every minute."""

    def __init__(self, zone: str, middle: int) -> None:
        self.first = middle // DAY * DAY - AROUND * DAY
        self.last = self.first + (2 * AROUND + 1) * DAY
        place = ZoneInfo(zone)
        self.days: list[int] = []
        self.since_midnight: list[int] = []
        self._when: dict[int, int] = {}
        before, dawn = None, self.first
        for minute in range(self.first, self.last):
            ahead = datetime.fromtimestamp(60 * minute, place).utcoffset()
            assert ahead is not None
            shown = minute + int(ahead.total_seconds()) // 60
            if self.days and shown // DAY != self.days[-1]:
                dawn = minute
            self.days.append(shown // DAY)
            self.since_midnight.append(minute - dawn)
            self._when.setdefault(shown, minute)
            for skipped in range(shown if before is None else before + 1, shown):
                self._when[skipped] = minute + skipped - before - 1  # type: ignore[operator]
            before = shown

    def when(self, day: int, clock: int) -> int:
        """The first minute at which the clock shows so; what it skips comes as much later."""
        return self._when[day * DAY + clock]

    def day(self, minute: int) -> int:
        return self.days[minute - self.first]

    def date(self, minute: int) -> date:
        return date.fromordinal(FIRST_DAY + self.day(minute))


walk = lru_cache(maxsize=64)(Walk)


@dataclass(frozen=True)
class Held:
    """Something a resource counts as, on days after 1970."""

    name: str
    from_on: int | None = None
    to_on: int | None = None
    depth: Decimal = Decimal(0)
    training: bool = False

    def on(self, day: int) -> bool:
        return (self.from_on is None or self.from_on <= day) and (
            self.to_on is None or self.to_on >= day
        )


@dataclass(frozen=True)
class Thing:
    """A room, a device or somebody who treats; without hours of its own it has the clinic's."""

    number: int
    kind: str
    held: tuple[Held, ...]
    asks: str | None = None
    hours: tuple[Clocked, ...] | None = None


@dataclass(frozen=True)
class Wanted:
    kind: str
    one_of_each: tuple[tuple[str, ...], ...]
    stretches: tuple[tuple[int, int], ...]
    clean_up: int
    depth: Decimal | None = None

    @property
    def drives(self) -> bool:
        return self.kind == "DEVICE" and self.depth is not None

    @property
    def operates(self) -> bool:
        return self.kind == "PRACTITIONER" and self.depth is not None


@dataclass(frozen=True)
class Coming:
    """A visit: what it needs, for how many minutes its guests are there, and who is to lead it."""

    needs: tuple[Wanted, ...]
    minutes: int
    guests: tuple[int, ...] = ()
    led_by: int | None = None

    @property
    def led_need(self) -> int | None:
        """The first of the longest among those that drive a needle, else among all who treat."""
        people = [k for k, each in enumerate(self.needs) if each.kind == "PRACTITIONER"]
        people = [k for k in people if self.needs[k].depth is not None] or people
        worked = [sum(end - begin for begin, end in self.needs[k].stretches) for k in people]
        return people[worked.index(max(worked))] if people else None


@dataclass(frozen=True)
class Place:
    """A clinic around the minute `middle`. What is taken is in cells after `cells_from`, a minute;
    visits are counted by number and by the day after 1970."""

    zone: str
    middle: int
    weekly: Mapping[int, Sequence[Clocked]]
    dated: Mapping[int, Sequence[Clocked]]
    things: tuple[Thing, ...]
    taken: Mapping[int, Sequence[tuple[int, int]]]
    visits: Mapping[tuple[int, int], int] = field(default_factory=dict)
    before: int = 0
    after: int = 0
    most: int | None = None
    most_each: int | None = None

    @cached_property
    def walk(self) -> Walk:
        return walk(self.zone, self.middle)

    def hours(self, thing: Thing, day: int) -> Sequence[Clocked]:
        usual = self.weekly.get((day + 3) % 7, ())  # 1970 began on a Thursday
        return self.dated.get(day, usual) if thing.hours is None else thing.hours

    @cached_property
    def opened(self) -> dict[int, bytearray]:
        """Per thing and minute of the walk: 1 where it is open, if all five of the cell are."""
        return {each.number: self._opened(each) for each in self.things}

    def _opened(self, thing: Thing) -> bytearray:
        walk = self.walk
        found = bytearray(walk.last - walk.first)
        for day in sorted(set(walk.days))[1:-2]:
            for opens, closes in self.hours(thing, day):
                begin = walk.when(day, opens)
                end = walk.when(day, closes if closes > opens else closes + DAY)
                for minute in range(begin, end):
                    found[minute - walk.first] = 1
        for cell in range(0, len(found), GRID):
            if not all(found[cell : cell + GRID]):
                found[cell : cell + GRID] = bytes(GRID)
        return found

    @cached_property
    def idle(self) -> dict[int, bytearray]:
        """Per number and minute of the walk: 1 where it is not taken."""
        found = {}
        for number in {*self.taken, *(each.number for each in self.things)}:
            found[number] = bytearray(b"\1" * (self.walk.last - self.walk.first))
            for begin, end in self.taken.get(number, ()):
                for minute in range(self.middle + GRID * begin, self.middle + GRID * end):
                    found[number][minute - self.walk.first] = 0
        return found

    def counted(self, number: int, minute: int) -> int:
        return self.visits.get((number, self.walk.day(minute)), 0)

    def fit(self, thing: Thing, need: Wanted, minute: int) -> bool:
        """By what it is, on the local day of that minute."""
        held = [each for each in thing.held if each.on(self.walk.day(minute))]
        names = {each.name for each in held}
        return (
            thing.kind == need.kind
            and not all(each.training for each in held)
            and (need.depth is None or any(each.depth >= need.depth for each in held))
            and all(any(name in names for name in one_of) for one_of in need.one_of_each)
        )

    def free(self, thing: Thing, need: Wanted, start: int) -> bool:
        """For a visit at that minute: open and idle in its stretches, idle before and after."""
        start -= self.walk.first
        opened, idle = self.opened[thing.number], self.idle[thing.number]
        buffers = (self.before, self.after) if need.kind == "PRACTITIONER" else (0, 0)
        begins = start + min(begin for begin, _ in need.stretches)
        ends = start + max(end for _, end in need.stretches)
        return (
            all(opened[start + b : start + e].count(1) == e - b for b, e in need.stretches)
            and all(all(idle[start + b : start + e]) for b, e in need.stretches)
            and all(idle[begins - buffers[0] : begins])
            and all(idle[ends : ends + need.clean_up + buffers[1]])
        )

    def able(self, visit: Coming, start: int) -> list[list[Thing]]:
        led = visit.led_need
        return [
            [
                each
                for each in self.things
                if self.fit(each, need, start)
                and self.free(each, need, start)
                and (self.most_each is None or self.counted(each.number, start) < self.most_each)
                and (position != led or visit.led_by in (None, each.number))
            ]
            for position, need in enumerate(visit.needs)
        ]

    def ways(self, visit: Coming, start: int) -> set[tuple[int, ...]]:
        """Every choice of things that can do the visit at that minute, guests behind them."""
        if self.most is not None and self.counted(CLINIC, start) >= self.most:
            return set()
        there = range(start - self.walk.first, start - self.walk.first + visit.minutes)
        if not all(self.idle[each][m] for each in visit.guests if each in self.idle for m in there):
            return set()
        return {
            (*(each.number for each in way), *visit.guests)
            for way in product(*self.able(visit, start))
            if len({each.number for each in way}) == len(way)
            and self.certified(visit, way, self.walk.day(start))
        }

    def certified(self, visit: Coming, way: Sequence[Thing], day: int) -> bool:
        """Whether all who use the needle may use every device that drives it."""
        asked = {each.asks for each, need in zip(way, visit.needs, strict=True) if need.drives}
        users = [each for each, need in zip(way, visit.needs, strict=True) if need.operates]
        return all(
            any(each.name == name and each.on(day) for each in user.held)
            for user in users
            for name in asked - {None}
        )

    def offered(self, begin: int, end: int, step: int) -> Iterator[int]:
        """The minutes of a window at which a visit could start: so many since midnight."""
        for minute in range(begin, end):
            if not minute % GRID and not self.walk.since_midnight[minute - self.walk.first] % step:
                yield minute
