"""A function per write: sign-in, people and their roles, partner apps and their keys."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlmodel import col

from schema.access import store
from schema.access.api_keys import ApiKey, new_api_key, parse_api_key, secret_matches
from schema.access.models import (
    ApiKeyRow,
    PartnerAppRow,
    PasswordRow,
    PersonRow,
    RoleAssignmentRow,
    SignInAttemptRow,
)
from schema.access.passwords import hash_password, password_matches
from schema.access.rules import (
    Actor,
    ActorKind,
    Grant,
    Permission,
    Role,
    ScopeKind,
    check_assignment,
    check_partner_scopes,
    check_password,
    normal_email,
)
from schema.access.tokens import issue_token
from schema.base import Reader, Row, execute, insert
from schema.clinics import store as clinics
from schema.clinics.rules import check_code
from schema.context import Work
from schema.errors import Conflict, NotFound, Retry, RuleViolation
from schema.scope import EVERYWHERE

ATTEMPTS_WINDOW = timedelta(minutes=15)
MOST_ATTEMPTS = 10
USED_PRECISION = timedelta(minutes=1)


class SignInRefused(RuleViolation):
    """Unknown address or wrong password: which of them is not told."""

    code = "SIGN_IN_REFUSED"


class TooManyAttempts(RuleViolation):
    code = "TOO_MANY_ATTEMPTS"
    retry = Retry.AFTER


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person's access token and the instant it expires."""

    person: PersonRow
    access_token: str
    expires_at: datetime


async def sign_in(
    work: Work, *, email: str, password: str
) -> SignedIn | SignInRefused | TooManyAttempts:
    """Exchange a password for an access token.

    A refusal is returned, not raised: that the attempt failed has to be committed. An unknown
    address takes as long as a wrong password. Attempts at one address follow one another, or a
    burst of them would all be counted as the first.
    """
    address = email.strip().lower()
    email_hash = hashlib.sha256(address.encode()).hexdigest()
    turn = func.pg_advisory_xact_lock(int(email_hash[:15], 16))
    await execute(work.session, select(turn))
    failures = await store.failures_since(work.session, email_hash, work.now - ATTEMPTS_WINDOW)
    if failures >= MOST_ATTEMPTS:
        return TooManyAttempts("Too many failed sign-ins for this address; wait 15 minutes.")
    person = await store.person_by_email(work.session, address)
    kept = await store.password_hash(work.session, person.id) if person else None
    matches = await password_matches(kept, password)
    if person is None or not matches or person.deactivated_at is not None:
        work.session.add(SignInAttemptRow(email_hash=email_hash, failed_at=work.now))
        return SignInRefused("The email address or the password is wrong.")
    token, expires_at = issue_token(work.secrets.signing_keys, person.id, work.now)
    entity = await work.session.get_one(PersonRow, person.id)
    work.record("person.signed_in", None, entity)
    return SignedIn(entity, token, expires_at)


async def create_person(work: Work, *, email: str, name: str, password: str) -> PersonRow:
    """Somebody who can sign in; without an assignment it may do nothing."""
    check_password(password)
    row = PersonRow(email=normal_email(email), name=name.strip())
    taken = Conflict("Somebody signs in with this email address already.", field="email")
    await insert(work.session, row, taken=taken)
    work.session.add(PasswordRow(person_id=row.id, password_hash=await hash_password(password)))
    work.record("person.created", None, row)
    return row


async def assign_role(
    work: Work, *, person: UUID | str, role: Role, scope_kind: ScopeKind, scope: UUID | str | None
) -> RoleAssignmentRow:
    """Give a person a role in the franchise, a region, an owner's clinics, or one clinic.

    Raises: ScopeNotForRole, NotFound, Conflict.
    """
    check_assignment(role, scope_kind, names_scope=scope is not None)
    found = await store.person(work.session, person)
    if found is None:
        raise NotFound("person", person, field="person")
    scope_id = await _scope_id(work, scope_kind, scope)
    row = RoleAssignmentRow(person_id=found.id, role=role, scope_kind=scope_kind, scope_id=scope_id)
    taken = Conflict("The person holds this role there already.", field="role")
    await insert(work.session, row, taken=taken)
    clinic_id = scope_id if scope_kind is ScopeKind.CLINIC else None
    work.record("role.assigned", clinic_id, row, person_id=found.id, role=role)
    return row


async def _scope_id(work: Work, kind: ScopeKind, key: UUID | str | None) -> UUID | None:
    if kind is ScopeKind.FRANCHISE:
        return None
    if key is None:
        raise NotFound(kind.lower(), "given", field="scope")
    found: Row | None
    if kind is ScopeKind.CLINIC:
        found = await clinics.clinic(work.session, EVERYWHERE, key)
    elif kind is ScopeKind.OWNER:
        found = await clinics.owner(work.session, key)
    else:
        found = await clinics.region(work.session, key)
    if found is None:
        raise NotFound(kind.lower(), key, field="scope")
    return found.id


