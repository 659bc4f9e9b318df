"""What tests of the clients share: two clinics, partners, and changes by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.seed.content import TEMPLATES
from api.seed.content.publishing import EVERY_RISK, publish_templates
from schema.access import actions as access
from schema.access.rules import GRANTED, Actor, ActorKind, Grant, Role
from tests.actors import everywhere, person_in
from tests.asking import Acting, Asking
from tests.franchise import Franchise, build

ANNA = {
    "givenName": "Annabelle",
    "familyName": "Quillfeather",
    "email": "Anna@Quillfeather.example",
    "phone": "+1 919 555 0100",
    "bornOn": "1990-02-03",
}
TEMPLATE_CODES = ("MN-MEDICAL", "MN-CLASSIC")

CHANGE = """mutation ($input: %s!) { %s(input: $input) { __typename
    ... on Problem { code message retry } ... on RuleProblem { field } %s } }"""
SHOWN = {
    "registerClient": "... on Client { id code externalReference revision }",
    "updateClient": "... on Client { id revision identity { givenName email } }",
    "createLinkCode": "... on LinkCode { code expiresAt }",
    "linkClient": "... on Client { id code links { agreedOn agreement } }",
    "placeHold": "... on ClientHold { id templates untilOn }",
    "clearHold": "... on ClientHold { id clearedAt }",
}


@dataclass(frozen=True)
class Clinics:
    """Raleigh and London, their people, and a partner that reaches Raleigh."""

    franchise: Franchise
    partner: Actor
    other_partner: Actor

    def desk(self, clinic: str = "raleigh") -> Actor:
        return person_in(Role.FRONT_DESK, [getattr(self.franchise, clinic).id])

    def clinician(self, clinic: str = "raleigh") -> Actor:
        return person_in(Role.PRACTITIONER, [getattr(self.franchise, clinic).id])


async def partner_with_app(act: Acting, code: str, clinic_ids: Sequence[Any]) -> Actor:
    async with act.work() as work:
        app = await access.create_partner_app(work, code=code, name=code)
    grant = Grant(Role.PARTNER, GRANTED[Role.PARTNER], frozenset(clinic_ids))
    return Actor(ActorKind.PARTNER, code, app.id, (grant,))


async def built(act: Acting) -> Clinics:
    async with act.work() as work:
        franchise = await build(work)
        await publish_templates(
            work,
            author=everywhere(Role.HQ_CLINICAL_LEAD),
            approver=everywhere(Role.HQ_CLINICAL_LEAD),
            templates=[each for each in TEMPLATES if each.code in TEMPLATE_CODES],
            accept=EVERY_RISK,
        )
    reached = [franchise.raleigh.id]
    return Clinics(
        franchise,
        await partner_with_app(act, "BEAUTYAPP", reached),
        await partner_with_app(act, "OTHERAPP", reached),
    )


async def change(ask: Asking, actor: Actor, name: str, **fields: Any) -> Any:
    """What the mutation gives for these fields of its input."""
    kind = f"{name[0].upper()}{name[1:]}Input"
    query = CHANGE % (kind, name, SHOWN[name])
    return await ask.change(actor, query, input=fields)


async def register(ask: Asking, actor: Actor, clinic: str = "RALEIGH", **fields: Any) -> Any:
    wanted = {"clinic": {"code": clinic}, "identity": ANNA, **fields}
    return await change(ask, actor, "registerClient", **wanted)


async def link_code(ask: Asking, actor: Actor, client: Any) -> Any:
    return await change(
        ask,
        actor,
        "createLinkCode",
        client={"id": client["id"]},
        agreedOn="2026-01-05",
        agreement="Folder 7",
    )


async def link(ask: Asking, actor: Actor, client: Any, code: str) -> Any:
    return await change(
        ask,
        actor,
        "linkClient",
        client={"id": client["id"]},
        code=code,
        agreedOn="2026-01-06",
        agreement="Ordner 9",
    )


async def place(ask: Asking, actor: Actor, client: Any, **fields: Any) -> Any:
    wanted = {"client": {"id": client["id"]}, "severity": "ABSOLUTE", "reason": "x", **fields}
    return await change(ask, actor, "placeHold", **wanted)
