"""Soft rules: who obeys them, who may set them aside and how it is written down; the others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from schema.access.rules import Actor, Role
from schema.clients.rules import ReasonNeeded
from schema.courses.rules import IntervalTooShort
from schema.errors import AccessDenied, NotFound, RuleViolation
from schema.scheduling.actions import move_appointment, set_booking_rules
from schema.scheduling.models import AppointmentRow
from schema.scheduling.rules import SlotTaken
from schema.scheduling.rules.appointments import StartNotBookable
from schema.scheduling.rules.booking import (
    BeyondHorizon,
    DailyLimitReached,
    LeadTimeTooShort,
    Override,
    PreCareNotAttested,
    SoftRule,
)
from tests.actors import person_in
from tests.asking import Acting, Asking
from tests.courses.versions import MIN_DAYS, law
from tests.scheduling.asked import BOOK, by, sold
from tests.scheduling.holding import assert_calendars_agree, book, desk, hold, rows
from tests.scheduling.setting import CONSULTATION, NEW_YORK, Setting, register

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
#: Marked, so that it can be looked for wherever it must not be.
REASON = "XyzzyReason: flies home tomorrow"
SHOWN = """{ appointments(first: 5) { edges { node { overridden preCareAttested
    overrideReason } } } }"""


def manager(setting: Setting) -> Actor:
    return replace(
        person_in(Role.CLINIC_MANAGER, [setting.franchise.raleigh.id]), id=desk(setting).id
    )


def practitioner(setting: Setting) -> Actor:
    return replace(
        person_in(Role.PRACTITIONER, [setting.franchise.raleigh.id]), id=desk(setting).id
    )


def aside(*rules: SoftRule, reason: str = REASON) -> Override:
    return Override(frozenset(rules), reason)


async def rule(act: Acting, **terms: Any) -> None:
    async with act.work() as work:
        await set_booking_rules(work, clinic="RALEIGH", expected_revision=0, terms=terms)  # type: ignore[arg-type]


def before(start: datetime, by: timedelta, now: datetime) -> timedelta:
    """How much later than now it is so long before a start."""
    return start - by - now


async def now(act: Acting) -> datetime:
    async with act.work() as work:
        return work.now


async def refused(
    act: Acting,
    setting: Setting,
    kind: type[RuleViolation],
    start: datetime,
    **given: Any,
) -> RuleViolation:
    contents = await act.contents()
    with pytest.raises(kind) as found:
        await book(act, setting, start, **given)
    assert await act.contents() == contents
    return found.value


async def overridden(act: Acting) -> Sequence[tuple[Any, ...]]:
    return await rows(
        act, "select overridden, override_reason is not null from appointments order by starts_at"
    )


async def test_the_lead_time_is_obeyed_held_or_booked_and_set_aside_by_managers(
    act: Acting, setting: Setting
) -> None:
    await rule(act, lead_minutes=24 * 60)
    start = setting.at(10)
    late = before(start, 23 * HOUR, await now(act))
    wish = {"wish": CONSULTATION, "after": late}
    await refused(act, setting, LeadTimeTooShort, start, **wish)
    contents = await act.contents()
    with pytest.raises(LeadTimeTooShort):
        await hold(act, setting, start, **wish)
    assert await act.contents() == contents
    given = {**wish, "override": aside(SoftRule.LEAD_TIME), "actor": manager(setting)}
    row = await book(act, setting, start, **given)
    assert row.overridden == ["LEAD_TIME"]
    early = before(start + DAY, 24 * HOUR + timedelta(minutes=5), await now(act))
    client = {"client": setting.partner_client}
    await book(act, setting, start + DAY, wish=CONSULTATION, after=early, **client)


async def test_what_is_held_in_time_is_booked_in_time(act: Acting, setting: Setting) -> None:
    """The lead time ends between holding and booking."""
    await rule(act, lead_minutes=24 * 60)
    start = setting.at(10)
    at = before(start, 24 * HOUR + timedelta(minutes=1), await now(act))
    held = await hold(act, setting, start, wish=CONSULTATION, after=at)
    row = await book(act, setting, after=at + timedelta(minutes=3), slot_hold=held.id)
    assert row.overridden == []


async def test_the_horizon_counts_clinic_days(act: Acting, setting: Setting) -> None:
    today = (await now(act)).astimezone(NEW_YORK).date()
    days = (setting.day - today).days
    await rule(act, horizon_days=days)
    row = await book(act, setting, setting.at(16))
    assert row.overridden == []
    client = {"client": setting.partner_client}
    await refused(act, setting, BeyondHorizon, setting.at(10) + DAY, **client)
    given = {**client, "actor": practitioner(setting), "override": aside(SoftRule.HORIZON)}
    far = await book(act, setting, setting.at(10) + DAY, **given)
    assert far.overridden == ["HORIZON"]
    await refused(act, setting, StartNotBookable, setting.at(10) + 400 * DAY, **given)


async def test_next_starts_obey_lead_time_and_horizon(act: Acting, setting: Setting) -> None:
    today = (await now(act)).astimezone(NEW_YORK).date()
    await rule(act, horizon_days=(setting.day - today).days)
    await book(act, setting, setting.at(16, 30))
    contents = await act.contents()
    with pytest.raises(SlotTaken) as found:
        await book(act, setting, setting.at(16, 45), client=setting.partner_client)
    assert found.value.next_free == ()
    assert await act.contents() == contents


async def test_daily_limits_are_the_clinics_and_each_practitioners(
    act: Acting, setting: Setting
) -> None:
    await rule(act, most_visits_a_day=3, most_visits_a_practitioner=1)
    clients = []
    async with act.work() as work:
        clients = [await register(work, "RALEIGH", f"Client {n}") for n in range(4)]
    for hour, client in zip((9, 11), clients, strict=False):
        await book(act, setting, setting.at(hour), client=client)
    full = {"client": clients[2]}
    refusal = await refused(act, setting, DailyLimitReached, setting.at(13), **full)
    assert refusal.field == "startsAt"
    given = {"actor": manager(setting), "override": aside(SoftRule.DAILY_LIMIT)}
    row = await book(act, setting, setting.at(13), **full, **given)
    assert row.overridden == ["DAILY_LIMIT"]
    await refused(act, setting, DailyLimitReached, setting.at(15), client=clients[3])
    await book(act, setting, setting.at(15), client=clients[3], **given)
    contents = await act.contents()
    with pytest.raises(SlotTaken):
        await book(act, setting, setting.at(15), client=setting.partner_client, **given)
    assert await act.contents() == contents


async def test_what_is_held_counts_on_its_day(act: Acting, setting: Setting) -> None:
    await rule(act, most_visits_a_day=1)
    held = await hold(act, setting, setting.at(10))
    other = {"client": setting.partner_client}
    await refused(act, setting, DailyLimitReached, setting.at(14), **other)
    late = timedelta(minutes=4)
    assert (await book(act, setting, after=late, slot_hold=held.id)).overridden == []
    after = timedelta(minutes=9)
    await refused(act, setting, DailyLimitReached, setting.at(14), after=after, **other)


async def test_care_that_should_have_begun_is_attested_or_set_aside(
    act: Acting, setting: Setting
) -> None:
    """MN-MEDICAL asks for three days without retinoids."""
    start = setting.at(10)
    late = before(start, 71 * HOUR, await now(act))
    early = before(start, 73 * HOUR, await now(act))
    refusal = await refused(act, setting, PreCareNotAttested, start, after=late)
    assert refusal.field == "preCareAttested"
    row = await book(act, setting, start, after=late, pre_care_attested=True)
    assert (row.pre_care_attested, row.overridden) == (True, [])
    client = {"client": setting.partner_client}
    given = {**client, "actor": manager(setting), "override": aside(SoftRule.PRE_CARE)}
    row = await book(act, setting, start + 3 * HOUR, after=late + 3 * HOUR, **given)
    assert (row.pre_care_attested, row.overridden) == (False, ["PRE_CARE"])
    async with act.work() as work:
        other = await register(work, "RALEIGH", "Early")
    row = await book(
        act, setting, setting.at(16), after=early, client=other, pre_care_attested=True
    )
    assert (row.pre_care_attested, row.overridden) == (False, [])


async def test_an_interval_is_lowered_to_how_long_skin_heals_and_no_further(
    act: Acting, setting: Setting
) -> None:
    """Six weeks by the protocol, two weeks for the skin."""
    await book(act, setting, setting.at(10))
    given = {"actor": manager(setting), "override": aside(SoftRule.MIN_INTERVAL)}
    await refused(act, setting, IntervalTooShort, setting.at(10) + 41 * DAY)
    await refused(act, setting, IntervalTooShort, setting.at(10) + 13 * DAY, **given)
    await refused(act, setting, IntervalTooShort, setting.at(10) - 13 * DAY, **given)
    row = await book(act, setting, setting.at(10) + 14 * DAY, **given)
    assert row.overridden == ["MIN_INTERVAL"]


async def test_nobody_goes_below_an_interval_that_the_law_sets(
    act: Acting, setting: Setting
) -> None:
    await sold(act, setting)
    await law(act, MIN_DAYS, 49)
    await book(act, setting, setting.at(10))
    given = {"actor": manager(setting), "override": aside(SoftRule.MIN_INTERVAL)}
    await refused(act, setting, IntervalTooShort, setting.at(10) + 48 * DAY, **given)
    row = await book(act, setting, setting.at(10) + 49 * DAY, **given)
    assert row.overridden == []


async def test_only_with_permission_and_a_reason(act: Acting, setting: Setting) -> None:
    await rule(act, horizon_days=1)
    start = setting.at(10)
    contents = await act.contents()
    far = aside(SoftRule.HORIZON)
    for actor in (desk(setting), setting.partner):
        with pytest.raises(AccessDenied):
            await book(act, setting, start, actor=actor, override=far, external_reference="B-1")
    elsewhere = person_in(Role.CLINIC_MANAGER, [setting.franchise.london.id])
    with pytest.raises(NotFound):
        await book(act, setting, start, actor=elsewhere, override=far)
    for reason in ("", "  ", "x" * 4001):
        with pytest.raises(ReasonNeeded) as found:
            await book(
                act,
                setting,
                start,
                actor=manager(setting),
                override=aside(SoftRule.HORIZON, reason=reason),
            )
        assert found.value.field == "override.reason"
    others = aside(*(set(SoftRule) - {SoftRule.HORIZON}))
    with pytest.raises(BeyondHorizon):
        await book(act, setting, start, actor=manager(setting), override=others)
    assert await act.contents() == contents


async def test_what_was_not_needed_is_not_written_down(act: Acting, setting: Setting) -> None:
    given = {"actor": manager(setting), "override": aside(*SoftRule)}
    await book(act, setting, setting.at(10), **given)
    assert await overridden(act) == [([], False)]


async def test_the_reason_is_sealed_and_read_by_clinicians_alone(
    ask: Asking, setting: Setting
) -> None:
    await rule(ask, horizon_days=1)
    booking = {
        "client": by("Client", setting.raleigh_client),
        "slot": {
            "at": {
                "clinic": {"code": "RALEIGH"},
                "startsAt": setting.at(10).isoformat(),
                "bookedFor": {"visit": {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"]}},
            }
        },
        "override": {"rules": ["HORIZON", "PRE_CARE"], "reason": REASON},
    }
    refusal = await ask(desk(setting), BOOK, input=booking)
    assert refusal.codes == ["FORBIDDEN"]
    done = await ask.change(manager(setting), BOOK, input=booking)
    assert done["__typename"] == "Appointment"
    everything = await rows(
        ask,
        "select row_to_json(e)::text from events e"
        " union all select row_to_json(a)::text from appointments a",
    )
    assert not [text for (text,) in everything if "Xyzzy" in text]
    assert await rows(
        ask, "select payload->'overridden' from events where name = 'appointment.booked'"
    ) == [(["HORIZON"],)]
    shown = await ask(practitioner(setting), SHOWN)
    node = {"overridden": ["HORIZON"], "preCareAttested": False, "overrideReason": REASON}
    assert shown.data == {"appointments": {"edges": [{"node": node}]}}
    assert await rows(ask, "select count(*) from events where name = 'clinical.read'") == [(1,)]
    hidden = await ask(desk(setting), SHOWN)
    assert hidden.codes == ["FORBIDDEN"]
    assert hidden.data == {"appointments": {"edges": [{"node": {**node, "overrideReason": None}}]}}


async def test_a_move_says_anew_what_is_set_aside(act: Acting, setting: Setting) -> None:
    today: date = (await now(act)).astimezone(NEW_YORK).date()
    await rule(act, horizon_days=(setting.day - today).days)
    far = setting.at(10) + DAY
    override = aside(SoftRule.HORIZON)
    row = await book(act, setting, far, actor=manager(setting), override=override)
    assert await overridden(act) == [(["HORIZON"], True)]
    contents = await act.contents()
    async with act.work(manager(setting)) as work:
        with pytest.raises(BeyondHorizon):
            await move_appointment(work, appointment_id=row.id, starts_at=far + HOUR)
    assert await act.contents() == contents
    async with act.work(manager(setting)) as work:
        moved: AppointmentRow = await move_appointment(
            work, appointment_id=row.id, starts_at=setting.at(10)
        )
    assert moved.overridden == []
    assert await overridden(act) == [([], False)]
    await assert_calendars_agree(act, setting)


async def test_buffers_add_up_and_rooms_have_none(act: Acting, setting: Setting) -> None:
    """ANA is free ten minutes before and five after each visit: fifteen between two of hers."""
    await rule(act, buffer_before_minutes=10, buffer_after_minutes=5)
    await book(act, setting, setting.at(10), wish=CONSULTATION, practitioner="ANA")
    taken = await rows(
        act,
        "select role, starts_at, ends_at from allocations where resource_kind = 'PRACTITIONER'",
    )
    assert len(taken) == 1
    ((_, starts_at, ends_at),) = taken
    assert starts_at == setting.at(9, 50)
    end = ends_at - timedelta(minutes=5)
    client = {"client": setting.partner_client, "practitioner": "ANA", "wish": CONSULTATION}
    await assert_calendars_agree(act, setting)
    contents = await act.contents()
    for minutes in (0, 5, 10):
        with pytest.raises(SlotTaken):
            await book(act, setting, end + timedelta(minutes=minutes), **client)
    assert await act.contents() == contents
    await book(act, setting, end + timedelta(minutes=15), **client)
    async with act.work() as work:
        other = await register(work, "RALEIGH", "Other")
    first = {"client": other, "practitioner": "BEA", "wish": CONSULTATION}
    await book(act, setting, setting.at(14), **first)
