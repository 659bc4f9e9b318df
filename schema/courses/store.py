"""Every SELECT of the courses. A course that passed its last day is EXPIRED when it is read."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlmodel import col

from schema.base import Reader, among, columns, execute, fetch, fetch_among, fetch_one, named
from schema.clients.models import ClientRow
from schema.clinics.store import has_passed
from schema.context import every_clinic
from schema.courses.models import CourseRow, CourseSessionRow
from schema.courses.rules import CourseState, SessionState, Treated
from schema.paging import Order, Page, grouped, keyed, page_by
from schema.pricing.rules import QuoteLine
from schema.protocols import store as protocols
from schema.protocols.models import ClinicProtocolRow
from schema.protocols.rules import (
    CourseSeverity,
    LayerChange,
    Resolved,
    Variant,
    attributed,
    healing_guard_days,
)
from schema.scope import EVERYWHERE, Scope
from schema.statements import built_once

PRICE_LINES = TypeAdapter(tuple[QuoteLine, ...])
COURSES_NEWEST = Order.by(col(CourseRow.id), descending=True)


def _state() -> ColumnElement[Any]:
    """What became of a course by today, in the clinic's own day."""
    over = has_passed(col(CourseRow.expires_on), CourseRow.clinic_id)
    expired = and_(col(CourseRow.state) == CourseState.ACTIVE, over)
    return case((expired, CourseState.EXPIRED.value), else_=col(CourseRow.state))


def _courses(scope: Scope) -> Select[Any]:
    """The courses in scope, each in the state of today, its price lines as text: few ask."""
    stored = [each for each in columns(CourseRow) if each.key not in ("state", "price_lines")]
    lines = cast(col(CourseRow.price_lines), String).label("price_lines")
    return select(*stored, lines, _state().label("state")).where(scope.where(CourseRow.clinic_id))


def price_lines(row: CourseRow) -> tuple[QuoteLine, ...]:
    """How a course's price came about, as it was quoted."""
    lines: Any = row.price_lines
    if isinstance(lines, str):
        return PRICE_LINES.validate_json(lines)
    return PRICE_LINES.validate_python(lines)


def variant(row: Any) -> Variant:
    """What a course, or a visit, is for."""
    depth = None if row.depth_mm is None else Decimal(row.depth_mm)
    return Variant(row.indication, CourseSeverity(row.severity), depth)


async def courses(
    session: Reader,
    scope: Scope,
    page: Page,
    *,
    clinic_id: UUID | None = None,
    client_id: UUID | None = None,
    state: CourseState | None = None,
) -> list[CourseRow]:
    """A page of the courses in scope, the newest first."""
    query = _courses(scope)
    if clinic_id is not None:
        query = query.where(col(CourseRow.clinic_id) == clinic_id)
    if client_id is not None:
        query = query.where(col(CourseRow.client_id) == client_id)
    if state is not None:
        query = query.where(_state() == state.value)
    return await fetch(session, CourseRow, COURSES_NEWEST.apply(query, page))


async def course(session: Reader, scope: Scope, key: UUID | str) -> CourseRow | None:
    """The course with this id or code, if in scope."""
    return await fetch_one(session, CourseRow, _courses(scope).where(named(CourseRow, key)))


async def courses_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, CourseRow]:
    return keyed(await fetch(session, CourseRow, _courses_with(ids, scope)))


@built_once
def _courses_with(ids: Sequence[UUID], scope: Scope) -> Executable:
    return _courses(scope).where(among(col(CourseRow.id), ids))


async def courses_by_client(
    session: Reader, client_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[CourseRow]]:
    query = _courses(scope)
    return await page_by(session, CourseRow.client_id, client_ids, query, COURSES_NEWEST, page)


async def courses_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[CourseRow]]:
    query = _courses(scope)
    return await page_by(session, CourseRow.clinic_id, clinic_ids, query, COURSES_NEWEST, page)


async def pinned_protocol(session: Reader, course: CourseRow, scope: Scope) -> Resolved:
    """What the course is done by: the version that it was sold with, under the laws of today.

    With the clinic's own values under that version: present ones while the clinic is on it, else
    those that it left behind with it.
    """
    key = course.clinic_protocol_id, course.version_id
    return (await protocols.resolved_versions(session, [key], scope))[key]


