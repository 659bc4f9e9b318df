"""What newer versions clinics can upgrade to, and what that would mean for each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, literal_column, select, true
from sqlalchemy.orm import aliased
from sqlmodel import col

from schema.base import Reader, among, execute
from schema.clinics.store import today_in
from schema.protocols.models import ClinicProtocolRow, ProtocolVersionRow
from schema.protocols.rules import (
    LayerChange,
    Rebased,
    Resolution,
    Resolved,
    VersionState,
    attributed,
    decided,
    rebase,
    resolve_own,
)
from schema.protocols.store.documents import content_of
from schema.protocols.store.layers import Layers, layers, lower_layers
from schema.scope import Scope

Adopted, Version = ClinicProtocolRow, ProtocolVersionRow


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The newest version that a clinic may take today, seen from what applies there now.

    `changes` lead from what applies now to what would, if the clinic followed every proposal of
    `rebased`.
    """

    clinic_protocol_id: UUID
    clinic_id: UUID
    version_id: UUID
    changes: tuple[LayerChange, ...]
    rebased: tuple[Rebased, ...]
    dropped_add_ons: tuple[str, ...]


async def upgrades_by_clinic_protocol(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, Upgrade]:
    """The upgrade that each adoption can have today; none for those that are up to date.

    Two SELECTs, and one more for overlays that no earlier question read.
    """
    query = NEWER.where(among(col(Adopted.id), ids), scope.where(Adopted.clinic_id))
    newest = {row.id: row for row in await execute(session, query)}
    if not newest:
        return {}
    stored = {row.version_id: row.content for row in newest.values() if row.content is not None}
    contents = {key: content_of(key, document) for key, document in stored.items()}
    found = [(each, newest[each.row.id]) for each in await layers(session, list(newest), scope)]
    wanted = [
        (version.version_id, contents[version.version_id], each.overlay_ids)
        for each, version in found
    ]
    lower = await lower_layers(session, wanted)
    return {
        each.row.id: _upgrade(each, version, lower[version.version_id, each.overlay_ids])
        for each, version in found
    }


def _newer() -> Select[Any]:
    """Adoptions whose template has a newer version by the clinic's day, with the newest of them."""
    pinned: Any = aliased(Version)
    number = select(pinned.number).where(pinned.id == col(Adopted.version_id)).scalar_subquery()
    newest = (
        select(col(Version.id), col(Version.number), col(Version.content))
        .where(
            col(Version.template_id) == Adopted.template_id,
            col(Version.state) == VersionState.PUBLISHED,
            col(Version.published_from) <= today_in(Adopted.clinic_id).correlate(Adopted),
            col(Version.number) > number.correlate(Adopted),
        )
        .order_by(col(Version.number).desc())
        .limit(1)
        .lateral("newest")
    )
    first = func.row_number().over(partition_by=newest.c.id, order_by=col(Adopted.id))
    return (
        select(
            col(Adopted.id),
            newest.c.id.label("version_id"),
            case((first == literal_column("1"), newest.c.content)).label("content"),
        )
        .select_from(Adopted)
        .join(newest, true())
    )


NEWER = _newer()


def _upgrade(layers: Layers, version: Any, lower: Resolved) -> Upgrade:
    row = layers.row
    now = layers.applied
    rebased = rebase(layers.own, layers.lower, lower)
    proposed = {each.path: Resolution(each.proposal, each.proposed) for each in rebased}
    then = resolve_own(lower, decided(layers.own, rebased, proposed), row.clinic_code)
    return Upgrade(
        clinic_protocol_id=row.id,
        clinic_id=row.clinic_id,
        version_id=version.version_id,
        changes=attributed(now.content, then),
        rebased=rebased,
        dropped_add_ons=tuple(
            key for key in layers.add_on_keys if lower.content.add_on(key) is None
        ),
    )
