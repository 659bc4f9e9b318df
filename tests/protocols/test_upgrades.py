"""A clinic takes a newer version over its own values, and goes back, through the API."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from schema.access.rules import Actor
from schema.errors import NotFound
from schema.protocols import actions, store
from schema.protocols.models import ClinicProtocolRow
from schema.protocols.rules import PinCause, Remove, Set, at
from schema.protocols.rules.pins import returns_to
from schema.protocols.rules.violations import NothingToGoBackTo, NotPublished, StaleRevision
from schema.scope import EVERYWHERE, Scope
from tests.asking import Acting, Asking
from tests.franchise import add_clinic
from tests.protocols.adopting import (
    CLEANSE,
    DEPTH,
    MIN_DAYS,
    adopt,
    change,
    key,
    next_version,
    override,
)
from tests.protocols.authoring import TODAY
from tests.protocols.written import Published, publish
from tests.snapshots import Snapshots

PREFERRED = "intervalRules.GENERAL.preferredDays"
NUMB = "steps.NUMB_WAIT.minutes.typical"
#: HQ's second version: a shorter interval, a longer cleansing, a lower ceiling, no MMP.
SECOND = (
    Set(MIN_DAYS, 28),
    Set(PREFERRED, 42),
    Set(f"{CLEANSE}.max", 10),
    Set("parameters.needle_depth_mm.max", "1.2"),
    Set("parameters.needle_depth_mm.ceiling", "1.2"),
    Remove("addOns.MMP"),
)

UPGRADE = """
query ($id: ID!) { node(id: $id) { ... on ClinicProtocol { upgrade {
  version { number }
  differences { kind path class layer layerName before { integer } after { integer } }
  classes { class count }
  overrides { path outcome code layer layerName proposal mine { text integer }
    before { integer decimal } after { integer decimal } proposed { integer decimal } }
  droppedAddOns
} } } }
"""
HISTORY = """
query ($id: ID!) { node(id: $id) { ... on ClinicProtocol { adoptedAt adoptedBy history {
  edges { node { version { number } cause since by until leftBy addOns
  overrides { path value { text integer } reason setBy setAt } } } } } } }
"""


async def preview(ask: Asking, actor: Actor, adopted: Any) -> Any:
    return (await ask.data(actor, UPGRADE, id=adopted["id"]))["node"]["upgrade"]


async def history(ask: Asking, actor: Actor, adopted: Any) -> Any:
    found = (await ask.data(actor, HISTORY, id=adopted["id"]))["node"]["history"]
    return [each["node"] for each in found["edges"]]


async def upgrade(ask: Asking, actor: Actor, adopted: Any, **fields: Any) -> Any:
    told = {"clinicProtocol": adopted["id"], "expectedRevision": adopted["revision"], **fields}
    return await change(ask, actor, "upgradeClinicProtocol", **told)


async def go_back(act: Acting, actor: Actor, adopted: Any) -> ClinicProtocolRow:
    """What governance calls once it knows that nothing was sold under the new version."""
    async with act.work(actor) as work:
        return await actions.go_back(
            work,
            clinic_protocol_id=key(adopted),
            expected_revision=adopted["revision"],
            reason="The new interval does not suit our clients.",
        )


OWN: list[tuple[str, dict[str, Any]]] = [
    (DEPTH, {"decimal": "1.5"}),
    (MIN_DAYS, {"integer": 35}),
    (f"{CLEANSE}.max", {"integer": 10}),
    (NUMB, {"integer": 25}),
    (PREFERRED, {"integer": 42}),
]


@pytest.fixture
async def hq(act: Acting, snapshots: Snapshots) -> Published:
    return await snapshots.of(
        "published_medical_consult", lambda: publish(act, "MN-MEDICAL", "CONSULT")
    )


@pytest.fixture
async def adopted(ask: Asking, hq: Published, snapshots: Snapshots) -> Any:
    """Raleigh's adoption of MN-MEDICAL with PRP and MMP."""
    return await snapshots.of("adopted", lambda: adopt(ask, hq.manager), upon=True)


@pytest.fixture
async def own(ask: Asking, hq: Published, adopted: Any, snapshots: Snapshots) -> Any:
    """The same with five values of the clinic's own."""

    async def make() -> Any:
        overridden = adopted
        for path, value in OWN:
            overridden = await override(ask, hq.manager, overridden, path, **value)
        return overridden

    return await snapshots.of("adopted_with_own", make, upon=True)


