"""A function per write: selling a course, recording its sessions, calling it off."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import update
from sqlmodel import col

from schema.base import execute, insert
from schema.clients import actions as clients
from schema.clients.models import ClientRow
from schema.clients.rules import check_reference
from schema.clients.sealing import new_code
from schema.clients.store import client as client_by_key
from schema.clinics import store as clinics
from schema.clinics.actions import Key
from schema.clinics.models import ClinicOwnershipRow
from schema.context import Work
from schema.courses import store
from schema.courses.models import CourseRow, CourseSessionRow
from schema.courses.rules import (
    USUAL_VALIDITY_DAYS,
    CourseCancellation,
    CourseReferenceTaken,
    CourseState,
    InvalidDay,
    NotACourse,
    PractitionerNotAssigned,
    SessionNotPlanned,
    SessionState,
    Window,
    check_active,
    check_depth,
    check_feasible,
    check_interval,
    check_selling,
    check_session_count,
    check_session_day,
    check_validity,
    earliest_after,
    next_windows,
    plan_sessions,
)
from schema.errors import NotFound
from schema.practitioners import store as practitioners
from schema.practitioners.rules import in_force_on
from schema.pricing import store as pricing
from schema.pricing.rules import Quote, QuoteLine, QuoteRequest, QuoteTerms, quote
from schema.protocols import store as protocols
from schema.protocols.rules import IntervalRule, Variant, interval_for, session_count_for
from schema.protocols.store import ResolvedProtocol
from schema.tasks.actions import open_task
from schema.tasks.rules import Subject, TaskKind

LINES: TypeAdapter[tuple[QuoteLine, ...]] = TypeAdapter(tuple[QuoteLine, ...])
STANDARD = Variant()
CALL_WITHIN = timedelta(days=7)


async def sell_course(
    work: Work,
    *,
    client: Key,
    clinic_protocol: UUID,
    areas: Sequence[str],
    variant: Variant = STANDARD,
    add_ons: Sequence[str] = (),
    package: Key | None = None,
    sessions: int | None = None,
    sessions_reason: str | None = None,
    validity_days: int | None = None,
    first_on: date | None = None,
    external_reference: str | None = None,
) -> CourseRow:
    """A course on today's terms: version, price and interval are pinned, its sessions planned.

    A package brings its sessions and validity; without one there are as many `sessions` as the
    protocol recommends, for `validity_days` or a year. The first is on `first_on` or later.

    Raises: NotFound, ClinicNotSelling, NotACourse, SessionCountRefused, CourseNotFeasible,
    HoldStops, NotYet, InvalidDay, InvalidReference, CourseReferenceTaken, and what `quote` raises.
    """
    buyer = await clients.client_in_scope(work, client)
    terms, protocol = await _offered(work, buyer, clinic_protocol)
    today = terms.today(work.now)
    interval = interval_for(terms.content, variant)
    if interval is None:
        raise NotACourse(f"{terms.content.name} is sold visit by visit.", field="clinicProtocol")
    rule = session_count_for(terms.content, variant.severity)
    wanted = sessions if sessions is not None else rule.default if rule else 1
    quoted = quote(
        terms,
        QuoteRequest(
            day=today,
            areas=tuple(areas),
            variant=variant,
            add_ons=tuple(add_ons),
            sessions=wanted,
            package=package,
        ),
    )
    check_session_count(quoted.sessions, rule, sessions_reason)
    expires_on = today + timedelta(days=_validity(terms, quoted, validity_days))
    begins_on = await _first_day(work, buyer, areas, interval, today, first_on)
    check_feasible(begins_on, quoted.sessions, interval, expires_on)
    await clients.check_no_hold(work, buyer, protocol.template_code, today)
    row = CourseRow(
        clinic_id=buyer.clinic_id,
        code=new_code("K"),
        client_id=buyer.id,
        clinic_protocol_id=protocol.id,
        version_id=protocol.version_id,
        package_id=quoted.package_id,
        areas=list(areas),
        indication=variant.indication,
        severity=variant.severity,
        depth_mm=variant.depth_mm,
        add_on_keys=list(add_ons),
        min_days=interval.min_days,
        preferred_days=interval.preferred_days,
        max_days=interval.max_days,
        price_lines=LINES.dump_python(quoted.lines, mode="json"),
        total_minor=quoted.total.amount_minor,
        currency=quoted.total.currency,
        sessions_planned=quoted.sessions,
        sold_on=today,
        sold_by=work.actor.id,
        owner_id=(await _ownership(work, buyer.clinic_id, today)).owner_id,
        expires_on=expires_on,
    )
    if sessions_reason:
        row.sessions_reason = clients.data_key_of(work, buyer).seal(row.id, sessions_reason)
    await _insert_course(work, row, external_reference)
    windows = plan_sessions(begins_on, quoted.sessions, interval, expires_on)
    work.session.add_all(_sessions(row, windows))
    work.record("course.sold", row.clinic_id, row, code=row.code, sessions=row.sessions_planned)
    return row


async def _offered(
    work: Work, buyer: ClientRow, clinic_protocol: UUID
) -> tuple[QuoteTerms, ResolvedProtocol]:
    """What the client's own clinic, which is live, offers. Raises: NotFound, ClinicNotSelling."""
    ids = [clinic_protocol]
    terms = (await pricing.quote_terms(work.session, ids, work.scope)).get(clinic_protocol)
    protocol = (await protocols.resolved_protocols(work.session, ids, work.scope)).get(
        clinic_protocol
    )
    clinic = await clinics.clinic(work.session, work.scope, buyer.clinic_id)
    if terms is None or protocol is None or clinic is None or terms.clinic_id != clinic.id:
        raise NotFound("clinic protocol", clinic_protocol, field="clinicProtocol")
    check_selling(clinic.status)
    return terms, protocol


