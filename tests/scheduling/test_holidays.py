"""Public holidays: which the library knows, what they close, and what callers see of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.seed.shared import JURISDICTIONS
from schema.access.rules import Permission, Role
from schema.clinics import actions as clinics
from schema.clinics.rules import WeeklyInterval
from schema.scheduling.actions import set_booking_rules
from schema.scheduling.rules.holidays import closed_days, public_holidays
from schema.scheduling.rules.hours import day_window
from tests.actors import everywhere, partner_of
from tests.asking import Asking
from tests.franchise import Franchise
from tests.scheduling.asked import AVAILABILITY, asked
from tests.scheduling.setting import NEW_YORK, Setting

DAY = timedelta(days=1)
NEW_YEAR, YEAR_END = date(2026, 1, 1), date(2026, 12, 31)


@dataclass(frozen=True)
class Closure:
    from_on: date
    to_on: date


@pytest.mark.parametrize(
    ("place", "day", "name"),
    [
        ("US", "2026-11-26", "Thanksgiving Day"),
        ("US", "2026-07-03", "Independence Day (observed)"),
        ("US", "2026-07-04", "Independence Day"),
        ("US-NC", "2026-11-27", "Day After Thanksgiving"),
        ("US-FL", "2026-11-27", "Friday After Thanksgiving"),
        ("US", "2026-11-27", None),
        ("GB-ENG", "2026-08-31", "Late Summer Bank Holiday"),
        ("GB-SCT", "2026-08-31", None),
        ("GB-ENG", "2026-12-28", "Boxing Day (observed)"),
        ("GB-ENG", "2026-11-26", None),
        ("US-ZZ", "2026-11-26", "Thanksgiving Day"),  # as its country
        ("US-ZZ", "2026-11-27", None),
        ("ZZ", "2026-12-25", None),
        ("ZZ-NC", "2026-12-25", None),
        ("XNYS", "2026-12-25", None),  # a market, no place
        ("", "2026-12-25", None),
    ],
)
def test_a_place_has_its_holidays(place: str, day: str, name: str | None) -> None:
    when = date.fromisoformat(day)
    assert public_holidays(place, when, when).get(when) == name


@pytest.mark.parametrize("code", [code for code, *_ in JURISDICTIONS])
def test_every_jurisdiction_of_the_seed_is_understood(code: str) -> None:
    found = public_holidays(code, NEW_YEAR, YEAR_END)
    assert {NEW_YEAR, date(2026, 12, 25)} <= set(found)
    assert 5 <= len(found) <= 20
    assert list(found) == sorted(found)


@given(
    st.sampled_from(["US-NC", "GB-ENG", "US-ZZ", "DE-BY", "ZZ"]),
    st.dates(date(1990, 1, 1), date(2050, 1, 1)),
    st.integers(0, 800),
    st.integers(0, 800),
)
def test_a_window_shows_what_two_halves_of_it_show(
    place: str, first: date, one: int, other: int
) -> None:
    """Also across the end of a year: what is observed on 31 December is of the next year."""
    middle, last = first + one * DAY, first + (one + 1 + other) * DAY
    halves = {
        **public_holidays(place, first, middle),
        **public_holidays(place, middle + DAY, last),
    }
    assert public_holidays(place, first, last) == halves
    assert all(first <= day <= last for day in halves)


def test_what_is_observed_the_year_before_is_found() -> None:
    """1 January 2028 is a Saturday."""
    when = date(2027, 12, 31)
    assert public_holidays("US", when, when) == {when: "New Year's Day (observed)"}


@pytest.mark.parametrize("last", [date.min, date(1066, 12, 25), date.max])
def test_days_far_away_have_none(last: date) -> None:
    assert public_holidays("GB-ENG", last, last) == {}


days = st.dates(date(2026, 1, 1), date(2026, 4, 1))
closures = st.lists(st.builds(Closure, days, days), max_size=5)


@given(closures, st.frozensets(days), st.frozensets(days), days, days)
def test_a_day_is_closed_by_a_closure_or_a_holiday_that_is_not_opened(
    closures: Sequence[Closure],
    holidays: frozenset[date],
    opened: frozenset[date],
    first: date,
    last: date,
) -> None:
    closed = closed_days(closures, holidays, opened, first, last)
    for n in range((date(2026, 4, 2) - date(2025, 12, 31)).days):
        day = date(2025, 12, 31) + n * DAY
        shut = any(each.from_on <= day <= each.to_on for each in closures)
        kept = day in holidays and day not in opened
        assert (day in closed) is (first <= day <= last and (shut or kept))


HOLIDAYS = """query ($from: Date!, $to: Date!) { clinics { edges { node { code
    holidays(from: $from, to: $to) { day name open } } } } }"""


async def holidays(ask: Asking, actor: Any, first: date, last: date) -> dict[str, Any]:
    data = await ask.data(actor, HOLIDAYS, **{"from": str(first), "to": str(last)})
    return {each["node"]["code"]: each["node"]["holidays"] for each in data["clinics"]["edges"]}


async def test_each_clinic_lists_the_holidays_of_its_place(
    ask: Asking, franchise: Franchise
) -> None:
    """Open while it keeps none; not where its week or a closure says otherwise."""
    async with ask.work() as work:
        christmas = date(work.now.year + 1, 12, 25)
        every_day = [WeeklyInterval(day, 540, 1080) for day in range(7)]
        for clinic in ("RALEIGH", "LONDON"):
            await clinics.set_opening_hours(work, clinic=clinic, week=every_day)
    window = christmas, christmas + DAY
    seen = await holidays(ask, franchise.hq, *window)
    assert seen["LONDON"][0] == {"day": str(christmas), "name": "Christmas Day", "open": True}
    assert [each["open"] for each in seen["RALEIGH"]] == [True, True]
    assert "Boxing Day" in seen["LONDON"][1]["name"]
    async with ask.work() as work:
        await set_booking_rules(
            work,
            clinic="RALEIGH",
            expected_revision=0,
            closed_on_holidays=True,
            open_on=[christmas + DAY],
        )
        await clinics.add_closure(
            work, clinic="LONDON", from_on=christmas, to_on=christmas, reason="Away"
        )
    seen = await holidays(ask, franchise.hq, *window)
    assert [each["open"] for each in seen["RALEIGH"]] == [False, True]
    assert [each["open"] for each in seen["LONDON"]] == [False, True]
    async with ask.work() as work:
        await clinics.set_opening_hours(work, clinic="LONDON", week=[])
    seen = await holidays(ask, franchise.hq, *window)
    assert [each["open"] for each in seen["LONDON"]] == [False, False]


@pytest.mark.isolation
async def test_holidays_are_shown_to_who_sees_the_clinic(ask: Asking, franchise: Franchise) -> None:
    window = date(2030, 1, 1), date(2030, 1, 1)
    for actor, seen in ((franchise.partner, ["RALEIGH"]), (franchise.other_manager, ["LONDON"])):
        found = await holidays(ask, actor, *window)
        assert list(found) == seen
        assert [each["name"] for each in found[seen[0]]] == ["New Year's Day"]
    stranger = partner_of(None, Permission.AVAILABILITY_READ)
    answer = await ask(stranger, HOLIDAYS, **{"from": "2030-01-01", "to": "2030-01-01"})
    assert answer.codes == ["FORBIDDEN"]


@pytest.mark.parametrize("last", ["2029-12-31", "2031-01-03", "2099-12-31"])
async def test_a_list_that_nobody_needs_is_refused(
    ask: Asking, franchise: Franchise, last: str
) -> None:
    answer = await ask(franchise.hq, HOLIDAYS, **{"from": "2030-01-01", "to": last})
    assert set(answer.codes) == {"BAD_REQUEST"}


async def test_many_clinics_take_as_many_statements_as_one(
    ask: Asking, franchise: Franchise
) -> None:
    window = {"from": "2030-01-01", "to": "2030-12-31"}
    counted = []
    for actor in (franchise.manager, franchise.hq):
        with ask.statements() as statements:
            await ask.data(actor, HOLIDAYS, **window)
        counted.append(len(statements))
    assert counted == [4, 4]  # clinics, rules, closures, hours


def next_holiday(place: str, today: date) -> date:
    """The next but for today and tomorrow, whose starts may have passed."""
    return min(public_holidays(place, today + 2 * DAY, today + 366 * DAY))


async def test_a_holiday_is_not_offered_but_where_it_is_opened(
    ask: Asking, setting: Setting
) -> None:
    """London keeps none, and is open on the day."""
    async with ask.work() as work:
        day = next_holiday("US-NC", work.now.date())
    both = {"clinics": [{"code": "RALEIGH"}, {"code": "LONDON"}]}
    wanted = asked(*day_window(day, NEW_YORK), where=both)

    async def offered() -> dict[str, bool]:
        data = await ask.data(everywhere(Role.HQ_ANALYST), AVAILABILITY, input=wanted)
        found = data["availability"]["clinics"]
        return {each["clinic"]["code"]: bool(each["starts"]) for each in found}

    assert await offered() == {"RALEIGH": True, "LONDON": True}
    for revision, (changed, open_there) in enumerate(
        (
            ({"closed_on_holidays": True}, False),
            ({"open_on": [day]}, True),
            ({"open_on": []}, False),
            ({"closed_on_holidays": False}, True),
        )
    ):
        async with ask.work() as work:
            await set_booking_rules(work, clinic="RALEIGH", expected_revision=revision, **changed)
        assert await offered() == {"RALEIGH": open_there, "LONDON": True}
