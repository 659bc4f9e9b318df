"""Clinics' calendars against walking every minute: any zone, any hours, anybody, any visit."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from schema.intervals import Interval
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules import (
    BookingTerms,
    ClinicCalendar,
    Frame,
    Hours,
    OpeningRules,
    Quality,
    Resource,
    Shape,
    Visit,
    frame_for,
    free_starts,
    opening_intervals,
)
from schema.scheduling.rules.runs import runs
from tests.scheduling.test_zones import changes_of
from tests.scheduling.walked import (
    CLINIC,
    DAY,
    FIRST_DAY,
    GRID,
    Coming,
    Held,
    Place,
    Thing,
    Wanted,
    instant,
)

ZONES = sorted(available_timezones())
GUESTS = (90, 91)
#: A Wednesday, for zones without a change.
NO_CHANGE = 56 * 365 * DAY
DEPTHS = [Decimal("1.5"), Decimal("0.5"), Decimal("1.5")]
CERTIFICATES = ["MODEL:X", "MODEL:Y"]
NAMES = {
    "ROOM": ["TREATMENT", "LAB"],
    "DEVICE": ["PEN", "LASER"],
    "PRACTITIONER": ["NURSE", "PHYSICIAN"],
}


def mostly(usual: Any, unusual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """So that the unusual does not add up: hardly any visit would fit anywhere."""
    return st.sampled_from([True, True, True, False]).flatmap(
        lambda so: st.just(usual) if so else unusual
    )


@cache
def middles(zone: str) -> tuple[int, ...]:
    """The minutes at which the clocks of a zone change, 2020 to 2037."""
    return tuple(each.minute for each in changes_of(zone)) or (NO_CHANGE,)


middles_of_zones = st.tuples(
    st.just("America/New_York") | st.sampled_from(ZONES), st.integers(0, 35)
).map(lambda drawn: (drawn[0], middles(drawn[0])[drawn[1] % len(middles(drawn[0]))]))

#: Mostly times at which something happens, some of them off the grid.
times = st.sampled_from([0, 60, 120, 150, 9 * 60, 13 * 60, 18 * 60, 23 * 60]) | st.integers(
    0, DAY // 5 - 1
).map(lambda n: 5 * n)
clocked = st.tuples(times | st.just(9 * 60 + 2), times | st.just(DAY))
breaks = st.just(((9 * 60, 12 * 60), (12 * 60 + 30, 18 * 60)))
usual_hours = st.sampled_from([((0, DAY),), ((9 * 60, 9 * 60),), ((20 * 60, 14 * 60),)]) | breaks
hours = mostly(((0, DAY),), st.lists(clocked, max_size=2).map(tuple))
#: Days from the one in the middle.
near = st.integers(-1, 2)
a_day = mostly(None, st.integers(-1, 2))
lasting = st.tuples(a_day, a_day)


@st.composite
def things(draw: st.DrawFn, kind: str, first: int, most: int, today: int) -> list[Thing]:
    """Of a kind, numbered from `first` on; qualities begin and end around the day in the middle."""
    found = []
    for number in range(first, first + draw(st.integers(1, most))):
        names = draw(st.sampled_from([NAMES[kind], NAMES[kind][:1], NAMES[kind][1:]]))
        held = [
            Held(name, *_around(today, draw(lasting)), depth=draw(st.sampled_from(DEPTHS)))
            for name in names
        ]
        asks = None
        if kind == "DEVICE":
            asks = draw(st.sampled_from([None, *CERTIFICATES]))
        if kind == "PRACTITIONER":
            held += [
                Held(name, *_around(today, draw(lasting)), training=True)
                for name in draw(st.sampled_from([CERTIFICATES, CERTIFICATES[:1], []]))
            ]
        own = draw(mostly(None, hours))
        found.append(Thing(number, kind, tuple(held), asks, own))
    return found


def _around(today: int, days: tuple[int | None, int | None]) -> tuple[int | None, ...]:
    return tuple(None if each is None else today + each for each in days)


stretch = st.tuples(st.integers(0, 8), st.integers(1, 12)).map(
    lambda drawn: (GRID * drawn[0], GRID * (drawn[0] + drawn[1]))
)
cells = st.tuples(st.integers(-300, 300), st.integers(1, 50)).map(lambda s: (s[0], s[0] + s[1]))
buffers = st.sampled_from([0, 5, 15])


@st.composite
def needs(draw: st.DrawFn, thing: Thing) -> Wanted:
    """What this thing could do, or another one of its kind."""
    names = tuple(each.name for each in thing.held if not each.training)
    one_of = st.sampled_from([names, *((name,) for name in NAMES[thing.kind])])
    return Wanted(
        thing.kind,
        tuple(draw(st.lists(one_of, max_size=1))),
        tuple(draw(st.lists(stretch, min_size=1, max_size=2))),
        draw(st.sampled_from([0, 0, 10, 30])),
        None if thing.kind == "ROOM" else draw(st.sampled_from([DEPTHS[1], DEPTHS[0], None])),
    )


@st.composite
def visits(draw: st.DrawFn, place: Place) -> Coming:
    those = draw(st.lists(st.sampled_from(place.things), min_size=1, max_size=4, unique=True))
    return Coming(
        tuple(draw(needs(each)) for each in those),
        GRID * draw(st.integers(1, 24)),
        draw(mostly((), st.sampled_from([GUESTS[:1], GUESTS]))),
        draw(mostly(None, st.integers(20, 22))),
    )


@st.composite
def places(draw: st.DrawFn) -> Place:
    zone, middle = draw(middles_of_zones)
    today = middle // DAY
    found = [
        *draw(things("ROOM", 1, 3, today)),
        *draw(things("DEVICE", 10, 3, today)),
        *draw(things("PRACTITIONER", 20, 3, today)),
    ]
    usual = draw(usual_hours)
    numbers = [*(each.number for each in found), *GUESTS]
    counted = [CLINIC, *(each.number for each in found if each.kind == "PRACTITIONER")]
    days = [(number, today + day) for number in counted for day in (-1, 0, 1)]
    counts = st.lists(st.sampled_from([0, 0, 1, 2]), min_size=len(days), max_size=len(days))
    return Place(
        zone=zone,
        middle=middle,
        weekly=dict.fromkeys(range(7), usual)
        | draw(st.dictionaries(st.integers(0, 6), hours, max_size=2)),
        dated=draw(st.dictionaries(near.map(lambda n: today + n), hours, max_size=2)),
        things=tuple(found),
        taken=draw(
            st.dictionaries(st.sampled_from(numbers), st.lists(cells, max_size=3), max_size=5)
        ),
        visits=dict(zip(days, draw(counts), strict=True)),
        before=draw(buffers),
        after=draw(buffers),
        most=draw(mostly(None, st.integers(1, 2))),
        most_each=draw(st.sampled_from([None, 1])),
    )


def the_day(number: int | None) -> date | None:
    return None if number is None else date.fromordinal(FIRST_DAY + number)


def resource(thing: Thing) -> Resource:
    qualities = (
        Quality(each.name, the_day(each.from_on), the_day(each.to_on), each.depth, each.training)
        for each in thing.held
    )
    return Resource(thing.number, ResourceKind(thing.kind), tuple(qualities), thing.asks)


def visit_of(coming: Coming) -> Visit:
    asked = (
        VisitNeed(
            ResourceKind(each.kind),
            "ROLE",
            each.one_of_each,
            each.stretches,
            each.clean_up,
            each.depth,
        )
        for each in coming.needs
    )
    return Visit(tuple(asked), coming.minutes, coming.guests, coming.led_by)


def opening(place: Place, thing: Thing, frame: Frame) -> list[Interval]:
    """By the rules, for the local days that the frame touches."""
    zone = ZoneInfo(place.zone)
    first, last = (each.astimezone(zone).date() for each in frame.interval)

    def ruled(several: Sequence[tuple[int, int]]) -> list[Hours]:
        return [Hours(*each) for each in several]

    if thing.hours is not None:
        rules = OpeningRules(dict.fromkeys(range(7), ruled(thing.hours)))
    else:
        rules = OpeningRules(
            {day: ruled(each) for day, each in place.weekly.items()},
            {date.fromordinal(FIRST_DAY + day): ruled(each) for day, each in place.dated.items()},
        )
    return opening_intervals(rules, zone, first, last)


def calendar_of(place: Place, window: Interval, step: int) -> ClinicCalendar:
    frame, base = frame_for(window), place.middle // GRID
    terms = BookingTerms(
        step_minutes=step,
        buffer_before_minutes=place.before,
        buffer_after_minutes=place.after,
        most_visits_a_day=place.most,
        most_visits_a_practitioner=place.most_each,
    )
    made = Shape(
        ZoneInfo(place.zone),
        tuple(map(resource, place.things)),
        {each.number: opening(place, each, frame) for each in place.things},
        terms,
    ).calendar(
        frame,
        {
            number: [(base + begin, base + end) for begin, end in several]
            for number, several in place.taken.items()
            if number not in GUESTS
        },
    )
    for (number, day), count in place.visits.items():
        made.visits[number, FIRST_DAY + day] = count
    return made


@st.composite
def searches(draw: st.DrawFn) -> tuple[Place, Coming, int, int, int]:
    """A clinic, a visit, a window around its change of the clocks, and a step."""
    place = draw(places())
    begin = place.middle + draw(st.integers(-20 * 60, 10 * 60))
    return (
        place,
        draw(visits(place)),
        begin,
        begin + draw(mostly(22 * 60, st.integers(0, 26 * 60))),
        draw(st.sampled_from([5, 15, 5, 20, 25, 35, 45, 60, 90, 95])),
    )


@settings(max_examples=2 * settings.default.max_examples)
@given(searches(), st.booleans(), st.integers(0, 6))
def test_starts_and_assignments_are_those_of_a_walk(
    search: tuple[Place, Coming, int, int, int], own_step: bool, limit: int
) -> None:
    """Every start is offered and no other; what it takes there is one of the ways it can."""
    place, coming, begin, end, step = search
    window, visit = Interval(instant(begin), instant(end)), visit_of(coming)
    calendar = calendar_of(place, window, step if own_step else 5)
    base = place.middle // GRID
    guests = {
        each: [(base + first, base + last) for first, last in place.taken.get(each, ())]
        for each in coming.guests
    }
    ways = {minute: place.ways(coming, minute) for minute in place.offered(begin, end, step)}
    expected = [instant(minute) for minute, found in ways.items() if found]
    asked = (visit, window, None if own_step else step)
    assert calendar.starts(*asked, taken=guests) == expected
    assert calendar.starts(*asked, limit, guests) == expected[:limit]
    for minute, found in ways.items():
        way = calendar.assignment(visit, instant(minute), guests)
        assert way in found if found else way is None
    event("some starts" if 0 < len(expected) < len(ways) else "all" if expected else "none")


@given(searches())
def test_runs_of_days_have_the_starts_of_the_calendar(
    search: tuple[Place, Coming, int, int, int],
) -> None:
    """What SQL is asked beyond the calendars, answered by the core: day by day the same pools."""
    place, coming, begin, end, step = search
    window, visit = Interval(instant(begin), instant(end)), visit_of(coming)
    calendar = calendar_of(place, window, step)
    frame, base = calendar.frame, place.middle // GRID
    open = {each.number: opening(place, each, frame) for each in place.things}
    open |= {guest: [frame.interval] for guest in visit.guests}
    busy = {
        number: [
            Interval(instant(GRID * (base + first)), instant(GRID * (base + last)))
            for first, last in several
        ]
        for number, several in place.taken.items()
    }
    found = [
        sorted(
            {
                start
                for needed in run.casts
                for start in free_starts(open, busy, needed, run.window, step)
            }
        )
        for run in runs(calendar, visit, window)
    ]
    expected = [
        instant(minute) for minute in place.offered(begin, end, step) if place.ways(coming, minute)
    ]
    assert [start for each in found for start in each] == expected


def test_who_is_qualified_from_a_day_on_is_in_the_runs_from_that_day_on() -> None:
    """It was asked of the first day of the frame instead: SQL offered nobody, or somebody unfit."""
    zone, window = ZoneInfo("UTC"), Interval(instant(0), instant(3 * DAY))
    asked = VisitNeed(ResourceKind.PRACTITIONER, "ROLE", (("NURSE",),), ((0, 30),), 0)
    begins, ends = (
        Resource(number, ResourceKind.PRACTITIONER, (Quality("NURSE", *days),))
        for number, days in ((1, (the_day(1), None)), (2, (None, the_day(0))))
    )
    shape = Shape(zone, (begins, ends), {1: [window], 2: [window]})
    found = runs(shape.calendar(frame_for(window)), Visit((asked,), 30), window)
    assert [(run.window.start, [need.pool for (need,) in run.casts]) for run in found] == [
        (instant(0), [frozenset({2})]),
        (instant(DAY), [frozenset({1})]),
    ]


@example(("America/New_York", 29_891_880), 22 * 60 + 55)  # five to midnight, 1 November 2026
@given(middles_of_zones, st.integers(-2 * DAY, 2 * DAY))
def test_a_frame_has_the_whole_day_of_each_start(drawn: tuple[str, int], after: int) -> None:
    """Some last 25 or 26 hours: visits of their first would not have been counted in their last."""
    zone, middle = drawn
    place = Place(zone, middle, {}, {}, (), {})
    start, walk = middle + after, place.walk
    frame = frame_for(Interval(instant(start), instant(start)))
    today = [walk.first + k for k, day in enumerate(walk.days) if day == walk.day(start)]
    assert frame.interval.start <= instant(today[0])
    assert instant(today[-1]) < frame.interval.end
