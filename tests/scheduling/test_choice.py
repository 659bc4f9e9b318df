"""Which resources a visit takes: whoever can do least else, then whom it leaves the least idle."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.intervals import Interval
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules import (
    ClinicCalendar,
    Need,
    Quality,
    Resource,
    Shape,
    Visit,
    assign,
    frame_for,
    free_starts,
)
from schema.scheduling.rules.grid import floor_cell
from schema.scheduling.rules.starts import chosen, served

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = Interval(MIDNIGHT, MIDNIGHT + timedelta(days=1))
TOMORROW = date(2026, 11, 24)
#: Numbers: two rooms, two pens of which one asks for training, three who treat.
ROOM, OTHER_ROOM, PEN, LASER, NURSE, AIDE, DOCTOR = range(1, 8)
TRAINED = "DEVICE_MODEL:LASER"


def span(begin: int, end: int) -> Interval:
    return Interval(MIDNIGHT + begin * MINUTE, MIDNIGHT + end * MINUTE)


def practitioner(number: int, *names: str, depth: str = "1.5") -> Resource:
    held = tuple(Quality(name, depth_mm=Decimal(depth)) for name in names)
    return Resource(number, ResourceKind.PRACTITIONER, held)


def treats(*names: str, begin: int = 0, end: int = 60, depth: str | None = None) -> VisitNeed:
    asked = (names,) if names else ()
    deep = None if depth is None else Decimal(depth)
    return VisitNeed(ResourceKind.PRACTITIONER, "ROLE", asked, ((begin, end),), 0, deep)


def calendar(
    *resources: Resource, taken: Mapping[int, Sequence[Interval]] | None = None
) -> ClinicCalendar:
    """Open all day, but for these."""
    open = [Interval(DAY.start - timedelta(days=1), DAY.end + timedelta(days=1))]
    return Shape(ZoneInfo("UTC"), resources, {each.number: open for each in resources}).calendar(
        frame_for(DAY),
        {
            number: [(floor_cell(begin), floor_cell(end)) for begin, end in spans]
            for number, spans in (taken or {}).items()
        },
    )


NURSES = (practitioner(NURSE, "NURSE"), practitioner(AIDE, "AIDE"))
BOTH = practitioner(DOCTOR, "AIDE", "NURSE", "PHYSICIAN", depth="3")


@pytest.mark.parametrize(
    ("asked", "takes"),
    [
        ((treats("AIDE"),), (AIDE,)),
        ((treats("NURSE"),), (NURSE,)),
        ((treats("PHYSICIAN"),), (DOCTOR,)),
        ((treats("AIDE"), treats("AIDE")), (AIDE, DOCTOR)),
        ((treats("NURSE"), treats("AIDE")), (NURSE, AIDE)),
        ((treats(), treats("NURSE")), (AIDE, NURSE)),
        ((treats(), treats(), treats("NURSE")), (AIDE, DOCTOR, NURSE)),
        ((treats("NURSE", depth="2"), treats("NURSE")), (DOCTOR, NURSE)),
        # Needs that do not overlap in time take different people all the same.
        ((treats("AIDE", end=10), treats("AIDE", begin=20)), (AIDE, DOCTOR)),
    ],
)
def test_the_least_flexible_goes_first(
    asked: tuple[VisitNeed, ...], takes: tuple[int, ...]
) -> None:
    assert calendar(*NURSES, BOTH).assignment(Visit(asked, 60), MIDNIGHT) == takes


def test_a_credential_of_the_day_makes_flexible() -> None:
    """Who could do more until yesterday, or from tomorrow on, can do no more today."""
    once = Resource(
        NURSE,
        ResourceKind.PRACTITIONER,
        (Quality("AIDE"), Quality("NURSE", to_on=TOMORROW - timedelta(days=1))),
    )
    aide = Resource(
        AIDE,
        ResourceKind.PRACTITIONER,
        (Quality("AIDE"), Quality("NURSE", from_on=TOMORROW), Quality("PHYSICIAN", TOMORROW)),
    )
    clinic, visit = calendar(once, aide), Visit((treats("AIDE"),), 60)
    assert clinic.assignment(visit, MIDNIGHT) == (AIDE,)
    assert clinic.assignment(visit, MIDNIGHT + timedelta(days=1)) == (NURSE,)


@pytest.mark.parametrize(
    ("taken", "takes"),
    [
        ({}, ROOM),  # all alike: by number
        ({OTHER_ROOM: [span(540, 600)]}, OTHER_ROOM),
        ({ROOM: [span(540, 600)], OTHER_ROOM: [span(540, 595)]}, ROOM),
        ({ROOM: [span(540, 600)], OTHER_ROOM: [span(540, 600), span(660, 700)]}, OTHER_ROOM),
        ({ROOM: [span(540, 600), span(665, 700)], OTHER_ROOM: [span(595, 600)]}, ROOM),
        ({ROOM: [span(540, 600)], OTHER_ROOM: [span(610, 640)]}, ROOM),
    ],
)
def test_of_equals_the_best_fit(taken: Mapping[int, list[Interval]], takes: int) -> None:
    """From ten to eleven: between other visits, so that the other room's day stays whole."""
    rooms = [Resource(n, ResourceKind.ROOM, (Quality("TREATMENT"),)) for n in (ROOM, OTHER_ROOM)]
    asked = VisitNeed(ResourceKind.ROOM, "ROOM", (("TREATMENT",),), ((0, 60),), 0)
    clinic = calendar(*rooms, taken=taken)
    assert clinic.assignment(Visit((asked,), 60), MIDNIGHT + 600 * MINUTE) == (takes,)