async def test_a_clinic_on_the_newest_version_has_no_upgrade(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    assert await preview(ask, hq.manager, adopted) is None
    await next_version(ask, hq, *SECOND, days_ahead=3)
    assert await preview(ask, hq.manager, adopted) is None, "its day has not come"


async def test_the_preview_says_what_becomes_of_each_value_and_what_changes(
    ask: Asking, hq: Published, own: Any
) -> None:
    await next_version(ask, hq, *SECOND)
    before = await ask.contents()
    found = await preview(ask, hq.manager, own)
    assert found["version"] == {"number": 2}
    assert found["droppedAddOns"] == ["MMP"]
    told = {each["path"]: each for each in found["overrides"]}
    assert {path: (each["outcome"], each["proposal"]) for path, each in told.items()} == {
        DEPTH: ("OUT_OF_BOUNDS", "CHANGE"),
        MIN_DAYS: ("CONFLICTING", "KEEP"),
        f"{CLEANSE}.max": ("OBSOLETE", "TAKE"),
        NUMB: ("KEPT", "KEEP"),
        PREFERRED: ("OBSOLETE", "TAKE"),
    }
    assert told[MIN_DAYS] == {
        "path": MIN_DAYS,
        "outcome": "CONFLICTING",
        "code": "CHANGED_BELOW",
        "layer": "HEADQUARTERS",
        "layerName": None,
        "proposal": "KEEP",
        "mine": {"text": None, "integer": 35},
        "before": {"integer": 42, "decimal": None},
        "after": {"integer": 28, "decimal": None},
        "proposed": {"integer": 35, "decimal": None},
    }
    assert told[DEPTH]["proposed"] == {"integer": None, "decimal": "1.2"}
    changed = {each["path"]: each for each in found["differences"]}
    assert MIN_DAYS not in changed, "the clinic keeps its own"
    assert changed["addOns.MMP"]["kind"] == "REMOVED"
    assert (changed[DEPTH]["class"], changed[DEPTH]["layer"]) == ("SAFETY_TIGHTENING", "CLINIC")
    ceiling = changed["parameters.needle_depth_mm.ceiling"]
    assert (ceiling["class"], ceiling["layer"], ceiling["layerName"]) == (
        "SAFETY_TIGHTENING",
        "HEADQUARTERS",
        None,
    )
    assert sum(each["count"] for each in found["classes"]) == len(changed)
    assert await ask.contents() == before


async def test_a_clinic_upgrades_and_its_history_stays(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    await next_version(ask, hq, *SECOND)
    manager = hq.manager
    upgraded = await upgrade(ask, manager, adopted)
    assert upgraded["__typename"] == "ClinicProtocol"
    assert (upgraded["revision"], upgraded["version"]) == (2, {"number": 2})
    assert upgraded["addOns"] == [{"key": "PRP"}], "MMP is no more"
    present, first = await history(ask, manager, adopted)
    assert (present["version"], present["cause"]) == ({"number": 2}, "UPGRADED")
    assert (first["version"], first["cause"]) == ({"number": 1}, "ADOPTED")
    assert (present["until"], present["addOns"], present["overrides"]) == (None, None, None)
    assert first["until"] == present["since"]
    assert (first["addOns"], first["overrides"]) == (["MMP", "PRP"], [])
    assert present["by"] == first["leftBy"] is not None
    assert datetime.fromisoformat(first["since"]) < datetime.now(UTC)
    (event,) = (await ask.data(hq.franchise.hq, "{ auditLog(first: 1) { edges { node { name"
        " payload } } } }"))["auditLog"]["edges"]  # fmt: skip
    assert event["node"]["name"] == "protocol.upgraded"
    assert event["node"]["payload"] == {"version": 2, "left": 1, "kept": [], "dropped": []}


async def test_each_conflict_is_kept_taken_or_changed(ask: Asking, hq: Published, own: Any) -> None:
    await next_version(ask, hq, *SECOND)
    before = (await history(ask, hq.manager, own))[0]["since"]
    upgraded = await upgrade(
        ask,
        hq.franchise.hq,
        own,
        resolutions=[
            {"keep": MIN_DAYS},
            {"change": {"path": DEPTH, "value": {"decimal": "1.1"}, "reason": "The new limit."}},
            {"take": NUMB},
        ],
        addOns=["LED"],
    )
    assert upgraded["__typename"] == "ClinicProtocol", upgraded
    assert upgraded["addOns"] == [{"key": "LED"}]
    assert [(each["path"], each["reason"]) for each in upgraded["overrides"]] == [
        (MIN_DAYS, "Our rooms are small."),
        (DEPTH, "The new limit."),
    ]
    assert upgraded["resolved"]["setAside"] == []
    changes = {each["path"]: each["after"] for each in upgraded["resolved"]["changes"]}
    assert changes == {
        MIN_DAYS: {"integer": 35, "decimal": None},
        DEPTH: {"integer": None, "decimal": "1.1"},
    }
    _, left = await history(ask, hq.manager, own)
    assert left["since"] == before
    assert {each["path"]: each["value"] for each in left["overrides"]} == {
        DEPTH: {"text": "1.5", "integer": None},
        MIN_DAYS: {"text": None, "integer": 35},
        f"{CLEANSE}.max": {"text": None, "integer": 10},
        NUMB: {"text": None, "integer": 25},
        PREFERRED: {"text": None, "integer": 42},
    }
    assert all(each["setBy"] and each["setAt"] for each in left["overrides"])


async def test_an_upgrade_over_unresolved_conflicts_says_which_and_writes_nothing(
    ask: Asking, hq: Published, own: Any
) -> None:
    await next_version(ask, hq, *SECOND)
    before = await ask.contents()
    refused = await upgrade(ask, hq.manager, own)
    assert refused["__typename"] == "UnresolvedConflictsProblem"
    assert (refused["code"], refused["field"]) == ("UNRESOLVED_CONFLICTS", "resolutions")
    assert [(each["path"], each["outcome"]) for each in refused["conflicts"]] == [
        (MIN_DAYS, "CONFLICTING"),
        (DEPTH, "OUT_OF_BOUNDS"),
    ]
    assert refused["conflicts"][1]["proposed"] == {"integer": None, "decimal": "1.2"}
    half = await upgrade(ask, hq.manager, own, resolutions=[{"keep": MIN_DAYS}])
    assert [each["path"] for each in half["conflicts"]] == [DEPTH]
    assert await ask.contents() == before


def changed(path: str, reason: str = "So.", **value: Any) -> dict[str, Any]:
    return {"change": {"path": path, "value": value, "reason": reason}}


KEPT = {"keep": MIN_DAYS}
REFUSED = [
    ([KEPT, {"keep": DEPTH}], "OUT_OF_BOUNDS", "resolutions.1"),
    ([KEPT, changed(DEPTH, decimal="1.3")], "OUT_OF_BOUNDS", "resolutions.1"),
    ([KEPT, changed(DEPTH, text="deep")], "INVALID_VALUE", "resolutions.1"),
    ([KEPT, changed(DEPTH, decimal="1.1", reason=" ")], "REASON_MISSING", "resolutions.1"),
    ([changed(MIN_DAYS, integer=13), {"take": DEPTH}], "BELOW_HEALING_GUARD", "resolutions.0"),
    ([KEPT, {"take": DEPTH}, {"take": "name"}], "NO_SUCH_OVERRIDE", "resolutions"),
    ([KEPT, {"take": DEPTH}, {"keep": DEPTH}], "INVALID_VALUE", "resolutions.2"),
]


@pytest.mark.parametrize(("resolutions", "code", "field"), REFUSED)
async def test_a_resolution_that_is_refused_writes_nothing(
    ask: Asking, hq: Published, own: Any, resolutions: list[Any], code: str, field: str
) -> None:
    await next_version(ask, hq, *SECOND)
    before = await ask.contents()
    answer = await upgrade(ask, hq.manager, own, resolutions=resolutions)
    assert (answer["__typename"], answer["code"], answer["field"]) == ("RuleProblem", code, field)
    assert await ask.contents() == before


async def test_resolutions_that_contradict_each_other_write_nothing(
    ask: Asking, hq: Published, own: Any
) -> None:
    await next_version(ask, hq, *SECOND)
    before = await ask.contents()
    answer = await upgrade(
        ask,
        hq.manager,
        own,
        resolutions=[changed(MIN_DAYS, integer=49), {"take": DEPTH}],
    )
    assert answer["__typename"] == "ValidationProblem"
    assert [each["code"] for each in answer["problems"]] == ["INVALID_CONTENT"]
    assert await ask.contents() == before


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"versionNumber": 1}, "NOT_AN_UPGRADE", "versionNumber"),
        ({"versionNumber": 2}, "NOT_AN_UPGRADE", "versionNumber"),
        ({"versionNumber": 4}, "NOT_PUBLISHED", None),
        ({"versionNumber": 9}, "NOT_FOUND", "versionNumber"),
        ({"addOns": ["MMP"]}, "ADD_ON_NOT_ALLOWED", "addOns.0"),
        ({"addOns": ["PRP", "PRP"]}, "ADD_ON_NOT_ALLOWED", "addOns.1"),
        ({"expectedRevision": 7}, "STALE_REVISION", "expectedRevision"),
    ],
)
async def test_an_upgrade_that_is_refused_writes_nothing(
    ask: Asking, hq: Published, adopted: Any, fields: dict[str, Any], code: str, field: str
) -> None:
    """The clinic is on the second version, the third is published, the fourth will be."""
    await next_version(ask, hq, Set(PREFERRED, 42))
    adopted = await upgrade(ask, hq.manager, adopted)
    await next_version(ask, hq, *SECOND)
    await next_version(ask, hq, *SECOND, days_ahead=3)
    before = await ask.contents()
    answer = await upgrade(ask, hq.manager, adopted, **fields)
    assert (answer["code"], answer["field"]) == (code, field)
    assert await ask.contents() == before


