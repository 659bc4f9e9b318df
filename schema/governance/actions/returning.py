"""A clinic's way back while nothing was sold."""

from uuid import UUID

from schema.context import Work
from schema.governance import store
from schema.governance.rules import check_nothing_sold
from schema.protocols import actions as protocols
from schema.protocols import store as protocol_store
from schema.protocols.actions.pins import adoption_to_change
from schema.protocols.models import ClinicProtocolRow


async def go_back_clinic_protocol(
    work: Work, *, clinic_protocol_id: UUID, expected_revision: int, reason: str
) -> ClinicProtocolRow:
    """Undo a clinic's last upgrade while nothing was sold under the version that it leaves.

    Sales and bookings hold the adoption, so that this waits for those in flight, and they for it.

    Raises: ReasonMissing, NotFound, StaleRevision, NothingToGoBackTo, AlreadySold; NotPublished
    where the version before is retired.
    """
    row = await adoption_to_change(work, clinic_protocol_id, expected_revision)
    if await protocol_store.pin_left(work.session, row) is not None:
        courses, visits = await store.sold_under(work.session, work.scope, row, row.version_id)
        check_nothing_sold(courses=courses, visits=visits)
    return await protocols.go_back(
        work,
        clinic_protocol_id=clinic_protocol_id,
        expected_revision=expected_revision,
        reason=reason,
    )
