"""What tests of the courses share: a priced protocol in Raleigh, a client, and the days to come."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from strawberry import relay

from schema.access.rules import SYSTEM, Actor, Role
from schema.clients import actions as clients
from schema.clients.models import ClientRow
from schema.clients.rules import Identity
from schema.context import Context
from schema.money import Money
from schema.practitioners import actions as practitioners
from schema.pricing import actions as pricing
from tests.actors import person_in
from tests.asking import Acting, Asking
from tests.pricing.practice import Practice, opened

COURSE = """id code state areas severity addOns sessionsPlanned minDays preferredDays maxDays soldOn
    expiresOn externalReference cancellationReason total { amountMinor currency }
    priceLines { kind quantity amount { amountMinor } } package { code } client { code }
    nextSession { number }
    sessions { number state earliestOn preferredOn latestOn doneOn practitioner { code } }"""
CHANGE = """mutation ($input: %s!) { %s(input: $input) { __typename
    ... on Problem { code message retry } ... on RuleProblem { field } %s
    ... on Course { {COURSE} } } }""".replace("{COURSE}", COURSE)
HOLD = "... on HoldProblem { field holds { finding { severity reason } } }"


@dataclass(frozen=True)
class Shop:
    """Raleigh sells MN-MEDICAL, 3 or 4 sessions 42 to 56 days apart; ANA treats there."""

    practice: Practice
    client: ClientRow
    london_client: ClientRow

    @property
    def today(self) -> date:
        return self.practice.today

    def day(self, days: int) -> str:
        return self.practice.days_hence(days).isoformat()

    def desk(self, clinic: str = "raleigh") -> Actor:
        return person_in(Role.FRONT_DESK, [getattr(self.practice.franchise, clinic).id])

    def clinician(self, clinic: str = "raleigh") -> Actor:
        return person_in(Role.PRACTITIONER, [getattr(self.practice.franchise, clinic).id])


class Later(Asking):
    """Asks as if so many days had passed."""

    def __init__(self, ask: Asking, days: int) -> None:
        super().__init__(ask.engine, ask.executor)
        self.days = days

    def context(self, actor: Actor) -> Context:
        context = super().context(actor)
        context.clock_offset = timedelta(days=self.days)
        return context


async def open_shop(act: Acting) -> Shop:
    practice = await opened(act)
    async with act.work() as work:
        for adopted, currency in ((practice.raleigh, "USD"), (practice.london, "GBP")):
            for key, minor in ((None, 20_000), ("PRP", 10_000)):
                await pricing.set_protocol_price(
                    work,
                    clinic_protocol_id=adopted,
                    add_on_key=key,
                    amount=Money(minor, currency),
                    further_area_minor=5_000,
                )
        await pricing.define_package(
            work,
            clinic_protocol_id=practice.raleigh,
            code="THREE",
            name="Three",
            sessions=3,
            validity_days=200,
            amount=Money(50_000, "USD"),
        )
        for clinic, code in (("RALEIGH", "ANA"), ("LONDON", "LIZ")):
            await practitioners.register_practitioner(
                work, clinic=clinic, code=code, name=code, from_on=date(2024, 1, 1)
            )
        rows = [
            await clients.register_client(
                work, clinic=clinic, identity=Identity(given_name="A", family_name="B")
            )
            for clinic in ("RALEIGH", "LONDON")
        ]
    return Shop(practice, *rows)


def protocol_id(adopted: UUID) -> str:
    return str(relay.GlobalID("ClinicProtocol", str(adopted)))


async def change(ask: Asking, actor: Actor, name: str, more: str = "", **fields: Any) -> Any:
    kind = f"{name[0].upper()}{name[1:]}Input"
    return await ask.change(actor, CHANGE % (kind, name, more), input=fields)


async def sell(ask: Asking, shop: Shop, actor: Actor | None = None, **fields: Any) -> Any:
    wanted = {
        "client": {"code": shop.client.code},
        "clinicProtocol": protocol_id(shop.practice.raleigh),
        "areas": ["FACE"],
        **fields,
    }
    return await change(ask, actor or shop.desk(), "sellCourse", HOLD, **wanted)


async def record(ask: Asking, shop: Shop, sold: Any, days: int, **fields: Any) -> Any:
    """ANA treated after so many days, and says so on that day."""
    wanted = {
        "course": {"id": sold["id"]},
        "doneOn": shop.day(days),
        "practitioner": {"code": "ANA"},
        **fields,
    }
    return await change(Later(ask, days), shop.clinician(), "recordSession", **wanted)


async def run(act: Acting, statement: str) -> Any:
    async with act.engine.execution_options(actor=SYSTEM).begin() as connection:
        return await connection.execute(text(statement))
