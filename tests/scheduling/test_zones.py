"""Around every change of clocks in every zone, 2020 to 2037, against a clock watched by the minute.

A change is how far the clocks go, from where, at what time they show. Changes that agree in this
are one kind: of each kind one is watched, of every single change the edges are calculated.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise, product
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest

from schema.clinics.rules import local_day
from schema.intervals import EPOCH, Interval
from schema.scheduling.rules import Frame, Hours, Need, OpeningRules, free_starts, opening_intervals
from schema.scheduling.rules.grid import aligned, cell_start, ones
from schema.scheduling.rules.hours import day_window, local_instant

MINUTE = timedelta(minutes=1)
DAY, WEEK = 24 * 60, 7 * 24 * 60
FIRST_DAY = date(1970, 1, 1).toordinal()
#: Whole weeks around the years, in minutes since 1970: no zone changes twice in a week.
YEARS = range(2608 * WEEK, 3550 * WEEK, WEEK)
CHUNKS = 12


def instant(minute: int) -> datetime:
    return EPOCH + minute * MINUTE


def offset(zone: ZoneInfo, minute: int) -> int:
    """By how many minutes the clocks of `zone` are ahead of UTC."""
    ahead = datetime.fromtimestamp(60 * minute, zone).utcoffset()
    assert ahead is not None
    assert not ahead % MINUTE
    return ahead // MINUTE


@dataclass(frozen=True, order=True)
class Kind:
    """What a change looks like to those who live by the clock."""

    before: int
    after: int
    #: The time the clocks would have shown, in minutes after midnight.
    clock: int


@dataclass(frozen=True)
class Change:
    """One change of the clocks of one zone, at a minute since 1970."""

    zone: str
    minute: int
    kind: Kind

    @property
    def day(self) -> date:
        """The local day in which the clocks would have shown that time."""
        return date.fromordinal(FIRST_DAY + (self.minute + self.kind.before) // DAY)


def changes_of(name: str) -> Iterator[Change]:
    zone = ZoneInfo(name)
    weekly = [datetime.fromtimestamp(60 * minute, zone).utcoffset() for minute in YEARS]
    for early, (one, other) in zip(YEARS, pairwise(weekly), strict=False):
        if one != other:
            late = early + WEEK
            before, after = offset(zone, early), offset(zone, late)
            while late - early > 1:
                middle = (early + late) // 2
                early, late = (middle, late) if offset(zone, middle) == before else (early, middle)
            yield Change(name, late, Kind(before, after, (late + before) % DAY))


@cache
def changes() -> dict[Kind, list[Change]]:
    found = defaultdict(list)
    for name in sorted(available_timezones()):
        for change in changes_of(name):
            if 2020 <= instant(change.minute).year <= 2037:
                found[change.kind].append(change)
    return dict(sorted(found.items()))


def watched(chunk: int) -> list[Change]:
    """One change of each kind, in turns from the early years and from the late."""
    kinds = [each[-1] if k % 2 else each[0] for k, each in enumerate(changes().values())]
    return kinds[chunk::CHUNKS]


class Watch:
    """A clock, watched minute by minute for some days around a change."""

    def __init__(self, change: Change) -> None:
        self.zone = ZoneInfo(change.zone)
        self.first = change.minute // DAY * DAY - 5 * DAY
        #: What the clock shows, in minutes since its 1970, and when it first shows that.
        self.shown = [m + offset(self.zone, m) for m in range(self.first, self.first + 11 * DAY)]
        self.when: dict[int, int] = {}
        for minute, (last, shown) in enumerate(
            zip([self.shown[0] - 1, *self.shown], self.shown, strict=False), self.first
        ):
            self.when.setdefault(shown, minute)
            for skipped in range(last + 1, shown):  # moves forward by as much as is skipped
                self.when[skipped] = minute + skipped - last - 1

    def at(self, day: date, minutes: int) -> int:
        return self.when[(day.toordinal() - FIRST_DAY) * DAY + minutes]

    def opened(self, rules: OpeningRules, days: Iterable[date]) -> bytearray:
        """Each minute of the watch: 1 where the rules of these days say open."""
        found = bytearray(len(self.shown))
        for day in days:
            for hours in rules.on(day):
                late = DAY if hours.closes <= hours.opens else 0
                begin = self.at(day, hours.opens) - self.first
                end = self.at(day, hours.closes + late) - self.first
                found[begin:end] = b"\1" * (end - begin)
        return found

    def intervals(self, opened: bytearray) -> list[Interval]:
        found, end = [], 0
        while (begin := opened.find(1, end)) >= 0:
            end = opened.find(0, begin)
            found.append(Interval(instant(self.first + begin), instant(self.first + end)))
        return found


def days_around(change: Change, reach: int) -> list[date]:
    return [change.day + timedelta(days=n) for n in range(-reach, reach + 1)]


def marks(kind: Kind) -> list[int]:
    """The times after midnight at which something may go wrong, and two ordinary ones."""
    jump = kind.after - kind.before
    near = [kind.clock, kind.clock + jump, kind.clock + jump // 2, kind.clock + 60]
    odd = {0, DAY, 5, DAY - 5, *near, *(each - 5 for each in near), *(each + 5 for each in near)}
    return sorted({each for each in odd if 0 <= each <= DAY} | {9 * 60, 18 * 60})


def every_day(*hours: Hours) -> OpeningRules:
    return OpeningRules(dict.fromkeys(range(7), hours))


def mixed(change: Change, random: Random) -> OpeningRules:
    """Several hours a day, other ones by weekday, and overrides on the days around the change."""
    times = marks(change.kind)

    def some() -> Sequence[Hours]:
        drawn = [(random.choice(times) % DAY, random.choice(times)) for _ in range(4)]
        # Round the clock to a time in Greenland that is skipped just before midnight would reach
        # into the day after the next: there alone, one day early is not enough.
        usual = [Hours(*each) for each in drawn if 0 < (each[1] - each[0]) % DAY <= 23 * 60]
        return random.sample(usual, random.randrange(len(usual) + 1))

    overridden = random.sample(days_around(change, 1), random.randrange(3))
    return OpeningRules({n: some() for n in range(7)}, {day: some() for day in overridden})


def test_there_are_as_many_changes_as_ever() -> None:
    """Else the zones' data has gone, and the rest of this file would watch nothing."""
    assert len(changes()) > 50
    assert sum(map(len, changes().values())) > 5000
    assert {(-300, -240, 120), (0, 60, 60), (630, 660, 120)} <= {
        (each.before, each.after, each.clock) for each in changes()
    }


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_single_change(chunk: int) -> None:
    """What the clocks skip moves forward; of what they show twice it is the first."""
    for change in [each for some in changes().values() for each in some][chunk::CHUNKS]:
        zone, kind, day = ZoneInfo(change.zone), change.kind, change.day
        jump = kind.after - kind.before
        at, told = instant(change.minute), f"{change}"
        for minutes in (0, abs(jump) // 2, abs(jump) - 1):
            if jump > 0:
                skipped = local_instant(day, kind.clock + minutes, zone)
                assert skipped == at + minutes * MINUTE, told
            else:
                twice = local_instant(day, kind.clock + jump + minutes, zone)
                assert twice == at + (jump + minutes) * MINUTE, told
        assert local_instant(day, kind.clock + abs(jump), zone) == at + max(-2 * jump, 0) * MINUTE


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_minutes_and_days_are_what_a_watched_clock_shows(chunk: int) -> None:
    for change in watched(chunk):
        watch = Watch(change)
        for day in days_around(change, 2):
            found = [local_instant(day, minutes, watch.zone) for minutes in range(DAY + 1)]
            assert found == [instant(watch.at(day, m)) for m in range(DAY + 1)], f"{change}"
            assert day_window(day, watch.zone) == (found[0], found[-1])
            within = range(watch.at(day, 0), watch.at(day, DAY))
            assert {local_day(instant(minute), watch.zone) for minute in within} == {day}


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_hours_are_what_a_watched_clock_shows(chunk: int) -> None:
    """Each pair of the times at which something may go wrong, then many of them together."""
    for change in watched(chunk):
        watch, random, days = Watch(change), Random(str(change.kind)), days_around(change, 2)
        pairs = [
            every_day(Hours(*pair))
            for pair in product(marks(change.kind), repeat=2)
            if pair[0] < DAY
        ]
        for rules in [*pairs, *(mixed(change, random) for _ in range(30))]:
            expected = watch.intervals(watch.opened(rules, days))
            found = opening_intervals(rules, watch.zone, days[0], days[-1])
            assert found == expected, f"{change} {rules}"


#: Two visits of one resource each: the second works, leaves, comes back, and is set up before.
VISITS = (
    [Need(frozenset({1}), ((0, 30),), 0)],
    [Need(frozenset({1}), ((5, 20), (50, 90)), 15, 10)],
)
STEP = 15


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_starts_are_those_at_which_a_watched_clock_is_in_hours(chunk: int) -> None:
    """The hours of one day more on each side are enough, though visits and nights pass midnight."""
    for change in watched(chunk):
        watch, random = Watch(change), Random(str(change.kind))
        for rules, day in product(
            (mixed(change, random) for _ in range(12)), days_around(change, 1)
        ):
            around = [day + timedelta(days=n) for n in (-1, 1)]
            open = {1: opening_intervals(rules, watch.zone, *around)}
            opened = watch.opened(rules, days_around(change, 3))
            begin, end = watch.at(day, 0), watch.at(day, DAY)
            for needs in VISITS:
                expected = [
                    instant(start)
                    for start in range(begin, end, STEP)
                    if all(
                        opened[m]
                        for early, late in needs[0].stretches
                        for m in range(start + early - watch.first, start + late - watch.first)
                    )
                ]
                found = free_starts(open, {}, needs, day_window(day, watch.zone), STEP)
                assert found == expected, f"{change} {rules} {day}"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_offered_starts_count_from_midnight(chunk: int) -> None:
    """Of the minutes that the clock shows on a day, as they pass: every 20th since its first."""
    for change in watched(chunk):
        watch, days = Watch(change), days_around(change, 2)
        dawns = [watch.at(day, 0) for day in days]
        frame = Frame.around(Interval(instant(dawns[0]), instant(dawns[-1])))
        expected = [instant(minute) for pair in pairwise(dawns) for minute in range(*pair, 20)]
        marked = aligned(frame, watch.zone, 20)
        assert [cell_start(frame.first + k) for k in ones(marked)] == expected, f"{change}"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_viewers_in_different_zones_see_the_same_instants(chunk: int) -> None:
    """Also where the viewer's own clock goes back within the window, the hours or a booking."""
    needs = [Need(frozenset({1, 2}), ((0, 10),), 5)]
    for change in watched(chunk):
        random = Random(str(change.kind))
        for _ in range(8):
            begins = [change.minute - 5 * random.randrange(60) for _ in range(4)]
            times = [(each, each + 5 * random.randrange(120)) for each in begins]
            answers = []
            for viewer in ("UTC", change.zone, "Asia/Kathmandu", "America/New_York"):
                window, one, two, taken = (
                    Interval(*(instant(minute).astimezone(ZoneInfo(viewer)) for minute in each))
                    for each in times
                )
                answers.append(free_starts({1: [one], 2: [two]}, {2: [taken]}, needs, window, 5))
            assert all(each == answers[0] for each in answers), f"{change}"
            assert all(start.tzinfo is UTC for each in answers for start in each)
