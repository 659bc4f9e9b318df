"""How a clinic takes bookings: what may be set, by whom, and that the rest stays as it was."""

from asyncio import create_task, sleep
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from schema.access.rules import Actor, Permission, Role
from schema.clinics.models import ClinicRow
from schema.scheduling.actions import set_booking_rules
from schema.scheduling.models import BookingRulesRow, ClinicCalendarRow
from schema.scheduling.rules.booking_rules import (
    InvalidBookingRules,
    check_booking_rules,
    open_holidays,
)
from schema.scheduling.rules.holidays import public_holidays
from schema.scheduling.rules.terms import BookingTerms
from tests.actors import NOBODY, actor_with, everywhere, partner_of, person_in
from tests.asking import Acting, Asking
from tests.franchise import Franchise, add_clinic

DAY = timedelta(days=1)
WRONG = [
    ("step_minutes", 0, "stepMinutes"),
    ("step_minutes", -15, "stepMinutes"),
    ("step_minutes", 7, "stepMinutes"),
    ("step_minutes", 1445, "stepMinutes"),
    ("lead_minutes", -1, "leadMinutes"),
    ("lead_minutes", 366 * 1440 + 1, "leadMinutes"),
    ("horizon_days", 0, "horizonDays"),
    ("horizon_days", 367, "horizonDays"),
    ("buffer_before_minutes", -5, "bufferBeforeMinutes"),
    ("buffer_before_minutes", 245, "bufferBeforeMinutes"),
    ("buffer_after_minutes", 4, "bufferAfterMinutes"),
    ("most_visits_a_day", 0, "mostVisitsADay"),
    ("most_visits_a_practitioner", -1, "mostVisitsAPractitioner"),
]
RIGHT = [
    {},
    {"step_minutes": 5},
    {"step_minutes": 1440},
    {"step_minutes": 55},
    {"lead_minutes": 1},
    {"lead_minutes": 366 * 1440},
    {"horizon_days": 1, "lead_minutes": 1440},
    {"buffer_before_minutes": 240, "buffer_after_minutes": 5},
    {"most_visits_a_day": 1, "most_visits_a_practitioner": 1000},
]
USUAL = BookingTerms()


@pytest.mark.parametrize(("name", "value", "field"), WRONG)
def test_terms_that_cannot_be_are_named(name: str, value: int, field: str) -> None:
    with pytest.raises(InvalidBookingRules) as refused:
        check_booking_rules(replace(USUAL, **{name: value}))  # type: ignore[arg-type]  # all whole numbers
    assert refused.value.field == field


@pytest.mark.parametrize("changed", RIGHT, ids=str)
def test_terms_at_their_limits_are_taken(changed: dict[str, int]) -> None:
    check_booking_rules(replace(USUAL, **changed))  # type: ignore[arg-type]  # all whole numbers


def test_nobody_may_be_kept_waiting_beyond_the_horizon() -> None:
    with pytest.raises(InvalidBookingRules):
        check_booking_rules(BookingTerms(horizon_days=1, lead_minutes=1441))


numbers = st.integers(-10, 1500) | st.integers(-(2**31), 2**31 - 1)
some_terms = st.builds(
    BookingTerms,
    *[numbers] * 5,
    *[st.none() | numbers] * 2,
)


@given(some_terms)
def test_terms_are_taken_exactly_where_each_is_in_its_bounds(terms: BookingTerms) -> None:
    grid = [terms.step_minutes, terms.buffer_before_minutes, terms.buffer_after_minutes]
    fine = (
        all(each % 5 == 0 for each in grid)
        and 5 <= terms.step_minutes <= 1440
        and 0 <= terms.lead_minutes <= terms.horizon_days * 1440
        and 1 <= terms.horizon_days <= 366
        and all(0 <= each <= 240 for each in grid[1:])
        and all(
            each is None or each >= 1
            for each in (terms.most_visits_a_day, terms.most_visits_a_practitioner)
        )
    )
    try:
        check_booking_rules(terms)
    except InvalidBookingRules:
        assert not fine
    else:
        assert fine


def test_a_clinic_without_rules_of_its_own_has_the_usual() -> None:
    """The table's defaults, the migration's and the engine's are one."""
    row = BookingRulesRow()
    assert {name: getattr(row, name) for name in asdict(USUAL)} == asdict(USUAL)


