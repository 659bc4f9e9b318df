"""How clinics take bookings: their own rules, or the usual ones."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import and_, select
from sqlmodel import col

from schema.base import Reader, among, columns, execute, fetch_among
from schema.clinics.models import ClinicRow
from schema.paging import keyed
from schema.scheduling.models import BookingRulesRow
from schema.scheduling.rules import USUAL_TERMS, BookingTerms
from schema.scope import Scope


async def booking_rules_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, BookingRulesRow]:
    """Each clinic's own rules; a clinic that never set any has none."""
    rows = await fetch_among(
        session,
        BookingRulesRow,
        BookingRulesRow.clinic_id,
        clinic_ids,
        scope,
        BookingRulesRow.clinic_id,
    )
    return keyed(rows, "clinic_id")


def booking_terms(row: BookingRulesRow | None) -> BookingTerms:
    """The rules as the calendar asks them; the usual ones where a clinic set none."""
    if row is None:
        return USUAL_TERMS
    return BookingTerms(
        step_minutes=row.step_minutes,
        lead_minutes=row.lead_minutes,
        horizon_days=row.horizon_days,
        buffer_before_minutes=row.buffer_before_minutes,
        buffer_after_minutes=row.buffer_after_minutes,
        most_visits_a_day=row.most_visits_a_day,
        most_visits_a_practitioner=row.most_visits_a_practitioner,
    )


async def rules_in_force_by_clinic(
    session: Reader, clinic_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, BookingRulesRow]:
    """The rules of each clinic in scope; one that has set none has the usual, at revision 0."""
    rules, clinic = BookingRulesRow, col(ClinicRow.id)
    its_own = and_(
        col(rules.clinic_id) == clinic,
        among(col(rules.clinic_id), clinic_ids),
        scope.where(rules.clinic_id),
    )
    query = (
        select(clinic.label("of_clinic"), *columns(rules))
        .select_from(ClinicRow)
        .outerjoin(rules, its_own)
        .where(among(clinic, clinic_ids), scope.where(ClinicRow.id))
    )
    return {
        each.of_clinic: each if each.revision else _usual(each.of_clinic)
        for each in await execute(session, query)
    }


def _usual(clinic_id: UUID) -> BookingRulesRow:
    return BookingRulesRow(clinic_id=clinic_id, revision=0)
