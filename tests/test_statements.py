"""How many SELECTs a question takes: one a link and level, however many clinics there are.

BEGIN, COMMIT and the settings of a transaction are not counted.
"""

from datetime import UTC, datetime, timedelta

import pytest
from strawberry import relay

from schema.root import schema
from tests.asking import Asking
from tests.demo import Demo, Network

CHAIN = """
query ($first: Int!) {
  clinics(first: $first) { edges { node { code
    protocols(first: 100) { edges { node { template { code } price { amount { amountMinor } }
      addOns { key price { amount { amountMinor } } } } } } } } }
}
"""

WHY_NOT = """query ($input: WhyNotInput!) { whyNotBookable(input: $input) {
    bookable nextFree reasons { code blocking { id } cause { id } } } }"""
#: A question without a client.
WHY_NOT_TAKES = 26

#: Every root list, and what it takes by itself.
LISTS = {
    "appointments": 1,
    "auditLog": 1,
    "clients": 1,
    "clinics": 1,
    "courses": 1,
    "deviceModels": 1,
    "jurisdictionOverlays": 1,
    "jurisdictions": 1,
    "owners": 1,
    "partnerApps": 1,
    "people": 1,
    "practitioners": 1,
    "prerequisites": 1,
    "protocolTemplates": 1,
    "regions": 1,
    "scopeRules": 1,
    "tasks": 1,
}


async def test_the_chain_to_prices_takes_as_many_for_one_clinic_as_for_a_hundred(
    network: Network, ask_network: Asking
) -> None:
    taken = []
    for first in (1, 100):
        with network.act.statements() as statements:
            data = await ask_network.data(network.hq, CHAIN, first=first)
        assert len(data["clinics"]["edges"]) == first
        prices = [
            add_on["price"]["amount"]["amountMinor"]
            for clinic in data["clinics"]["edges"]
            for protocol in clinic["node"]["protocols"]["edges"]
            for add_on in protocol["node"]["addOns"]
        ]
        assert len(prices) >= first
        taken.append(len(statements))
    # clinics, protocols, templates, prices, add-ons, prices of add-ons
    assert taken == [6, 6]


def test_every_root_list_is_counted() -> None:
    query = schema._schema.query_type
    assert query is not None
    lists = {
        name for name, field in query.fields.items() if str(field.type).endswith("Connection!")
    }
    assert lists == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
async def test_a_root_list_takes_its_statements(demo: Demo, ask_demo: Asking, name: str) -> None:
    with demo.act.statements() as statements:
        data = await ask_demo.data(demo.hq, f"{{ {name}(first: 100) {{ edges {{ cursor }} }} }}")
    assert data[name]["edges"]
    assert len(statements) == LISTS[name]


async def test_why_not_takes_as_many_whatever_the_calendar_holds(
    network: Network, ask_network: Asking
) -> None:
    """On a day with visits, and on one without."""
    visit = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"]}
    clinic = str(relay.GlobalID("Clinic", str(network.clinic_id)))
    taken = []
    for ahead in (1, 2, 300):
        day = (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()
        asked = {"clinic": {"id": clinic}, "visit": visit, "at": {"day": day}}
        with network.act.statements() as statements:
            found = await ask_network.data(network.hq, WHY_NOT, input=asked)
        codes = {each["code"] for each in found["whyNotBookable"]["reasons"]}
        assert codes.isdisjoint({"PROTOCOL_NOT_OFFERED", "VISIT_NOT_ALLOWED"})
        taken.append(len(statements))
    # The clinic, what it offers and its calendar; then names, closures, time off, visits.
    assert taken == [WHY_NOT_TAKES] * 3
