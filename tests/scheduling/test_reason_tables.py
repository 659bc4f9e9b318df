"""The rules of reasons, one by one: of starts, people, devices, intervals and findings."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from schema.clients.rules import Face, stopped
from schema.courses.rules import DaysBetween, Treated
from schema.intervals import Interval
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules import Guest, Quality, Resource, Shape, Stop, Visit, heals
from schema.scheduling.rules.grid import CELL
from schema.scheduling.rules.hours import local_instant
from schema.scheduling.rules.reasons import (
    Blocking,
    BlockingKind,
    Reason,
    ReasonCode,
    merged,
    without_names,
)
from schema.scheduling.rules.standings import Grounds
from schema.scheduling.rules.why_not import Healing, WhyNot, unusable, unusable_day
from tests.scheduling.setting import NEW_YORK
from tests.scheduling.test_reasons import (
    CERTIFIED,
    CLIENT,
    DAY,
    DAYS,
    DEPTH,
    FIRST,
    FRAME,
    NEEDS,
    PEOPLE,
    always,
    offer,
)

NOW = datetime(2026, 3, 6, 12, 2, tzinfo=UTC)
ROOM = Resource(1, ResourceKind.ROOM, (Quality("TREATMENT"),))
PEN = Resource(3, ResourceKind.DEVICE, (Quality("PEN", depth_mm=DEPTH),))
NURSES = [Resource(n, ResourceKind.PRACTITIONER, always) for n in PEOPLE[:2]]
OPERATOR, HELPER = NEEDS[3], NEEDS[5]
NINE = local_instant(DAYS[1], 9 * 60, NEW_YORK)
EVER = [Interval(*FRAME.interval)]


def question(
    *there: Resource, needs: tuple[VisitNeed, ...] = (OPERATOR,), **changed: Any
) -> WhyNot:
    """Of a clinic that is always open."""
    shape = Shape(NEW_YORK, there, {each.number: EVER for each in there})
    made = offer(Visit(needs, 60), shape, changed.pop("taken", {}))
    return WhyNot(made, changed.pop("grounds", Grounds()), NOW, **changed)


@pytest.mark.parametrize(
    ("start", "code", "until"),
    [
        (NOW, ReasonCode.PAST, datetime(2026, 3, 6, 12, 5, tzinfo=UTC)),
        (NOW + timedelta(minutes=1), ReasonCode.OFF_GRID, datetime(2026, 3, 6, 12, 5, tzinfo=UTC)),
        (NOW - DAY, ReasonCode.PAST, datetime(2026, 3, 6, 12, 5, tzinfo=UTC)),
        (NOW + 366 * DAY, ReasonCode.OFF_GRID, NOW + 366 * DAY + timedelta(minutes=3)),
        (NOW + 366 * DAY + timedelta(minutes=3), ReasonCode.HORIZON, None),
    ],
)
def test_a_start_that_is_no_question(
    start: datetime, code: ReasonCode, until: datetime | None
) -> None:
    found = unusable(start, NOW)
    assert found is not None
    assert (found.code, found.until, found.rule) == (code, until, None)


def test_days_in_question_are_today_and_those_a_year_ahead() -> None:
    today = date(2026, 3, 6)
    for day, code in (
        (today - DAY, ReasonCode.PAST),
        (today, None),
        (today + 366 * DAY, None),
        (today + 367 * DAY, ReasonCode.HORIZON),
    ):
        found = unusable_day(day, NOW, NEW_YORK)
        assert (found.code if found else None) == code


def codes_at(why: WhyNot, start: datetime = NINE) -> list[ReasonCode]:
    return [each.code for each in why.at(start)]


def person(*qualities: Quality) -> Resource:
    return Resource(5, ResourceKind.PRACTITIONER, qualities)


NURSE, TRAINING = always
LAPSED = replace(NURSE, to_on=DAYS[0])


@pytest.mark.parametrize(
    ("who", "expected", "cause"),
    [
        (person(LAPSED, TRAINING), ReasonCode.CREDENTIAL_EXPIRED, "NURSE"),
        (person(NURSE), ReasonCode.NOT_CERTIFIED, "T"),
        (person(NURSE, replace(TRAINING, to_on=DAYS[0])), ReasonCode.NOT_CERTIFIED, "T"),
        (
            person(replace(NURSE, depth_mm=Decimal(1)), TRAINING),
            ReasonCode.DEPTH_OUT_OF_SCOPE,
            "NURSE",
        ),
    ],
)
def test_what_a_practitioner_lacks_is_told(who: Resource, expected: ReasonCode, cause: str) -> None:
    nothing, told = question(who).at(NINE)
    assert nothing.code is ReasonCode.NO_PRACTITIONER
    assert told.code is expected
    assert told.cause is not None
    assert told.cause.code == cause


def test_who_lacks_several_things_is_told_of_each() -> None:
    who = person(replace(NURSE, depth_mm=Decimal(1)))
    assert set(codes_at(question(who))) == {
        ReasonCode.NO_PRACTITIONER,
        ReasonCode.NOT_CERTIFIED,
        ReasonCode.DEPTH_OUT_OF_SCOPE,
    }


def test_who_never_could_is_not_named() -> None:
    phlebotomist = person(Quality("PHLEBOTOMIST"), TRAINING)
    (told,) = question(phlebotomist).at(NINE)
    assert told.code is ReasonCode.NO_PRACTITIONER
    assert told.blocking == Blocking(BlockingKind.PRACTITIONER)


def test_of_one_who_does_nothing_lacks_where_another_can() -> None:
    """Reasons are of needs that nobody meets."""
    assert question(person(), NURSES[1]).at(NINE) == []


def test_two_needs_of_one_practitioner_cannot_be_met_together() -> None:
    both = (OPERATOR, HELPER)
    assert codes_at(question(NURSES[0], needs=both)) == [ReasonCode.NOT_TOGETHER]
    assert codes_at(question(*NURSES, needs=both)) == []
    busy = [Interval(NINE, NINE + timedelta(hours=2))]
    (told,) = question(*NURSES, needs=both, taken={6: busy}).at(NINE)
    assert told.code is ReasonCode.NOT_TOGETHER
    assert told.until == NINE + timedelta(hours=1, minutes=30)


def test_a_device_for_which_nobody_is_certified_says_for_what() -> None:
    pen = replace(PEN, asks=CERTIFIED)
    (told,) = question(NURSES[0], pen, needs=(OPERATOR, NEEDS[2])).at(NINE)
    assert told.code is ReasonCode.NOT_CERTIFIED
    assert told.cause == Blocking(BlockingKind.CERTIFICATION, "PEN")
    trained = replace(NURSES[0], qualities=(*always, Quality(CERTIFIED, training=True)))
    assert question(trained, pen, needs=(OPERATOR, NEEDS[2])).at(NINE) == []


def test_the_soonest_to_be_free_is_first_and_at_most_twenty_are_told() -> None:
    rooms = [replace(ROOM, number=n) for n in range(100, 130)]
    taken = {each.number: [Interval(NINE, NINE + (40 - n) * CELL)] for n, each in enumerate(rooms)}
    found = question(*rooms, needs=(NEEDS[0],), taken=taken).at(NINE)
    assert len(found) == 20
    assert [each.until for each in found] == [NINE + n * CELL for n in range(11, 31)]


def test_an_interval_is_set_aside_down_to_what_heals() -> None:
    healing = Healing((Treated(FIRST, 3),), DaysBetween(10, 14, 90), 5)
    guest = Guest(CLIENT, stops=tuple(heals(healing.treated, healing.spacing, "window")))
    shape = Shape(NEW_YORK, (NURSES[0],), {5: EVER})
    made = offer(Visit((OPERATOR,), 60), shape, {}, guest=guest)
    early, late = WhyNot(made, Grounds(), NOW, healing=healing).at(NINE)
    assert (early.code, early.rule) == (ReasonCode.HEALING, None)
    assert early.until == local_instant(FIRST + 5 * DAY, 0, NEW_YORK)
    assert (late.code, late.rule) == (ReasonCode.INTERVAL_TOO_SHORT, "MIN_INTERVAL")
    assert late.until == local_instant(FIRST + 10 * DAY, 0, NEW_YORK)
    strict = replace(healing, least_days=10)
    (only,) = WhyNot(made, Grounds(), NOW, healing=strict).at(NINE)
    assert only.code is ReasonCode.HEALING


def test_between_two_visits_the_day_after_both_is_named() -> None:
    """The first day after the one is too close before the other."""
    treated = tuple(Treated(FIRST + n * DAY, 3) for n in (0, 15))
    healing = Healing(treated, DaysBetween(10, 14, 90), 10)
    assert healing.clear_from(FIRST + DAY) == FIRST + 25 * DAY


def test_findings_have_an_end_for_who_may_see_them() -> None:
    shape = Shape(NEW_YORK, (NURSES[0],), {5: EVER})
    for face, until in (
        (Face.FINDING, local_instant(DAYS[2], 0, NEW_YORK)),
        (Face.REVIEW, None),
        (Face.CONTACT, None),
    ):
        guest = Guest(CLIENT, stops=(Stop(date.min, DAYS[1], stopped(face, ())),))
        made = offer(Visit((OPERATOR,), 60), shape, {}, guest=guest)
        (told,) = WhyNot(made, Grounds(), NOW).at(NINE)
        assert told.until == until


def told(code: ReasonCode, kind: BlockingKind, name: str, hours: int | None, need: int) -> Reason:
    until = None if hours is None else NINE + timedelta(hours=hours)
    return Reason(code, name, until=until, blocking=Blocking(kind, name), need=need)


def test_without_names_a_need_has_one_reason() -> None:
    person, room = BlockingKind.PRACTITIONER, BlockingKind.ROOM
    reasons = [
        told(ReasonCode.TIME_OFF, person, "ANA", 3, 0),
        told(ReasonCode.NOT_CERTIFIED, person, "BEA", None, 0),
        told(ReasonCode.ROOM_TAKEN, room, "T1", 1, 1),
        told(ReasonCode.NOT_CERTIFIED, person, "CAL", None, 2),
        Reason(ReasonCode.NOT_TOGETHER, "Together"),
    ]
    found = without_names(reasons, {person})
    assert [(each.code, each.need) for each in found] == [
        (ReasonCode.PRACTITIONER_TAKEN, 0),
        (ReasonCode.ROOM_TAKEN, 1),
        (ReasonCode.NO_PRACTITIONER, 2),
        (ReasonCode.NOT_TOGETHER, None),
    ]
    assert found[0].until == NINE + timedelta(hours=3)
    assert not any(name in str(found) for name in ("ANA", "BEA", "CAL"))
    assert without_names(reasons, ()) == reasons


def test_what_stops_several_starts_lasts_until_it_stops_none() -> None:
    room = BlockingKind.ROOM
    once, longer, ever = (
        told(ReasonCode.ROOM_TAKEN, room, "T1", hours, 0) for hours in (1, 2, None)
    )
    assert merged([[once], [longer]]) == [longer]
    assert merged([[longer], [once]]) == [longer]
    assert merged([[ever], [once]]) == [ever]
    other = told(ReasonCode.ROOM_TAKEN, room, "T2", 1, 0)
    assert merged([[once], [other]]) == [once, other]
