"""What a clinician found, for whoever may read it, and what others are told."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from strawberry.types.field import StrawberryField

from schema.access.rules import Permission
from schema.clients import store
from schema.clients.actions import record_clinical_reads
from schema.clients.models import ClientHoldRow
from schema.clients.rules import HoldStops
from schema.clients.sealing import open_data_key
from schema.context import Info
from schema.fields import Reads, identified
from schema.problems import Problem
from schema.protocols.rules import ScreeningSeverity
from schema.protocols.types import content as _describes_severities  # noqa: F401  # an enum is described before it is used


async def read_clinical_text(
    info: Info, client_id: UUID, row_id: UUID, *sealed: bytes | None
) -> list[str | None]:
    """Texts sealed with a client's key, None once it is erased. That they were read is on record
    before they are: no record, no answer."""
    await info.context.witness(record_clinical_reads, client_id)
    client = await info.context.load(store.clients_by_id, client_id, Permission.CLINICAL_READ)
    if client is None or client.data_key is None:
        return [None for _ in sealed]
    key = open_data_key(
        info.context.secrets.master_key, client.clinic_id, client.id, client.data_key
    )
    return [None if each is None else key.unseal(row_id, each) for each in sealed]


@strawberry.type(description="What was found about a client.")
class HoldFinding:
    severity: ScreeningSeverity = strawberry.field(description="What it does to the treatment.")
    reason: str | None = strawberry.field(description="What was found; null once erased.")
    clearing_reason: str | None = strawberry.field(
        description="Why it was cleared; null while it holds."
    )


@identified(store.holds_by_id, reads=Permission.CLINICAL_READ)
@strawberry.type(description="Stops some or all protocols for a client.")
class ClientHold(relay.Node):
    id: relay.NodeID[UUID]
    clinic_id: strawberry.Private[UUID]
    client_id: strawberry.Private[UUID]
    row: strawberry.Private[ClientHoldRow]
    templates: list[str] | None = strawberry.field(
        description="Codes of the protocol templates that it is about; null: all of them."
    )
    until_on: date | None = strawberry.field(
        description="The last day on which it holds; null: until it is cleared."
    )
    placed_at: datetime = strawberry.field(description="When it was placed.")
    cleared_at: datetime | None = strawberry.field(
        description="When it was cleared; null while it holds."
    )

    @classmethod
    def of(cls, row: ClientHoldRow) -> "ClientHold":
        return cls(
            id=row.id,
            clinic_id=row.clinic_id,
            client_id=row.client_id,
            row=row,
            templates=row.template_codes,
            until_on=row.until_on,
            placed_at=row.created_at,
            cleared_at=row.cleared_at,
        )

    @strawberry.field(extensions=[Reads(Permission.CLINICAL_READ, clinic="clinic_id")])
    async def finding(self, info: Info) -> HoldFinding | None:
        """The finding itself. Reading it leaves an entry in the audit trail."""
        reason, clearing_reason = await read_clinical_text(
            info, self.client_id, self.id, self.row.reason, self.row.clearing_reason
        )
        return HoldFinding(
            severity=ScreeningSeverity(self.row.severity),
            reason=reason,
            clearing_reason=clearing_reason,
        )


@strawberry.type(
    description="A client's holds stop this. `code` says what to do: CLINICAL_REVIEW_NEEDED, a"
    " practitioner of the clinic decides; CONTACT_CLINIC, send the client there; CONTRAINDICATED,"
    " see `holds`."
)
class HoldProblem(Problem):
    field: str | None = strawberry.field(default=None, description="Path into `input`.")
    holds: list[ClientHold] | None = strawberry.field(
        default=None, description="The findings, for who holds `clinical:read`; null for others."
    )


class OnHoldStops(strawberry.ExceptionHandler[HoldStops, HoldProblem]):
    def handle(self, exception: HoldStops, *, field: StrawberryField, info: Info) -> HoldProblem:
        found: Any = exception.holds
        return HoldProblem(
            code=exception.code,
            message=exception.message,
            retry=exception.retry,
            field=exception.field,
            holds=[ClientHold.of(each) for each in found] or None,
        )
