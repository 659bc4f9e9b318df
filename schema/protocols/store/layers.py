"""The layers of what applies in clinics, and which overlays are in force there.

However many adoptions are asked for: one SELECT, and one more for overlays that no earlier question
read. What all clinics of a jurisdiction share is made once and kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    Select,
    and_,
    case,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col

from schema.base import Reader, among, columns, execute
from schema.clinics.models import ClinicRow, JurisdictionRow
from schema.clinics.store import today_by
from schema.protocols.models import (
    ClinicProtocolAddOnRow,
    ClinicProtocolRow,
    JurisdictionOverlayRow,
    JurisdictionOverlayVersionRow,
    ProtocolTemplateRow,
    ProtocolVersionRow,
)
from schema.protocols.rules import (
    ProtocolContent,
    Resolved,
    Value,
    VersionState,
    overlaid,
    resolve_own,
)
from schema.protocols.store.documents import MOST_READ, content_of
from schema.protocols.store.overlays import overlay_documents
from schema.protocols.store.pins import own_values_of
from schema.scope import Scope

Adopted, AddOn, Version = ClinicProtocolRow, ClinicProtocolAddOnRow, ProtocolVersionRow
Overlay, OverlayVersion = JurisdictionOverlayRow, JurisdictionOverlayVersionRow

#: A version of a protocol, and the versions of overlays on it.
Combination = tuple[UUID, tuple[UUID, ...]]
#: Combinations that are kept.
MOST_KEPT = 4 * MOST_READ


@dataclass(frozen=True, slots=True)
class Layers:
    """What applies under an adoption is made of these.

    `lower` is the pinned version under the overlays; `add_on_keys` are those that the clinic chose.
    """

    row: Any
    lower: Resolved
    overlay_ids: tuple[UUID, ...]
    own: Mapping[str, Value]
    add_on_keys: tuple[str, ...]

    @property
    def applied(self) -> Resolved:
        """What applies under the adoption."""
        return self.over(self.lower)

    def over(self, lower: Resolved) -> Resolved:
        """What would apply if the clinic's own values lay on something else."""
        return resolve_own(lower, self.own, self.row.clinic_code)


async def layers(session: Reader, ids: Sequence[UUID], scope: Scope) -> list[Layers]:
    """What the resolutions of these adoptions are made of."""
    rows = list(await execute(session, _adoptions(ids, scope)))
    stored = {row.version_id: row.content for row in rows if row.content is not None}
    contents = {key: content_of(key, document) for key, document in stored.items()}
    overlays = {row.id: tuple(row.overlay_ids or ()) for row in rows}
    lower = await lower_layers(
        session,
        [(row.version_id, contents[row.version_id], overlays[row.id]) for row in rows],
    )
    return [
        Layers(
            row,
            lower[row.version_id, overlays[row.id]],
            overlays[row.id],
            row.overrides,
            tuple(row.add_on_keys or ()),
        )
        for row in rows
    ]


async def lower_layer(
    session: Reader, clinic_id: UUID, template_id: UUID, version: ProtocolVersionRow
) -> Resolved:
    """What a version comes to in a clinic before the clinic's own values."""
    place = select(
        col(ClinicRow.jurisdiction_code),
        today_by(ClinicRow.time_zone).label("today"),
        literal(template_id, UuidType(as_uuid=True)).label("template_id"),
    ).where(col(ClinicRow.id) == clinic_id)
    query = select(IN_FORCE.c.overlay_ids).add_cte(place.cte(ADOPTED.name))
    row = (await execute(session, query)).one_or_none()
    overlay_ids = tuple(row.overlay_ids) if row else ()
    content = content_of(version.id, version.content)
    found = await lower_layers(session, [(version.id, content, overlay_ids)])
    return found[version.id, overlay_ids]


_kept: dict[Combination, Resolved] = {}


async def lower_layers(
    session: Reader, wanted: Iterable[tuple[UUID, ProtocolContent, tuple[UUID, ...]]]
) -> Mapping[Combination, Resolved]:
    """Versions under overlays' versions, by the ids of both, made once: neither ever changes."""
    found: dict[Combination, Resolved] = {}
    missing: dict[Combination, ProtocolContent] = {}
    for version_id, content, overlay_ids in wanted:
        key = version_id, overlay_ids
        if key in _kept:
            found[key] = _kept[key]
        else:
            missing[key] = content
    documents = await overlay_documents(session, {each for _, ids in missing for each in ids})
    for key, content in missing.items():
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        found[key] = _kept[key] = overlaid(content, [documents[each] for each in key[1]])
    return found


