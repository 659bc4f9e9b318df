"""What a clinic does with a protocol: adopts it, sets its own values, chooses the add-ons."""

from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from schema.base import insert
from schema.clinics.actions import Key, clinic_in_scope
from schema.clinics.rules import local_day
from schema.context import Work
from schema.errors import Conflict, NotFound
from schema.protocols import store
from schema.protocols.actions.pins import (
    adoption_to_change,
    lower_layer,
    offer_add_ons,
    own_values,
    pin,
    set_override,
)
from schema.protocols.models import ClinicProtocolRow
from schema.protocols.rules import (
    AdoptionState,
    PinCause,
    Value,
    VersionState,
    check_adoption,
    check_offer,
    check_own,
    check_reason,
)


async def adopt_protocol(
    work: Work,
    *,
    clinic: Key,
    template: Key,
    version_number: int | None = None,
    add_ons: Sequence[str] = (),
) -> ClinicProtocolRow:
    """Offer a protocol in a clinic, pinned to a version: the newest published, unless named.

    Raises: NotFound, NotPublished, AddOnNotAllowed, Conflict where it is adopted already.
    """
    place = await clinic_in_scope(work, clinic)
    found = await store.template(work.session, template)
    if found is None:
        raise NotFound("protocol template", template, field="template")
    today = local_day(work.now, ZoneInfo(place.time_zone))
    version = await store.version_to_adopt(work.session, found.id, today, version_number)
    if version is None:
        raise NotFound("published version of", found.code, field="versionNumber")
    check_adoption(VersionState(version.state), version.published_from, today)
    lower = await store.lower_layer(work.session, place.id, found.id, version)
    check_offer(lower.content.add_ons, add_ons)
    row = ClinicProtocolRow(
        clinic_id=place.id,
        template_id=found.id,
        version_id=version.id,
        adopted_by=work.actor.id,
        adopted_at=work.now,
    )
    taken = Conflict(f"{found.code} is already adopted here.", field="template")
    await insert(work.session, row, taken=taken)
    pin(work, row, version.id, PinCause.ADOPTED)
    await offer_add_ons(work, row, add_ons)
    work.record(
        "protocol.adopted",
        place.id,
        row,
        template=found.code,
        version=version.number,
        add_ons=list(add_ons),
    )
    return row


async def change_adopted_add_ons(
    work: Work, *, clinic_protocol_id: UUID, expected_revision: int, add_ons: Sequence[str]
) -> ClinicProtocolRow:
    """Replace the add-ons that a clinic offers; what was sold with others stays as it is.

    Raises: NotFound, StaleRevision, AddOnNotAllowed.
    """
    row = await adoption_to_change(work, clinic_protocol_id, expected_revision)
    check_offer((await lower_layer(work, row)).content.add_ons, add_ons)
    await offer_add_ons(work, row, add_ons)
    row.revision += 1
    work.record("protocol.add_ons_changed", row.clinic_id, row, add_ons=list(add_ons))
    return row


async def set_clinic_override(
    work: Work,
    *,
    clinic_protocol_id: UUID,
    expected_revision: int,
    path: str,
    value: Value,
    reason: str,
) -> ClinicProtocolRow:
    """Set one field for one clinic; its other fields and other clinics stay as they are.

    Raises: NotFound, StaleRevision, UnknownPath, FieldLocked, InvalidValue, OutOfBounds,
    BelowHealingGuard, OverlayLoosens; ValidationFailed where it contradicts the clinic's other
    values.
    """
    check_reason(reason)
    row = await adoption_to_change(work, clinic_protocol_id, expected_revision)
    overrides = await store.overrides_to_change(work.session, row)
    before = own_values(overrides)
    check_own(await lower_layer(work, row), {**before, path: value}, path, before)
    set_override(work, row, overrides.get(path), path, value, reason)
    row.revision += 1
    work.record(
        "protocol.override_set",
        row.clinic_id,
        row,
        path=path,
        value=value,
        before=before.get(path),
        reason=reason,
    )
    return row


async def clear_clinic_override(
    work: Work, *, clinic_protocol_id: UUID, expected_revision: int, path: str
) -> ClinicProtocolRow:
    """Let what lies below apply again: HQ's value, or what the jurisdiction made of it.

    Raises: NotFound, StaleRevision; ValidationFailed where that contradicts the clinic's other
    values.
    """
    row = await adoption_to_change(work, clinic_protocol_id, expected_revision)
    overrides = await store.overrides_to_change(work.session, row)
    before = own_values(overrides)
    override = overrides.pop(path, None)
    if override is None:
        raise NotFound("override of", path, field="path")
    check_own(await lower_layer(work, row), own_values(overrides), before=before)
    await work.session.delete(override)
    row.revision += 1
    work.record("protocol.override_cleared", row.clinic_id, row, path=path, before=before.get(path))
    return row


async def set_protocol_offered(
    work: Work, *, clinic_protocol_id: UUID, expected_revision: int, offered: bool
) -> ClinicProtocolRow:
    """Stop offering a protocol in a clinic, or offer it again. Raises: NotFound, StaleRevision."""
    row = await adoption_to_change(work, clinic_protocol_id, expected_revision)
    row.state = AdoptionState.OFFERED if offered else AdoptionState.WITHDRAWN
    row.revision += 1
    work.record(f"protocol.{row.state.lower()}", row.clinic_id, row)
    return row
