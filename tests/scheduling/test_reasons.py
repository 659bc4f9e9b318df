"""The rules of reasons: there are none exactly where a search offers the start, and each ends when
it says."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from api.seed.content import TEMPLATES
from schema.base import new_id
from schema.clients.rules import not_yet
from schema.courses.rules import DaysBetween, Treated
from schema.intervals import Interval, intersect
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ProtocolKind, ResourceKind
from schema.scheduling.rules import (
    BookingTerms,
    Guest,
    Offer,
    Offered,
    Quality,
    Resource,
    Shape,
    Stop,
    Visit,
    Wish,
    frame_for,
    heals,
)
from schema.scheduling.rules.calendars import CLINIC
from schema.scheduling.rules.grid import CELL, ceil_cell, cell_start, floor_cell
from schema.scheduling.rules.hours import day_window, local_instant
from schema.scheduling.rules.pre_care import pre_care_from
from schema.scheduling.rules.standings import Grounds
from schema.scheduling.rules.why_not import Healing, WhyNot
from tests.scheduling.setting import NEW_YORK

DAY = timedelta(days=1)
FIRST = date(2026, 3, 7)  # the clocks change on the 8th
DAYS = [FIRST + n * DAY for n in range(3)]
WINDOW = Interval(local_instant(FIRST, 0, NEW_YORK), local_instant(FIRST + 3 * DAY, 0, NEW_YORK))
FRAME = frame_for(WINDOW)
CONTENTS = {each.code: each.content for each in TEMPLATES}
ROOMS, DEVICES, PEOPLE, CLIENT = (1, 2), (3, 4), (5, 6, 7), 9
TRAINED, CERTIFIED = "PROTOCOL_TEMPLATE:T", "DEVICE_MODEL:PEN"
DEPTH = Decimal("1.5")
NEEDS = [
    VisitNeed(ResourceKind.ROOM, "ROOM", (("TREATMENT",),), ((0, 60),), 10),
    VisitNeed(ResourceKind.ROOM, "LAB", (("TREATMENT", "LABORATORY"),), ((20, 40),), 0),
    VisitNeed(ResourceKind.DEVICE, "PEN", (("PEN",),), ((20, 50),), 5, DEPTH),
    VisitNeed(
        ResourceKind.PRACTITIONER, "OPERATOR", (("NURSE",), (TRAINED,)), ((20, 60),), 0, DEPTH
    ),
    VisitNeed(ResourceKind.PRACTITIONER, "DRAWS", (("NURSE", "PHLEBOTOMIST"),), ((0, 15),), 0),
    VisitNeed(ResourceKind.PRACTITIONER, "HELPS", (), ((30, 60),), 5),
]
some_days = st.none() | st.sampled_from([FIRST - 5 * DAY, *DAYS])
spans = st.lists(
    st.builds(
        lambda begin, length: Interval(
            cell_start(FRAME.first + begin), cell_start(FRAME.first + begin + length)
        ),
        st.integers(0, FRAME.count),
        st.integers(1, 400),
    ),
    max_size=6,
)


def licence(name: str, *depths: Decimal) -> st.SearchStrategy[Quality]:
    return st.builds(Quality, st.just(name), some_days, some_days, st.sampled_from(depths))


def training(name: str) -> st.SearchStrategy[Quality]:
    return st.builds(Quality, st.just(name), some_days, some_days, training=st.just(True))


person_qualities = st.lists(
    licence("NURSE", Decimal(1), Decimal(2))
    | licence("PHLEBOTOMIST", Decimal(0))
    | training(TRAINED)
    | training(CERTIFIED),
    max_size=4,
).map(tuple)
always = (Quality("NURSE", None, None, Decimal(2)), Quality(TRAINED, training=True))


@st.composite
def resources(draw: st.DrawFn) -> tuple[Resource, ...]:
    kinds = st.sampled_from(["TREATMENT", "LABORATORY"])
    asks = st.sampled_from([None, None, CERTIFIED])
    depths = st.sampled_from([DEPTH, Decimal(1)])
    return (
        *(Resource(n, ResourceKind.ROOM, (Quality(draw(kinds)),)) for n in ROOMS),
        *(
            Resource(
                n,
                ResourceKind.DEVICE,
                (Quality("PEN", None, draw(some_days), draw(depths)),),
                draw(asks),
            )
            for n in DEVICES
        ),
        *(
            Resource(n, ResourceKind.PRACTITIONER, draw(st.just(always) | person_qualities))
            for n in PEOPLE
        ),
    )


def offer(
    visit: Visit,
    shape: Shape,
    taken: dict[int, list[Interval]],
    visits: Counter[tuple[int, int]] | None = None,
    guest: Guest | None = None,
    content: str = "CONSULT",
) -> Offer:
    cells = {n: [(floor_cell(a), ceil_cell(b)) for a, b in each] for n, each in taken.items()}
    calendar = shape.calendar(FRAME, cells)
    calendar.visits = visits or Counter()
    offered = Offered(new_id(), "T", ProtocolKind.TREATMENT, CONTENTS[content], ())
    made = Offer(new_id(), NEW_YORK.key, calendar, offered, Wish("T"), visit)
    return made.visited_by(guest, visit.led_by)


@st.composite
def questions(draw: st.DrawFn) -> WhyNot:
    hours = draw(st.just([Interval(*FRAME.interval)]) | spans)
    there = draw(resources())
    off = {n: draw(st.none() | spans) for n in PEOPLE}
    open = {each.number: hours for each in there} | {
        n: list(intersect(hours, each)) for n, each in off.items() if each is not None
    }
    limits = st.sampled_from([None, None, 1, 2])
    terms = BookingTerms(
        step_minutes=draw(st.sampled_from([5, 15, 40, 95, 1440])),
        lead_minutes=draw(st.sampled_from([0, 95, 1500])),
        horizon_days=draw(st.sampled_from([1, 2, 366])),
        buffer_before_minutes=draw(st.sampled_from([0, 10])),
        buffer_after_minutes=draw(st.sampled_from([0, 15])),
        most_visits_a_day=draw(limits),
        most_visits_a_practitioner=draw(limits),
    )
    shape = Shape(NEW_YORK, there, open, terms)
    taken = {n: draw(spans) for n in (*ROOMS, *DEVICES, *PEOPLE)}
    ordinals = st.sampled_from([each.toordinal() for each in DAYS])
    counted = draw(st.lists(st.tuples(st.sampled_from([CLINIC, *PEOPLE]), ordinals), max_size=5))
    needs = draw(st.lists(st.sampled_from(NEEDS), min_size=1, max_size=3))
    led_by = draw(st.none() | st.sampled_from(PEOPLE))
    visit = Visit(tuple(needs), 60, (), led_by)
    now = draw(st.datetimes(datetime(2026, 3, 5), datetime(2026, 3, 9)))
    guest, healing = draw(guests())
    content = draw(st.sampled_from(["CONSULT", "MN-MEDICAL"]))
    found = offer(visit, shape, taken, Counter(counted), guest, content)
    return WhyNot(found, Grounds(), now.replace(tzinfo=UTC), draw(st.booleans()), healing)


@st.composite
def guests(draw: st.DrawFn) -> tuple[Guest | None, Healing | None]:
    if draw(st.booleans()):
        return None, None
    spacing = DaysBetween(draw(st.integers(0, 3)), 28, 90)
    around = st.sampled_from([FIRST - 2 * DAY, *DAYS, FIRST + 5 * DAY])
    treated = draw(st.lists(st.builds(Treated, around, st.integers(0, 3)), max_size=2))
    held = draw(st.lists(st.sampled_from(DAYS), max_size=1))
    stops = (
        *(Stop(date.min, day, not_yet(day)) for day in held),
        *heals(treated, spacing, "window"),
    )
    cells = [(floor_cell(a), ceil_cell(b)) for a, b in draw(spans)]
    healing = Healing(tuple(treated), spacing, draw(st.integers(0, 3)))
    return Guest(CLIENT, {CLIENT: cells}, stops), healing


def offered(why: WhyNot, window: Interval, step: int | None = None) -> list[datetime]:
    """What a search finds there."""
    calendar = why.offer.calendar
    begin, end = calendar.terms.bookable(why.now, calendar.zone)
    ready = None if why.attested else pre_care_from(why.offer.offered.content, why.now)
    begin = max(begin, ready or begin, why.now + timedelta(microseconds=1))
    begin, end = max(begin, window.start), min(end, window.end)
    return why.offer.starts(Interval(begin, end), step) if begin < end else []


starts = st.integers(0, (WINDOW.duration // CELL) - 1).map(lambda n: WINDOW.start + n * CELL)


@given(questions(), st.lists(starts, min_size=1, max_size=8))
def test_there_is_no_reason_exactly_where_the_start_is_free(
    why: WhyNot, several: list[datetime]
) -> None:
    for start in several:
        free = offered(why, Interval(start, start + CELL), 5)
        reasons = why.at(start)
        assert (not reasons) == bool(free), (start, reasons)
        visit = why.offer.visit
        assert visit is not None
        if not reasons:
            assert why.offer.calendar.assignment(visit, start, why.offer.taken)


@given(questions(), st.lists(starts, min_size=1, max_size=4))
def test_when_a_reason_ends_it_is_gone(why: WhyNot, several: list[datetime]) -> None:
    for start in several:
        for each in why.at(start):
            if each.until is None:
                continue
            assert each.until >= start
            assert each.key not in {one.key for one in why.at(each.until)}, each


@given(questions(), st.sampled_from(DAYS))
def test_a_day_has_reasons_exactly_where_it_has_no_start(why: WhyNot, day: date) -> None:
    free = offered(why, Interval(*day_window(day, NEW_YORK)))
    reasons = why.on(day)
    assert (not reasons) == bool(free)
    assert why.next_free(day_window(day, NEW_YORK).start)[: len(free)] == free[:5]
    for each in reasons:
        if each.until is not None:
            assert each.key not in {one.key for one in why.at(each.until)}, each
