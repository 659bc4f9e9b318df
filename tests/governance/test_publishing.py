"""A version is judged by the network before it is published, and HQ accepts risks by name."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from strawberry import relay

from schema.access.rules import Role, ScopeKind
from schema.base import new_id
from schema.clinics import actions as clinics
from schema.clinics.rules import ClinicStatus
from schema.governance import store
from schema.pricing import actions as pricing
from schema.protocols import actions as protocols
from schema.protocols import store as protocol_store
from schema.protocols.rules import CourseSeverity, HealingGuard, ProtocolContent, Selector
from schema.scope import EVERYWHERE, Scope
from tests.asking import Asking
from tests.demo import Network
from tests.governance.judged import (
    PLAIN,
    TODAY,
    Judged,
    apart,
    approved,
    drafted,
    key,
    lit,
    publish,
    run,
    submitted,
)
from tests.pricing.terms import CONTENT, MEDICAL
from tests.protocols.overlaying import Led, ceiling, hire, overlay_of, published

GHOST = str(relay.GlobalID("ProtocolVersion", str(new_id())))
PACKAGES, NEEDS = "INFEASIBLE_PACKAGES", "UNSATISFIABLE_NEEDS"
USUAL = {"indication": None, "severity": "STANDARD", "depthMm": None}
GLOW = {
    "__typename": "InfeasiblePackage",
    "risk": PACKAGES,
    "accepted": False,
    "packageCode": "GLOW-3",
    "sessions": 3,
    "daysValid": 120,
    "package": {"code": "GLOW-3", "validityDays": 120},
}
LIGHT = {
    "__typename": "UnsatisfiableNeed",
    "risk": NEEDS,
    "accepted": False,
    "message": "No live clinic has LED_PANEL, the LIGHT of a visit.",
    "kind": "DEVICE",
    "role": "LIGHT",
    "requirements": [{"anyOf": ["LED_PANEL"]}],
    "depthMm": None,
    "addOn": None,
    "paths": ["steps.SHINE.needs.LIGHT"],
}


def glow(clinic: str, days_needed: int) -> dict[str, Any]:
    """GLOW-3 of a clinic, whose sessions would take so many days."""
    said = (
        f"{clinic}/GLOW-3: For STANDARD concerns, 3 sessions take at least {days_needed} days; the"
        " package ends after 120."
    )
    where = {"clinicCode": clinic, "clinic": {"code": clinic}}
    return {**GLOW, **where, "message": said, "daysNeeded": days_needed, "variant": USUAL}


async def events(ask: Asking, hq: Judged, name: str) -> list[Any]:
    query = "{ auditLog(first: 100) { edges { node { name payload } } } }"
    found = (await ask.data(hq.administrator, query))["auditLog"]["edges"]
    return [each["node"]["payload"] for each in found if each["node"]["name"] == name]


async def refused(ask: Asking, hq: Judged, version: dict[str, Any], **fields: Any) -> Any:
    """The problem, having written nothing, neither for real nor in a dry run."""
    before = await ask.contents()
    answer = await publish(ask, hq, version, **fields)
    assert answer["__typename"].endswith("Problem")
    assert await ask.contents() == before
    if answer["__typename"] != "PublicationRefusedProblem":
        assert await publish(ask, hq, version, **fields, dryRun=True) == answer
    return answer


async def test_what_every_clinic_can_do_and_sell_is_published(ask: Asking, hq: Judged) -> None:
    done = await publish(ask, hq, await approved(ask, hq, apart(60)))
    assert done["version"] == {
        "number": 2,
        "state": "PUBLISHED",
        "publishedFrom": done["version"]["publishedFrom"],
        "revision": 4,
    }
    assert (done["dryRun"], done["findings"]) == (False, [])
    payload, *_ = await events(ask, hq, "protocol_version.published")
    assert (payload["accepted_risks"], payload["finding_count"]) == ([], 0)


async def test_packages_that_cannot_be_finished_stop_it_and_all_are_said(
    ask: Asking, hq: Judged
) -> None:
    answer = await refused(ask, hq, await approved(ask, hq, apart(61)))
    assert (answer["code"], answer["field"]) == ("PUBLICATION_REFUSED", "accept")
    assert answer["retry"] == "NEVER"
    assert answer["findings"] == [glow("LONDON", 122), glow("RALEIGH", 122)]


async def test_what_no_live_clinic_has_stops_it(ask: Asking, hq: Judged) -> None:
    answer = await refused(ask, hq, await approved(ask, hq, lit()))
    assert answer["findings"] == [LIGHT]


async def test_every_finding_is_said_also_of_a_risk_that_is_accepted(
    ask: Asking, hq: Judged
) -> None:
    version = await approved(ask, hq, apart(61, lit()))
    answer = await refused(ask, hq, version, accept=[PACKAGES])
    assert [each["accepted"] for each in answer["findings"]] == [True, True, False]
    assert "accept UNSATISFIABLE_NEEDS." in answer["message"]


async def test_accepted_risks_are_on_record_and_clinics_are_asked(ask: Asking, hq: Judged) -> None:
    version = await approved(ask, hq, apart(61, lit()))
    from_on = TODAY + timedelta(days=3)
    done = await publish(ask, hq, version, accept=[NEEDS, PACKAGES], fromOn=from_on.isoformat())
    assert done["version"]["state"] == "PUBLISHED"
    assert all(each["accepted"] for each in done["findings"])
    payload, *_ = await events(ask, hq, "protocol_version.published")
    assert payload == {
        "number": 2,
        "from_on": from_on.isoformat(),
        "accepted_risks": [PACKAGES, NEEDS],
        "finding_count": 3,
        "findings": [
            {
                "risk": PACKAGES,
                "package": f"{clinic}/GLOW-3",
                "variant": "STANDARD concerns",
                "days_needed": 122,
                "days_valid": 120,
            }
            for clinic in ("LONDON", "RALEIGH")
        ]
        + [{"risk": NEEDS, "role": "LIGHT", "add_on": None, "paths": ["steps.SHINE.needs.LIGHT"]}],
    }
    query = """{ tasks(first: 10) { edges { node { kind title role state dueOn subjectId
        clinic { code } } } } }"""
    (task,) = (await ask.data(hq.manager, query))["tasks"]["edges"]
    assert task["node"] == {
        "kind": "PACKAGE_REVIEW",
        "title": "MN-MEDICAL 2 is published: GLOW-3 cannot be finished in time under it. End or"
        " replace before you upgrade.",
        "role": "CLINIC_MANAGER",
        "state": "OPEN",
        "dueOn": (from_on + timedelta(days=14)).isoformat(),
        "subjectId": task["node"]["subjectId"],
        "clinic": {"code": "RALEIGH"},
    }
    subject = (
        """query ($id: ID!) { node(id: $id) { ... on ClinicProtocol { template { code } } } }"""
    )
    found = await ask.data(hq.manager, subject, id=task["node"]["subjectId"])
    assert found["node"] == {"template": {"code": "MN-MEDICAL"}}


async def test_a_risk_accepted_without_a_finding_is_not_on_record(ask: Asking, hq: Judged) -> None:
    await publish(ask, hq, await approved(ask, hq, lit()), accept=[NEEDS, PACKAGES])
    payload, *_ = await events(ask, hq, "protocol_version.published")
    assert payload["accepted_risks"] == [NEEDS]
    assert await events(ask, hq, "task.opened") == []


@pytest.mark.parametrize("accept", [[], [PACKAGES], [PACKAGES, NEEDS]])
async def test_a_dry_run_judges_the_same_and_writes_nothing(
    ask: Asking, hq: Judged, accept: list[str]
) -> None:
    version = await approved(ask, hq, apart(61, lit()))
    before = await ask.contents()
    answer = await publish(ask, hq, version, accept=accept, dryRun=True)
    assert (answer["__typename"], answer["dryRun"]) == ("PublishedVersion", True)
    state = {"number": 2, "state": "APPROVED", "publishedFrom": None, "revision": 3}
    assert answer["version"] == state
    assert await ask.contents() == before
    done = await publish(ask, hq, version, accept=accept)
    assert done["findings"] == answer["findings"]
    assert (done["__typename"] == "PublishedVersion") == (len(accept) == 2)


async def test_a_dry_run_without_findings_says_so(ask: Asking, hq: Judged) -> None:
    version = await approved(ask, hq)
    answer = await publish(ask, hq, version, dryRun=True)
    assert (answer["findings"], answer["version"]["state"]) == ([], "APPROVED")
    assert (await publish(ask, hq, version))["version"]["state"] == "PUBLISHED"


async def found_with(ask: Asking, hq: Judged, days: int) -> list[tuple[str, int]]:
    """The packages found for sessions so far apart, each with the days that it takes."""
    version = await approved(ask, hq, apart(days))
    answer = await publish(ask, hq, version, dryRun=True)
    return [(each["clinicCode"], each["daysNeeded"]) for each in answer["findings"]]


async def test_what_is_no_longer_sold_or_in_a_closed_clinic_is_not_judged(
    ask: Asking, hq: Judged
) -> None:
    async with ask.work() as work:
        await pricing.end_package(work, package="RALEIGH/GLOW-3", valid_to=work.now.date())
        for status in (ClinicStatus.CLOSING, ClinicStatus.CLOSED):
            await clinics.change_clinic_status(work, clinic="LONDON", status=status)
    assert await found_with(ask, hq, 61) == [("RALEIGH", 122)]
    ahead = TODAY + timedelta(days=30)
    await run(ask, f"update packages set valid_from = '{ahead}', valid_to = null")
    await run(ask, "update clinic_protocols set state = 'WITHDRAWN'")
    assert await found_with(ask, hq, 61) == [("RALEIGH", 122)]
    day = TODAY - timedelta(days=3)
    await run(ask, f"update packages set valid_from = '{day}', valid_to = '{day}'")
    assert await found_with(ask, hq, 61) == []


async def test_packages_of_other_protocols_are_not_judged(ask: Asking, hq: Judged) -> None:
    version = await approved(ask, hq, CONTENT["CONSULT"], template="CONSULT")
    assert (await publish(ask, hq, version))["findings"] == []


def deeply(days: int, depth: str) -> ProtocolContent:
    """The same with sessions at least so many days apart from this depth on."""
    (rule,) = PLAIN.interval_rules
    longer = replace(rule, min_days=days, preferred_days=days + 7, max_days=days + 14)
    deep = replace(longer, key="DEEP", applies_to=Selector(from_depth_mm=Decimal(depth)))
    return replace(PLAIN, interval_rules=(rule, deep))


async def test_the_law_of_a_place_counts(ask: Asking, hq: Judged) -> None:
    """Deep needling takes 122 days; North Carolina does not allow to go so deep."""
    american, british = [
        await hire(ask, f"lead-{region.lower()}", Role.COUNTRY_LEAD, ScopeKind.REGION, region)
        for region in ("AMERICAS", "EUROPE")
    ]
    led = Led(hq.franchise, hq.author, hq.approver, american, british)
    await published(ask, led, await overlay_of(ask, led), ceiling("1.4"))
    (found,) = (await refused(ask, hq, await approved(ask, hq, deeply(61, "1.5"))))["findings"]
    assert (found["clinicCode"], found["daysNeeded"]) == ("LONDON", 122)


async def test_a_clinics_own_value_counts(ask: Asking, hq: Judged) -> None:
    """61 days do not fit into the package; London's own 58 do."""
    async with ask.work() as work:
        for path, days in (("maxDays", 84), ("preferredDays", 77), ("minDays", 58)):
            adoption = await protocol_store.clinic_protocol(work.session, EVERYWHERE, hq.london)
            assert adoption is not None
            await protocols.set_clinic_override(
                work,
                clinic_protocol_id=hq.london,
                expected_revision=adoption.revision,
                path=f"intervalRules.GENERAL.{path}",
                value=days,
                reason="Our clients heal fast.",
            )
    assert await found_with(ask, hq, 61) == [("RALEIGH", 122)]