def _validity(terms: QuoteTerms, quoted: Quote, validity_days: int | None) -> int:
    if quoted.package_id is not None:
        return next(each.validity_days for each in terms.packages if each.id == quoted.package_id)
    return check_validity(USUAL_VALIDITY_DAYS if validity_days is None else validity_days)


async def _first_day(
    work: Work,
    buyer: ClientRow,
    areas: Sequence[str],
    interval: IntervalRule,
    today: date,
    first_on: date | None,
) -> date:
    """The day from which the first session can be: as asked, and once the areas have healed."""
    if first_on is not None and first_on < today:
        raise InvalidDay(f"{first_on} has passed.", field="firstOn")
    done = await store.days_done(work.session, buyer, areas)
    return max(first_on or today, earliest_after(done, interval) or today)


async def _ownership(work: Work, clinic_id: UUID, day: date) -> ClinicOwnershipRow:
    found = await clinics.ownership_on(work.session, clinic_id, day)
    assert found is not None, "a clinic has an owner from its first day on"
    return found


async def _insert_course(work: Work, row: CourseRow, external_reference: str | None) -> None:
    reference = check_reference(external_reference, needed=False)
    row.external_reference = reference
    taken = CourseReferenceTaken(
        "You sold a course under this reference.", field="externalReference"
    )
    if reference and await store.reference_taken(
        work.session, row.clinic_id, reference, row.sold_by
    ):
        raise taken
    await insert(work.session, row, taken=taken)


def _sessions(course: CourseRow, windows: Sequence[Window]) -> list[CourseSessionRow]:
    return [
        CourseSessionRow(
            clinic_id=course.clinic_id,
            course_id=course.id,
            number=number,
            earliest_on=each.earliest_on,
            preferred_on=each.preferred_on,
            latest_on=each.latest_on,
        )
        for number, each in enumerate(windows, start=1)
    ]


