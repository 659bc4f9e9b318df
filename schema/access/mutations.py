import strawberry

from schema.access import actions
from schema.access.rules import Permission, ScopeKind
from schema.access.types import (
    ApiKey,
    AssignRoleInput,
    AssignRoleResult,
    CreatePartnerAppInput,
    CreatePartnerAppResult,
    CreatePersonInput,
    CreatePersonResult,
    IssueApiKeyInput,
    IssueApiKeyResult,
    IssuedApiKey,
    PartnerApp,
    Person,
    RemoveRoleInput,
    RemoveRoleResult,
    RevokeApiKeyInput,
    RevokeApiKeyResult,
    RoleAssignment,
    SignedIn,
    SignInInput,
    SignInProblem,
    SignInResult,
)
from schema.context import Info
from schema.fields import Writes, WritesAsSystem, key_of


@strawberry.type
class AccessMutations:
    @strawberry.mutation(extensions=[WritesAsSystem("it is how a caller becomes somebody.")])
    async def sign_in(self, info: Info, input: SignInInput) -> SignInResult:
        """Exchange an email address and a password for a short-lived access token."""
        outcome = await actions.sign_in(
            info.context.work, email=input.email, password=input.password
        )
        if isinstance(outcome, actions.SignedIn):
            return SignedIn.of(outcome)
        return SignInProblem.of(outcome)

    @strawberry.mutation(extensions=[Writes(Permission.ACCESS_MANAGE)])
    async def create_person(self, info: Info, input: CreatePersonInput) -> CreatePersonResult:
        """Create somebody who can sign in; give them roles by `assignRole`."""
        row = await actions.create_person(
            info.context.work, email=input.email, name=input.name, password=input.password
        )
        return Person.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.ACCESS_MANAGE)])
    async def assign_role(self, info: Info, input: AssignRoleInput) -> AssignRoleResult:
        """Give a person a role in the franchise, a region, an owner's clinics or one clinic."""
        kind = input.scope_kind
        scope = input.scope.key(kind.capitalize(), kind.lower()) if input.scope else None
        row = await actions.assign_role(
            info.context.work,
            person=input.person.key("Person", "person"),
            role=input.role,
            scope_kind=ScopeKind(kind),
            scope=scope,
        )
        return RoleAssignment.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.ACCESS_MANAGE)])
    async def remove_role(self, info: Info, input: RemoveRoleInput) -> RemoveRoleResult:
        """Take a role from a person, in force with their next request."""
        row = await actions.remove_role(
            info.context.work,
            assignment_id=key_of(input.id, "RoleAssignment", "role assignment"),
        )
        return RoleAssignment.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.ACCESS_MANAGE)])
    async def create_partner_app(
        self, info: Info, input: CreatePartnerAppInput
    ) -> CreatePartnerAppResult:
        """Create a partner app; give it keys by `issueApiKey`."""
        row = await actions.create_partner_app(info.context.work, code=input.code, name=input.name)
        return PartnerApp.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.ACCESS_MANAGE)])
    async def issue_api_key(self, info: Info, input: IssueApiKeyInput) -> IssueApiKeyResult:
        """Issue a key to a partner app. Its text is in this answer and never shown again."""
        clinics = input.clinics
        row, key = await actions.issue_api_key(
            info.context.work,
            partner_app=input.partner_app.key("PartnerApp", "partner app"),
            permissions=input.permissions,
            clinic_keys=None
            if clinics is None
            else [each.key("Clinic", "clinic") for each in clinics],
            expires_at=input.expires_at,
        )
        return IssuedApiKey.of(row, key)

    @strawberry.mutation(extensions=[Writes(Permission.ACCESS_MANAGE)])
    async def revoke_api_key(self, info: Info, input: RevokeApiKeyInput) -> RevokeApiKeyResult:
        """End a key at once. Revoking it again changes nothing."""
        row = await actions.revoke_api_key(
            info.context.work, api_key_id=key_of(input.id, "ApiKey", "API key")
        )
        return ApiKey.of(row)
