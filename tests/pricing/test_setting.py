"""A clinic sets its prices and packages through the API; nobody else does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from strawberry import relay

from schema.access.rules import NOBODY, Actor, Permission, Role
from schema.errors import Conflict
from schema.protocols.rules import ProtocolKind
from tests.actors import actor_with, everywhere, person_in
from tests.asking import Acting, Asking
from tests.pricing.practice import Practice, adopt, publish, set_price
from tests.pricing.terms import CONTENT

PROBLEMS = """__typename ... on RuleProblem { code field } ... on NotFoundProblem { code field }
    ... on ConflictProblem { code field }"""
SET = f"""mutation ($input: SetProtocolPriceInput!) {{ setProtocolPrice(input: $input) {{ {PROBLEMS}
    ... on ProtocolPrice {{ amount {{ display }} furtherArea {{ amountMinor }} addOn severity
    validFrom }} }} }}"""
DEFINE = f"""mutation ($input: DefinePackageInput!) {{ definePackage(input: $input) {{ {PROBLEMS}
    ... on DefinedPackage {{ warnings {{ code message }} package {{ id code sessions validTo
    amount {{ display }} clinicProtocol {{ id }} }} }} }} }}"""
END = f"""mutation ($input: EndPackageInput!) {{ endPackage(input: $input) {{ {PROBLEMS}
    ... on Package {{ code validTo }} }} }}"""

USD = {"amountMinor": 15000, "currency": "USD"}
PACKAGE = {"code": "three", "name": "Three", "sessions": 3, "validityDays": 365, "amount": USD}

Change = Callable[..., Awaitable[dict[str, Any]]]


def global_id(kind: str, key: UUID) -> str:
    return str(relay.GlobalID(kind, str(key)))


@pytest.fixture
def price(ask: Asking, practice: Practice) -> Change:
    """`setProtocolPrice` in Raleigh, by its manager unless told."""

    async def change(actor: Actor | None = None, **fields: Any) -> dict[str, Any]:
        given = {"clinicProtocol": global_id("ClinicProtocol", practice.raleigh), "amount": USD}
        caller = actor or practice.franchise.manager
        answer: dict[str, Any] = await ask.change(caller, SET, input={**given, **fields})
        return answer

    return change


@pytest.fixture
def define(ask: Asking, practice: Practice) -> Change:
    """`definePackage` in Raleigh, by its manager unless told."""

    async def change(actor: Actor | None = None, **fields: Any) -> dict[str, Any]:
        given = {"clinicProtocol": global_id("ClinicProtocol", practice.raleigh), **PACKAGE}
        caller = actor or practice.franchise.manager
        answer: dict[str, Any] = await ask.change(caller, DEFINE, input={**given, **fields})
        return answer

    return change


async def test_a_manager_prices_protocol_add_on_and_severity(
    price: Change, practice: Practice
) -> None:
    own = await price(furtherAreaMinor=2500)
    assert own == {
        "__typename": "ProtocolPrice",
        "amount": {"display": "150.00 USD"},
        "furtherArea": {"amountMinor": 2500},
        "addOn": None,
        "severity": None,
        "validFrom": practice.today.isoformat(),
    }
    later = practice.days_hence(30).isoformat()
    added = await price(addOn="PRP", severity="SEVERE", validFrom=later)
    assert (added["addOn"], added["severity"], added["validFrom"]) == ("PRP", "SEVERE", later)


async def test_set_again_for_the_same_day_it_is_replaced(act: Acting, price: Change) -> None:
    await price()
    before = await act.counts()
    again = await price(amount={"amountMinor": 14000, "currency": "usd"})
    assert again["amount"] == {"display": "140.00 USD"}
    after = await act.counts()
    assert after == {**before, "events": before["events"] + 1}


async def test_of_two_who_set_one_price_at_once_one_is_told(
    act: Acting, practice: Practice
) -> None:
    async def second() -> None:
        async with act.work() as work:
            await set_price(work, practice.raleigh, 2)

    async with act.work() as work:
        await set_price(work, practice.raleigh, 1)
        other = asyncio.create_task(second())
        await asyncio.sleep(0.2)
    with pytest.raises(Conflict):
        await other


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"amount": {"amountMinor": 1, "currency": "GBP"}}, "CURRENCY_MISMATCH", "amount.currency"),
        (
            {"amount": {"amountMinor": -1, "currency": "USD"}},
            "INVALID_AMOUNT",
            "amount.amountMinor",
        ),
        ({"furtherAreaMinor": -1}, "INVALID_AMOUNT", "furtherAreaMinor"),
        ({"addOn": "MMP"}, "NOT_OFFERED", "addOn"),
        ({"addOn": "NONSENSE"}, "NOT_OFFERED", "addOn"),
        ({"validFrom": "2020-01-01"}, "PAST_DAY", "validFrom"),
    ],
)
async def test_a_price_that_breaks_a_rule_is_not_written(
    act: Acting, price: Change, fields: dict[str, Any], code: str, field: str
) -> None:
    before = await act.counts()
    refused = await price(**fields)
    assert refused == {"__typename": "RuleProblem", "code": code, "field": field}
    assert await act.counts() == before


async def test_a_package_tells_what_does_not_quite_fit(define: Change, practice: Practice) -> None:
    defined = await define()
    assert defined["warnings"] == []
    package = defined["package"]
    assert (package["code"], package["validTo"]) == ("THREE", None)
    assert package["clinicProtocol"] == {"id": global_id("ClinicProtocol", practice.raleigh)}
    tight = await define(code="EIGHT", sessions=8)
    assert [each["code"] for each in tight["warnings"]] == ["LONGEST_INTERVAL_DOES_NOT_FIT"]


async def test_a_package_says_for_what_it_cannot_be_finished(
    act: Acting, define: Change, practice: Practice
) -> None:
    """MN-CLINICAL waits 28 days, and 42 from 1.5 mm on: 56 and 84 for three sessions."""
    await publish(act, "MN-CLINICAL", CONTENT["MN-CLINICAL"], ProtocolKind.TREATMENT)
    async with act.work() as work:
        adopted = await adopt(work, practice.franchise.raleigh.id, "MN-CLINICAL")
    clinical = {"clinicProtocol": global_id("ClinicProtocol", adopted)}
    first, *_ = (await define(**clinical, validityDays=83))["warnings"]
    assert first == {
        "code": "VARIANT_DOES_NOT_FIT",
        "message": "For STANDARD concerns at 1.5 mm, 3 sessions take at least 84 days; the package"
        " ends after 83.",
    }
    refused = await define(**clinical, code="TWO", validityDays=55)
    assert refused["code"] == "PACKAGE_NOT_FEASIBLE"


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"sessions": 0}, "INVALID_PACKAGE", "sessions"),
        ({"validityDays": 0}, "INVALID_PACKAGE", "validityDays"),
        ({"sessions": 8, "validityDays": 200}, "PACKAGE_NOT_FEASIBLE", "validityDays"),
        ({"code": "?"}, "INVALID_CODE", "code"),
        ({"validFrom": "2020-01-01"}, "PAST_DAY", "validFrom"),
        ({"validTo": "2020-01-01"}, "INVALID_PERIOD", "validTo"),
        ({"amount": {"amountMinor": 1, "currency": "GBP"}}, "CURRENCY_MISMATCH", "amount.currency"),
    ],
)
async def test_a_package_that_breaks_a_rule_is_not_written(
    act: Acting, define: Change, fields: dict[str, Any], code: str, field: str
) -> None:
    before = await act.counts()
    refused = await define(**fields)
    assert refused == {"__typename": "RuleProblem", "code": code, "field": field}
    assert await act.counts() == before


async def test_a_consultation_has_packages_of_one_session(
    act: Acting, define: Change, practice: Practice
) -> None:
    async with act.work() as work:
        consultation = await adopt(work, practice.franchise.raleigh.id, "CONSULT")
    of_it = {"clinicProtocol": global_id("ClinicProtocol", consultation)}
    before = await act.counts()
    refused = await define(**of_it, sessions=2)
    assert (refused["code"], refused["field"]) == ("PACKAGE_NOT_FEASIBLE", "sessions")
    assert await act.counts() == before
    assert (await define(**of_it, sessions=1))["__typename"] == "DefinedPackage"


async def test_a_code_is_taken_once_in_a_clinic(
    act: Acting, define: Change, practice: Practice
) -> None:
    await define()
    before = await act.counts()
    again = await define(code=" Three ")
    assert again == {"__typename": "ConflictProblem", "code": "CONFLICT", "field": "code"}
    assert await act.counts() == before
    elsewhere = await define(
        practice.franchise.other_manager,
        clinicProtocol=global_id("ClinicProtocol", practice.london),
        amount={"amountMinor": 1, "currency": "GBP"},
    )
    assert elsewhere["__typename"] == "DefinedPackage"


async def test_a_package_ends_after_a_day(ask: Asking, define: Change, practice: Practice) -> None:
    key = (await define(validFrom=practice.days_hence(5).isoformat()))["package"]["id"]
    manager = practice.franchise.manager
    before = await ask.counts()
    for day, code in ((-1, "PAST_DAY"), (4, "INVALID_PACKAGE")):
        wanted = {"package": {"id": key}, "validTo": practice.days_hence(day).isoformat()}
        refused = await ask.change(manager, END, input=wanted)
        assert refused == {"__typename": "RuleProblem", "code": code, "field": "validTo"}
    unknown = await ask.change(
        manager, END, input={"package": {"id": global_id("Package", practice.raleigh)}}
    )
    assert unknown["__typename"] == "NotFoundProblem"
    assert await ask.counts() == before
    last = practice.days_hence(9).isoformat()
    ended = await ask.change(
        manager, END, input={"package": {"code": "raleigh/three"}, "validTo": last}
    )
    assert ended == {"__typename": "Package", "code": "THREE", "validTo": last}


async def test_every_change_records_its_event(
    ask: Asking, price: Change, define: Change, practice: Practice
) -> None:
    await price(addOn="PRP")
    key = (await define())["package"]["id"]
    await ask.change(practice.franchise.manager, END, input={"package": {"id": key}})
    query = "{ auditLog(first: 3) { edges { node { name payload } } } }"
    edges = (await ask.data(practice.franchise.manager, query))["auditLog"]["edges"]
    ended, defined, priced = [each["node"] for each in edges]
    assert [each["name"] for each in (priced, defined, ended)] == [
        "protocol_price.set",
        "package.defined",
        "package.ended",
    ]
    assert priced["payload"]["amount"] == "150.00 USD"
    other = await ask.data(practice.franchise.other_manager, query)
    assert "package.defined" not in str(other)


@pytest.mark.isolation
async def test_only_whoever_may_set_prices_in_the_clinic_sets_them(
    ask: Asking, price: Change, define: Change, practice: Practice
) -> None:
    franchise = practice.franchise
    key = (await define())["package"]["id"]

    async def outcomes(actor: Actor, code: str) -> list[str]:
        raleigh = global_id("ClinicProtocol", practice.raleigh)
        found = []
        for query, fields in (
            (SET, {"clinicProtocol": raleigh, "amount": USD}),
            (DEFINE, {"clinicProtocol": raleigh, **PACKAGE, "code": code}),
            (END, {"package": {"id": key}}),
        ):
            answer = await ask(actor, query, input=fields)
            found += answer.codes
            found += [each["__typename"] for each in (answer.data or {}).values() if each]
        return found

    before = await ask.counts()
    for actor, outcome in (
        (NOBODY, "UNAUTHENTICATED"),
        (franchise.partner, "FORBIDDEN"),
        (person_in(Role.FRONT_DESK, [franchise.raleigh.id]), "FORBIDDEN"),
        (actor_with(None, *(set(Permission) - {Permission.PRICES_SET})), "FORBIDDEN"),
        (franchise.other_manager, "NotFoundProblem"),
    ):
        assert await outcomes(actor, "NEW") == [outcome] * 3
        assert await ask.counts() == before
    done = ["ProtocolPrice", "DefinedPackage", "Package"]
    assert await outcomes(franchise.manager, "OWN") == done
    assert await outcomes(everywhere(Role.HQ_ADMINISTRATOR), "HQ") == done


async def test_another_kind_of_id_is_not_found(
    act: Acting, price: Change, practice: Practice
) -> None:
    before = await act.counts()
    refused = await price(clinicProtocol=global_id("Clinic", practice.franchise.raleigh.id))
    assert refused["__typename"] == "NotFoundProblem"
    assert await act.counts() == before
