"""Templates and their versions."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Executable, Select, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from schema.base import Reader, among, columns, execute, fetch, fetch_among, fetch_one, named
from schema.paging import Order, Page, grouped, keyed, page_by
from schema.protocols.models import (
    JurisdictionOverlayRow,
    ProtocolApprovalRow,
    ProtocolTemplateRow,
    ProtocolVersionRow,
)
from schema.protocols.rules import ProtocolContent, ProtocolKind, VersionState
from schema.protocols.store.documents import content, content_of
from schema.scope import Scope
from schema.statements import built_once

Template, Version, Approval = ProtocolTemplateRow, ProtocolVersionRow, ProtocolApprovalRow

TEMPLATES_BY_CODE = Order.by(col(Template.code))
VERSIONS_NEWEST_FIRST = Order.by(col(Version.number), descending=True)

PUBLIC = (VersionState.PUBLISHED, VersionState.RETIRED)
#: A partner may reach every clinic and still is none of HQ's people.
OUR_PERSON: ColumnElement[bool] = literal_column(
    "(select current_setting('app.actor_kind', true) <> 'PARTNER')", Boolean
)
OPEN = (VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.APPROVED)


#: A version without what it says, which is long: `contents_by_version` reads that.
OUTLINE = [each for each in columns(Version) if each.key != "content"]


def said_by(version: ProtocolVersionRow) -> ProtocolContent:
    """What a version says, parsed once when it is published."""
    if VersionState(version.state) in PUBLIC:
        return content_of(version.id, version.content)
    return content(version.content)


async def templates(
    session: Reader, page: Page, kind: ProtocolKind | None = None
) -> list[ProtocolTemplateRow]:
    """A page of the templates, by code."""
    query = select(*columns(Template))
    if kind is not None:
        query = query.where(col(Template.protocol_kind) == kind)
    return await fetch(session, Template, TEMPLATES_BY_CODE.apply(query, page))


async def template(session: Reader, key: UUID | str) -> ProtocolTemplateRow | None:
    """The template with this id or code."""
    query = select(*columns(Template)).where(named(Template, key))
    return await fetch_one(session, Template, query)


async def templates_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ProtocolTemplateRow]:
    rows = await fetch_among(session, Template, Template.id, ids)
    return keyed(rows)


async def version(session: Reader, version_id: UUID) -> ProtocolVersionRow | None:
    """The version with this id, in whatever state the actor may see."""
    query = select(*columns(Version)).where(col(Version.id) == version_id)
    return await fetch_one(session, Version, query)


async def approvers(session: Reader, version_id: UUID) -> set[UUID]:
    """Who approved the version so far."""
    query = select(col(Approval.approver_id)).where(col(Approval.version_id) == version_id)
    return set((await execute(session, query)).scalars())


async def approvals_by_version(
    session: Reader, version_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[ProtocolApprovalRow]]:
    """Who approved each version and when; of drafts only for whoever reaches every clinic."""
    query = (
        select(*columns(Approval))
        .where(among(col(Approval.version_id), version_ids))
        .order_by(col(Approval.version_id), col(Approval.id))
    )
    query = query.join(Version, col(Version.id) == Approval.version_id).where(
        among(col(Version.id), version_ids), _seen(scope.clinic_ids is None)
    )
    return grouped(await fetch(session, Approval, query), "version_id")


async def newest_version(
    session: Reader, template_id: UUID, *, besides: UUID | None = None
) -> ProtocolVersionRow | None:
    """The template's version with the highest number, in whatever state, but not `besides`."""
    query = select(*columns(Version)).where(col(Version.template_id) == template_id)
    if besides is not None:
        query = query.where(col(Version.id) != besides)
    newest = query.order_by(col(Version.number).desc()).limit(1)
    return await fetch_one(session, Version, newest)


async def written_from(session: Reader, version_id: UUID) -> list[str]:
    """The versions whose draft was copied from this one, for people: code and number."""
    query = (
        select(col(Template.code), col(Version.number))
        .join(Template, col(Template.id) == Version.template_id)
        .where(col(Version.based_on_id) == version_id)
        .order_by(col(Template.code), col(Version.number))
    )
    return [f"{row.code} {row.number}" for row in await execute(session, query)]