async def test_a_clinic_that_is_up_to_date_does_not_upgrade(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    before = await ask.contents()
    answer = await upgrade(ask, hq.manager, adopted)
    assert (answer["code"], answer["field"]) == ("NOT_AN_UPGRADE", "versionNumber")
    assert await ask.contents() == before


async def test_a_clinic_may_choose_a_version_between(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    for days in (42, 43):
        await next_version(ask, hq, Set(PREFERRED, days))
    upgraded = await upgrade(ask, hq.manager, adopted, versionNumber=2)
    assert upgraded["version"] == {"number": 2}
    assert (await preview(ask, hq.manager, adopted))["version"] == {"number": 3}


@pytest.mark.isolation
async def test_history_and_upgrade_are_the_clinics_own(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    await next_version(ask, hq, *SECOND)
    before = await ask.contents()
    stranger = hq.franchise.other_manager
    refused = await upgrade(ask, stranger, adopted)
    assert refused["__typename"] == "NotFoundProblem"
    assert await ask.contents() == before
    await upgrade(ask, hq.manager, adopted)
    for query in (UPGRADE, HISTORY):
        assert await ask.data(stranger, query, id=adopted["id"]) == {"node": None}
    seen = await ask(hq.franchise.partner, HISTORY, id=adopted["id"])
    assert seen.codes == ["FORBIDDEN", "FORBIDDEN"], "its values and reasons are its own"
    assert seen.data is not None
    edges = seen.data["node"]["history"]["edges"]
    assert [each["node"]["cause"] for each in edges] == ["UPGRADED", "ADOPTED"]
    assert (await ask(hq.franchise.partner, UPGRADE, id=adopted["id"])).codes == ["FORBIDDEN"]


async def test_a_clinic_goes_back_to_what_it_had(ask: Asking, hq: Published, own: Any) -> None:
    await next_version(ask, hq, *SECOND)
    first = await history(ask, hq.manager, own)
    had = (await ask.data(hq.manager, OVERRIDES, id=own["id"]))["node"]
    upgraded = await upgrade(
        ask, hq.manager, own, resolutions=[{"take": DEPTH}, {"take": MIN_DAYS}], addOns=["LED"]
    )
    row = await go_back(ask, hq.manager, upgraded)
    assert row.revision == upgraded["revision"] + 1
    back, second, adoption = await history(ask, hq.manager, own)
    assert (back["version"], back["cause"]) == ({"number": 1}, "WENT_BACK")
    assert (second["addOns"], [each["path"] for each in second["overrides"]]) == (["LED"], [NUMB])
    assert adoption["since"] == first[0]["since"]
    assert (await ask.data(hq.manager, OVERRIDES, id=own["id"]))["node"] == had
    async with ask.work() as work:
        (found,) = (await store.resolved_protocols(work.session, [row.id], EVERYWHERE)).values()
    assert (at(found.content, MIN_DAYS), str(at(found.content, DEPTH))) == (35, "1.5")


OVERRIDES = """query ($id: ID!) { node(id: $id) { ... on ClinicProtocol { version { number }
  addOns { key } overrides { path value { text integer } reason setBy setAt } } } }"""


async def test_each_upgrade_is_undone_once(ask: Asking, hq: Published, adopted: Any) -> None:
    for days in (42, 43):
        await next_version(ask, hq, Set(PREFERRED, days))
        adopted = await upgrade(ask, hq.manager, adopted)
    for _ in range(2):
        row = await go_back(ask, hq.manager, adopted)
        adopted["revision"] = row.revision
    numbers = [each["version"]["number"] for each in await history(ask, hq.manager, adopted)]
    assert numbers == [1, 2, 3, 2, 1]
    before = await ask.contents()
    with pytest.raises(NothingToGoBackTo):
        await go_back(ask, hq.manager, adopted)
    assert await ask.contents() == before


async def test_a_clinic_does_not_go_back_to_a_retired_version_nor_from_a_stale_one(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    await next_version(ask, hq, *SECOND)
    upgraded = await upgrade(ask, hq.manager, adopted)
    before = await ask.contents()
    with pytest.raises(StaleRevision):
        await go_back(ask, hq.manager, adopted)
    with pytest.raises(NotFound):
        await go_back(ask, hq.franchise.other_manager, upgraded)
    assert await ask.contents() == before
    async with ask.work(hq.approver) as work:
        template = await store.template(work.session, "MN-MEDICAL")
        assert template is not None
        first = await store.version_to_adopt(work.session, template.id, TODAY, 1)
        assert first is not None
        await actions.retire_protocol_version(
            work, version_id=first.id, expected_revision=first.revision
        )
    before = await ask.contents()
    with pytest.raises(NotPublished):
        await go_back(ask, hq.manager, upgraded)
    assert await ask.contents() == before


async def test_under_an_earlier_version_a_clinics_values_are_those_it_left(
    ask: Asking, hq: Published, own: Any
) -> None:
    second = await next_version(ask, hq, *SECOND)
    async with ask.work() as work:
        (first,) = (await store.resolved_protocols(work.session, [key(own)], EVERYWHERE)).values()
    await upgrade(ask, hq.manager, own, resolutions=[{"take": DEPTH}, {"take": MIN_DAYS}])
    wanted = [(key(own), first.version_id), (key(own), second)]
    mine, theirs = (
        Scope(frozenset({each.id})) for each in (hq.franchise.raleigh, hq.franchise.london)
    )
    async with ask.work() as work:
        values = await store.own_values_of_version(work.session, wanted, mine)
        with ask.statements() as statements:
            found = await store.resolved_versions(work.session, wanted, mine)
        assert await store.own_values_of_version(work.session, wanted, theirs) == {}
        assert await store.resolved_versions(work.session, wanted, theirs) == {}
        never = [(key(own), key(own))]
        assert await store.own_values_of_version(work.session, never, mine) == {}
    assert values[wanted[0]] == {
        DEPTH: "1.5",
        MIN_DAYS: 35,
        f"{CLEANSE}.max": 10,
        NUMB: 25,
        PREFERRED: 42,
    }
    assert values[wanted[1]] == {NUMB: 25}
    assert found[wanted[0]].content == first.content
    assert at(found[wanted[1]].content, MIN_DAYS) == 28
    assert len(statements) == 3


async def test_links_to_history_and_upgrades_take_one_statement_each(
    ask: Asking, hq: Published
) -> None:
    query = """query ($first: Int!) { clinics(first: $first) { edges { node { code protocols {
        edges { node { history { edges { node { version { number } cause } } }
        upgrade { version { number } differences { path } overrides { outcome } } } } } } } } }"""
    async with ask.work(hq.franchise.hq) as work:
        for number in range(12):
            clinic = await add_clinic(work, f"AB-{number:02}")
            row = await actions.adopt_protocol(work, clinic=clinic.id, template="MN-MEDICAL")
            await actions.set_clinic_override(
                work,
                clinic_protocol_id=row.id,
                expected_revision=1,
                path=MIN_DAYS,
                value=35,
                reason="Ours.",
            )
    await next_version(ask, hq, *SECOND)
    with ask.statements() as for_one:
        await ask.data(hq.franchise.hq, query, first=1)
    with ask.statements() as for_all:
        found = await ask.data(hq.franchise.hq, query, first=100)
    adopted = [each["node"]["protocols"]["edges"] for each in found["clinics"]["edges"]]
    assert sum(map(len, adopted)) == 12
    assert all(each["node"]["upgrade"]["overrides"] for edges in adopted for each in edges)
    # clinics, protocols, pins, newest versions, layers, and the versions of either: asked for in
    # one moment, those are one question
    assert {len(for_one), len(for_all)} <= {6, 7}


async def test_of_two_who_adopt_or_upgrade_at_the_same_time_one_wins(
    ask: Asking, hq: Published
) -> None:
    both = await asyncio.gather(*(adopt(ask, each) for each in (hq.manager, hq.franchise.hq)))
    assert sorted(each["__typename"] for each in both) == ["ClinicProtocol", "ConflictProblem"]
    adopted = next(each for each in both if each["__typename"] == "ClinicProtocol")
    assert [each["cause"] for each in await history(ask, hq.manager, adopted)] == ["ADOPTED"]
    await next_version(ask, hq, *SECOND)
    both = await asyncio.gather(
        *(upgrade(ask, each, adopted) for each in (hq.manager, hq.franchise.hq))
    )
    assert sorted(each["__typename"] for each in both) == ["ClinicProtocol", "ConflictProblem"]
    assert [each.get("code") for each in both].count("STALE_REVISION") == 1
    causes = [each["cause"] for each in await history(ask, hq.manager, adopted)]
    assert causes == ["UPGRADED", "ADOPTED"]


async def test_an_upgrade_and_an_override_at_the_same_time_leave_what_one_of_them_did(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    await next_version(ask, hq, *SECOND)
    upgraded, overridden = await asyncio.gather(
        upgrade(ask, hq.manager, adopted),
        override(ask, hq.franchise.hq, adopted, DEPTH, decimal="1.5"),
    )
    kinds = sorted(each["__typename"] for each in (upgraded, overridden))
    assert kinds == ["ClinicProtocol", "ConflictProblem"]
    pins = await history(ask, hq.manager, adopted)
    now = (await ask.data(hq.manager, OVERRIDES, id=adopted["id"]))["node"]
    if upgraded["__typename"] == "ClinicProtocol":
        assert (len(pins), now["version"], now["overrides"]) == (2, {"number": 2}, [])
    else:
        assert (len(pins), now["version"], len(now["overrides"])) == (1, {"number": 1}, 1)


async def test_an_upgrade_waits_for_a_sale_and_a_sale_sees_the_upgrade(
    ask: Asking, hq: Published, adopted: Any
) -> None:
    second = await next_version(ask, hq, *SECOND)
    async with ask.work(hq.manager) as selling, ask.work(hq.manager) as also:
        for work in (selling, also):  # sales do not wait for each other
            found = await store.lock_adoption_shared(work.session, work.scope, key(adopted))
            assert found is not None
            assert found.version_id != second
        upgrading = asyncio.create_task(upgrade(ask, hq.manager, adopted))
        done, _ = await asyncio.wait({upgrading}, timeout=0.3)
        assert not done
    assert (await upgrading)["version"] == {"number": 2}
    async with ask.work(hq.manager) as work:
        found = await store.lock_adoption_shared(work.session, work.scope, key(adopted))
        nobodys = Scope(frozenset({hq.franchise.london.id}))
        assert await store.lock_adoption_shared(work.session, nobodys, key(adopted)) is None
    assert found is not None
    assert found.version_id == second


class Pinned:
    def __init__(self, number: int, cause: PinCause) -> None:
        self.number, self.cause = number, cause


@pytest.mark.parametrize(
    ("causes", "number"),
    [
        ("A", None),
        ("AU", 1),
        ("AUU", 2),
        ("AUB", None),
        ("AUUB", 1),
        ("AUUBB", None),
        ("AUBU", 3),
        ("AUUBU", 4),
        ("AUUBUB", 1),
    ],
)
def test_the_way_back_undoes_one_upgrade_at_a_time(causes: str, number: int | None) -> None:
    known = {"A": PinCause.ADOPTED, "U": PinCause.UPGRADED, "B": PinCause.WENT_BACK}
    pins = [Pinned(position, known[each]) for position, each in enumerate(causes, start=1)]
    found = returns_to(pins)
    assert (found and found.number) == number