def _adoptions(ids: Sequence[UUID], scope: Scope) -> Select[Any]:
    """Each adoption with its layers. All but the conditions is built once: it is a hot path."""
    adopted = PLACED.where(among(col(Adopted.id), ids), scope.where(Adopted.clinic_id))
    return LAYERED.add_cte(adopted.cte(ADOPTED.name))


def _placed() -> Select[Any]:
    """Adoptions with the place and the day that it is there.

    LATERAL with a limit reads just the rows needed, by key; a join would read every clinic.
    """
    clinic = (
        select(
            col(ClinicRow.code).label("clinic_code"),
            col(ClinicRow.jurisdiction_code),
            today_by(ClinicRow.time_zone).label("today"),
        )
        .where(col(ClinicRow.id) == Adopted.clinic_id)
        .limit(1)
        .lateral("clinic")
    )
    return select(*columns(Adopted), *clinic.c).select_from(Adopted).join(clinic, true())


PLACED = _placed()
#: What a statement calls the adoptions that it is about, or other places.
ADOPTED = table("adopted", *(column(each.name, each.type) for each in PLACED.selected_columns))


def _in_force() -> CTE:
    """The versions of overlays that are in force, for each template, jurisdiction and day.

    Of each overlay, of the jurisdiction or of one that it is part of, the newest published version
    whose day has come.
    """
    of = ADOPTED.c
    place = select(of.template_id, of.jurisdiction_code, of.today).distinct().cte("places")
    begins = select(
        place.c.jurisdiction_code.label("code"), place.c.jurisdiction_code.label("part_of")
    ).cte("lineage", recursive=True)
    jurisdiction = JurisdictionRow
    lineage = begins.union(
        select(begins.c.code, col(jurisdiction.parent_code))
        .join(jurisdiction, col(jurisdiction.code) == begins.c.part_of)
        .where(col(jurisdiction.parent_code).is_not(None))
    )
    newest = (
        select(col(OverlayVersion.id))
        .join(Overlay, col(Overlay.id) == OverlayVersion.overlay_id)
        .where(
            col(Overlay.template_id) == place.c.template_id,
            col(Overlay.jurisdiction_code) == lineage.c.part_of,
            col(OverlayVersion.state) == VersionState.PUBLISHED,
            col(OverlayVersion.published_from) <= place.c.today,
        )
        .order_by(col(OverlayVersion.number).desc())
        .limit(1)
        .lateral("newest")
    )
    ids = func.array_agg(aggregate_order_by(newest.c.id, newest.c.id.asc()))
    return (
        select(*place.c, ids.label("overlay_ids"))
        .join(lineage, lineage.c.code == place.c.jurisdiction_code)
        .join(newest, true())
        .group_by(*place.c)
        .cte("in_force")
    )


IN_FORCE = _in_force()


def _layered() -> Select[Any]:
    """The version, the overlays in force and the clinic's own of each of ADOPTED."""
    of = ADOPTED.c
    pinned = (
        select(
            col(ProtocolTemplateRow.code).label("template_code"),
            col(ProtocolTemplateRow.protocol_kind),
            col(Version.number),
            col(Version.content),
        )
        .join(ProtocolTemplateRow, col(ProtocolTemplateRow.id) == Version.template_id)
        .where(col(Version.id) == of.version_id)
        .limit(1)
        .lateral("pinned")
    )
    first = func.row_number().over(partition_by=of.version_id, order_by=of.id)
    same_place = and_(
        IN_FORCE.c.template_id == of.template_id,
        IN_FORCE.c.jurisdiction_code == of.jurisdiction_code,
        IN_FORCE.c.today == of.today,
    )
    return (
        select(
            *of,
            pinned.c.template_code,
            pinned.c.protocol_kind,
            pinned.c.number,
            case((first == literal_column("1"), pinned.c.content)).label("content"),
            IN_FORCE.c.overlay_ids,
            own_values_of(of.clinic_id, of.id).label("overrides"),
            _add_on_keys().label("add_on_keys"),
        )
        .select_from(ADOPTED)
        .join(pinned, true())
        .outerjoin(IN_FORCE, same_place)
    )


def _add_on_keys() -> Any:
    key = col(AddOn.add_on_key)
    return (
        select(func.array_agg(aggregate_order_by(key, key.collate("C").asc())))
        .where(
            col(AddOn.clinic_id) == ADOPTED.c.clinic_id,
            col(AddOn.clinic_protocol_id) == ADOPTED.c.id,
        )
        .scalar_subquery()
    )


LAYERED = _layered()