def test_a_gap_between_two_stretches_counts_as_idle() -> None:
    """Whom somebody else takes meanwhile is left with less than who would only wait."""
    asked = Need(frozenset({1, 2}), ((0, 10), (40, 60)), 0)
    open = {1: [span(0, 60)], 2: [span(0, 60)]}
    assert assign(open, {2: [span(10, 40)]}, [asked], MIDNIGHT) == (2,)
    assert assign(open, {1: [span(10, 40)]}, [asked], MIDNIGHT) == (1,)


@pytest.fixture
def clinic() -> ClinicCalendar:
    """The laser may only be used by the doctor, the pen by anybody."""
    deep = Decimal(2)
    trained = Quality(TRAINED, training=True)
    doctor = Resource(
        DOCTOR, ResourceKind.PRACTITIONER, (Quality("PHYSICIAN", depth_mm=deep), trained)
    )
    nurse = Resource(NURSE, ResourceKind.PRACTITIONER, (Quality("NURSE", depth_mm=deep),))
    pen, laser = (
        Resource(number, ResourceKind.DEVICE, (Quality("PEN", depth_mm=deep),), asks)
        for number, asks in ((PEN, None), (LASER, TRAINED))
    )
    return calendar(doctor, nurse, pen, laser, taken={PEN: [span(60, 120)], DOCTOR: [span(0, 90)]})


DRIVEN = VisitNeed(ResourceKind.DEVICE, "PEN", (("PEN",),), ((0, 30),), 0, Decimal(1))


@pytest.mark.parametrize(
    ("minutes", "takes"),
    [(0, (PEN, NURSE)), (60, None), (90, (LASER, DOCTOR)), (130, (LASER, DOCTOR))],
)
def test_who_uses_a_device_may(
    clinic: ClinicCalendar, minutes: int, takes: tuple[int, ...] | None
) -> None:
    """Where both will do it is the device for which fewer are certified."""
    visit = Visit((DRIVEN, treats(end=30, depth="1")), 30)
    start = MIDNIGHT + minutes * MINUTE
    assert clinic.assignment(visit, start) == takes
    assert (start in clinic.starts(visit, DAY, 5)) is (takes is not None)


def test_all_who_use_needles_are_certified_for_all_that_drive_them(
    clinic: ClinicCalendar,
) -> None:
    """With both devices at once the nurse would be beside a laser: nobody says who uses which."""
    both = (DRIVEN, DRIVEN, treats(end=30, depth="1"))
    assert clinic.assignment(Visit(both, 30), MIDNIGHT + 120 * MINUTE) == (LASER, PEN, DOCTOR)
    crowd = Visit((*both, treats(end=30, depth="1")), 30)
    assert clinic.assignment(crowd, MIDNIGHT + 120 * MINUTE) is None
    assert clinic.starts(crowd, DAY, 5) == []


@pytest.mark.parametrize(
    ("certified", "fits"), [((), False), ("X", False), ("Y", False), ("XY", True), ("YX", True)]
)
def test_two_models_at_once_ask_for_both_certificates(certified: Sequence[str], fits: bool) -> None:
    devices = (
        Resource(number, ResourceKind.DEVICE, (Quality("PEN", depth_mm=Decimal(2)),), model)
        for number, model in ((PEN, "X"), (LASER, "Y"))
    )
    held = (Quality("NURSE", depth_mm=Decimal(2)), *(Quality(n, training=True) for n in certified))
    clinic = calendar(*devices, Resource(NURSE, ResourceKind.PRACTITIONER, held))
    visit = Visit((DRIVEN, DRIVEN, treats(end=30, depth="1")), 30)
    assert bool(clinic.starts(visit, DAY, 60)) is fits
    assert clinic.assignment(visit, MIDNIGHT) == ((PEN, LASER, NURSE) if fits else None)