async def test_a_package_for_one_severity_is_judged_by_its_interval(
    ask: Asking, hq: Judged
) -> None:
    await run(ask, "update packages set severity = 'STANDARD'")
    (rule,) = PLAIN.interval_rules
    severe = Selector(severity=CourseSeverity.SEVERE)
    slow = replace(rule, key="SEVERE", applies_to=severe, min_days=70, preferred_days=70)
    content = replace(PLAIN, interval_rules=(rule, replace(slow, max_days=84)))
    assert (await publish(ask, hq, await approved(ask, hq, content), dryRun=True))["findings"] == []
    await run(
        ask, f"update packages set severity = null where clinic_id = '{hq.franchise.london.id}'"
    )
    version = await approved(ask, hq, content)
    answer = await publish(ask, hq, version, dryRun=True)
    assert [each["clinicCode"] for each in answer["findings"]] == ["LONDON"]


async def test_a_package_is_judged_for_every_depth_unless_it_did_not_fit_before(
    ask: Asking, hq: Judged
) -> None:
    """Deep needling 50 days apart takes 100: RALEIGH's package of 90 days no longer fits it. With
    rules of its own for depth, the next version is judged by what the clinic has then."""
    raleigh = f"clinic_id = '{hq.franchise.raleigh.id}'"
    await run(ask, f"update packages set validity_days = 90 where {raleigh}")
    content = deeply(50, "1.2")
    first = await approved(ask, hq, content)
    (found,) = (await publish(ask, hq, first, dryRun=True))["findings"]
    assert (found["clinicCode"], found["daysNeeded"]) == ("RALEIGH", 100)
    assert found["variant"] == {**USUAL, "depthMm": "1.2"}
    assert "For STANDARD concerns at 1.2 mm, 3 sessions" in found["message"]
    await publish(ask, hq, first, accept=[PACKAGES])
    async with ask.work() as work:
        adoption = await protocol_store.clinic_protocol(work.session, EVERYWHERE, hq.raleigh)
        assert adoption is not None
        await protocols.upgrade_clinic_protocol(
            work, clinic_protocol_id=hq.raleigh, expected_revision=adoption.revision
        )
    again = await approved(ask, hq, content)
    assert (await publish(ask, hq, again, dryRun=True))["findings"] == []


