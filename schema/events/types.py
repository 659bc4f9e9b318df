"""What happened, as GraphQL shows it."""

from datetime import datetime
from uuid import UUID

import strawberry
from strawberry import relay
from strawberry.scalars import JSON

from schema.access.rules import ActorKind, Permission
from schema.events import store
from schema.events.models import EventRow
from schema.fields import identified

ACTORS = {ActorKind.PERSON: "Person", ActorKind.PARTNER: "PartnerApp"}


@identified(store.events_by_id, reads=Permission.AUDIT_READ)
@strawberry.type(description="One thing that happened. Recorded with the change itself; final.")
class AuditEntry(relay.Node):
    id: relay.NodeID[UUID]
    name: str = strawberry.field(description="What happened, for example `course.sold`.")
    occurred_at: datetime = strawberry.field(description="When.")
    actor_kind: ActorKind = strawberry.field(description="What kind of caller did it.")
    actor_id: relay.GlobalID | None = strawberry.field(
        description="Which person or partner app; null for the server itself."
    )
    clinic_id: relay.GlobalID | None = strawberry.field(
        description="In which clinic; null for what is the whole franchise's."
    )
    subject_id: relay.GlobalID = strawberry.field(description="What it happened to.")
    payload: JSON = strawberry.field(
        description="Codes and figures of the change; never clinical data."
    )
    request_id: str | None = strawberry.field(description="The request that did it.")

    @classmethod
    def of(cls, row: EventRow) -> "AuditEntry":
        kind = ActorKind(row.actor_kind)
        return cls(
            id=row.id,
            name=row.name,
            occurred_at=row.occurred_at,
            actor_kind=kind,
            actor_id=relay.GlobalID(ACTORS[kind], str(row.actor_id)) if row.actor_id else None,
            clinic_id=relay.GlobalID("Clinic", str(row.clinic_id)) if row.clinic_id else None,
            subject_id=relay.GlobalID(row.subject_type, str(row.subject_id)),
            payload=JSON(row.payload),
            request_id=row.request_id,
        )
