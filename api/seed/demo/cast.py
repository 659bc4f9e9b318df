"""Who does what in the demo: a transaction, seen as one person's at some time in the past."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from api.seed.words import API_KEY
from schema.access import actions as access
from schema.access.rules import Actor, Permission
from schema.context import Work

PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Cast:
    """The demo's people, by what they sign in with; `work` is the system's own."""

    work: Work
    people: Mapping[str, Actor]

    def acting(self, who: str, permission: Permission, *, days_ago: int = 0) -> Work:
        """The transaction as if `who` worked in it, with the rights of a request, on that day.

        Raises: AccessDenied where the person lacks the permission, so the demo cannot cheat.
        """
        actor = self.people[who]
        then = self.work.now - timedelta(days=days_ago)
        return replace(self.work, actor=actor, scope=actor.require(permission), now=then)


async def cast_of(work: Work, people: Mapping[str, UUID]) -> Cast:
    """The people with their grants as they are now, and the partner."""
    partner = await access.actor_of_api_key(work, API_KEY.text)
    actors = {who: await access.actor_of_person(work, each) for who, each in people.items()}
    found = {PARTNER: partner, **actors}
    return Cast(work, {who: actor for who, actor in found.items() if actor is not None})