async def differences_by_course(
    session: Reader, course_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, Sequence[LayerChange]]:
    """What leads from what each course is done by to what its clinic offers now; none for those
    that are on the clinic's present version.

    At most six SELECTs. Courses of one version in one clinic, or in clinics of one place that set
    nothing of their own, are compared once.
    """
    behind = {
        row.id: ((row.clinic_protocol_id, row.version_id), (row.clinic_protocol_id, row.present_id))
        for row in await execute(session, _versions(course_ids, scope))
        if row.version_id != row.present_id
    }
    wanted = {pair for pairs in behind.values() for pair in pairs}
    applied = await protocols.resolved_versions(session, list(wanted), scope) if wanted else {}
    compared: dict[tuple[int, int], Sequence[LayerChange]] = {}
    found: dict[UUID, Sequence[LayerChange]] = {}
    for course_id, (pinned, present) in behind.items():
        old, new = applied[pinned], applied[present]
        key = id(old), id(new)
        if key not in compared:
            compared[key] = attributed(old.content, new)
        found[course_id] = compared[key]
    return found


def _versions(course_ids: Sequence[UUID], scope: Scope) -> Any:
    """The version of each course, and the one that its clinic is on."""
    row, adopted = CourseRow, ClinicProtocolRow
    present = select(col(adopted.version_id)).where(col(adopted.id) == row.clinic_protocol_id)
    return select(
        col(row.id),
        col(row.clinic_protocol_id),
        col(row.version_id),
        present.scalar_subquery().label("present_id"),
    ).where(among(col(row.id), course_ids), scope.where(row.clinic_id))


async def reference_taken(
    session: Reader, clinic_id: UUID, reference: str, sold_by: UUID | None
) -> bool:
    """Whether this caller sold a course under the reference in this clinic."""
    row = CourseRow
    query = select(col(row.id)).where(
        col(row.clinic_id) == clinic_id,
        col(row.external_reference) == reference,
        col(row.sold_by).is_not_distinct_from(sold_by),
    )
    return (await execute(session, query)).first() is not None


async def sessions_by_course(
    session: Reader, course_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[CourseSessionRow]]:
    """Each course's sessions, by number."""
    rows = await fetch(session, CourseSessionRow, _sessions(course_ids, scope))
    return grouped(rows, "course_id")


@built_once
def _sessions(course_ids: Sequence[UUID], scope: Scope) -> Executable:
    row = CourseSessionRow
    return (
        select(*columns(row))
        .where(among(col(row.course_id), course_ids), scope.where(row.clinic_id))
        .order_by(col(row.course_id), col(row.number))
    )


async def next_session_by_course(
    session: Reader, course_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, CourseSessionRow]:
    """Each course's first session that is still planned."""
    rows = await fetch(session, CourseSessionRow, _next_sessions(course_ids, scope))
    return keyed(rows, "course_id")


@built_once
def _next_sessions(course_ids: Sequence[UUID], scope: Scope) -> Executable:
    row = CourseSessionRow
    return (
        select(*columns(row))
        .ext(distinct_on(col(row.course_id)))
        .where(
            among(col(row.course_id), course_ids),
            scope.where(row.clinic_id),
            col(row.state) == SessionState.PLANNED,
        )
        .order_by(col(row.course_id), col(row.number))
    )


async def sessions_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, CourseSessionRow]:
    rows = await fetch_among(
        session, CourseSessionRow, CourseSessionRow.id, ids, scope, CourseSessionRow.clinic_id
    )
    return keyed(rows)


async def days_done(session: Reader, client: ClientRow, areas: Sequence[str]) -> list[Treated]:
    """The days on which any of these areas of the client was treated, in whatever course.

    Of a linked client, in whatever clinic: days, and neither where nor what.
    """
    done, sold, treated = CourseSessionRow, CourseRow, ClientRow
    same = col(treated.id) == client.id
    if client.person_id is not None:
        same = or_(same, col(treated.person_id) == client.person_id)
    query: Any = (
        select(
            col(done.done_on).label("day"),
            col(sold.version_id),
            col(sold.areas),
            col(sold.indication),
            col(sold.severity),
            func.coalesce(col(done.depth_mm), col(sold.depth_mm)).label("depth_mm"),
        )
        .join(sold, col(sold.id) == done.course_id)
        .join(treated, col(treated.id) == sold.client_id)
        .where(
            same,
            col(done.state) == SessionState.DONE,
            col(sold.areas).op("&&")(cast(list(areas), ARRAY(String))),
        )
        .order_by(col(done.done_on))
    )
    async with every_clinic(session):
        rows = list(await execute(session, query))
    return await healing(session, rows, areas)


async def healing(session: Reader, rows: Sequence[Any], areas: Sequence[str]) -> list[Treated]:
    """For how long `areas` heal after treatments: each its day, version, areas and variant.

    By headquarters' version: what a law elsewhere asks for beyond it would tell where that was.
    """
    if not rows:
        return []
    ids = {each.version_id for each in rows}
    contents = await protocols.contents_by_version(session, list(ids), EVERYWHERE)
    return [
        Treated(
            each.day,
            healing_guard_days(
                contents[each.version_id],
                variant(each),
                [area for area in each.areas if area in areas],
            ),
        )
        for each in rows
    ]