async def test_only_live_clinics_count_by_what_they_have_today(ask: Asking, hq: Judged) -> None:
    version = await approved(ask, hq)
    assert (await publish(ask, hq, version, dryRun=True))["findings"] == []
    async with ask.work() as work:
        await clinics.change_clinic_status(work, clinic="LONDON", status=ClinicStatus.SUSPENDED)
    assert (await publish(ask, hq, version, dryRun=True))["findings"] == []
    await run(ask, f"update devices set service_due_on = '{TODAY - timedelta(days=2)}'")
    (device,) = (await publish(ask, hq, version, dryRun=True))["findings"]
    assert (device["role"], device["depthMm"]) == ("NEEDLE_DEVICE", "1.0")
    await run(ask, f"update credentials set expires_on = '{TODAY - timedelta(days=2)}'")
    device, person = (await publish(ask, hq, version, dryRun=True))["findings"]
    assert person["requirements"] == [
        {"anyOf": ["AESTHETICIAN", "NURSE", "PHYSICIAN"]},
        {"anyOf": ["PROTOCOL_TEMPLATE:MN-MEDICAL"]},
    ]
    assert person["depthMm"] == "1.0"
    async with ask.work() as work:
        await clinics.change_clinic_status(work, clinic="RALEIGH", status=ClinicStatus.SUSPENDED)
    answer = await publish(ask, hq, version, dryRun=True)
    assert {each["role"] for each in answer["findings"]} == {"ROOM", "OPERATOR", "NEEDLE_DEVICE"}


