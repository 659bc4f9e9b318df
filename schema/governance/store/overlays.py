"""What a version of an overlay is judged by: the clinics where it would be in force."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from schema.base import Reader, among, execute
from schema.clinics import store as clinics
from schema.clinics.models import ClinicRow
from schema.clinics.rules import ClinicStatus
from schema.governance.rules import PackageOnSale, Reached, Replacement
from schema.governance.store.publication import Adopted, on_sale, selling
from schema.protocols import store as protocols
from schema.protocols.models import JurisdictionOverlayRow
from schema.protocols.rules import Overlay, ProtocolContent, Resolved, overlaid
from schema.protocols.store.layers import Layers, layers
from schema.scope import Scope


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a version of an overlay would be in force; `replacements` are what its coming changes
    about each version of the template that is pinned there, and about the present one."""

    clinics: tuple[Reached, ...]
    replacements: tuple[Replacement, ...]


async def reached(
    session: Reader,
    scope: Scope,
    overlay: JurisdictionOverlayRow,
    candidate: Overlay,
    day: date,
) -> Reach:
    """The adoptions in the jurisdiction and those within it, by the clinic's code: what applies
    today, and what would with `candidate` in place of the overlay's version in force.

    A constant number of SELECTs. `day` is that of UTC, for the template's present version.
    """
    ids = await _adoptions(session, scope, overlay)
    found = await layers(session, ids, scope) if ids else []
    versions = list({each.row.version_id for each in found})
    contents = await protocols.contents_by_version(session, versions, scope)
    documents = await protocols.overlay_documents(
        session, {key for each in found for key in each.overlay_ids}
    )
    coming: dict[tuple[UUID, tuple[UUID, ...]], Resolved] = {}
    replacements = await _present_version(session, overlay, candidate, day)
    for each in found:
        version_id, overlay_ids = each.row.version_id, each.overlay_ids
        if (version_id, overlay_ids) not in coming:
            lower = _with(candidate, contents[version_id], [documents[key] for key in overlay_ids])
            coming[version_id, overlay_ids] = lower
            replacements.append(Replacement(each.row.number, each.lower.below, lower.below))
    by_code = sorted(found, key=lambda each: str(each.row.clinic_code))
    return Reach(
        tuple(_reached(each, coming[each.row.version_id, each.overlay_ids]) for each in by_code),
        tuple(replacements),
    )


async def _adoptions(session: Reader, scope: Scope, overlay: JurisdictionOverlayRow) -> list[UUID]:
    """Also where a clinic does not offer the protocol at the moment: it can again."""
    chains = await clinics.jurisdiction_chains(session)
    codes = [code for code, chain in chains.items() if overlay.jurisdiction_code in chain]
    query = (
        select(col(Adopted.id))
        .join(ClinicRow, col(ClinicRow.id) == Adopted.clinic_id)
        .where(
            col(Adopted.template_id) == overlay.template_id,
            scope.where(Adopted.clinic_id),
            among(col(ClinicRow.jurisdiction_code), codes),
            col(ClinicRow.status) != ClinicStatus.CLOSED,
        )
    )
    return list((await execute(session, query)).scalars())


async def _present_version(
    session: Reader, overlay: JurisdictionOverlayRow, candidate: Overlay, day: date
) -> list[Replacement]:
    """What the candidate's coming changes about the template as it is today, wherever adopted."""
    version = await protocols.version_to_adopt(session, overlay.template_id, day, None)
    if version is None:
        return []
    content = protocols.content_of(version.id, version.content)
    present = await protocols.overlay_version_in_force(session, overlay.id, day)
    beneath = (await protocols.overlays_beneath(session, [overlay], day))[overlay.id]
    in_force = [protocols.overlay_of(candidate.name, present.edits)] if present else []
    before = overlaid(content, [*beneath, *in_force]).content
    return [Replacement(version.number, before, _with(candidate, content, beneath).content)]


def _with(candidate: Overlay, content: ProtocolContent, in_force: Collection[Overlay]) -> Resolved:
    """What a version comes to with the candidate in place of its jurisdiction's overlay."""
    others = [each for each in in_force if each.name != candidate.name]
    return overlaid(content, [*others, candidate])


def _reached(each: Layers, coming: Resolved) -> Reached:
    return Reached(
        clinic_protocol_id=each.row.id,
        clinic_code=each.row.clinic_code,
        add_on_keys=each.add_on_keys,
        present=each.applied,
        coming=each.over(coming),
    )


async def packages_reached(
    session: Reader, scope: Scope, clinics: Sequence[Reached]
) -> list[PackageOnSale]:
    """The packages on sale there, as they would be and as they are."""
    by_id = {each.clinic_protocol_id: each for each in clinics}
    query = selling(scope, among(col(Adopted.id), by_id))
    return [
        on_sale(row, found.coming.content, found.present.content)
        for row in await execute(session, query)
        if (found := by_id[row.clinic_protocol_id])
    ]