TODAY = date(2026, 11, 21)
THANKSGIVING, CHRISTMAS = date(2026, 11, 26), date(2026, 12, 25)


def test_holidays_to_open_on_are_kept_in_order_and_once() -> None:
    wanted = [CHRISTMAS, THANKSGIVING, CHRISTMAS]
    assert open_holidays(wanted, [], "US-NC", TODAY) == [THANKSGIVING, CHRISTMAS]
    assert open_holidays([THANKSGIVING], [], "US-NC", THANKSGIVING) == [THANKSGIVING]
    assert open_holidays([], wanted, "US-NC", TODAY) == []


@pytest.mark.parametrize(
    ("day", "place"),
    [
        ("2026-11-20", "US-NC"),  # has passed
        ("2025-12-25", "US-NC"),
        ("2026-11-24", "US-NC"),  # no holiday
        ("2026-11-26", "GB-ENG"),
        ("2026-12-25", "ZZ"),
        ("2030-12-25", "US-NC"),  # too far ahead
        ("9999-12-25", "US-NC"),
    ],
)
def test_a_day_that_cannot_be_opened_is_named(day: str, place: str) -> None:
    opened = date(2026, 12, 1)
    with pytest.raises(InvalidBookingRules) as refused:
        open_holidays([opened, date.fromisoformat(day)], [opened], place, TODAY)
    assert refused.value.field == "openHolidays.1"


@given(
    st.lists(st.dates(TODAY - 40 * DAY, TODAY + 400 * DAY), max_size=6),
    st.frozensets(st.sampled_from([TODAY - 10 * DAY, TODAY + 2 * DAY, CHRISTMAS])),
)
def test_what_was_opened_may_be_sent_again_and_drops_out_once_it_passed(
    wanted: list[date], present: frozenset[date]
) -> None:
    added = set(wanted) - present
    holidays = public_holidays("US-NC", TODAY, TODAY + 400 * DAY)
    try:
        opened = open_holidays(wanted, present, "US-NC", TODAY)
    except InvalidBookingRules:
        assert added - set(holidays)
    else:
        assert added <= set(holidays)
        assert opened == sorted({day for day in wanted if day >= TODAY})


FIELDS = """revision stepMinutes leadMinutes horizonDays bufferBeforeMinutes bufferAfterMinutes
    mostVisitsADay mostVisitsAPractitioner closedOnHolidays openHolidays"""
SET = f"""mutation ($input: SetBookingRulesInput!) {{ setBookingRules(input: $input) {{ __typename
    ... on BookingRules {{ {FIELDS} }} ... on RuleProblem {{ code field }}
    ... on NotFoundProblem {{ code field }} ... on ConflictProblem {{ code field }} }} }}"""
RULES = f"{{ clinics {{ edges {{ node {{ code bookingRules {{ {FIELDS} }} }} }} }} }}"
USUALLY = {
    "revision": 0,
    "stepMinutes": 15,
    "leadMinutes": 0,
    "horizonDays": 366,
    "bufferBeforeMinutes": 0,
    "bufferAfterMinutes": 0,
    "mostVisitsADay": None,
    "mostVisitsAPractitioner": None,
    "closedOnHolidays": False,
    "openHolidays": [],
}


async def rules(ask: Asking, actor: Actor) -> dict[str, Any]:
    edges = (await ask.data(actor, RULES))["clinics"]["edges"]
    return {each["node"]["code"]: each["node"]["bookingRules"] for each in edges}


async def change(
    ask: Asking, actor: Actor, revision: int, clinic: str = "RALEIGH", **changed: Any
) -> dict[str, Any]:
    wanted = {"clinic": {"code": clinic}, "expectedRevision": revision, **changed}
    found: dict[str, Any] = await ask.change(actor, SET, input=wanted)
    return found


@pytest.mark.isolation
async def test_each_caller_sees_the_rules_of_its_own_clinics(
    ask: Asking, franchise: Franchise
) -> None:
    await change(ask, franchise.manager, 0, stepMinutes=30)
    own = {**USUALLY, "revision": 1, "stepMinutes": 30}
    for actor, seen in (
        (franchise.hq, {"RALEIGH": own, "LONDON": USUALLY}),
        (franchise.manager, {"RALEIGH": own}),
        (franchise.other_manager, {"LONDON": USUALLY}),
        (franchise.partner, {"RALEIGH": own}),
    ):
        assert await rules(ask, actor) == seen