async def remove_role(work: Work, *, assignment_id: UUID) -> RoleAssignmentRow:
    """Take a role from a person, in force with the next request. Raises: NotFound."""
    row = await work.session.get(RoleAssignmentRow, assignment_id)
    if row is None:
        raise NotFound("role assignment", assignment_id, field="id")
    await work.session.delete(row)
    work.record("role.removed", None, row, person_id=row.person_id, role=row.role)
    return row


async def create_partner_app(work: Work, *, code: str, name: str) -> PartnerAppRow:
    """Another company's system. Raises: InvalidCode, Conflict."""
    row = PartnerAppRow(code=check_code(code), name=name.strip())
    taken = Conflict(f"The code {row.code} is taken.", field="code")
    await insert(work.session, row, taken=taken)
    work.record("partner_app.created", None, row, code=row.code)
    return row


async def issue_api_key(
    work: Work,
    *,
    partner_app: UUID | str,
    permissions: Collection[Permission],
    clinic_keys: Sequence[UUID | str] | None,
    expires_at: datetime | None = None,
    key: ApiKey | None = None,
) -> tuple[ApiKeyRow, ApiKey]:
    """A key for some permissions in some clinics (None: all). Its text is shown this once.

    `key` is given by the demo alone, whose key is a fixed word. Raises: ScopesNotAllowed, NotFound.
    """
    check_partner_scopes(frozenset(permissions))
    app = await store.partner_app(work.session, partner_app)
    if app is None:
        raise NotFound("partner app", partner_app, field="partnerApp")
    key = key or new_api_key()
    row = ApiKeyRow(
        partner_app_id=app.id,
        key_id=key.key_id,
        secret_hash=key.secret_hash,
        permissions=sorted(permissions),
        clinic_ids=None if clinic_keys is None else await _clinic_ids(work, clinic_keys),
        expires_at=expires_at,
    )
    await insert(work.session, row, taken=Conflict("The key's id is taken; try again."))
    work.record("api_key.issued", None, row, partner_app=app.code, permissions=row.permissions)
    return row, key


async def _clinic_ids(work: Work, keys: Sequence[UUID | str]) -> list[UUID]:
    ids = []
    for position, key in enumerate(keys):
        clinic = await clinics.clinic(work.session, EVERYWHERE, key)
        if clinic is None:
            raise NotFound("clinic", key, field=f"clinics.{position}")
        ids.append(clinic.id)
    return sorted(set(ids))


async def revoke_api_key(work: Work, *, api_key_id: UUID) -> ApiKeyRow:
    """End a key, in force with the next request; twice changes nothing. Raises: NotFound."""
    row = await work.session.get(ApiKeyRow, api_key_id)
    if row is None:
        raise NotFound("API key", api_key_id, field="id")
    if row.revoked_at is None:
        row.revoked_at = work.now
        work.record("api_key.revoked", None, row, key_id=row.key_id)
    return row


async def actor_of_person(work: Work, key: UUID | str) -> Actor | None:
    """Who the person with this id or email is and may do today; None once deactivated."""
    return await store.actor_of_person(work.session, key)


async def actor_of_api_key(work: Work, text: str) -> Actor | None:
    """The partner a key stands for; None for a wrong, expired or revoked one.

    Notes when the key was last used, to the minute.
    """
    found = await partner_of_key(work.session, text)
    if found is None:
        return None
    if not found.noted:
        await note_use(work, found)
    return found.actor


@dataclass(frozen=True, slots=True)
class KnownKey:
    """Whom a key stands for, and whether it was noted in this minute that it is used."""

    id: UUID
    actor: Actor
    noted: bool


async def partner_of_key(session: Reader, text: str) -> KnownKey | None:
    """The partner a key stands for; None for a wrong, expired or revoked one. One SELECT."""
    key = parse_api_key(text)
    row = await store.api_key(session, key.key_id) if key else None
    if key is None or row is None or not secret_matches(row.secret_hash, key):
        return None
    if row.revoked_at is not None or (row.expires_at and row.expires_at <= row.now):
        return None
    clinic_ids = None if row.clinic_ids is None else frozenset(row.clinic_ids)
    grant = Grant(Role.PARTNER, frozenset(map(Permission, row.permissions)), clinic_ids)
    actor = Actor(ActorKind.PARTNER, row.app_name, row.partner_app_id, (grant,))
    noted = row.last_used_at is not None and row.last_used_at >= row.now - USED_PRECISION
    return KnownKey(row.id, actor, noted)


async def note_use(work: Work, key: KnownKey) -> None:
    """Note that a key is used now."""
    used = update(ApiKeyRow).where(col(ApiKeyRow.id) == key.id).values(last_used_at=work.now)
    await execute(work.session, used)
