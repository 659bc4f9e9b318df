"""Roles grant permissions, per clinic or for the whole franchise."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from schema.errors import AccessDenied, RuleViolation, SignInRequired
from schema.scope import Scope


class Permission(StrEnum):
    """`<resource>:<action>`, alphabetical."""

    ACCESS_MANAGE = "access:manage"
    APPOINTMENTS_BOOK = "appointments:book"
    APPOINTMENTS_OVERRIDE = "appointments:override"
    APPOINTMENTS_READ = "appointments:read"
    AUDIT_READ = "audit:read"
    AVAILABILITY_READ = "availability:read"
    CLIENTS_LINK = "clients:link"
    CLIENTS_READ = "clients:read"
    CLIENTS_REGISTER = "clients:register"
    CLINICAL_READ = "clinical:read"
    CLINICAL_WRITE = "clinical:write"
    CLINICS_MANAGE = "clinics:manage"
    CLINICS_OPERATE = "clinics:operate"
    CLINICS_READ = "clinics:read"
    COURSES_READ = "courses:read"
    COURSES_SELL = "courses:sell"
    OVERLAYS_AUTHOR = "overlays:author"
    PRACTITIONERS_MANAGE = "practitioners:manage"
    PRACTITIONERS_READ = "practitioners:read"
    PREREQUISITES_SET = "prerequisites:set"
    PRICES_READ = "prices:read"
    PRICES_SET = "prices:set"
    PROTOCOLS_ADOPT = "protocols:adopt"
    PROTOCOLS_APPROVE = "protocols:approve"
    PROTOCOLS_AUTHOR = "protocols:author"
    PROTOCOLS_READ = "protocols:read"
    SCOPE_RULES_VERIFY = "scope_rules:verify"
    SESSIONS_RECORD = "sessions:record"
    TASKS_READ = "tasks:read"
    TASKS_WORK = "tasks:work"


class Role(StrEnum):
    """A named set of permissions, assigned to a person (or an API key) within a scope."""

    CLINIC_MANAGER = "CLINIC_MANAGER"
    COUNTRY_LEAD = "COUNTRY_LEAD"
    FRONT_DESK = "FRONT_DESK"
    HQ_ADMINISTRATOR = "HQ_ADMINISTRATOR"
    HQ_ANALYST = "HQ_ANALYST"
    HQ_CLINICAL_LEAD = "HQ_CLINICAL_LEAD"
    PARTNER = "PARTNER"
    PRACTITIONER = "PRACTITIONER"


CATALOGUE = frozenset(
    {
        Permission.AVAILABILITY_READ,
        Permission.CLINICS_READ,
        Permission.PRACTITIONERS_READ,
        Permission.PRICES_READ,
        Permission.PROTOCOLS_READ,
        Permission.TASKS_READ,
    }
)

CLINICAL = frozenset({Permission.CLINICAL_READ, Permission.CLINICAL_WRITE})

GRANTED: dict[Role, frozenset[Permission]] = {
    Role.HQ_ADMINISTRATOR: frozenset(Permission) - CLINICAL - {Permission.SESSIONS_RECORD},
    Role.HQ_CLINICAL_LEAD: CATALOGUE
    | {
        Permission.AUDIT_READ,
        Permission.CLINICAL_READ,
        Permission.OVERLAYS_AUTHOR,
        Permission.PREREQUISITES_SET,
        Permission.PROTOCOLS_APPROVE,
        Permission.PROTOCOLS_AUTHOR,
        Permission.SCOPE_RULES_VERIFY,
        Permission.TASKS_WORK,
    },
    Role.HQ_ANALYST: CATALOGUE
    | {Permission.APPOINTMENTS_READ, Permission.AUDIT_READ, Permission.COURSES_READ},
    Role.COUNTRY_LEAD: CATALOGUE | {Permission.AUDIT_READ, Permission.OVERLAYS_AUTHOR},
    Role.CLINIC_MANAGER: CATALOGUE
    | {
        Permission.APPOINTMENTS_BOOK,
        Permission.APPOINTMENTS_OVERRIDE,
        Permission.APPOINTMENTS_READ,
        Permission.AUDIT_READ,
        Permission.CLIENTS_LINK,
        Permission.CLIENTS_READ,
        Permission.CLIENTS_REGISTER,
        Permission.CLINICS_OPERATE,
        Permission.COURSES_READ,
        Permission.COURSES_SELL,
        Permission.PRACTITIONERS_MANAGE,
        Permission.PRICES_SET,
        Permission.PROTOCOLS_ADOPT,
        Permission.TASKS_WORK,
    },
    Role.PRACTITIONER: CATALOGUE
    | CLINICAL
    | {
        Permission.APPOINTMENTS_BOOK,
        Permission.APPOINTMENTS_OVERRIDE,
        Permission.APPOINTMENTS_READ,
        Permission.CLIENTS_READ,
        Permission.CLIENTS_REGISTER,
        Permission.COURSES_READ,
        Permission.SESSIONS_RECORD,
        Permission.TASKS_WORK,
    },
    Role.FRONT_DESK: CATALOGUE
    | {
        Permission.APPOINTMENTS_BOOK,
        Permission.APPOINTMENTS_READ,
        Permission.CLIENTS_LINK,
        Permission.CLIENTS_READ,
        Permission.CLIENTS_REGISTER,
        Permission.COURSES_READ,
        Permission.COURSES_SELL,
        Permission.TASKS_WORK,
    },
    Role.PARTNER: frozenset(
        {
            Permission.APPOINTMENTS_BOOK,
            Permission.AVAILABILITY_READ,
            Permission.CLIENTS_REGISTER,
            Permission.CLINICS_READ,
            Permission.PRICES_READ,
            Permission.PROTOCOLS_READ,
        }
    ),
}


#: About what all clinics share, or about who may do what: no single clinic can hold these.
FRANCHISE_WIDE = frozenset(
    {
        Permission.ACCESS_MANAGE,
        Permission.CLINICS_MANAGE,
        Permission.PREREQUISITES_SET,
        Permission.PROTOCOLS_APPROVE,
        Permission.PROTOCOLS_AUTHOR,
        Permission.SCOPE_RULES_VERIFY,
    }
)


class ScopeKind(StrEnum):
    """What an assignment is for: the whole franchise, a region and those in it, what a legal
    entity owns today, or one clinic."""

    CLINIC = "CLINIC"
    FRANCHISE = "FRANCHISE"
    OWNER = "OWNER"
    REGION = "REGION"


class ActorKind(StrEnum):
    """Who sends a request: nobody known, a person, a partner's API key, or the server itself."""

    NOBODY = "NOBODY"
    PARTNER = "PARTNER"
    PERSON = "PERSON"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Grant:
    """What one assignment comes to: permissions in some clinics, `None` for all of them."""

    role: Role
    permissions: frozenset[Permission]
    clinic_ids: frozenset[UUID] | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever sends the request."""

    kind: ActorKind
    name: str
    id: UUID | None = None
    grants: tuple[Grant, ...] = ()
    #: What was asked for: every field of an answer asks again.
    _scopes: dict[Permission, Scope] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def scope(self, permission: Permission) -> Scope:
        """The clinics in which the actor holds `permission`: the one door to clinics."""
        found = self._scopes.get(permission)
        if found is None:
            granting = (each for each in self.grants if permission in each.permissions)
            found = self._scopes[permission] = _union(granting)
        return found

    def reach(self) -> Scope:
        """The clinics in which the actor holds any permission: what row-level security lets by."""
        return _union(iter(self.grants))

    def require(self, permission: Permission) -> Scope:
        """The scope of `permission`.

        Raises: SignInRequired for nobody, AccessDenied where no clinic grants it.
        """
        scope = self.scope(permission)
        if not scope:
            if self.kind is ActorKind.NOBODY:
                raise SignInRequired(f"Sign in first: this requires {permission}.")
            raise AccessDenied(f"Requires {permission}.")
        return scope


def _union(grants: Iterator[Grant]) -> Scope:
    reached: set[UUID] = set()
    for grant in grants:
        if grant.clinic_ids is None:
            return Scope(None)
        reached |= grant.clinic_ids
    return Scope(frozenset(reached))


NOBODY = Actor(ActorKind.NOBODY, "nobody")
SYSTEM = Actor(
    ActorKind.SYSTEM,
    "system",
    grants=(Grant(Role.HQ_ADMINISTRATOR, frozenset(Permission), None),),
)


class ScopeNotForRole(RuleViolation):
    code = "SCOPE_NOT_FOR_ROLE"


class ScopesNotAllowed(RuleViolation):
    code = "SCOPES_NOT_ALLOWED"


class WeakPassword(RuleViolation):
    code = "WEAK_PASSWORD"


class InvalidEmail(RuleViolation):
    code = "INVALID_EMAIL"


SHORTEST_PASSWORD = 12


def check_password(password: str) -> None:
    """Raise WeakPassword unless it has 12 to 256 characters.

    Source: NIST SP 800-63B: length counts, composition rules do not.
    """
    if not SHORTEST_PASSWORD <= len(password) <= 256:
        raise WeakPassword(
            f"A password has {SHORTEST_PASSWORD} to 256 characters.", field="password"
        )


def normal_email(email: str) -> str:
    """The address as it is stored and compared: trimmed, lower case.

    Raises: InvalidEmail unless it reads name@host.
    """
    normal = email.strip().lower()
    name, _, host = normal.rpartition("@")
    if not name or "." not in host or len(normal) > 254 or any(each.isspace() for each in normal):
        raise InvalidEmail("This is not an email address.", field="email")
    return normal


def check_assignment(role: Role, kind: ScopeKind, *, names_scope: bool) -> None:
    """Raise ScopeNotForRole if the role reaches beyond the scope, or the scope is two things.

    Whoever managed access in one clinic could give themselves every other.
    """
    if kind is ScopeKind.FRANCHISE:
        if names_scope:
            raise ScopeNotForRole(
                "The franchise is all clinics: name no scope beside it.", field="scope"
            )
    elif GRANTED[role] & FRANCHISE_WIDE:
        raise ScopeNotForRole(
            f"{role} is a role for the franchise: it reaches what all clinics share.",
            field="scopeKind",
        )


def check_partner_scopes(permissions: frozenset[Permission]) -> None:
    """Raise ScopesNotAllowed if a partner's key would get more than a partner may have."""
    beyond = sorted(permissions - GRANTED[Role.PARTNER])
    if beyond or not permissions:
        allowed = ", ".join(sorted(GRANTED[Role.PARTNER]))
        raise ScopesNotAllowed(f"A partner's key takes one or more of: {allowed}.", field="scopes")
