"""Changes of calendars: written and read again, followed version by version, whatever comes twice,
too early, or by another clock."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.clinics.rules import RoomKind
from schema.intervals import EPOCH
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules import ClinicCalendar, Frame, Shape, changes
from schema.scheduling.rules.changes import Change, LiveCalendar, read_change
from schema.scheduling.rules.grid import CELLS_A_DAY, cell_start
from schema.scheduling.rules.resources import Resource, room
from schema.scheduling.rules.terms import BookingTerms

FIRST = 20_000 * CELLS_A_DAY
FRAME = Frame(FIRST, 2 * CELLS_A_DAY)
START = cell_start(FIRST)
ROOM, ANA, BEA = 1, 2, 3
SHAPE = Shape(
    zone=ZoneInfo("UTC"),
    resources=(
        room(ROOM, RoomKind.TREATMENT),
        *(Resource(each, ResourceKind.PRACTITIONER, ()) for each in (ANA, BEA)),
    ),
    open={each: [FRAME.interval] for each in (ROOM, ANA, BEA)},
    terms=BookingTerms(most_visits_a_day=5),
)


def minutes(number: int) -> datetime:
    return START + timedelta(minutes=number)


written = st.builds(
    Change,
    key=st.uuids().map(str),
    taken=st.booleans(),
    cells=st.lists(
        st.tuples(st.integers(1, 2**63 - 1), st.integers(0, 2**33), st.integers(0, 2**33))
    ).map(tuple),
    day=st.none() | st.integers(1, 3_000_000),
    until=st.none() | st.integers(0, 2**42).map(lambda n: EPOCH + timedelta(milliseconds=n)),
).map(lambda each: each if each.taken else replace(each, until=None))


@given(written)
def test_what_is_written_is_read_again(change: Change) -> None:
    assert read_change(orjson.loads(orjson.dumps(change.written()))) == change


def test_form_of_a_change() -> None:
    """Processes of two versions of the program talk to each other during a rollout."""
    until = datetime(2026, 11, 21, tzinfo=EPOCH.tzinfo)
    held = Change("k", True, ((7, 10, 12), (8, 10, 11)), 739_000, until)
    assert held.written() == ["take", "k", 1795219200000, 739_000, [[7, 10, 12], [8, 10, 11]]]
    assert replace(held, until=None).written() == [
        "take",
        "k",
        None,
        739_000,
        [[7, 10, 12], [8, 10, 11]],
    ]
    assert Change("k", False, ((7, 10, 12),), None).written() == ["free", "k", None, [[7, 10, 12]]]


@dataclass
class Table:
    """What is taken, as the database has it: by its own clock, and never anything twice."""

    now: int = 0
    booked: dict[str, Change] = field(default_factory=dict)
    held: dict[str, Change] = field(default_factory=dict)
    versions: list[list[Change]] = field(default_factory=list)
    made: int = 0

    def take(self, cells: tuple[tuple[int, int, int], ...], until: int | None) -> None:
        """A visit where it is free; expired holds in its way are cleared away first."""
        self.made += 1
        day = FIRST // CELLS_A_DAY + EPOCH.toordinal() if self.made % 3 else None
        change = Change(str(self.made), True, cells, day)
        in_the_way = [each for each in self.held.values() if each.overlaps(change)]
        if any(each.overlaps(change) for each in self.booked.values()) or any(
            self._live(each) for each in in_the_way
        ):
            return
        ended = [self._freed(self.held.pop(each.key)) for each in in_the_way]
        if until is None:
            self.booked[change.key] = change
        else:
            change = replace(change, until=minutes(self.now + until))
            self.held[change.key] = change
        self.versions.append([*ended, change])

    def extend(self, key: str, by: int) -> None:
        if self._live(self.held[key]):
            self.held[key] = replace(self.held[key], until=minutes(self.now + by))
            self.versions.append([self.held[key]])

    def confirm(self, key: str) -> None:
        if self._live(self.held[key]):
            self.booked[key] = replace(self.held.pop(key), until=None)
            self.versions.append([self.booked[key]])

    def free(self, key: str) -> None:
        """Cancelled, released or, where it was expired, cleared away."""
        gone = self.booked.pop(key, None) or self.held.pop(key)
        self.versions.append([self._freed(gone)])

    def move(self, key: str, cells: tuple[tuple[int, int, int], ...]) -> None:
        moved = replace(self.booked[key], cells=cells)
        others = [each for other, each in self.booked.items() if other != key]
        if any(each.overlaps(moved) for each in (*others, *self.held.values())):
            return
        self.versions.append([self._freed(self.booked[key]), moved])
        self.booked[key] = moved

    def _live(self, change: Change) -> bool:
        assert change.until is not None
        return change.until > minutes(self.now)

    def _freed(self, change: Change) -> Change:
        return replace(change, taken=False, until=None)

    def loaded(self, now: int) -> LiveCalendar:
        """The calendar as it is built from the tables."""
        live = LiveCalendar(SHAPE.calendar(FRAME), len(self.versions), 0)
        live.note_holds(self.booked.values(), minutes(now))
        live.note_holds(self.held.values(), minutes(now))
        return live


Cells = tuple[tuple[int, int, int], ...]
Step = tuple[str, Cells, int, int]
Seen = tuple[dict[int, int], dict[int, int], Counter[tuple[int, int]]]


def same(one: LiveCalendar, other: LiveCalendar) -> bool:
    return seen(one.calendar) == seen(other.calendar) and one.version == other.version


def seen(calendar: ClinicCalendar) -> Seen:
    """What is free and what is taken, whoever never was left out; the visits of each day."""
    free = {number: int.from_bytes(mask, "little") for number, mask in calendar.free.items()}
    taken = {number: int.from_bytes(mask, "little") for number, mask in calendar.taken.items()}
    return free, {number: mask for number, mask in taken.items() if mask}, +calendar.visits


cells = st.lists(
    st.builds(
        lambda number, begin, length: (number, FIRST + begin, FIRST + begin + length),
        st.sampled_from((ROOM, ANA, BEA)),
        st.integers(-2, 8),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda each: each[0],
).map(tuple)
steps = st.lists(
    st.tuples(
        st.sampled_from(("hold", "hold", "book", "extend", "confirm", "free", "move", "expire")),
        cells,
        st.integers(0, 100),
        st.integers(1, 9),
    ),
    max_size=40,
)


def done(table: Table, steps: Iterable[Step]) -> None:
    for verb, where, which, wait in steps:
        table.now += wait % 4
        held, booked = sorted(table.held), sorted(table.booked)
        if verb == "hold":
            table.take(where, until=wait)
        elif verb == "book":
            table.take(where, until=None)
        elif verb == "extend" and held:
            table.extend(held[which % len(held)], wait)
        elif verb == "confirm" and held:
            table.confirm(held[which % len(held)])
        elif verb == "free" and held + booked:
            table.free((held + booked)[which % len(held + booked)])
        elif verb == "move" and booked:
            table.move(booked[which % len(booked)], where)


@given(steps, st.data())
def test_followed_calendar_is_what_the_tables_say(steps: list[Step], data: st.DataObject) -> None:
    """However a process that loaded the calendar at some time hears of the rest: twice, too early,
    and with a clock that runs before or after that of the database."""
    table, begun = Table(), data.draw(st.integers(0, len(steps)))
    done(table, steps[:begun])
    latest = max(table.now + data.draw(st.integers(-5, 5)), 0)
    live = table.loaded(latest)
    done(table, steps[begun:])
    missing = list(range(live.version + 1, len(table.versions) + 1))
    again = data.draw(st.lists(st.sampled_from(missing))) if missing else []
    for version in data.draw(st.permutations(missing + again)):
        live.follow(version, table.versions[version - 1])
        clock = max(table.now + data.draw(st.integers(-9, 9)), 0)
        live.expire(minutes(clock))
        latest = max(latest, clock)
    latest = max(latest, table.now)
    live.expire(minutes(latest))
    assert live.follow(live.version, [])
    assert same(live, table.loaded(latest))


def test_what_comes_too_early_waits() -> None:
    live = Table().loaded(0)
    first, second, third = (
        Change(key, True, ((ROOM, FIRST + n, FIRST + n + 1),)) for n, key in enumerate("abc")
    )
    assert not live.follow(3, [third])
    assert not live.follow(2, [second])
    assert live.version == 0
    assert live.follow(1, [first])
    assert live.version == 3
    assert live.calendar.taken[ROOM][0] == 0b111
    assert live.follow(2, [second])
    assert not live.ahead


def test_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST_AHEAD", 3)
    live = Table().loaded(0)
    for version in range(2, 9):
        assert not live.follow(version, [])
    assert sorted(live.ahead) == [2, 3, 4]
    assert live.follow(1, [])
    assert live.version == 4