async def test_what_is_left_out_stays_as_it_is(ask: Asking, franchise: Franchise) -> None:
    async with ask.work() as work:
        holiday = str(min(public_holidays("US-NC", work.now.date() + DAY, date(2099, 1, 1))))
    everything = {
        "stepMinutes": 30,
        "leadMinutes": 120,
        "horizonDays": 60,
        "bufferBeforeMinutes": 5,
        "bufferAfterMinutes": 10,
        "mostVisitsADay": 20,
        "mostVisitsAPractitioner": 6,
        "closedOnHolidays": True,
        "openHolidays": [holiday],
    }
    first = await change(ask, franchise.manager, 0, **everything)
    assert first == {"__typename": "BookingRules", "revision": 1, **everything}
    revision = 1
    for changed, kept in (
        ({}, {}),
        ({"stepMinutes": 10}, {"stepMinutes": 10}),
        ({"mostVisitsADay": None}, {"stepMinutes": 10, "mostVisitsADay": None}),
        ({"horizonDays": None, "openHolidays": None, "closedOnHolidays": None}, {}),
        ({"closedOnHolidays": False}, {"closedOnHolidays": False}),
        ({"openHolidays": []}, {"openHolidays": []}),
    ):
        everything.update(kept)
        found = await change(ask, franchise.manager, revision, **changed)
        revision += 1
        assert found == {"__typename": "BookingRules", "revision": revision, **everything}
        assert (await rules(ask, franchise.hq))["RALEIGH"]["revision"] == revision


async def test_the_change_is_recorded_with_what_was_before(
    ask: Asking, franchise: Franchise
) -> None:
    await change(ask, franchise.manager, 0, stepMinutes=30, leadMinutes=0)
    await change(ask, franchise.manager, 1, stepMinutes=10, mostVisitsADay=4)
    query = "{ auditLog(first: 1) { edges { node { name actorKind payload } } } }"
    (edge,) = (await ask.data(franchise.manager, query))["auditLog"]["edges"]
    assert edge["node"] == {
        "name": "booking_rules.set",
        "actorKind": "PERSON",
        "payload": {
            "before": {"step_minutes": 30, "most_visits_a_day": None},
            "after": {"step_minutes": 10, "most_visits_a_day": 4},
        },
    }


async def test_the_calendar_has_a_new_shape(ask: Asking, franchise: Franchise) -> None:
    """So that every process loads it anew; other clinics' calendars stay as they are."""
    before = await shapes(ask)
    await change(ask, franchise.manager, 0, closedOnHolidays=True)
    after = await shapes(ask)
    assert after["RALEIGH"][0] == after["RALEIGH"][1] > before["RALEIGH"][0]
    assert after["LONDON"] == before["LONDON"]


async def shapes(act: Acting) -> dict[str, tuple[int, int]]:
    """The version and the shape of each clinic's calendar."""
    calendar = ClinicCalendarRow
    query = select(col(ClinicRow.code), col(calendar.version), col(calendar.shape)).join(
        calendar, col(calendar.clinic_id) == ClinicRow.id
    )
    async with act.work() as work:
        return {code: (version, shape) for code, version, shape in await work.session.exec(query)}


async def test_a_stale_revision_changes_nothing(ask: Asking, franchise: Franchise) -> None:
    for revision in (-1, 1, 2):
        before = await ask.contents()
        answer = await change(ask, franchise.manager, revision, stepMinutes=30)
        assert answer == {
            "__typename": "ConflictProblem",
            "code": "STALE_REVISION",
            "field": "expectedRevision",
        }
        assert await ask.contents() == before
    await change(ask, franchise.manager, 0, stepMinutes=30)
    for revision in (0, 2):
        before = await ask.contents()
        answer = await change(ask, franchise.manager, revision, stepMinutes=45)
        assert answer["code"] == "STALE_REVISION"
        assert await ask.contents() == before


