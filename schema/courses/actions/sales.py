"""Selling a course: what holds on the day of the sale is pinned."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from schema.base import insert
from schema.clients import actions as clients
from schema.clients.models import ClientRow
from schema.clients.rules import check_reason, check_reference
from schema.clients.sealing import new_code
from schema.clinics import store as clinics
from schema.clinics.actions import Key
from schema.clinics.models import ClinicOwnershipRow
from schema.context import Work
from schema.courses import store
from schema.courses.models import CourseRow, CourseSessionRow
from schema.courses.rules import (
    USUAL_VALIDITY_DAYS,
    CourseReferenceTaken,
    InvalidDay,
    NotACourse,
    Window,
    check_feasible,
    check_selling,
    check_session_count,
    check_validity,
    earliest_after,
    plan_sessions,
)
from schema.errors import NotFound
from schema.pricing import store as pricing
from schema.pricing.rules import Quote, QuoteRequest, QuoteTerms, quote
from schema.protocols import store as protocols
from schema.protocols.rules import (
    IntervalRule,
    ProtocolContent,
    Variant,
    session_count_for,
    spacing_for,
)
from schema.protocols.store import ResolvedProtocol

STANDARD = Variant()


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
    The interval is no shorter than these areas heal.

    A package brings its sessions and validity; without one there are as many `sessions` as the
    protocol recommends, for `validity_days` or a year. The first is on `first_on` or later.

    Raises: NotFound, ClinicNotSelling, NotACourse, SessionCountRefused, CourseNotFeasible,
    HoldStops, NotYet, InvalidDay, InvalidReference, CourseReferenceTaken, and what `quote` raises.
    """
    buyer = await clients.client_in_scope(work, client)
    terms, protocol = await _offered(work, buyer, clinic_protocol)
    interval = _interval(terms.content, variant, areas)
    rule = session_count_for(terms.content, variant.severity)
    request = QuoteRequest(
        day=terms.today(work.now),
        areas=tuple(areas),
        variant=variant,
        add_ons=tuple(add_ons),
        sessions=sessions if sessions is not None else rule.default if rule else 1,
        package=package,
    )
    quoted = quote(terms, request)
    check_session_count(quoted.sessions, rule, sessions_reason)
    expires_on = request.day + timedelta(days=_validity(terms, quoted, validity_days))
    begins_on = await _first_day(work, buyer, request, interval, first_on)
    check_feasible(begins_on, quoted.sessions, interval, expires_on)
    await clients.check_no_hold(work, buyer, protocol.template_code, request.day)
    owner_id = (await _ownership(work, buyer.clinic_id, request.day)).owner_id
    row = _course(buyer, protocol, request, quoted, interval, expires_on, owner_id)
    row.sold_by = work.actor.id
    if sessions_reason:
        words = check_reason(sessions_reason, "sessionsReason")
        row.sessions_reason = clients.data_key_of(work, buyer).seal(row.id, words)
    await _insert_course(work, row, external_reference)
    windows = plan_sessions(begins_on, quoted.sessions, interval, expires_on)
    work.session.add_all(_sessions(row, windows))
    work.record("course.sold", row.clinic_id, row, code=row.code, sessions=row.sessions_planned)
    return row


async def _offered(
    work: Work, buyer: ClientRow, clinic_protocol: UUID
) -> tuple[QuoteTerms, ResolvedProtocol]:
    """What the client's own clinic, which is live, offers. Raises: NotFound, ClinicNotSelling.

    Until the sale is through, the clinic neither upgrades nor changes it, nor goes back.
    """
    ids = [clinic_protocol]
    await protocols.lock_adoption_shared(work.session, work.scope, clinic_protocol)
    terms = (await pricing.quote_terms(work.session, ids, work.scope)).get(clinic_protocol)
    protocol = (await protocols.resolved_protocols(work.session, ids, work.scope)).get(
        clinic_protocol
    )
    clinic = await clinics.clinic(work.session, work.scope, buyer.clinic_id)
    if terms is None or protocol is None or clinic is None or terms.clinic_id != clinic.id:
        raise NotFound("clinic protocol", clinic_protocol, field="clinicProtocol")
    check_selling(clinic.status)
    return terms, protocol


def _interval(content: ProtocolContent, variant: Variant, areas: Sequence[str]) -> IntervalRule:
    found = spacing_for(content, variant, areas)
    if found is None:
        raise NotACourse(f"{content.name} is sold visit by visit.", field="clinicProtocol")
    return found


def _course(
    buyer: ClientRow,
    protocol: ResolvedProtocol,
    request: QuoteRequest,
    quoted: Quote,
    interval: IntervalRule,
    expires_on: date,
    owner_id: UUID,
) -> CourseRow:
    """The course with all that it pins."""
    return CourseRow(
        clinic_id=buyer.clinic_id,
        code=new_code("K"),
        client_id=buyer.id,
        clinic_protocol_id=protocol.id,
        version_id=protocol.version_id,
        package_id=quoted.package_id,
        areas=list(request.areas),
        indication=request.variant.indication,
        severity=request.variant.severity,
        depth_mm=request.variant.depth_mm,
        add_on_keys=list(request.add_ons),
        min_days=interval.min_days,
        preferred_days=interval.preferred_days,
        max_days=interval.max_days,
        price_lines=store.PRICE_LINES.dump_python(quoted.lines, mode="json"),
        total_minor=quoted.total.amount_minor,
        currency=quoted.total.currency,
        sessions_planned=quoted.sessions,
        sold_on=request.day,
        expires_on=expires_on,
        owner_id=owner_id,
    )


def _validity(terms: QuoteTerms, quoted: Quote, validity_days: int | None) -> int:
    if quoted.package_id is not None:
        return next(each.validity_days for each in terms.packages if each.id == quoted.package_id)
    return check_validity(USUAL_VALIDITY_DAYS if validity_days is None else validity_days)


async def _first_day(
    work: Work,
    buyer: ClientRow,
    request: QuoteRequest,
    interval: IntervalRule,
    first_on: date | None,
) -> date:
    """The day from which the first session can be: as asked, and once the areas have healed."""
    today = request.day
    if first_on is not None and first_on < today:
        raise InvalidDay(f"{first_on} has passed.", field="firstOn")
    treated = await store.days_done(work.session, buyer, request.areas)
    return max(first_on or today, earliest_after(treated, interval) or today)


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