async def test_what_no_clinic_has_together_names_the_nearest(ask: Asking, hq: Judged) -> None:
    """Raleigh without its pen, London without its nurse."""
    await run(ask, f"delete from devices where clinic_id = '{hq.franchise.raleigh.id}'")
    await run(
        ask,
        f"update practitioner_assignments set to_on = '{TODAY - timedelta(days=2)}'"
        f" where clinic_id = '{hq.franchise.london.id}'",
    )
    (finding,) = (await refused(ask, hq, await approved(ask, hq)))["findings"]
    assert finding["__typename"] == "NoClinicForAll"
    assert (finding["nearestClinicCode"], finding["lacking"]) == ("LONDON", ["OPERATOR"])
    assert finding["nearestClinic"] == {"code": "LONDON"}


async def test_changes_that_are_refused_write_nothing(ask: Asking, hq: Judged) -> None:
    ready = await approved(ask, hq)
    review = await submitted(ask, hq)
    draft = await drafted(ask, hq)
    yesterday, late = TODAY - timedelta(days=2), TODAY + timedelta(days=400)
    cases: list[tuple[dict[str, Any], str, str | None]] = [
        (draft, "VERSION_STATE_FORBIDS", None),
        (review, "VERSION_STATE_FORBIDS", None),
        ({**ready, "expectedRevision": 2}, "STALE_REVISION", "expectedRevision"),
        ({**ready, "fromOn": yesterday.isoformat()}, "NOT_PUBLISHED", "fromOn"),
        ({**ready, "fromOn": late.isoformat()}, "NOT_PUBLISHED", "fromOn"),
        ({**ready, "version": GHOST}, "NOT_FOUND", "version"),
        ({**ready, "version": "Q2xpbmljOjE="}, "NOT_FOUND", None),
    ]
    for version, code, field in cases:
        answer = await refused(ask, hq, version, accept=[PACKAGES, NEEDS])
        assert (answer["code"], answer.get("field")) == (code, field)


