"""What applies in clinics: the version each is pinned to, the overlays in force, its own values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from schema.base import Reader
from schema.protocols.rules import (
    AdoptionState,
    LayerChange,
    LayerKind,
    ProtocolContent,
    ProtocolKind,
    Resolved,
    SetAside,
    resolve_own,
)
from schema.protocols.rules.violations import AddOnNotAllowed
from schema.protocols.store.layers import Layers, layers, lower_layers
from schema.protocols.store.pins import own_values_of_version
from schema.protocols.store.templates import contents_by_version
from schema.scope import Scope


@dataclass(frozen=True, slots=True)
class ResolvedProtocol:
    """What applies in a clinic, with what it is called by and the add-ons offered, sorted.

    `lower` is what lies below the clinic's own values.
    """

    id: UUID
    clinic_id: UUID
    template_id: UUID
    version_id: UUID
    template_code: str
    kind: ProtocolKind
    version_number: int
    state: AdoptionState
    content: ProtocolContent
    lower: Resolved
    changes: tuple[LayerChange, ...]
    set_aside: tuple[SetAside, ...]
    add_on_keys: tuple[str, ...]


async def resolved_protocols(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ResolvedProtocol]:
    """What applies under each adoption. What no longer fits is set aside: this never fails."""
    return {each.row.id: _resolved(each) for each in await layers(session, ids, scope)}


async def resolved_versions(
    session: Reader, keys: Sequence[tuple[UUID, UUID]], scope: Scope
) -> Mapping[tuple[UUID, UUID], Resolved]:
    """What applies under versions that clinics are or were pinned to, by (adoption, version).

    The overlays in force today hold under earlier versions too; the clinic's own values are those
    that it had when it last left the version. At most four SELECTs.
    """
    wanted = set(keys)
    adoptions = {
        each.row.id: each
        for each in await layers(session, list({adoption for adoption, _ in wanted}), scope)
    }
    present = {(key, each.row.version_id): each for key, each in adoptions.items()}
    found = {key: present[key].applied for key in wanted if key in present}
    earlier = [key for key in wanted if key not in present and key[0] in adoptions]
    return {**found, **await _earlier(session, earlier, adoptions, scope)} if earlier else found


async def _earlier(
    session: Reader,
    keys: Sequence[tuple[UUID, UUID]],
    adoptions: Mapping[UUID, Layers],
    scope: Scope,
) -> Mapping[tuple[UUID, UUID], Resolved]:
    own = await own_values_of_version(session, keys, scope)
    contents = await contents_by_version(session, list({version for _, version in keys}), scope)
    ids = {(adoption, version): adoptions[adoption].overlay_ids for adoption, version in keys}
    lower = await lower_layers(session, [(key[1], contents[key[1]], ids[key]) for key in keys])
    return {
        key: resolve_own(
            lower[key[1], ids[key]], own.get(key, {}), adoptions[key[0]].row.clinic_code
        )
        for key in keys
    }


def _resolved(layers: Layers) -> ResolvedProtocol:
    row = layers.row
    found = layers.applied
    gone = [each for each in layers.add_on_keys if found.content.add_on(each) is None]
    return ResolvedProtocol(
        id=row.id,
        clinic_id=row.clinic_id,
        template_id=row.template_id,
        version_id=row.version_id,
        template_code=row.template_code,
        kind=ProtocolKind(row.protocol_kind),
        version_number=row.number,
        state=AdoptionState(row.state),
        content=found.content,
        lower=layers.lower,
        changes=found.changes,
        set_aside=(*found.set_aside, *(_withdrawn(each, row.clinic_code) for each in gone)),
        add_on_keys=tuple(each for each in layers.add_on_keys if each not in gone),
    )


def _withdrawn(key: str, clinic_code: str) -> SetAside:
    """The clinic chose an add-on that a jurisdiction took out."""
    refused = AddOnNotAllowed(f"{key} is not allowed here any more.", field="addOns")
    return SetAside(f"addOns.{key}", LayerKind.CLINIC, clinic_code, refused)
