"""What a clinician found, what it stops, and who read it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from schema.clients import store
from schema.clients.actions.records import client_in_scope, data_key_of, today_in
from schema.clients.models import ClientHoldRow, ClientRow
from schema.clients.rules import (
    HoldCleared,
    check_hold,
    check_reason,
    face_of,
)
from schema.clinics.actions import Key
from schema.context import Work
from schema.errors import NotFound
from schema.protocols import store as protocols
from schema.protocols.rules import ScreeningSeverity


async def place_hold(
    work: Work,
    *,
    client: Key,
    severity: ScreeningSeverity,
    templates: Sequence[Key] | None,
    until_on: date | None,
    reason: str,
) -> ClientHoldRow:
    """Stop some protocols (None: all) for a client, until a day or until cleared.

    Raises: NotFound, InvalidHold, ReasonNeeded.
    """
    found = await client_in_scope(work, client)
    codes = None if templates is None else await _template_codes(work, templates)
    check_hold(codes, until_on, await today_in(work, found.clinic_id))
    row = ClientHoldRow(
        clinic_id=found.clinic_id,
        client_id=found.id,
        severity=severity,
        template_codes=codes,
        until_on=until_on,
        reason=b"",
        placed_by=work.actor.id,
    )
    row.reason = data_key_of(work, found).seal(row.id, check_reason(reason))
    work.session.add(row)
    await work.session.flush()
    work.record("client_hold.placed", row.clinic_id, row, client_id=found.id)
    return row


async def _template_codes(work: Work, keys: Sequence[Key]) -> list[str]:
    codes = []
    for position, key in enumerate(keys):
        found = await protocols.template(work.session, key)
        if found is None:
            raise NotFound("protocol template", key, field=f"templates.{position}")
        codes.append(found.code)
    return sorted(set(codes))


async def clear_hold(work: Work, *, hold_id: UUID, reason: str) -> ClientHoldRow:
    """End a hold, with the reason why: of a CAUTION, this is its acknowledgement.

    Raises: NotFound, HoldCleared, ReasonNeeded.
    """
    found = await store.hold(work.session, work.scope, hold_id)
    if found is None:
        raise NotFound("hold", hold_id, field="id")
    row = await work.session.get_one(ClientHoldRow, hold_id, with_for_update=True)
    if row.cleared_at is not None:
        raise HoldCleared("This hold was cleared already.", field="id")
    key = data_key_of(work, await client_in_scope(work, row.client_id))
    row.clearing_reason = key.seal(row.id, check_reason(reason))
    row.cleared_at, row.cleared_by = work.now, work.actor.id
    work.record("client_hold.cleared", row.clinic_id, row, client_id=row.client_id)
    return row


async def check_no_hold(
    work: Work, client: ClientRow, template_code: str, day: date, *, field: str = "client"
) -> None:
    """Raise HoldStops, with the caller's face, or NotYet for what another clinic found.

    `day` is the clinic's, of the sale or of the visit.
    """
    holds = await store.holds_of(work.session, client, work.scope)
    face = face_of(work.actor, client.clinic_id)
    if refusal := holds.refusal(template_code, day, face, field):
        raise refusal


async def record_clinical_reads(work: Work, client_ids: Sequence[UUID]) -> None:
    """That the actor reads what was found about these clients: a row for each of them."""
    for row in await store.client_entities(work.session, client_ids, work.scope):
        work.record("clinical.read", row.clinic_id, row)
