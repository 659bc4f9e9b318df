"""Which version a clinic is pinned to: leaving one with all it set under it, and taking another."""

from collections.abc import Iterable
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
)
from schema.protocols.rules import PinCause, check_revision


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
