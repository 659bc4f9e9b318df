"""How a clinic comes from one version of a protocol to another, and back."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import col

from schema.base import execute
from schema.clinics import store as clinics
from schema.clinics.rules import local_day
from schema.context import Work
from schema.protocols import store
from schema.protocols.actions.pins import adoption_to_change, leave_pin, offer_add_ons, pin
from schema.protocols.models import (
    ClinicProtocolOverrideRow,
    ClinicProtocolRow,
    ProtocolVersionRow,
)
from schema.protocols.rules import PinCause, VersionState, check_adoption, check_reason
from schema.protocols.rules.violations import NothingToGoBackTo


async def go_back(
    work: Work, *, clinic_protocol_id: UUID, expected_revision: int, reason: str
) -> ClinicProtocolRow:
    """Undo the clinic's last upgrade: the version before, with the values and add-ons it had there.

    Whoever calls this made sure that nothing was sold under the version that is left.

    Raises: ReasonMissing, NotFound, StaleRevision, NothingToGoBackTo; NotPublished where that
    version is retired.
    """
    check_reason(reason)
    row = await adoption_to_change(work, clinic_protocol_id, expected_revision)
    earlier = await store.pin_left(work.session, row)
    if earlier is None:
        raise NothingToGoBackTo("This clinic is on the version that it adopted.")
    left = await work.session.get_one(ProtocolVersionRow, row.version_id)
    version = await work.session.get_one(ProtocolVersionRow, earlier.version_id)
    check_adoption(VersionState(version.state), version.published_from, await today_at(work, row))
    overrides = await store.overrides_to_change(work.session, row)
    number = await leave_pin(work, row, overrides.values())
    pin(work, row, version.id, PinCause.WENT_BACK, number + 1)
    await _restore(work, row, store.overrides_left(earlier.overrides))
    await offer_add_ons(work, row, earlier.add_on_keys or ())
    row.revision += 1
    work.record(
        "protocol.went_back",
        row.clinic_id,
        row,
        version=version.number,
        left=left.number,
        reason=reason,
    )
    return row


async def today_at(work: Work, row: ClinicProtocolRow) -> date:
    """The day that it is in the adoption's clinic."""
    clinic = await clinics.clinic(work.session, work.scope, row.clinic_id)
    assert clinic is not None, "an adoption in scope has a clinic in scope"
    return local_day(work.now, ZoneInfo(clinic.time_zone))


async def _restore(
    work: Work, row: ClinicProtocolRow, left: tuple[store.OverrideLeft, ...]
) -> None:
    """Make the clinic's values those that it left, each as it was set, by whom and why."""
    override = ClinicProtocolOverrideRow
    await execute(
        work.session,
        delete(override).where(
            col(override.clinic_id) == row.clinic_id, col(override.clinic_protocol_id) == row.id
        ),
    )
    work.session.add_all(
        override(
            clinic_id=row.clinic_id,
            clinic_protocol_id=row.id,
            path=each.path,
            value=each.value,
            reason=each.reason,
            set_by=each.set_by,
            set_at=each.set_at,
        )
        for each in left
    )
