"""Jurisdictions' overlays: who leads them, their versions, which of them is in force."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from schema.base import (
    MYSELF,
    Reader,
    among,
    columns,
    execute,
    fetch,
    fetch_among,
    fetch_one,
    named,
)
from schema.clinics import store as clinics
from schema.paging import Order, Page, keyed, page_by
from schema.protocols.models import (
    JurisdictionOverlayRow,
    JurisdictionOverlayVersionRow,
    ProtocolTemplateRow,
)
from schema.protocols.rules import Overlay, VersionState
from schema.protocols.rules.authorship import SourcedEdit
from schema.protocols.store.documents import MOST_READ, edits, edits_document
from schema.protocols.store.templates import OPEN, OUR_PERSON, PUBLIC
from schema.scope import Scope

OverlayRow, Version = JurisdictionOverlayRow, JurisdictionOverlayVersionRow

OVERLAYS_BY_JURISDICTION = Order.by(col(OverlayRow.jurisdiction_code))
OVERLAYS_BY_TEMPLATE = Order.by(col(OverlayRow.template_id))
OVERLAYS_AS_CREATED = Order.by(col(OverlayRow.id))
OVERLAY_VERSIONS_NEWEST_FIRST = Order.by(col(Version.number), descending=True)

ME = literal_column(MYSELF, UuidType(as_uuid=True))
TODAY = func.date(func.timezone("UTC", func.clock_timestamp()))


async def jurisdiction_overlays(
    session: Reader, page: Page, lead_id: UUID | None = None
) -> list[JurisdictionOverlayRow]:
    """A page of the overlays, in the order of their creation; of one lead's where one is named."""
    query = select(*columns(OverlayRow))
    if lead_id is not None:
        query = query.where(col(OverlayRow.lead_id) == lead_id)
    return await fetch(session, OverlayRow, OVERLAYS_AS_CREATED.apply(query, page))


async def jurisdiction_overlay(
    session: Reader, template: UUID | str, jurisdiction: str
) -> JurisdictionOverlayRow | None:
    """The overlay of a jurisdiction, by its code, on a template."""
    query = (
        select(*columns(OverlayRow))
        .join(ProtocolTemplateRow, col(ProtocolTemplateRow.id) == OverlayRow.template_id)
        .where(
            named(ProtocolTemplateRow, template),
            col(OverlayRow.jurisdiction_code) == jurisdiction.strip().upper(),
        )
    )
    return await fetch_one(session, OverlayRow, query)


async def jurisdiction_overlays_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, JurisdictionOverlayRow]:
    rows = await fetch_among(session, OverlayRow, OverlayRow.id, ids)
    return keyed(rows)


async def overlays_by_template(
    session: Reader, template_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[JurisdictionOverlayRow]]:
    """Each template's overlays, by the code of the jurisdiction."""
    query = select(*columns(OverlayRow))
    return await page_by(
        session, OverlayRow.template_id, template_ids, query, OVERLAYS_BY_JURISDICTION, page
    )


async def overlays_by_jurisdiction(
    session: Reader, codes: Sequence[str], scope: Scope, page: Page
) -> Mapping[str, list[JurisdictionOverlayRow]]:
    """Each jurisdiction's overlays, in the order of their templates' creation."""
    query = select(*columns(OverlayRow))
    return await page_by(
        session, OverlayRow.jurisdiction_code, codes, query, OVERLAYS_BY_TEMPLATE, page
    )


async def overlay_version(
    session: Reader, version_id: UUID, scope: Scope
) -> JurisdictionOverlayVersionRow | None:
    """The version with this id, if the actor may see it."""
    query = _versions(scope).where(col(Version.id) == version_id)
    return await fetch_one(session, Version, query)


async def overlay_versions_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, JurisdictionOverlayVersionRow]:
    """Versions by id; those that are not published yet only for their lead and for HQ."""
    query = _versions(scope).where(among(col(Version.id), ids))
    return keyed(await fetch(session, Version, query))


async def overlay_versions_by_overlay(
    session: Reader, overlay_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[JurisdictionOverlayVersionRow]]:
    """Each overlay's published and retired versions, the newest first."""
    return await _of_overlays(session, overlay_ids, PUBLIC, scope, page)


async def overlay_drafts_by_overlay(
    session: Reader, overlay_ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[JurisdictionOverlayVersionRow]]:
    """Each overlay's versions that are not published yet, the newest first, if the actor may
    see them."""
    return await _of_overlays(session, overlay_ids, OPEN, scope, page)


async def _of_overlays(
    session: Reader,
    overlay_ids: Sequence[UUID],
    states: Sequence[VersionState],
    scope: Scope,
    page: Page,
) -> Mapping[UUID, list[JurisdictionOverlayVersionRow]]:
    query = _versions(scope).where(among(col(Version.state), states))
    return await page_by(
        session, Version.overlay_id, overlay_ids, query, OVERLAY_VERSIONS_NEWEST_FIRST, page
    )


def _versions(scope: Scope) -> Select[Any]:
    """The versions that the actor may see: what is published is everybody's."""
    led = select(OverlayRow.id).where(  # type: ignore[call-overload]  # a column of a table
        col(OverlayRow.id) == Version.overlay_id, col(OverlayRow.lead_id) == ME
    )
    seen: list[ColumnElement[bool]] = [among(col(Version.state), PUBLIC), led.exists()]
    if scope.clinic_ids is None:
        seen.append(OUR_PERSON)
    return select(*columns(Version)).where(or_(*seen))


