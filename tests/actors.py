"""Callers of every kind, made without a sign-in."""

from collections.abc import Iterable
from uuid import UUID

from schema.access.rules import GRANTED, NOBODY, Actor, ActorKind, Grant, Permission, Role
from schema.base import new_id

__all__ = ["NOBODY", "actor_with", "everywhere", "partner_of", "person_in"]


def person_in(
    role: Role, clinic_ids: Iterable[UUID] | None, person_id: UUID | None = None
) -> Actor:
    """A person who holds `role` in some clinics (None: everywhere)."""
    reached = None if clinic_ids is None else frozenset(clinic_ids)
    grant = Grant(role, GRANTED[role], reached)
    return Actor(ActorKind.PERSON, f"a {role}", person_id or new_id(), (grant,))


def everywhere(role: Role, person_id: UUID | None = None) -> Actor:
    """A person of HQ."""
    return person_in(role, None, person_id)


def partner_of(clinic_ids: Iterable[UUID] | None, *permissions: Permission) -> Actor:
    """A partner's key, with all that a partner may have unless told."""
    granted = frozenset(permissions) or GRANTED[Role.PARTNER]
    reached = None if clinic_ids is None else frozenset(clinic_ids)
    return Actor(ActorKind.PARTNER, "a partner", new_id(), (Grant(Role.PARTNER, granted, reached),))


def actor_with(clinic_ids: Iterable[UUID] | None, *permissions: Permission) -> Actor:
    """A person with just these permissions."""
    reached = None if clinic_ids is None else frozenset(clinic_ids)
    grant = Grant(Role.FRONT_DESK, frozenset(permissions), reached)
    return Actor(ActorKind.PERSON, "somebody", new_id(), (grant,))
