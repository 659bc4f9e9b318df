"""Which version a clinic is pinned to, and what it sets and offers under it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col

from schema.base import execute
from schema.context import Work
from schema.errors import NotFound
from schema.protocols import store
from schema.protocols.models import (
    ClinicProtocolAddOnRow,
    ClinicProtocolOverrideRow,
    ClinicProtocolPinRow,
    ClinicProtocolRow,
    ProtocolVersionRow,
)
from schema.protocols.rules import PinCause, Resolved, Value, check_revision


async def adoption_to_change(
    work: Work, clinic_protocol_id: UUID, expected_revision: int
) -> ClinicProtocolRow:
    """The adoption, locked until the transaction ends. Raises: NotFound, StaleRevision."""
    row = await work.session.get(
        ClinicProtocolRow, clinic_protocol_id, with_for_update=True, populate_existing=True
    )
    if row is None or row.clinic_id not in work.scope:
        raise NotFound("clinic protocol", clinic_protocol_id, field="clinicProtocol")
    check_revision(row.revision, expected_revision)
    return row


async def lower_layer(work: Work, row: ClinicProtocolRow) -> Resolved:
    """What applies under the adoption before the clinic's own values."""
    version = await work.session.get_one(ProtocolVersionRow, row.version_id)
    return await store.lower_layer(work.session, row.clinic_id, row.template_id, version)


def own_values(overrides: Mapping[str, ClinicProtocolOverrideRow]) -> dict[str, Value]:
    return {path: each.value for path, each in overrides.items()}


def set_override(
    work: Work,
    row: ClinicProtocolRow,
    present: ClinicProtocolOverrideRow | None,
    path: str,
    value: Value,
    reason: str,
) -> None:
    """Write one of the clinic's own values: who set it, when and why."""
    change: dict[str, Any] = {
        "value": str(value) if isinstance(value, Decimal) else value,
        "reason": reason,
        "set_by": work.actor.id,
        "set_at": work.now,
    }
    override = present or ClinicProtocolOverrideRow(
        clinic_id=row.clinic_id, clinic_protocol_id=row.id, path=path, **change
    )
    override.sqlmodel_update(change)
    work.session.add(override)


def pin(
    work: Work, row: ClinicProtocolRow, version_id: UUID, cause: PinCause, number: int = 1
) -> None:
    """Pin the adoption to a version from now on."""
    row.version_id = version_id
    work.session.add(
        ClinicProtocolPinRow(
            clinic_id=row.clinic_id,
            clinic_protocol_id=row.id,
            number=number,
            version_id=version_id,
            cause=cause,
            pinned_at=work.now,
            pinned_by=work.actor.id,
        )
    )


async def leave_pin(
    work: Work, row: ClinicProtocolRow, overrides: Iterable[ClinicProtocolOverrideRow]
) -> int:
    """Close the present pin with what the clinic set under it; its number."""
    present = await store.present_pin_to_change(work.session, row)
    offered = await store.add_ons_by_clinic_protocol(work.session, [row.id], work.scope)
    present.overrides = store.left_behind(overrides)
    present.add_on_keys = [each.add_on_key for each in offered.get(row.id, ())]
    present.left_at = work.now
    present.left_by = work.actor.id
    await work.session.flush()  # one pin is open at a time
    return present.number


async def offer_add_ons(work: Work, row: ClinicProtocolRow, keys: Iterable[str]) -> None:
    """Replace the add-ons that the clinic offers."""
    offered = ClinicProtocolAddOnRow
    await execute(
        work.session,
        delete(offered).where(
            col(offered.clinic_id) == row.clinic_id, col(offered.clinic_protocol_id) == row.id
        ),
    )
    work.session.add_all(
        offered(clinic_id=row.clinic_id, clinic_protocol_id=row.id, add_on_key=key) for key in keys
    )