async def overlaid_in(session: Reader, template_id: UUID) -> list[str]:
    """Codes of the jurisdictions that have an overlay of the template."""
    overlay = JurisdictionOverlayRow
    query = select(col(overlay.jurisdiction_code)).where(col(overlay.template_id) == template_id)
    found = await execute(session, query.order_by(col(overlay.jurisdiction_code)))
    return list(found.scalars())


async def next_number(session: Reader, template_id: UUID) -> int:
    """The number of the template's next version."""
    query = select(func.coalesce(func.max(col(Version.number)), 0) + 1)
    found = await execute(session, query.where(col(Version.template_id) == template_id))
    return int(found.one()[0])


async def version_to_adopt(
    session: Reader, template_id: UUID, day: date, number: int | None
) -> ProtocolVersionRow | None:
    """The version with this number; without one, the newest that is published on `day`."""
    query = select(*columns(Version)).where(col(Version.template_id) == template_id)
    if number is not None:
        return await fetch_one(session, Version, query.where(col(Version.number) == number))
    current = query.where(*_current(day)).order_by(col(Version.number).desc()).limit(1)
    return await fetch_one(session, Version, current)


def _current(day: Any) -> tuple[Any, ...]:
    return col(Version.state) == VersionState.PUBLISHED, col(Version.published_from) <= day


def _seen(everywhere: bool) -> ColumnElement[bool]:
    """What is published is everybody's; drafts are for HQ's people, who reach every clinic."""
    public = among(col(Version.state), PUBLIC)
    return or_(OUR_PERSON, public) if everywhere else public


async def versions_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ProtocolVersionRow]:
    """Versions by id, without contents; open drafts only for whoever reaches every clinic."""
    return keyed(await fetch(session, Version, _outlines(ids, scope.clinic_ids is None)))


@built_once
def _outlines(ids: Sequence[UUID], everywhere: bool) -> Executable:
    return select(*OUTLINE).where(among(col(Version.id), ids), _seen(everywhere))


async def contents_by_version(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ProtocolContent]:
    """What versions say, by their ids; open drafts only for whoever reaches every clinic."""
    rows = await fetch(session, Version, _contents(ids, scope.clinic_ids is None))
    return {row.id: said_by(row) for row in rows}


@built_once
def _contents(ids: Sequence[UUID], everywhere: bool) -> Executable:
    said = select(col(Version.id), col(Version.state), col(Version.content))
    return said.where(among(col(Version.id), ids), _seen(everywhere))


async def versions_by_template(
    session: Reader, template_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ProtocolVersionRow]]:
    """Each template's published and retired versions, the newest first."""
    return await _versions(session, template_ids, _in(PUBLIC), page)


async def drafts_by_template(
    session: Reader, template_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ProtocolVersionRow]]:
    """Each template's versions that are not published yet, the newest first."""
    return await _versions(session, template_ids, _in(OPEN), page)


def _in(states: Sequence[VersionState]) -> Select[Any]:
    return select(*OUTLINE).where(among(col(Version.state), states))


async def _versions(
    session: Reader, template_ids: Sequence[UUID], query: Select[Any], page: Page
) -> Mapping[UUID, list[ProtocolVersionRow]]:
    return await page_by(
        session, Version.template_id, template_ids, query, VERSIONS_NEWEST_FIRST, page
    )


async def current_version_by_template(
    session: Reader, template_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ProtocolVersionRow]:
    """Each template's newest version that is published today, by the day of UTC; an outline."""
    rows = await fetch(session, Version, _current_outlines(template_ids))
    return keyed(rows, "template_id")


@built_once
def _current_outlines(template_ids: Sequence[UUID]) -> Executable:
    return _of_today(template_ids, OUTLINE)


async def current_content_by_template(
    session: Reader, template_ids: Sequence[UUID]
) -> Mapping[UUID, ProtocolContent]:
    """What each template's newest version says that is published today, by the day of UTC."""
    rows = await fetch(session, Version, _of_today(template_ids, columns(Version)))
    return {row.template_id: said_by(row) for row in rows}


def _of_today(template_ids: Sequence[UUID], wanted: Sequence[Any]) -> Select[Any]:
    today = func.date(func.timezone("UTC", func.clock_timestamp()))
    return (
        select(*wanted)
        .where(among(col(Version.template_id), template_ids), *_current(today))
        .ext(distinct_on(col(Version.template_id)))
        .order_by(col(Version.template_id), col(Version.number).desc())
    )