async def record_session(
    work: Work, *, course: Key, done_on: date, practitioner: Key, depth_mm: Decimal | None = None
) -> CourseRow:
    """The next planned session was done on a day; the windows of those after it move along.

    Raises: NotFound, CourseNotActive, SessionNotPlanned, InvalidDay, InvalidDepth,
    IntervalTooShort, PractitionerNotAssigned.
    """
    check_depth(depth_mm)
    row = await _locked(work, course)
    check_active(row.state)
    today = await clients.today_in(work, row.clinic_id)
    check_session_day(done_on, today, row.sold_on, row.expires_on)
    treated_by = await _assigned(work, row.clinic_id, practitioner, done_on)
    client = await client_by_key(work.session, work.scope, row.client_id)
    assert client is not None, "a course and its client are of one clinic"
    days = await store.days_done(work.session, client, row.areas)
    check_interval(days, done_on, row, "doneOn")
    session, *later = await _planned(work, row)
    session.state, session.done_on = SessionState.DONE, done_on
    session.practitioner_id, session.depth_mm = treated_by, depth_mm
    windows = next_windows(max([*days, done_on]), len(later), row, row.expires_on)
    for each, window in zip(later, windows, strict=True):
        each.earliest_on, each.preferred_on = window.earliest_on, window.preferred_on
        each.latest_on = window.latest_on
    if not later:
        row.state = CourseState.COMPLETED
    elif windows[-1].earliest_on > row.expires_on:
        _call_client(work, row, today)
    work.record("session.recorded", row.clinic_id, session, course=row.code, number=session.number)
    return row


async def _locked(work: Work, key: Key) -> CourseRow:
    found = await store.course(work.session, work.scope, key)
    if found is None:
        raise NotFound("course", key, field="course")
    return await work.session.get_one(CourseRow, found.id, with_for_update=True)


async def _assigned(work: Work, clinic_id: UUID, key: Key, day: date) -> UUID:
    """The practitioner who treated. Raises: NotFound, PractitionerNotAssigned."""
    found = await practitioners.practitioner(work.session, work.scope, key)
    if found is None:
        raise NotFound("practitioner", key, field="practitioner")
    all_of_them = await practitioners.assignments_by_practitioner(
        work.session, [found.id], work.scope
    )
    here = [each for each in all_of_them.get(found.id, ()) if each.clinic_id == clinic_id]
    if not any(in_force_on(each, day) for each in here):
        raise PractitionerNotAssigned(
            f"{found.code} was not assigned to this clinic on {day}.", field="practitioner"
        )
    return found.id


async def _planned(work: Work, course: CourseRow) -> list[CourseSessionRow]:
    """The sessions still to be done, by number, to be changed. Raises: SessionNotPlanned."""
    rows = (await store.sessions_by_course(work.session, [course.id], work.scope))[course.id]
    planned = [
        await work.session.get_one(CourseSessionRow, each.id)
        for each in rows
        if each.state == SessionState.PLANNED
    ]
    if not planned:
        raise SessionNotPlanned("All sessions of this course are done.", field="course")
    return planned


def _call_client(work: Work, course: CourseRow, today: date) -> None:
    """Have somebody talk to a client whose sessions do not fit any more."""
    open_task(
        work,
        clinic_id=course.clinic_id,
        kind=TaskKind.COURSE_LAPSE,
        title=f"Course {course.code} cannot be finished before {course.expires_on}.",
        due_on=today + CALL_WITHIN,
        subject=Subject("Course", course.id),
    )


async def cancel_course(work: Work, *, course: Key, reason: CourseCancellation) -> CourseRow:
    """Call off what is left of a course. Raises: NotFound, CourseNotActive."""
    row = await _locked(work, course)
    check_active(row.state)
    row.cancellation_reason = reason
    row.state, row.cancelled_at = CourseState.CANCELLED, work.now
    session: Any = CourseSessionRow
    planned = update(session).where(
        col(session.course_id) == row.id, col(session.state) == SessionState.PLANNED
    )
    await execute(work.session, planned.values(state=SessionState.CANCELLED))
    work.record("course.cancelled", row.clinic_id, row, code=row.code)
    return row