def test_who_was_only_trained_treats_nobody() -> None:
    """Without a credential that day, not even where a need asks for none."""
    trained = (Quality(TRAINED, training=True), Quality("NURSE", to_on=TOMORROW - DAY.duration))
    helps = calendar(Resource(NURSE, ResourceKind.PRACTITIONER, trained))
    visit = Visit((treats(),), 60)
    assert helps.assignment(visit, MIDNIGHT) == (NURSE,)
    assert helps.assignment(visit, MIDNIGHT + timedelta(days=1)) is None


def greedily(able: Sequence[Mapping[int, int]]) -> tuple[int, ...] | None:
    """Need after need the first that is left: the way that hid half of the real starts."""
    used: list[int] = []
    for here in able:
        left = [number for number in here if number not in used]
        if not left:
            return None
        used.append(left[0])
    return tuple(used)


@pytest.mark.parametrize(
    "pools",
    [
        [(1, 2), (1,)],
        [(1, 2), (2, 3), (1,)],
        [(1, 2, 3), (1, 2), (1, 2)],
        [(1, 2, 3, 4), (1, 2, 3), (1, 2), (1,)],
        [(1, 2), (2, 3), (3, 4), (1, 2)],
        [(1, 2), (1, 2), (1, 3, 4), (3, 2)],
    ],
)
def test_what_greed_misses_is_found(pools: Sequence[Sequence[int]]) -> None:
    assert greedily([dict.fromkeys(pool, 1) for pool in pools]) is None
    open = {number: [span(0, 30)] for pool in pools for number in pool}
    asked = [Need(frozenset(pool), ((0, 30),), 0) for pool in pools]
    assert free_starts(open, {}, asked, span(0, 30), 5) == [MIDNIGHT]
    found = assign(open, {}, asked, MIDNIGHT)
    assert found is not None
    assert len(set(found)) == len(found)
    assert all(number in pool for number, pool in zip(found, pools, strict=True))


def test_an_assistant_leaves_the_injector_to_inject() -> None:
    """Anybody may assist: whoever looks for an assistant first must not take the one who injects.
    With another day's bookings it is the other way round, start by start."""
    assistant, injector = treats(), treats("NURSE", "PHYSICIAN", depth="1")
    visit = Visit((assistant, injector), 60)
    clinic = calendar(
        practitioner(NURSE, "NURSE"),
        practitioner(DOCTOR, "PHYSICIAN"),
        practitioner(AIDE, "AIDE", depth="0"),
        taken={DOCTOR: [span(0, 120)], AIDE: [span(120, 240)], NURSE: [span(180, 300)]},
    )
    found = {
        minutes: clinic.assignment(visit, MIDNIGHT + minutes * MINUTE)
        for minutes in (0, 60, 120, 180, 240, 300)
    }
    assert found == {
        0: (AIDE, NURSE),
        60: (AIDE, NURSE),
        120: (NURSE, DOCTOR),
        180: None,
        240: (AIDE, DOCTOR),
        300: (AIDE, NURSE),
    }
    offered = clinic.starts(visit, span(0, 301), 60)
    assert offered == [MIDNIGHT + minutes * MINUTE for minutes in found if found[minutes]]


STARTS = 3
numbers = st.integers(1, 5)
ables = st.lists(
    st.dictionaries(numbers, st.integers(1, (1 << STARTS) - 1), max_size=5), max_size=5
)


@given(ables, st.integers(0, (1 << STARTS) - 1))
def test_a_start_is_served_exactly_where_a_matching_exists(
    able: list[dict[int, int]], among: int
) -> None:
    expected = 0
    for start in range(STARTS):
        at = 1 << start
        pools = [[number for number, mask in here.items() if mask & at] for here in able]
        if any(len(set(way)) == len(way) for way in product(*pools)):
            expected |= at & among
    assert served(able, among) == expected


@given(
    ables,
    st.dictionaries(numbers, st.tuples(st.integers(0, 3), st.just(Decimal(0)))),
    st.dictionaries(numbers, st.integers(0, 50)),
)
def test_a_choice_is_a_matching_wherever_there_is_one(
    able: list[dict[int, int]],
    flexibility: dict[int, tuple[int, Decimal]],
    idleness: dict[int, int],
) -> None:
    ways = {way for way in product(*able) if len(set(way)) == len(way)}
    idle = [{number: idleness.get(number, 0) for number in here} for here in able]
    found = chosen(able, idle, flexibility)
    assert found in ways if ways else found is None
