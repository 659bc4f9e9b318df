"""How a clinic takes bookings."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from schema.base import insert
from schema.clinics.actions import Key, clinic_in_scope
from schema.clinics.models import ClinicRow
from schema.clinics.rules import local_day
from schema.context import Work
from schema.protocols.rules import check_revision
from schema.protocols.rules.violations import StaleRevision
from schema.scheduling.models import BookingRulesRow
from schema.scheduling.rules.booking_rules import (
    TermsChange,
    check_booking_rules,
    open_holidays,
)
from schema.scheduling.store.booking_rules import booking_terms, rules_in_force_by_clinic


async def set_booking_rules(
    work: Work,
    *,
    clinic: Key,
    expected_revision: int,
    terms: TermsChange | None = None,
    closed_on_holidays: bool | None = None,
    open_on: Sequence[date] | None = None,
) -> BookingRulesRow:
    """Change how a clinic takes bookings; what is not given stays as it is, as do its visits.

    `expected_revision` is 0 for a clinic that has not set any. `open_on` are the holidays that it
    opens on.

    Raises: NotFound, StaleRevision, InvalidBookingRules.
    """
    found = await clinic_in_scope(work, clinic)
    row = await _to_change(work, found, expected_revision)
    before = _said(row)
    changed = replace(booking_terms(row), **(terms or {}))
    check_booking_rules(changed)
    for name, value in asdict(changed).items():
        setattr(row, name, value)
    if closed_on_holidays is not None:
        row.closed_on_holidays = closed_on_holidays
    if open_on is not None:
        row.open_holidays = _opened(work, found, row, open_on)
    await _write(work, row, before)
    return row


async def _to_change(work: Work, clinic: ClinicRow, expected_revision: int) -> BookingRulesRow:
    """The clinic's rules, locked; a new row at revision 0 where it has none.

    Raises: StaleRevision.
    """
    found = await rules_in_force_by_clinic(work.session, [clinic.id], work.scope)
    row = found[clinic.id]
    if row.revision:
        row = await work.session.get_one(
            BookingRulesRow, row.id, with_for_update=True, populate_existing=True
        )
    check_revision(row.revision, expected_revision)
    return row


def _opened(
    work: Work, clinic: ClinicRow, row: BookingRulesRow, wanted: Sequence[date]
) -> list[date]:
    today = local_day(work.now, ZoneInfo(clinic.time_zone))
    return open_holidays(wanted, row.open_holidays, clinic.jurisdiction_code, today)


def _said(row: BookingRulesRow) -> dict[str, Any]:
    return {
        **asdict(booking_terms(row)),
        "closed_on_holidays": row.closed_on_holidays,
        "open_holidays": row.open_holidays,
    }


async def _write(work: Work, row: BookingRulesRow, before: dict[str, Any]) -> None:
    row.revision += 1
    if row.revision == 1:
        first = StaleRevision("Somebody set them just now.", field="expectedRevision")
        await insert(work.session, row, taken=first)
    after = _said(row)
    changed = [name for name in after if after[name] != before[name]]
    work.record(
        "booking_rules.set",
        row.clinic_id,
        row,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
