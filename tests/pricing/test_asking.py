"""What prices, packages and quotes the API shows, to whom, in how many statements."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from strawberry import relay

from schema.access.rules import GRANTED, NOBODY, Actor, ActorKind, Grant, Permission, Role
from schema.base import new_id
from schema.context import Work
from schema.money import Money
from schema.pricing import actions as pricing
from schema.pricing.models import ProtocolPriceRow
from schema.protocols.actions import set_protocol_offered
from tests.actors import actor_with, partner_of, person_in
from tests.asking import Acting, Asking
from tests.franchise import add_clinic
from tests.pricing.practice import Practice, adopt, set_price
from tests.snapshots import Snapshots

QUOTE = """query ($input: PriceQuoteInput!) { priceQuote(input: $input) { __typename
    ... on PriceQuote { day sessions total { display } package { code }
        lines { kind addOn quantity unit { display } amount { amountMinor } severity validFrom
        explanation } }
    ... on RuleProblem { code field } ... on NotFoundProblem { code field } } }"""
CHAIN = """{ clinics(first: 100) { edges { node { code protocols { edges { node { id
    price { amount { display } validFrom } addOns { key price { amount { display } } }
    prices { edges { node { addOn validFrom } } }
    packages { edges { node { code amount { display } } } } } } } } } } }"""


async def furnish(work: Work, clinic_protocol_id: UUID, currency: str = "USD") -> None:
    """Prices of the protocol and of PRP, and a package."""
    await set_price(work, clinic_protocol_id, 15_000, currency, further_area_minor=2_500)
    await set_price(work, clinic_protocol_id, 9_900, currency, add_on_key="PRP")
    await pricing.define_package(
        work,
        clinic_protocol_id=clinic_protocol_id,
        code="THREE",
        name="Three",
        sessions=3,
        validity_days=365,
        amount=Money(40_000, currency),
    )


@pytest.fixture
async def priced(act: Acting, practice: Practice, snapshots: Snapshots) -> Practice:
    async def make() -> Practice:
        async with act.work() as work:
            await furnish(work, practice.raleigh)
            await furnish(work, practice.london, "GBP")
        return practice

    return await snapshots.of("priced", make, upon=True)


async def quoted(ask: Asking, actor: Actor, key: UUID, **fields: Any) -> dict[str, Any]:
    identity = str(relay.GlobalID("ClinicProtocol", str(key)))
    wanted = {"clinicProtocol": identity, "areas": ["FACE"], **fields}
    answer: dict[str, Any] = await ask.change(actor, QUOTE, input=wanted)
    return answer


async def test_a_partner_gets_an_explained_quote(ask: Asking, priced: Practice) -> None:
    quote = await quoted(
        ask,
        priced.franchise.partner,
        priced.raleigh,
        areas=["FACE", "NECK"],
        addOns=["PRP"],
        variant={"severity": "SEVERE"},
        buying={"sessions": 6},
    )
    today = priced.today.isoformat()
    assert quote["total"] == {"display": "1644.00 USD"}
    assert (quote["day"], quote["sessions"], quote["package"]) == (today, 6, None)
    assert [(each["kind"], each["addOn"], each["quantity"]) for each in quote["lines"]] == [
        ("SESSIONS", None, 6),
        ("FURTHER_AREAS", None, 6),
        ("ADD_ON", "PRP", 6),
        ("FURTHER_AREAS", "PRP", 6),
    ]
    assert quote["lines"][0] == {
        "kind": "SESSIONS",
        "addOn": None,
        "quantity": 6,
        "unit": {"display": "150.00 USD"},
        "amount": {"amountMinor": 90_000},
        "severity": None,
        "validFrom": today,
        "explanation": f"6 times 150.00 USD for each session; the price since {today}.",
    }


async def test_a_package_is_quoted_by_code_or_id(ask: Asking, priced: Practice) -> None:
    partner = priced.franchise.partner
    by_code = await quoted(
        ask, partner, priced.raleigh, addOns=["PRP"], buying={"package": {"code": "three"}}
    )
    assert by_code["total"] == {"display": "697.00 USD"}
    assert by_code["package"] == {"code": "THREE"}
    packages = "{ clinics { edges { node { protocols { edges { node { packages { edges { node"
    query = packages + " { id } } } } } } } } } }"
    data = (await ask.data(partner, query))["clinics"]["edges"][0]["node"]["protocols"]
    (edge,) = data["edges"][0]["node"]["packages"]["edges"]
    by_id = await quoted(ask, partner, priced.raleigh, buying={"package": edge["node"]})
    assert by_id["total"] == {"display": "400.00 USD"}


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"addOns": ["SERUM"]}, "NO_PRICE", "addOns.0"),
        ({"addOns": ["PRP", "LASER"]}, "ADD_ON_NOT_ALLOWED", "addOns.1"),
        ({"addOns": ["MMP"]}, "ADD_ON_NOT_ALLOWED", "addOns.0"),
        ({"areas": []}, "AREA_NOT_TREATED", "areas"),
        ({"areas": ["FACE", "SCALP"]}, "AREA_NOT_TREATED", "areas.1"),
        ({"day": "2020-01-01"}, "NO_PRICE", "clinicProtocol"),
        ({"buying": {"sessions": 0}}, "INVALID_SESSIONS", "buying.sessions"),
        ({"buying": {"sessions": 51}}, "INVALID_SESSIONS", "buying.sessions"),
        ({"buying": {"package": {"code": "NONE"}}}, "PACKAGE_NOT_OFFERED", "buying.package"),
        ({"variant": {"depthMm": "9"}}, "DEPTH_NOT_ALLOWED", "variant.depthMm"),
    ],
)
async def test_what_cannot_be_quoted_says_why(
    ask: Asking, priced: Practice, fields: dict[str, Any], code: str, field: str
) -> None:
    answer = await quoted(ask, priced.franchise.manager, priced.raleigh, **fields)
    assert answer == {"__typename": "RuleProblem", "code": code, "field": field}


async def test_a_quote_takes_the_prices_of_its_day(ask: Asking, priced: Practice) -> None:
    async with ask.work() as work:
        later = priced.days_hence(10)
        await set_price(work, priced.raleigh, 20_000, valid_from=later)
    for days, total in ((9, "150.00 USD"), (10, "200.00 USD")):
        day = priced.days_hence(days).isoformat()
        quote = await quoted(ask, priced.franchise.partner, priced.raleigh, day=day)
        assert quote["total"] == {"display": total}


async def test_a_withdrawn_protocol_is_not_quoted(ask: Asking, priced: Practice) -> None:
    async with ask.work() as work:
        await set_protocol_offered(
            work, clinic_protocol_id=priced.raleigh, expected_revision=1, offered=False
        )
    answer = await quoted(ask, priced.franchise.partner, priced.raleigh)
    assert answer == {"__typename": "RuleProblem", "code": "NOT_OFFERED", "field": "clinicProtocol"}


@pytest.mark.isolation
async def test_quotes_are_for_clinics_in_which_one_reads_prices(
    ask: Asking, priced: Practice
) -> None:
    franchise = priced.franchise
    for actor, outcome in (
        (franchise.hq, "PriceQuote"),
        (franchise.manager, "PriceQuote"),
        (franchise.partner, "PriceQuote"),
        (franchise.other_manager, "NotFoundProblem"),
        (partner_of([franchise.london.id]), "NotFoundProblem"),
    ):
        answer = await quoted(ask, actor, priced.raleigh)
        assert answer["__typename"] == outcome
    before = await ask.counts()
    for actor, code in (
        (NOBODY, "UNAUTHENTICATED"),
        (actor_with(None, *(set(Permission) - {Permission.PRICES_READ})), "FORBIDDEN"),
    ):
        identity = str(relay.GlobalID("ClinicProtocol", str(priced.raleigh)))
        answer = await ask(actor, QUOTE, input={"clinicProtocol": identity})
        assert answer.codes == [code]
    assert await ask.counts() == before


@pytest.mark.isolation
async def test_a_foreign_package_is_not_found(ask: Asking, priced: Practice) -> None:
    key = await package_id(ask, priced.franchise.hq, "LONDON")
    query = "query ($id: ID!) { node(id: $id) { id } }"
    for actor, seen in (
        (priced.franchise.other_manager, {"id": key}),
        (priced.franchise.manager, None),
        (priced.franchise.partner, None),
    ):
        assert (await ask.data(actor, query, id=key))["node"] == seen
    refused = await quoted(
        ask, priced.franchise.manager, priced.raleigh, buying={"package": {"id": key}}
    )
    assert refused["code"] == "PACKAGE_NOT_OFFERED"


async def package_id(ask: Asking, actor: Actor, clinic: str) -> str:
    query = """query ($code: String!) { clinic(by: {code: $code}) { protocols { edges { node {
        packages { edges { node { id } } } } } } } }"""
    (protocol,) = (await ask.data(actor, query, code=clinic))["clinic"]["protocols"]["edges"]
    found: str = protocol["node"]["packages"]["edges"][0]["node"]["id"]
    return found


@pytest.mark.isolation
async def test_links_show_what_is_in_force_in_ones_clinics(ask: Asking, priced: Practice) -> None:
    for actor, clinics in (
        (priced.franchise.hq, {"RALEIGH": "USD", "LONDON": "GBP"}),
        (priced.franchise.manager, {"RALEIGH": "USD"}),
        (priced.franchise.partner, {"RALEIGH": "USD"}),
    ):
        edges = (await ask.data(actor, CHAIN))["clinics"]["edges"]
        assert {each["node"]["code"] for each in edges} == set(clinics)
        for each in edges:
            currency = clinics[each["node"]["code"]]
            (edge,) = each["node"]["protocols"]["edges"]
            shown = edge["node"]
            assert shown["price"]["amount"] == {"display": f"150.00 {currency}"}
            assert shown["addOns"] == [
                {"key": "PRP", "price": {"amount": {"display": f"99.00 {currency}"}}},
                {"key": "SERUM", "price": None},
            ]
            (package,) = shown["packages"]["edges"]
            assert package["node"]["amount"] == {"display": f"400.00 {currency}"}


@pytest.mark.isolation
@pytest.mark.scope_only
async def test_prices_are_shown_where_one_may_read_them(ask: Asking, priced: Practice) -> None:
    raleigh, london = priced.franchise.raleigh.id, priced.franchise.london.id
    of_raleigh = frozenset(Permission) - {Permission.PRICES_READ}
    both = Actor(
        ActorKind.PERSON,
        "both",
        new_id(),
        (
            Grant(Role.FRONT_DESK, of_raleigh, frozenset({raleigh})),
            Grant(Role.FRONT_DESK, GRANTED[Role.FRONT_DESK], frozenset({london})),
        ),
    )
    answer = await ask(both, CHAIN)
    assert set(answer.codes) == {"FORBIDDEN"}
    assert answer.data
    shown = {
        each["node"]["code"]: each["node"]["protocols"]["edges"][0]["node"]
        for each in answer.data["clinics"]["edges"]
    }
    assert shown["LONDON"]["price"]["amount"] == {"display": "150.00 GBP"}
    hidden = shown["RALEIGH"]
    assert [hidden[each] for each in ("price", "prices", "packages")] == [None] * 3
    assert [each["price"] for each in hidden["addOns"]] == [None] * 2


async def test_a_link_takes_one_statement_for_one_clinic_and_for_many(
    ask: Asking, priced: Practice
) -> None:
    manager = person_in(Role.CLINIC_MANAGER, [priced.franchise.raleigh.id])
    with ask.statements() as few:
        await ask.data(manager, CHAIN)
    async with ask.work() as work:
        for number in range(20):
            clinic = await add_clinic(work, f"NC-{number}")
            await furnish(work, await adopt(work, clinic.id))
    with ask.statements() as many:
        data = await ask.data(priced.franchise.hq, CHAIN)
    assert len(data["clinics"]["edges"]) == 22
    # clinics, protocols, their price, prices, packages and add-ons, the add-ons' price
    assert len(few) == len(many) == 7


async def test_the_price_in_force_began_last_in_the_clinics_own_day(
    ask: Asking, practice: Practice
) -> None:
    async with ask.work() as work:
        for days, minor in ((-400, 1), (-3, 2), (0, 3), (1, 4)):
            work.session.add(row(practice, practice.days_hence(days), minor))
        work.session.add(row(practice, practice.days_hence(-1), 5, severity="SEVERE"))
    query = """{ clinic(by: {code: "RALEIGH"}) { protocols { edges { node { price { validFrom
        amount { amountMinor } } prices(first: 2) { edges { node { amount { amountMinor } } }
        pageInfo { hasNextPage } } } } } } }"""
    data = await ask.data(practice.franchise.manager, query)
    (edge,) = data["clinic"]["protocols"]["edges"]
    assert edge["node"]["price"]["amount"] == {"amountMinor": 3}
    shown = edge["node"]["prices"]
    assert [each["node"]["amount"]["amountMinor"] for each in shown["edges"]] == [4, 3]
    assert shown["pageInfo"] == {"hasNextPage": True}


def row(practice: Practice, day: date, minor: int, **more: Any) -> ProtocolPriceRow:
    return ProtocolPriceRow(
        clinic_id=practice.franchise.raleigh.id,
        clinic_protocol_id=practice.raleigh,
        amount_minor=minor,
        currency="USD",
        valid_from=day,
        **more,
    )


async def test_a_package_that_ended_is_not_shown(ask: Asking, priced: Practice) -> None:
    key = await package_id(ask, priced.franchise.manager, "RALEIGH")
    identity = UUID(relay.GlobalID.from_id(key).node_id)
    async with ask.work() as work:
        ended = await pricing.end_package(work, package=identity)
        ended.valid_from = ended.valid_to = priced.today - timedelta(1)
    query = "{ clinics { edges { node { protocols { edges { node { packages { edges { cursor"
    shown = await ask.data(priced.franchise.manager, query + " } } } } } } } } }")
    assert "cursor" not in str(shown)
    refused = await quoted(
        ask, priced.franchise.manager, priced.raleigh, buying={"package": {"id": key}}
    )
    assert refused["code"] == "PACKAGE_NOT_OFFERED"