async def version_in_force_by_overlay(
    session: Reader, overlay_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, JurisdictionOverlayVersionRow]:
    """The version of each overlay that is in force today, by the day of UTC."""
    query = _in_force(TODAY).where(among(col(Version.overlay_id), overlay_ids))
    return keyed(await fetch(session, Version, query), "overlay_id")


async def overlay_version_in_force(
    session: Reader, overlay_id: UUID, day: date
) -> JurisdictionOverlayVersionRow | None:
    """The version of an overlay that is in force on `day`."""
    query = _in_force(day).where(col(Version.overlay_id) == overlay_id)
    return await fetch_one(session, Version, query)


def _in_force(day: Any) -> Select[Any]:
    """Of each overlay the newest published version whose day has come."""
    return (
        select(*columns(Version))
        .ext(distinct_on(col(Version.overlay_id)))
        .where(
            col(Version.state) == VersionState.PUBLISHED,
            col(Version.published_from) <= day,
        )
        .order_by(col(Version.overlay_id), col(Version.number).desc())
    )


async def overlays_beneath(
    session: Reader, overlays: Sequence[JurisdictionOverlayRow], day: date | None = None
) -> Mapping[UUID, tuple[Overlay, ...]]:
    """What lies beneath each overlay on `day` (None: today, of UTC): the versions in force of the
    jurisdictions that its own is part of."""
    chains = await clinics.jurisdiction_chains(session)
    above = {each.id: chains[each.jurisdiction_code][1:] for each in overlays}
    query = (
        _in_force(TODAY if day is None else day)
        .join(OverlayRow, col(OverlayRow.id) == Version.overlay_id)
        .add_columns(col(OverlayRow.template_id), col(OverlayRow.jurisdiction_code))
        .where(
            among(col(OverlayRow.template_id), {each.template_id for each in overlays}),
            among(
                col(OverlayRow.jurisdiction_code),
                {code for each in above.values() for code in each},
            ),
        )
    )
    found = {
        (row.template_id, row.jurisdiction_code): _published(row)
        for row in await execute(session, query)
    }
    return {
        each.id: tuple(
            found[each.template_id, code]
            for code in above[each.id]
            if (each.template_id, code) in found
        )
        for each in overlays
    }


_read: dict[UUID, Overlay] = {}


def _published(row: Any) -> Overlay:
    """The overlay of a published version, parsed once: what is published never changes."""
    if row.id not in _read:
        if len(_read) >= MOST_READ:
            _read.clear()
        _read[row.id] = overlay_of(row.jurisdiction_code, row.edits)
    return _read[row.id]


async def overlay_documents(session: Reader, version_ids: Collection[UUID]) -> dict[UUID, Overlay]:
    """What each of these published versions lays on its template; most are not read again."""
    found = {each: _read[each] for each in version_ids if each in _read}
    missing = [each for each in version_ids if each not in found]
    if missing:
        query = (
            select(col(Version.id), col(Version.edits), col(OverlayRow.jurisdiction_code))
            .join(OverlayRow, col(OverlayRow.id) == Version.overlay_id)
            .where(among(col(Version.id), missing), among(col(Version.state), PUBLIC))
        )
        found |= {row.id: _published(row) for row in await execute(session, query)}
    return found


def overlay_of(jurisdiction_code: str, stored: Sequence[Mapping[str, Any]]) -> Overlay:
    """The overlay that a version's stored edits come to."""
    return Overlay(jurisdiction_code, tuple(each.edit for each in sourced_edits(stored)))


def sourced_edits(stored: Sequence[Mapping[str, Any]]) -> tuple[SourcedEdit, ...]:
    """The edits that a version's row holds, each with its source."""
    plain = edits([each["edit"] for each in stored])
    pairs = zip(plain, stored, strict=True)
    return tuple(SourcedEdit(edit, each["source"]) for edit, each in pairs)


def sourced_document(sourced: Sequence[SourcedEdit]) -> list[dict[str, Any]]:
    """The edits as a version's row holds them."""
    plain = edits_document([each.edit for each in sourced])
    pairs = zip(plain, sourced, strict=True)
    return [{"edit": edit, "source": each.source} for edit, each in pairs]


async def overlay_versions_to_discard(session: Reader, overlay_id: UUID) -> list[Any]:
    """The number and state of each version of an overlay, locked until the transaction ends."""
    query = (
        select(col(Version.number), col(Version.state))
        .where(col(Version.overlay_id) == overlay_id)
        .order_by(col(Version.number))
        .with_for_update()
    )
    return list(await execute(session, query))


async def next_overlay_number(session: Reader, overlay_id: UUID) -> int:
    """The number of the overlay's next version."""
    query = select(func.coalesce(func.max(col(Version.number)), 0) + 1)
    found = await execute(session, query.where(col(Version.overlay_id) == overlay_id))
    return int(found.one()[0])


async def newest_published_overlay_version(
    session: Reader, overlay_id: UUID
) -> JurisdictionOverlayVersionRow | None:
    """The overlay's newest published version, also if its day is to come; none that is retired."""
    query = (
        select(*columns(Version))
        .where(col(Version.overlay_id) == overlay_id, col(Version.state) == VersionState.PUBLISHED)
        .order_by(col(Version.number).desc())
        .limit(1)
    )
    return await fetch_one(session, Version, query)