async def test_a_version_that_became_invalid_is_not_accepted_away(ask: Asking, hq: Judged) -> None:
    version = await approved(ask, hq)
    hasty = "jsonb_set(content, '{interval_rules,0,min_days}', '7')"
    low = "jsonb_set(content, '{parameters,0,default}', '\"0.01\"')"
    for change in (hasty, low):
        await run(ask, f"update protocol_versions set content = {change} where number = 2")
    answer = await refused(ask, hq, version, accept=[PACKAGES, NEEDS])
    assert answer["__typename"] == "ValidationProblem"
    codes = {(each["code"], each["field"].partition(".")[0]) for each in answer["problems"]}
    assert {("BELOW_HEALING_GUARD", "intervalRules"), ("INVALID_CONTENT", "parameters")} <= codes


def hasty() -> ProtocolContent:
    """Sessions at least ten days apart, as a guard of its own allows."""
    guard = HealingGuard(key="SHALLOW", min_days=10, source="A study of shallow needling")
    content = apart(10)
    locks = [each for each in content.locks if not each.path.startswith("intervalRules.")]
    return replace(content, healing_guards=(guard,), locks=tuple(locks))


async def test_a_shorter_guard_takes_two_approvals_to_the_end(ask: Asking, hq: Judged) -> None:
    once = await approved(ask, hq, hasty())
    assert (await refused(ask, hq, once))["code"] == "VERSION_STATE_FORBIDS"
    twice = await approved(ask, hq, hasty(), by=(hq.approver, hq.administrator))
    await run(ask, f"delete from protocol_approvals where approver_id = '{hq.approver.id}'")
    assert (await refused(ask, hq, twice))["code"] == "APPROVALS_MISSING"
    whole = await approved(ask, hq, hasty(), by=(hq.approver, hq.administrator))
    assert (await publish(ask, hq, whole))["version"]["state"] == "PUBLISHED"


async def test_an_older_draft_is_superseded(ask: Asking, hq: Judged) -> None:
    older, newer = await approved(ask, hq), await approved(ask, hq)
    assert (await publish(ask, hq, newer))["version"]["number"] == 3
    answer = await refused(ask, hq, older)
    assert (answer["code"], answer["field"]) == ("VERSION_SUPERSEDED", "version")
    assert answer["message"].startswith("Version 3 was published since: draft what version 2 says")
    async with ask.work(hq.approver) as work:
        await protocols.retire_protocol_version(work, version_id=key(newer), expected_revision=4)
    assert (await refused(ask, hq, older))["code"] == "VERSION_SUPERSEDED"


async def test_published_twice_at_once_one_wins(ask: Asking, hq: Judged) -> None:
    version = await approved(ask, hq)
    answers = await asyncio.gather(
        *(publish(ask, hq, version, each) for each in (hq.approver, hq.administrator))
    )
    kinds = sorted(each["__typename"] for each in answers)
    assert kinds == ["ConflictProblem", "PublishedVersion"]
    (problem,) = (each for each in answers if "code" in each)
    assert (problem["code"], problem["field"]) == ("STALE_REVISION", "expectedRevision")
    assert len(await events(ask, hq, "protocol_version.published")) == 3  # two of the setting


async def test_two_drafts_published_at_once_end_in_the_order_of_their_numbers(
    ask: Asking, hq: Judged
) -> None:
    older, newer = await approved(ask, hq), await approved(ask, hq)
    first, second = await asyncio.gather(publish(ask, hq, older), publish(ask, hq, newer))
    assert second["__typename"] == "PublishedVersion"
    assert first["__typename"] == "PublishedVersion" or first["code"] == "VERSION_SUPERSEDED"
    rows = await run(
        ask,
        "select payload ->> 'number' from events where name = 'protocol_version.published'"
        " and subject_id in (select id from protocol_versions where number > 1) order by id",
    )
    numbers = [row[0] for row in rows]
    assert numbers in (["2", "3"], ["3"])


async def test_judging_takes_as_many_statements_for_a_hundred_clinics_as_for_one(
    network: Network,
) -> None:
    taken = []
    async with network.act.work() as work:
        template = await protocol_store.template(work.session, "MN-MEDICAL")
        assert template is not None
        for scope in (Scope(frozenset([network.clinic_id])), EVERYWHERE):
            with network.act.statements() as statements:
                packages = await store.packages_on_sale(work.session, scope, template.id, MEDICAL)
                sites = await store.live_sites(work.session, scope, work.now)
            assert packages
            taken.append(len(statements))
    assert len(sites) > 50
    assert len({each.clinic_id for each in packages}) > 50
    # packages, layers; clinics, rooms, devices, assignments, credentials, certifications, rules,
    # jurisdictions
    assert taken == [10, 10]
