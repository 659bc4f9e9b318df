"""What has to come before treatments, as GraphQL shows and takes it."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.access.store import people_by_id
from schema.access.types import Person
from schema.clinics.store import jurisdictions_by_code, owners_by_id
from schema.clinics.types.places import Jurisdiction, Owner
from schema.fields import By, identified, link
from schema.practitioners.rules import CredentialType
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem
from schema.protocols.rules import ProtocolKind
from schema.scheduling.actions.prerequisites import Before
from schema.scheduling.models import PrerequisiteRow
from schema.scheduling.store.prerequisites import prerequisites_by_id

WHERE = "In which jurisdiction and those inside it, ISO 3166."
KIND = "What kind of visit comes before."
TEMPLATES = "Codes of the treatments that it comes before; null: all."
AREAS = "Areas of which a treatment has one; null: any."
ADD_ONS = "Add-ons of which a treatment has one; null: whatever it has."
BY_WHOM = "Who does the visit is licensed as one of these; null: whoever its protocol asks for."
REMOTE = "Whether a visit by video would do; what is booked here takes place in the clinic."
LEAST = "How many of the clinic's days before the treatment it takes place, at least."
MOST = "How many days before, at most; null: any number."


@identified(prerequisites_by_id, reads=Permission.PROTOCOLS_READ)
@strawberry.type(description="A visit that has to come before some treatments.")
class Prerequisite(relay.Node):
    id: relay.NodeID[UUID]
    owner_id: strawberry.Private[UUID | None]
    set_by_id: strawberry.Private[UUID | None]
    jurisdiction_code: str = strawberry.field(description=WHERE)
    visit_kind: ProtocolKind = strawberry.field(description=KIND)
    templates: list[str] | None = strawberry.field(description=TEMPLATES)
    areas: list[str] | None = strawberry.field(description=AREAS)
    add_ons: list[str] | None = strawberry.field(description=ADD_ONS)
    credential_types: list[CredentialType] | None = strawberry.field(description=BY_WHOM)
    remote_allowed: bool = strawberry.field(description=REMOTE)
    min_days: int = strawberry.field(description=LEAST)
    max_days: int | None = strawberry.field(description=MOST)
    from_on: date = strawberry.field(description="For treatments from this day on.")
    to_on: date | None = strawberry.field(
        description="The last day of treatments that it comes before; null: until further notice."
    )
    source: str = strawberry.field(description="The law, or who decided it.")
    jurisdiction: Jurisdiction | None = link(
        jurisdictions_by_code,
        key="jurisdiction_code",
        of=Jurisdiction.of,
        reads=Permission.CLINICS_READ,
        describe="The jurisdiction.",
    )
    owner: Owner | None = link(
        owners_by_id,
        key="owner_id",
        of=Owner.of,
        reads=Permission.CLINICS_READ,
        describe="Whose clinics alone it is for; null: everybody's, or an owner you may not see.",
    )
    set_by: Person | None = link(
        people_by_id,
        key="set_by_id",
        of=Person.of,
        reads=Permission.ACCESS_MANAGE,
        describe="Who set it.",
    )

    @classmethod
    def of(cls, row: PrerequisiteRow) -> "Prerequisite":
        licensed = row.credential_types
        return cls(
            id=row.id,
            owner_id=row.owner_id,
            set_by_id=row.set_by,
            jurisdiction_code=row.jurisdiction_code,
            visit_kind=ProtocolKind(row.visit_kind),
            templates=row.template_codes,
            areas=row.areas,
            add_ons=row.add_on_keys,
            credential_types=None if licensed is None else [CredentialType(e) for e in licensed],
            remote_allowed=row.remote_allowed,
            min_days=row.min_days,
            max_days=row.max_days,
            from_on=row.from_on,
            to_on=row.to_on,
            source=row.source,
        )


@strawberry.input(description="Which of them.")
class PrerequisiteFilter:
    jurisdiction_code: str | None = strawberry.field(
        default=None, description="What holds in this jurisdiction: its own and its parents'."
    )
    on: date | None = strawberry.field(
        default=None, description="What treatments on this day are held to."
    )


@strawberry.input(description="A visit that has to come before some treatments.")
class SetPrerequisiteInput:
    jurisdiction_code: str = strawberry.field(description=WHERE)
    visit_kind: ProtocolKind = strawberry.field(description=KIND + " Any but TREATMENT.")
    source: str = strawberry.field(description="The law, or who decided it.")
    from_on: date = strawberry.field(description="For treatments from this day on.")
    to_on: date | None = strawberry.field(
        default=None, description="The last day of such treatments; null: until further notice."
    )
    owner: By | None = strawberry.field(
        default=None, description="Whose clinics alone it is for; null: everybody's."
    )
    templates: list[str] | None = strawberry.field(default=None, description=TEMPLATES)
    areas: list[str] | None = strawberry.field(default=None, description=AREAS)
    add_ons: list[str] | None = strawberry.field(default=None, description=ADD_ONS)
    credential_types: list[CredentialType] | None = strawberry.field(
        default=None, description=BY_WHOM
    )
    remote_allowed: bool = strawberry.field(default=False, description=REMOTE)
    min_days: int = strawberry.field(default=0, description=f"{LEAST} 0 to 366.")
    max_days: int | None = strawberry.field(default=None, description=MOST)

    def before(self) -> Before:
        return Before(templates=self.templates, areas=self.areas, add_ons=self.add_ons)


@strawberry.input(description="The end of a prerequisite.")
class EndPrerequisiteInput:
    id: relay.GlobalID = strawberry.field(description="The prerequisite's id.")
    to_on: date = strawberry.field(description="Its last day, included; earlier than before.")


PrerequisiteResult = Annotated[
    Prerequisite | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("PrerequisiteResult", description="The prerequisite, or what is wrong."),
]
