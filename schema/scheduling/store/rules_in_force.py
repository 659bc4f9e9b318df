"""The rules of booking that hold in clinics: their own, or the usual ones."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import and_, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.base import among, columns, execute
from schema.clinics.models import ClinicRow
from schema.scheduling.models import BookingRulesRow
from schema.scope import Scope


async def rules_in_force_by_clinic(
    session: AsyncSession, clinic_ids: Sequence[UUID], scope: Scope
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
