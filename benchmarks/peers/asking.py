"""Who asks what: people with rights, tokens for them, and the three questions of a database."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.relay.utils import to_base64

from api.errors import CannotProceed
from benchmarks.peers.peers import Peer, described
from benchmarks.peers.questions import Question
from benchmarks.peers.rows import Day, busy_day
from schema.access import actions, store
from schema.access.rules import SYSTEM, Role, ScopeKind
from schema.access.tokens import issue_token
from schema.context import begin
from schema.reading import SETTINGS, settings_of
from schema.scope import EVERYWHERE
from schema.secrets import Secrets

#: By caller: the role, and whether it is held in the clinic of the day or everywhere.
CALLERS = {"hq": (Role.HQ_ADMINISTRATOR, False), "desk": (Role.FRONT_DESK, True)}
CLINICS = 20


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks, with what row-level security reads of them."""

    id: UUID
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of a database, and as whom."""

    secrets: Secrets
    people: Mapping[str, Person]
    questions: Mapping[str, Question]

    @property
    def callers(self) -> Mapping[str, Mapping[str, str]]:
        return {name: each.settings for name, each in self.people.items()}

    def headers(self, caller: str) -> dict[str, str]:
        """As the caller: by a fresh token to us, by name to peers, which believe it.

        None of them but us looks up who asks: that is in their favour.
        """
        token, _ = issue_token(self.secrets.signing_keys, self.people[caller].id, datetime.now(UTC))
        return {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "X-Caller": caller,
        }

    async def ask(self, peer: Peer, question: Question) -> tuple[dict[str, Any], int]:
        """The data of a peer's answer and the bytes of it. Raises: CannotProceed for errors."""
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            response = await client.post(
                peer.address(question.name),
                json=question.body(peer.kind),
                headers=self.headers(question.caller),
            )
        if response.status_code != 200:
            raise CannotProceed(
                f"{peer.name} answers {question.name} with {response.status_code}:"
                f" {response.text[:300]}"
            )
        answer = response.json()
        if answer.get("errors"):
            raise CannotProceed(
                f"{peer.name} answers {question.name} with errors: {described(answer['errors'])}"
            )
        data = answer if peer.kind == "statement" else answer["data"]
        return data, len(response.content)


async def prepared(owner: AsyncEngine, secrets: Secrets) -> Asking:
    """The questions of this database; the people are made where they are missing."""
    day = await busy_day(owner)
    async with owner.execution_options(actor=SYSTEM).connect() as connection:
        clinic_id = (
            await connection.execute(text("select id from clinics order by code limit 1"))
        ).scalar_one()
    people = {name: await _person(owner, secrets, name, day) for name in CALLERS}
    return Asking(secrets, people, _questions(day, clinic_id))


async def _person(owner: AsyncEngine, secrets: Secrets, name: str, day: Day) -> Person:
    role, at_clinic = CALLERS[name]
    email = f"peers.{name}@bench.example"
    async with begin(owner, SYSTEM, EVERYWHERE, secrets) as work:
        if await store.person(work.session, email) is None:
            made = await actions.create_person(
                work, email=email, name=f"Peers {name}", password=token_urlsafe(24)
            )
            await actions.assign_role(
                work,
                person=made.id,
                role=role,
                scope_kind=ScopeKind.CLINIC if at_clinic else ScopeKind.FRANCHISE,
                scope=UUID(day.clinic_id) if at_clinic else None,
            )
        actor = await actions.actor_of_person(work, email)
    assert actor is not None
    assert actor.id is not None
    read = settings_of(actor)
    settings = {name: read[short] for short, name in SETTINGS.items()}
    return Person(actor.id, settings)


def _questions(day: Day, clinic_id: UUID) -> dict[str, Question]:
    first = {"first": CLINICS}
    instants = {"from": day.starts.isoformat(), "to": day.ends.isoformat()}
    by_id = {"clinic": day.clinic_id, **instants}
    ids = {"ours": _ours("Clinic", clinic_id), "postgraphile": _theirs("Clinic", clinic_id)}
    return {
        each.name: each
        for each in (
            Question(
                "catalogue",
                "network catalogue",
                "hq",
                {"ours": first, "postgraphile": first, "statement": first},
            ),
            Question(
                "day",
                "one clinic's day",
                "desk",
                {
                    "ours": {"clinic": {"code": day.clinic}, **instants},
                    "postgraphile": by_id,
                    "statement": by_id,
                },
            ),
            Question(
                "node",
                "one node by id",
                "hq",
                {
                    **{kind: {"id": each} for kind, each in ids.items()},
                    "statement": {"id": str(clinic_id)},
                },
            ),
        )
    }


def _ours(kind: str, key: UUID) -> str:
    return to_base64(kind, key)


def _theirs(kind: str, key: UUID) -> str:
    """PostGraphile's global id."""
    return b64encode(json.dumps([kind, str(key)], separators=(",", ":")).encode()).decode()
