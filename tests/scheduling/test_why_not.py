"""Why not, through GraphQL: each reason, and that booking says the same."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from schema.access.rules import Actor, Role
from schema.base import execute
from schema.clinics.actions import add_closure
from schema.clinics.rules import WeeklyInterval
from schema.courses.actions import cancel_course
from schema.courses.rules import CourseCancellation
from schema.practitioners.actions import add_time_off, set_working_hours
from schema.scheduling.actions import set_booking_rules
from schema.scheduling.rules.reasons import ReasonCode
from tests.actors import person_in
from tests.asking import Acting, Asking
from tests.scheduling.asked import book, by, of, sold
from tests.scheduling.searched import DAY, booked
from tests.scheduling.setting import CONSULTATION, NEW_YORK, Setting
from tests.scheduling.test_search_clients import MARK, held, linked
from tests.scheduling.why import codes, one, why

#: The reason of a closure, of time off: what must not be told but to who may read it.
CLOSURE = "xyzzy-a-closure"


def clinician(setting: Setting) -> Actor:
    return person_in(Role.PRACTITIONER, [setting.franchise.raleigh.id])


def manager(setting: Setting) -> Actor:
    return person_in(Role.CLINIC_MANAGER, [setting.franchise.raleigh.id])


async def run(act: Acting, statement: str, **values: Any) -> list[Any]:
    async with act.work() as work:
        found = await execute(work.session, text(statement).bindparams(**values))
        return list(found) if found.returns_rows else []


Changed = dict[str, Any]
Prepare = Callable[[Asking, Setting], Awaitable[Changed | None]]


@dataclass(frozen=True)
class Case:
    """What is done first, at which start it is asked for; the reason, and what booking says."""

    code: ReasonCode
    problem: str
    sql: str = ""
    terms: Mapping[str, Any] = field(default_factory=dict)
    prepare: Prepare | None = None
    start: Callable[[Setting], datetime] = lambda setting: setting.at(9)
    blocking: str | None = None
    cause: str | None = None
    actor: Callable[[Setting], Actor] = lambda setting: setting.desk
    changed: Changed = field(default_factory=dict)

    async def asked(self, ask: Asking, setting: Setting) -> Changed:
        """Everything is prepared; what is to be asked for."""
        if self.sql:
            await run(ask, self.sql.format(day=setting.day, before=setting.day - DAY))
        if self.terms:
            async with ask.work() as work:
                terms: Any = self.terms
                await set_booking_rules(work, clinic="RALEIGH", expected_revision=0, terms=terms)
        prepared = await self.prepare(ask, setting) if self.prepare else None
        return {"client": by("Client", setting.raleigh_client), **self.changed, **(prepared or {})}


async def away(act: Acting, setting: Setting) -> None:
    async with act.work() as work:
        for code in ("ANA", "BEA"):
            await add_time_off(
                work,
                practitioner=code,
                starts_at=setting.at(8),
                ends_at=setting.at(12),
                reason=MARK,
            )


async def late(act: Acting, setting: Setting) -> None:
    async with act.work() as work:
        week = [WeeklyInterval(day, 12 * 60, 18 * 60) for day in range(7)]
        for code in ("ANA", "BEA"):
            await set_working_hours(work, clinic="RALEIGH", practitioner=code, week=week)


async def closed(act: Acting, setting: Setting) -> None:
    async with act.work() as work:
        last = setting.day + DAY
        await add_closure(work, clinic="RALEIGH", from_on=setting.day, to_on=last, reason=CLOSURE)


async def alone(act: Acting, setting: Setting) -> None:
    """BEA alone is there, who draws blood and needles."""
    async with act.work() as work:
        await add_time_off(
            work, practitioner="ANA", starts_at=setting.at(0), ends_at=setting.at(23), reason=MARK
        )


async def in_london(act: Acting, setting: Setting) -> None:
    """BEA treats in London while Raleigh opens."""
    start = setting.at(14, zone="Europe/London")
    await booked(act, setting, start, visitor=setting.london_client, clinic="LONDON")


async def visited(act: Acting, setting: Setting) -> None:
    await booked(act, setting, setting.at(9))


async def consulted(act: Acting, setting: Setting) -> None:
    await booked(act, setting, setting.at(9), CONSULTATION)


async def another(act: Acting, setting: Setting) -> None:
    """Somebody else is treated."""
    await booked(act, setting, setting.at(9), visitor=setting.partner_client)


async def found(act: Acting, setting: Setting) -> None:
    await held(act, setting, setting.raleigh_client, until_on=setting.day)


async def of_partner(act: Acting, setting: Setting) -> Changed:
    await held(act, setting, setting.partner_client)
    return {"client": by("Client", setting.partner_client)}


async def elsewhere(act: Acting, setting: Setting) -> None:
    await linked(act, setting)
    await held(act, setting, setting.london_client, until_on=setting.day)


def of_course(
    *, days: int = 365, cancelled: bool = False, full: bool = False
) -> Callable[[Asking, Setting], Awaitable[Changed]]:
    async def made(ask: Asking, setting: Setting) -> Changed:
        course = await sold(ask, setting, sessions=1, days=days)
        if full:
            start = setting.at(9) + 60 * DAY
            await book(ask, setting.desk, setting.raleigh_client, start, **of(course))
        if cancelled:
            async with ask.work() as work:
                await cancel_course(work, course=course.id, reason=CourseCancellation.CLIENT)
        return {"client": None, "visit": None, "course": {"code": course.code}}

    return made


PREREQUISITE = """insert into prerequisites (id, jurisdiction_code, visit_kind, min_days, from_on,
    source, set_by, remote_allowed) select gen_random_uuid(), 'US', 'CONSULTATION', 2, '2026-01-01',
    'A statute', id, false from people limit 1"""
R = ReasonCode
CASES = [
    Case(
        R.CLINIC_NOT_BOOKABLE,
        "CLINIC_NOT_BOOKABLE",
        "update clinics set status = 'SUSPENDED' where code = 'RALEIGH'",
        blocking="CLINIC",
    ),
    Case(
        R.PROTOCOL_NOT_OFFERED,
        "NOT_FOUND",
        "update clinic_protocols set state = 'WITHDRAWN'",
        blocking="PROTOCOL",
    ),
    Case(
        R.VISIT_NOT_ALLOWED,
        "AREA_NOT_TREATED",
        blocking="PROTOCOL",
        changed={"visit": {"protocol": {"code": "MN-MEDICAL"}, "areas": ["ELBOW"]}},
    ),
    Case(R.PAST, "START_NOT_BOOKABLE", start=lambda s: s.at(9) - 60 * DAY, blocking="RULE"),
    Case(R.OFF_GRID, "START_NOT_BOOKABLE", start=lambda s: s.at(9, 2), blocking="RULE"),
    Case(R.HORIZON, "START_NOT_BOOKABLE", start=lambda s: s.at(9) + 400 * DAY, blocking="RULE"),
    Case(R.HORIZON, "BEYOND_HORIZON", terms={"horizon_days": 5}, blocking="RULE"),
    Case(R.LEAD_TIME, "LEAD_TIME_TOO_SHORT", terms={"lead_minutes": 60 * 24 * 60}, blocking="RULE"),
    Case(
        R.DAILY_LIMIT,
        "DAILY_LIMIT_REACHED",
        terms={"most_visits_a_day": 1},
        prepare=another,
        start=lambda s: s.at(12),
        blocking="RULE",
    ),
    Case(
        R.DAILY_LIMIT,
        "DAILY_LIMIT_REACHED",
        terms={"most_visits_a_practitioner": 1},
        prepare=another,
        start=lambda s: s.at(12),
        blocking="PRACTITIONER",
        cause="RULE",
        changed={"practitioner": {"code": "ANA"}},
    ),
    Case(
        R.PRE_CARE,
        "PRE_CARE_NOT_ATTESTED",
        start=lambda s: (
            datetime.now(NEW_YORK).replace(hour=12, minute=0, second=0, microsecond=0) + DAY
        ),
        blocking="RULE",
    ),
    Case(R.CLOSED, "SLOT_TAKEN", prepare=closed, blocking="CLOSURE"),
    Case(R.OUTSIDE_HOURS, "SLOT_TAKEN", start=lambda s: s.at(17, 30), blocking="CLINIC"),
    Case(
        R.NO_ROOM, "NOTHING_SUITABLE", "update rooms set room_kind = 'LABORATORY'", blocking="ROOM"
    ),
    Case(
        R.NO_DEVICE,
        "NOTHING_SUITABLE",
        "update device_models set device_class = 'LED_PANEL'",
        blocking="DEVICE",
    ),
    Case(R.NO_PRACTITIONER, "NOTHING_SUITABLE", "delete from credentials", blocking="PRACTITIONER"),
    Case(
        R.CREDENTIAL_EXPIRED,
        "NOTHING_SUITABLE",
        "update credentials set expires_on = '{before}'",
        blocking="PRACTITIONER",
        cause="CREDENTIAL",
    ),
    Case(
        R.CREDENTIAL_EXPIRED,
        "PRACTITIONER_NOT_SUITABLE",
        "update credentials set expires_on = '{before}' where number = 'RN-1'",
        blocking="PRACTITIONER",
        cause="CREDENTIAL",
        changed={"practitioner": {"code": "ANA"}},
    ),
    Case(
        R.NOT_CERTIFIED,
        "NOTHING_SUITABLE",
        "delete from certifications",
        blocking="PRACTITIONER",
        cause="CERTIFICATION",
    ),
    Case(
        R.NOT_CERTIFIED,
        "NOTHING_SUITABLE",
        "update device_models set certification_required = true",
        blocking="PRACTITIONER",
        cause="CERTIFICATION",
    ),
    Case(
        R.DEPTH_OUT_OF_SCOPE,
        "NOTHING_SUITABLE",
        "update scope_rules set max_needle_depth_mm = 0.1",
        blocking="PRACTITIONER",
        cause="SCOPE_RULE",
    ),
    Case(
        R.SERVICE_DUE,
        "NOTHING_SUITABLE",
        "update devices set service_due_on = '{day}'",
        blocking="DEVICE",
        cause="SERVICE",
    ),
    Case(
        R.NOT_ASSIGNED,
        "NOTHING_SUITABLE",
        "update practitioner_assignments set to_on = '{before}'",
        blocking="PRACTITIONER",
    ),
    Case(R.NOT_WORKING, "SLOT_TAKEN", prepare=late, blocking="PRACTITIONER"),
    Case(R.TIME_OFF, "SLOT_TAKEN", prepare=away, blocking="PRACTITIONER", cause="TIME_OFF"),
    Case(R.ROOM_TAKEN, "SLOT_TAKEN", prepare=another, blocking="ROOM", cause="APPOINTMENT"),
    Case(R.DEVICE_TAKEN, "SLOT_TAKEN", prepare=another, blocking="DEVICE", cause="APPOINTMENT"),
    Case(
        R.PRACTITIONER_TAKEN,
        "SLOT_TAKEN",
        prepare=in_london,
        blocking="PRACTITIONER",
        changed={"practitioner": {"code": "BEA"}},
    ),
    Case(
        R.NOT_TOGETHER,
        "SLOT_TAKEN",
        prepare=alone,
        changed={
            "visit": {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"], "addOns": ["PRP"]}
        },
    ),
    Case(
        R.INTERVAL_TOO_SHORT,
        "INTERVAL_TOO_SHORT",
        prepare=visited,
        start=lambda s: s.at(9) + 20 * DAY,
        blocking="RULE",
    ),
    Case(
        R.HEALING,
        "INTERVAL_TOO_SHORT",
        prepare=visited,
        start=lambda s: s.at(9) + 3 * DAY,
        blocking="RULE",
    ),
    Case(R.CLIENT_BUSY, "SLOT_TAKEN", prepare=consulted, cause="APPOINTMENT"),
    Case(
        R.COURSE_ENDS,
        "COURSE_NOT_BOOKABLE",
        prepare=of_course(days=30),
        start=lambda s: s.at(9) + 60 * DAY,
        blocking="COURSE",
    ),
    Case(R.NO_SESSION_LEFT, "COURSE_NOT_BOOKABLE", prepare=of_course(full=True), blocking="COURSE"),
    Case(
        R.COURSE_NOT_ACTIVE,
        "COURSE_NOT_ACTIVE",
        prepare=of_course(cancelled=True),
        blocking="COURSE",
    ),
    Case(
        R.CONTRAINDICATED, "CONTRAINDICATED", prepare=found, actor=clinician, blocking="CLIENT_HOLD"
    ),
    Case(R.CLINICAL_REVIEW_NEEDED, "CLINICAL_REVIEW_NEEDED", prepare=found, blocking="CLIENT_HOLD"),
    Case(
        R.CONTACT_CLINIC,
        "CONTACT_CLINIC",
        prepare=of_partner,
        blocking="CLIENT_HOLD",
        actor=lambda setting: setting.partner,
    ),
    Case(R.NOT_YET, "NOT_YET", prepare=elsewhere, blocking="CLIENT_HOLD"),
    Case(R.MISSING_PREREQUISITE, "MISSING_PREREQUISITE", PREREQUISITE, blocking="PREREQUISITE"),
]


def test_every_reason_has_its_case() -> None:
    assert {each.code for each in CASES} == set(ReasonCode)


@pytest.mark.parametrize("case", CASES, ids=lambda each: f"{each.code}-{each.problem}")
async def test_a_reason_is_told_and_booking_says_the_same(
    ask: Asking, setting: Setting, case: Case
) -> None:
    """It names what stops the visit, and is gone when it ends; where no hour would do, its day has
    it too."""
    asked, actor, start = await case.asked(ask, setting), case.actor(setting), case.start(setting)
    answer = await why(ask, actor, start, **asked)
    assert answer["bookable"] is False
    reason = one(answer, case.code)
    assert (reason["blocking"] or {}).get("kind") == case.blocking
    assert (reason["cause"] or {}).get("kind") == case.cause
    if case.problem not in ("SLOT_TAKEN", "START_NOT_BOOKABLE"):  # whatever the hour
        day = start.astimezone(NEW_YORK).date()
        assert case.code in codes(await why(ask, actor, day, **asked))
    if reason["until"] is not None:
        later = await why(ask, actor, datetime.fromisoformat(reason["until"]), **asked)
        same = [each for each in later["reasons"] if each["code"] == case.code]
        assert all(each["blocking"] != reason["blocking"] for each in same)
        assert reason["untilOn"] == (
            datetime.fromisoformat(reason["until"]).astimezone(NEW_YORK).date().isoformat()
        )
    before = await ask.contents()
    assert await _booked(ask, actor, setting, start, asked) == case.problem
    assert await ask.contents() == before


async def _booked(
    ask: Asking, actor: Actor, setting: Setting, start: datetime, asked: Changed
) -> str:
    """What booking the same says."""
    visit = asked.get("visit") or {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"]}
    course = asked.get("course")
    partner = actor is setting.partner
    changed: Changed = {
        "bookedFor": {"course": course} if course else {"visit": visit},
        "client": asked["client"] or by("Client", setting.raleigh_client),
    }
    if "practitioner" in asked:
        changed["practitioner"] = asked["practitioner"]
    if partner:
        changed["externalReference"] = "R-1"
    found = await book(ask, actor, setting.raleigh_client, start, **changed)
    code: str = found.get("code", "")
    return code