async def test_of_two_who_are_the_first_one_is(ask: Asking, franchise: Franchise) -> None:
    """Both read revision 0; the second waits for the first, and hears of it."""
    async with ask.work(franchise.manager) as work:
        await set_booking_rules(work, clinic="RALEIGH", expected_revision=0)
        second = create_task(change(ask, franchise.hq, 0, stepMinutes=30))
        await sleep(0.3)
        assert not second.done()
    answer = await second
    assert (answer["__typename"], answer["code"]) == ("ConflictProblem", "STALE_REVISION")
    assert (await rules(ask, franchise.hq))["RALEIGH"] == {**USUALLY, "revision": 1}


@pytest.mark.parametrize(
    "changed",
    [
        {"stepMinutes": 7},
        {"leadMinutes": -1},
        {"horizonDays": 0},
        {"bufferBeforeMinutes": 245},
        {"bufferAfterMinutes": -5},
        {"mostVisitsADay": 0},
        {"mostVisitsAPractitioner": 0},
        {"stepMinutes": 2**31 - 1},
        {"openHolidays": ["2020-12-25"]},
        {"openHolidays": ["2099-12-25"]},
    ],
    ids=str,
)
async def test_rules_that_cannot_be_change_nothing(
    ask: Asking, franchise: Franchise, changed: dict[str, Any]
) -> None:
    (field,) = changed
    for revision in (0, 1):
        before = await ask.contents()
        answer = await change(ask, franchise.manager, revision, **{"leadMinutes": 5, **changed})
        assert answer["__typename"] == "RuleProblem"
        assert answer["code"] == "INVALID_BOOKING_RULES"
        assert answer["field"] in (field, f"{field}.0")
        assert await ask.contents() == before
        await change(ask, franchise.manager, 0, stepMinutes=30)


async def test_a_day_that_is_a_holiday_elsewhere_only_is_not_opened(
    ask: Asking, franchise: Franchise
) -> None:
    async with ask.work() as work:
        boxing_day = str(date(work.now.year + 1, 12, 26))
        thanksgiving = next(
            str(day)
            for day, name in public_holidays(
                "US", work.now.date() + DAY, work.now.date() + 366 * DAY
            ).items()
            if name == "Thanksgiving Day"
        )
    for clinic, day, taken in (
        ("RALEIGH", thanksgiving, True),
        ("LONDON", thanksgiving, False),
        ("LONDON", boxing_day, True),
    ):
        before = await ask.contents()
        answer = await change(ask, franchise.hq, 0, clinic, openHolidays=[day])
        assert (answer["__typename"] == "BookingRules") is taken
        assert (await ask.contents() == before) is not taken


@pytest.mark.isolation
async def test_who_operates_a_clinic_sets_its_rules_and_nobody_else(
    ask: Asking, franchise: Franchise
) -> None:
    raleigh = [franchise.raleigh.id]
    refused = {
        NOBODY: "UNAUTHENTICATED",
        everywhere(Role.HQ_ANALYST): "FORBIDDEN",
        everywhere(Role.HQ_CLINICAL_LEAD): "FORBIDDEN",
        person_in(Role.FRONT_DESK, raleigh): "FORBIDDEN",
        person_in(Role.PRACTITIONER, raleigh): "FORBIDDEN",
        partner_of(raleigh): "FORBIDDEN",
        actor_with(None, *(set(Permission) - {Permission.CLINICS_OPERATE})): "FORBIDDEN",
    }
    wanted = {"clinic": {"code": "RALEIGH"}, "expectedRevision": 0, "stepMinutes": 30}
    before = await ask.contents()
    for actor, code in refused.items():
        assert (await ask(actor, SET, input=wanted)).codes == [code]
    for actor, clinic in ((franchise.other_manager, "RALEIGH"), (franchise.hq, "NOWHERE")):
        answer = await change(ask, actor, 0, clinic, stepMinutes=30)
        assert answer == {"__typename": "NotFoundProblem", "code": "NOT_FOUND", "field": "clinic"}
    assert await ask.contents() == before
    for revision, actor in enumerate((franchise.manager, franchise.hq)):
        assert (await change(ask, actor, revision, stepMinutes=30))["__typename"] == "BookingRules"


async def test_many_clinics_take_as_many_statements_as_one(
    ask: Asking, franchise: Franchise
) -> None:
    async with ask.work() as work:
        for number in range(5):
            await add_clinic(work, f"MORE-{number}")
    counted = []
    for actor in (franchise.manager, franchise.hq):
        with ask.statements() as statements:
            await rules(ask, actor)
        counted.append(len(statements))
    assert counted == [2, 2]
