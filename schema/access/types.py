"""People, roles and partner apps, as GraphQL shows them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access import store
from schema.access.actions import SignedIn as Session
from schema.access.actions import SignInRefused, TooManyAttempts
from schema.access.api_keys import ApiKey as Key
from schema.access.models import ApiKeyRow, PartnerAppRow, PersonRow, RoleAssignmentRow
from schema.access.rules import Actor, ActorKind, Permission, Role, ScopeKind
from schema.fields import By, described, identified, link
from schema.problems import ConflictProblem, NotFoundProblem, Problem, RuleProblem

described(
    Role,
    "A named set of permissions. A person holds it in a scope, a partner's key in its clinics.",
    {
        Role.CLINIC_MANAGER: "Runs a clinic: adopts protocols, sets prices, sells, books, staffs.",
        Role.COUNTRY_LEAD: "Writes what the law of a country or state adds to the protocols.",
        Role.FRONT_DESK: "Registers clients, sells courses and books; sees no clinical findings.",
        Role.HQ_ADMINISTRATOR: "Runs the franchise: everything but clients' clinical data.",
        Role.HQ_ANALYST: "Reads the network's figures; changes nothing.",
        Role.HQ_CLINICAL_LEAD: "Writes and approves the standard protocols and scope rules.",
        Role.PARTNER: "Another company's system: asks where and when, and may book.",
        Role.PRACTITIONER: "Treats: reads clinical findings, places holds, records sessions.",
    },
)
described(
    ScopeKind,
    "How far an assignment reaches.",
    {
        ScopeKind.CLINIC: "One clinic.",
        ScopeKind.FRANCHISE: "Every clinic, those of tomorrow too.",
        ScopeKind.OWNER: "The clinics that a legal entity owns on the day of the request.",
        ScopeKind.REGION: "The clinics of a region and of the regions inside it.",
    },
)
described(
    ActorKind,
    "Who sends a request.",
    {
        ActorKind.NOBODY: "Not signed in: send an access token or an API key.",
        ActorKind.PARTNER: "A partner app, by its API key.",
        ActorKind.PERSON: "A person, by an access token.",
        ActorKind.SYSTEM: "The server itself; never seen in an answer.",
    },
)
described(
    Permission,
    "What a caller may do. Each field that needs one says so in its description.",
    {
        Permission.ACCESS_MANAGE: "Create people, roles, partner apps and API keys.",
        Permission.APPOINTMENTS_BOOK: "Book and cancel appointments.",
        Permission.APPOINTMENTS_OVERRIDE: "Book against a clinic's soft rules, with a reason.",
        Permission.APPOINTMENTS_READ: "See appointments.",
        Permission.AUDIT_READ: "See what happened, and who did it.",
        Permission.AVAILABILITY_READ: "Ask where and when something is available.",
        Permission.CLIENTS_LINK: "Link clients of several clinics as one person.",
        Permission.CLIENTS_READ: "See clients and their identity.",
        Permission.CLIENTS_REGISTER: "Register clients.",
        Permission.CLINICAL_READ: "See clinical findings: contraindications, holds' reasons.",
        Permission.CLINICAL_WRITE: "Record clinical findings, place and clear holds.",
        Permission.CLINICS_MANAGE: "Plan, open, transfer and close clinics; regions and owners.",
        Permission.CLINICS_OPERATE: "Set a clinic's hours, closures, rooms and devices.",
        Permission.CLINICS_READ: "See clinics.",
        Permission.COURSES_READ: "See the courses that clients bought.",
        Permission.COURSES_SELL: "Sell courses.",
        Permission.OVERLAYS_AUTHOR: "Write what a country or a state adds to the protocols.",
        Permission.PRACTITIONERS_MANAGE: "Register practitioners; credentials, hours, time off.",
        Permission.PRACTITIONERS_READ: "See practitioners.",
        Permission.PREREQUISITES_SET: "Set what has to come before a treatment.",
        Permission.PRICES_READ: "See prices and packages, and ask for quotes.",
        Permission.PRICES_SET: "Set prices and packages.",
        Permission.PROTOCOLS_ADOPT: "Adopt protocols in a clinic, with its own settings.",
        Permission.PROTOCOLS_APPROVE: "Approve and publish protocol versions of another author.",
        Permission.PROTOCOLS_AUTHOR: "Write protocol templates and their versions.",
        Permission.PROTOCOLS_READ: "See published protocols and what clinics adopted.",
        Permission.SCOPE_RULES_VERIFY: "Verify the scope of practice per jurisdiction.",
        Permission.SESSIONS_RECORD: "Record that a session was done.",
        Permission.TASKS_READ: "See tasks.",
        Permission.TASKS_WORK: "Create, take and finish tasks.",
    },
)


@strawberry.type(description="A role in a scope, and what it comes to.")
class ViewerGrant:
    role: Role = strawberry.field(description="The role it comes from.")
    permissions: list[Permission] = strawberry.field(description="What the caller may do there.")
    everywhere: bool = strawberry.field(
        description="Whether it holds in every clinic of the franchise, those of tomorrow too."
    )
    clinic_ids: list[relay.GlobalID] = strawberry.field(
        description="The clinics in which it holds; empty where `everywhere`."
    )


@strawberry.type(description="Who you are to this server, and what you may do where.")
class Viewer:
    kind: ActorKind = strawberry.field(description="What kind of caller you are.")
    name: str = strawberry.field(description="Your name, or your app's.")
    person_id: relay.GlobalID | None = strawberry.field(
        description="Your own id as a person, which `by`, `authorId` and the like name; null for an"
        " API key and for nobody."
    )
    grants: list[ViewerGrant] = strawberry.field(description="What you may do, and where.")

    @classmethod
    def of(cls, actor: Actor) -> "Viewer":
        is_person = actor.kind is ActorKind.PERSON
        return cls(
            kind=actor.kind,
            name=actor.name,
            person_id=relay.GlobalID("Person", str(actor.id)) if is_person else None,
            grants=[
                ViewerGrant(
                    role=each.role,
                    permissions=sorted(each.permissions),
                    everywhere=each.clinic_ids is None,
                    clinic_ids=[
                        relay.GlobalID("Clinic", str(id_)) for id_ in sorted(each.clinic_ids or ())
                    ],
                )
                for each in actor.grants
            ],
        )


@identified(store.assignments_by_id, reads=Permission.ACCESS_MANAGE)
@strawberry.type(description="A role that a person holds.")
class RoleAssignment(relay.Node):
    id: relay.NodeID[UUID]
    role: Role = strawberry.field(description="The role.")
    scope_kind: ScopeKind = strawberry.field(description="How far it reaches.")
    scope_id: relay.GlobalID | None = strawberry.field(
        description="The region, owner or clinic; null for the whole franchise."
    )

    @classmethod
    def of(cls, row: RoleAssignmentRow) -> "RoleAssignment":
        kind = ScopeKind(row.scope_kind)
        return cls(
            id=row.id,
            role=Role(row.role),
            scope_kind=kind,
            scope_id=relay.GlobalID(kind.capitalize(), str(row.scope_id)) if row.scope_id else None,
        )


@identified(store.people_by_id, reads=Permission.ACCESS_MANAGE)
@strawberry.type(description="Somebody who signs in.")
class Person(relay.Node):
    id: relay.NodeID[UUID]
    email: str = strawberry.field(description="The address they sign in with.")
    name: str = strawberry.field(description="Their name.")
    deactivated_at: datetime | None = strawberry.field(
        description="Since when they can no longer sign in."
    )
    roles: list[RoleAssignment] = link(
        store.assignments_by_person,
        key="id",
        of=RoleAssignment.of,
        many=True,
        reads=Permission.ACCESS_MANAGE,
        describe="The roles they hold.",
    )

    @classmethod
    def of(cls, row: PersonRow) -> "Person":
        return cls(id=row.id, email=row.email, name=row.name, deactivated_at=row.deactivated_at)


@identified(store.api_keys_by_id, reads=Permission.ACCESS_MANAGE)
@strawberry.type(description="A key of a partner app. Its text was shown once, when it was issued.")
class ApiKey(relay.Node):
    id: relay.NodeID[UUID]
    key_id: str = strawberry.field(description="The part of the key's text that names it.")
    permissions: list[Permission] = strawberry.field(description="What it may do.")
    clinic_ids: list[relay.GlobalID] | None = strawberry.field(
        description="In which clinics; null for all."
    )
    expires_at: datetime | None = strawberry.field(description="When it ends by itself.")
    last_used_at: datetime | None = strawberry.field(description="Last used, to the minute.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")

    @classmethod
    def of(cls, row: ApiKeyRow) -> "ApiKey":
        clinic_ids = None
        if row.clinic_ids is not None:
            clinic_ids = [relay.GlobalID("Clinic", str(each)) for each in row.clinic_ids]
        return cls(
            id=row.id,
            key_id=row.key_id,
            permissions=[Permission(each) for each in row.permissions],
            clinic_ids=clinic_ids,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )


@identified(store.partner_apps_by_id, reads=Permission.ACCESS_MANAGE)
@strawberry.type(description="Another company's system that asks by API key.")
class PartnerApp(relay.Node):
    id: relay.NodeID[UUID]
    code: str = strawberry.field(description="Its human-readable code.")
    name: str = strawberry.field(description="The company's name for it.")
    api_keys: list[ApiKey] = link(
        store.api_keys_by_app,
        key="id",
        of=ApiKey.of,
        many=True,
        reads=Permission.ACCESS_MANAGE,
        describe="Its keys, the oldest first.",
    )

    @classmethod
    def of(cls, row: PartnerAppRow) -> "PartnerApp":
        return cls(id=row.id, code=row.code, name=row.name)


@strawberry.type(description="An access token, to send as `Authorization: Bearer …`.")
class SignedIn:
    access_token: str = strawberry.field(description="The token. Keep it in memory only.")
    expires_at: datetime = strawberry.field(description="When it ends; sign in again before.")
    person: strawberry.Private[Any]

    @classmethod
    def of(cls, session: Session) -> "SignedIn":
        return cls(
            access_token=session.access_token,
            expires_at=session.expires_at,
            person=session.person,
        )


@strawberry.type(description="The address or the password is wrong, or there were too many tries.")
class SignInProblem(Problem):
    @classmethod
    def of(cls, refused: SignInRefused | TooManyAttempts) -> "SignInProblem":
        wait = 15 * 60 if isinstance(refused, TooManyAttempts) else None
        return cls(
            code=refused.code,
            message=refused.message,
            retry=refused.retry,
            retry_after_seconds=wait,
        )


@strawberry.type(description="A new API key. Its text is shown this once and never again.")
class IssuedApiKey:
    text: str = strawberry.field(description="What the partner sends. Store it as a secret.")
    api_key: ApiKey = strawberry.field(description="The key.")

    @classmethod
    def of(cls, row: ApiKeyRow, key: Key) -> "IssuedApiKey":
        return cls(text=key.text, api_key=ApiKey.of(row))


@strawberry.input(description="An email address and a password.")
class SignInInput:
    email: str = strawberry.field(description="The address they sign in with.")
    password: str = strawberry.field(description="Their password.")


@strawberry.input(description="Somebody who will sign in.")
class CreatePersonInput:
    email: str = strawberry.field(description="Unique, whatever its case.")
    name: str = strawberry.field(description="Their name.")
    password: str = strawberry.field(description="12 to 256 characters.")


@strawberry.input(description="A role for a person.")
class AssignRoleInput:
    person: By = strawberry.field(description="Who; as `code` goes the email address.")
    role: Role = strawberry.field(description="Which role.")
    scope_kind: ScopeKind = strawberry.field(description="How far it reaches.")
    scope: By | None = strawberry.field(
        default=None, description="The region, owner or clinic; null for the franchise."
    )


@strawberry.input(description="A role to take away.")
class RemoveRoleInput:
    id: relay.GlobalID = strawberry.field(description="The assignment's id.")


@strawberry.input(description="Another company's system.")
class CreatePartnerAppInput:
    code: str = strawberry.field(description="2 to 40 of A-Z, 0-9 and -; unique.")
    name: str = strawberry.field(description="The company's name for it.")


@strawberry.input(description="A key for a partner app.")
class IssueApiKeyInput:
    partner_app: By = strawberry.field(description="Whose key.")
    permissions: list[Permission] = strawberry.field(description="What it may do.")
    clinics: list[By] | None = strawberry.field(
        default=None, description="In which clinics; null for all."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends by itself; null for never."
    )


@strawberry.input(description="A key to end.")
class RevokeApiKeyInput:
    id: relay.GlobalID = strawberry.field(description="The key's id.")


SignInResult = Annotated[
    SignedIn | SignInProblem,
    strawberry.union("SignInResult", description="A token, or why there is none."),
]
CreatePersonResult = Annotated[
    Person | RuleProblem | ConflictProblem | NotFoundProblem,
    strawberry.union("CreatePersonResult", description="The person, or what is wrong."),
]
AssignRoleResult = Annotated[
    RoleAssignment | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("AssignRoleResult", description="The assignment, or what is wrong."),
]
RemoveRoleResult = Annotated[
    RoleAssignment | NotFoundProblem | ConflictProblem,
    strawberry.union("RemoveRoleResult", description="What was taken away, or what is wrong."),
]
CreatePartnerAppResult = Annotated[
    PartnerApp | RuleProblem | ConflictProblem | NotFoundProblem,
    strawberry.union("CreatePartnerAppResult", description="The app, or what is wrong."),
]
IssueApiKeyResult = Annotated[
    IssuedApiKey | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("IssueApiKeyResult", description="The key, or what is wrong."),
]
RevokeApiKeyResult = Annotated[
    ApiKey | NotFoundProblem | ConflictProblem,
    strawberry.union("RevokeApiKeyResult", description="The ended key, or what is wrong."),
]
