"""What a clinic does with a protocol: adopts it, sets its own values, chooses the add-ons."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from schema.base import insert
from schema.clinics.actions import Key, clinic_in_scope
from schema.clinics.rules import local_day
from schema.context import Work
from schema.errors import Conflict, NotFound
from schema.protocols import store
from schema.protocols.actions.pins import adoption_to_change, offer_add_ons, pin
from schema.protocols.models import (
    ClinicProtocolOverrideRow,
    ClinicProtocolRow,
    ProtocolVersionRow,
)
from schema.protocols.rules import (
    AdoptionState,
    PinCause,
    Value,
    VersionState,
    check_adoption,
    check_offer,
    check_own,
    check_reason,
    overlaid,
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
    check_offer(store.content_of(version.id, version.content).add_ons, add_ons)
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
    version = await work.session.get_one(ProtocolVersionRow, row.version_id)
    check_offer(store.content_of(version.id, version.content).add_ons, add_ons)
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
    BelowHealingGuard; ValidationFailed where it contradicts the clinic's other values.
    """
    check_reason(reason)
    row = await adoption_to_change(work, clinic_protocol_id, expected_revision)
    overrides = await store.overrides_to_change(work.session, row)
    await _check_together(work, row, {**_values(overrides), path: value})
    change: dict[str, Any] = {
        "value": _as_json(value),
        "reason": reason,
        "set_by": work.actor.id,
        "set_at": work.now,
    }
    override = overrides.get(path) or ClinicProtocolOverrideRow(
        clinic_id=row.clinic_id, clinic_protocol_id=row.id, path=path, **change
    )
    override.sqlmodel_update(change)
    work.session.add(override)
    row.revision += 1
    work.record("protocol.override_set", row.clinic_id, row, path=path, value=value)
    return row


async def clear_clinic_override(
    work: Work, *, clinic_protocol_id: UUID, expected_revision: int, path: str
) -> ClinicProtocolRow:
    """Let HQ's value apply again.

    Raises: NotFound, StaleRevision; ValidationFailed where HQ's value contradicts the clinic's
    other values.
    """
    row = await adoption_to_change(work, clinic_protocol_id, expected_revision)
    overrides = await store.overrides_to_change(work.session, row)
    override = overrides.pop(path, None)
    if override is None:
        raise NotFound("override of", path, field="path")
    await _check_together(work, row, _values(overrides))
    await work.session.delete(override)
    row.revision += 1
    work.record("protocol.override_cleared", row.clinic_id, row, path=path)
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


def _values(overrides: Mapping[str, ClinicProtocolOverrideRow]) -> dict[str, Value]:
    return {path: each.value for path, each in overrides.items()}


async def _check_together(
    work: Work, row: ClinicProtocolRow, overrides: Mapping[str, Value]
) -> None:
    """Raise what is wrong with the clinic's values, one by one and taken together."""
    version = await work.session.get_one(ProtocolVersionRow, row.version_id)
    content = store.content_of(version.id, version.content)
    check_own(overlaid(content, ()), overrides)


def _as_json(value: Value) -> int | bool | str | None:
    return str(value) if isinstance(value, Decimal) else value
