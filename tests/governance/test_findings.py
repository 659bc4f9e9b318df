"""What speaks against publishing a version: packages, and what visits need."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.base import new_id
from schema.clinics.rules import DeviceClass, RoomKind
from schema.governance.rules import (
    ApprovalsMissing,
    InfeasiblePackage,
    NoClinicForAll,
    PackageOnSale,
    PublicationRefused,
    PublicationRisk,
    Site,
    UnsatisfiableNeed,
    VersionSuperseded,
    check_accepted,
    check_approvals,
    check_order,
    infeasible_packages,
    review_title,
    unfilled,
    unsatisfiable_needs,
)
from schema.intervals import Interval
from schema.practitioners.rules import CredentialType
from schema.protocols.rules import (
    NEEDLE_DEPTH,
    AddOnKind,
    AddOnRule,
    Anchor,
    CourseSeverity,
    HealingGuard,
    Minutes,
    Need,
    ResourceKind,
    ResourceNeed,
    Selector,
    Step,
    Variant,
    spacing_for,
)
from schema.scheduling.rules import (
    Quality,
    Resource,
    Shape,
    Visit,
    Wish,
    device,
    frame_for,
    room,
)
from tests.pricing.terms import CONTENT, MEDICAL

TODAY = date(2026, 11, 21)
AUTHOR, HELPER, ONE, OTHER = (new_id() for _ in range(4))
#: Version 1 of a protocol for all: no add-ons, sessions 42 to 56 days apart.
PLAIN = replace(MEDICAL, add_ons=())
PACKAGES, NEEDS = PublicationRisk.INFEASIBLE_PACKAGES, PublicationRisk.UNSATISFIABLE_NEEDS
FIVE = Minutes(5, 5, 5)


def on_sale(sessions: int, validity_days: int, content=PLAIN, severity=None, code="GLOW"):
    return PackageOnSale(
        id=new_id(),
        code=code,
        severity=severity,
        sessions=sessions,
        validity_days=validity_days,
        clinic_id=new_id(),
        clinic_code="RALEIGH",
        clinic_protocol_id=new_id(),
        content=content,
    )


TRAINED = Quality("PROTOCOL_TEMPLATE:MN-MEDICAL", TODAY, training=True)


def person(
    number: int,
    *types: CredentialType,
    depth: str = "3.0",
    until: date | None = None,
    trained: bool = True,
):
    qualities = tuple(Quality(each, TODAY, until, Decimal(depth)) for each in types)
    training = (TRAINED,) if trained else ()
    return Resource(number, ResourceKind.PRACTITIONER, (*qualities, *training))


def pen(number: int, depth: str = "3.0", due: date | None = None) -> Resource:
    return device(number, DeviceClass.NEEDLE_PEN, Decimal(depth), due)


NURSE = CredentialType.NURSE
ROOM, PEN, ANA = room(1, RoomKind.TREATMENT), pen(2), person(3, NURSE)


def site(*resources: Resource, code: str = "RALEIGH") -> Site:
    return Site(new_id(), code, TODAY, resources)


def found(content, *sites):
    return list(unsatisfiable_needs(content, "MN-MEDICAL", sites))


def needing(key: str, *needs: ResourceNeed, **more) -> Step:
    return Step(key=key, name=key.title(), minutes=FIVE, needs=needs, **more)


LED = ResourceNeed(role="LIGHT", kind=ResourceKind.DEVICE, any_of=("LED_PANEL",))
ASSISTANT = ResourceNeed(role="ASSISTANT", kind=ResourceKind.PRACTITIONER, any_of=("NURSE",))


@pytest.mark.parametrize(
    ("number", "newest", "superseded"),
    [(1, None, False), (2, 1, False), (2, 3, True), (4, 3, False)],
)
def test_numbers_ascend_in_the_order_of_publication(number, newest, superseded) -> None:
    if superseded:
        with pytest.raises(VersionSuperseded, match=f"Version {newest} .* version {number} "):
            check_order(number, newest)
    else:
        check_order(number, newest)


@pytest.mark.parametrize(
    ("guard_days", "approved_by", "enough"),
    [
        (None, {ONE}, True),
        (None, set(), False),
        (None, {AUTHOR}, False),
        (None, {HELPER}, False),
        (21, {ONE}, True),
        (10, {ONE}, False),
        (10, {ONE, AUTHOR}, False),
        (10, {ONE, HELPER}, False),
        (10, {ONE, OTHER}, True),
    ],
)
def test_a_shorter_healing_guard_takes_two_approvals_of_others(
    guard_days, approved_by, enough
) -> None:
    guards = ()
    if guard_days is not None:
        guards = (HealingGuard(key="HANDS", min_days=guard_days, source="A study"),)
    content = replace(PLAIN, healing_guards=guards)
    if enough:
        check_approvals(content, [AUTHOR, HELPER], approved_by)
    else:
        with pytest.raises(ApprovalsMissing):
            check_approvals(content, [AUTHOR, HELPER], approved_by)


@given(st.integers(1, 50), st.integers(1, 1830), st.sampled_from([None, *CourseSeverity]))
def test_a_package_is_found_where_its_last_session_lies_after_its_end(
    sessions, validity, severity
) -> None:
    least = max(each.min_days for each in PLAIN.interval_rules)
    needed = (sessions - 1) * least
    findings = list(infeasible_packages([on_sale(sessions, validity, severity=severity)]))
    late = [each.late.days_needed for each in findings]
    assert late == ([needed] if needed > validity else [])


def test_each_package_is_judged_by_what_applies_in_its_clinic() -> None:
    (rule,) = (each for each in PLAIN.interval_rules if each.key == "GENERAL")
    slower = replace(PLAIN, interval_rules=(replace(rule, min_days=70),))
    packages = [on_sale(3, 139, slower, code="LATE"), on_sale(3, 139, code="GLOW")]
    (finding,) = infeasible_packages(packages)
    assert (finding.package.code, finding.late.days_needed) == ("LATE", 140)
    assert finding.message == (
        "RALEIGH/LATE: For STANDARD concerns, 3 sessions take at least 140 days; the package ends"
        " after 139."
    )


def test_without_courses_a_package_has_one_session() -> None:
    consultation = CONTENT["CONSULT"]
    several, one = on_sale(2, 900, consultation), on_sale(1, 1, consultation)
    (finding,) = infeasible_packages([several, one])
    assert (finding.package, finding.late) == (several, None)
    assert "no courses" in finding.message


def spaced_by(general, *deeper):
    """PLAIN, whose sessions are so many days apart, and others from depths on."""
    (rule,) = PLAIN.interval_rules
    rules = [replace(rule, min_days=general)]
    for depth, days in deeper:
        deep = Selector(from_depth_mm=Decimal(depth))
        rules.append(replace(rule, key=f"FROM_{depth}", applies_to=deep, min_days=days))
    return replace(PLAIN, interval_rules=tuple(rules))


#: From 1.0 mm, and from 2.0 mm on.
spacings_of_depths = st.tuples(*[st.integers(14, 60)] * 3).map(
    lambda days: spaced_by(days[0], ("1.0", days[1]), ("2.0", days[2]))
)


@given(spacings_of_depths, spacings_of_depths, st.integers(2, 6), st.integers(1, 300))
def test_only_what_could_be_finished_until_now_is_found(before, after, sessions, validity) -> None:
    def taken(content, tenths):
        variant = Variant(depth_mm=Decimal(tenths) / 10)
        return (sessions - 1) * spacing_for(content, variant).min_days

    depth = PLAIN.parameter(NEEDLE_DEPTH)
    new = {
        taken(after, tenths)
        for tenths in range(int(depth.lowest * 10), int(depth.highest * 10) + 1)
        if taken(before, tenths) <= validity < taken(after, tenths)
    }
    package = replace(on_sale(sessions, validity, after), before=before)
    assert [each.late.days_needed for each in infeasible_packages([package])] == (
        [max(new)] if new else []
    )


def test_a_depth_that_was_not_allowed_is_new() -> None:
    """Two days too short for the deepest, which nobody could be treated at until now."""
    deep = spaced_by(42, ("2.0", 50))
    depth = PLAIN.parameter(NEEDLE_DEPTH)
    shallow = replace(depth, max=Decimal("1.5"), ceiling=Decimal("1.5"))
    package = on_sale(3, 98, deep)
    before = replace(deep, parameters=(shallow,))
    (finding,) = infeasible_packages([replace(package, before=before)])
    assert finding.late.variant.depth_mm == Decimal("2.0")
    assert list(infeasible_packages([replace(package, before=deep)])) == []


def test_a_clinic_with_everything_is_enough() -> None:
    bare = site(code="LONDON")
    assert found(PLAIN, bare, site(ROOM, PEN, ANA)) == []


@pytest.mark.parametrize(
    ("resources", "role", "path"),
    [
        ((PEN, ANA), "ROOM", "steps.NEEDLE.needs.ROOM"),
        ((room(1, RoomKind.CONSULTATION), PEN, ANA), "ROOM", "steps.NEEDLE.needs.ROOM"),
        ((ROOM, ANA), "NEEDLE_DEVICE", "steps.NEEDLE.needs.NEEDLE_DEVICE"),
        ((ROOM, pen(2, "0.9"), ANA), "NEEDLE_DEVICE", "steps.NEEDLE.needs.NEEDLE_DEVICE"),
        ((ROOM, pen(2, due=TODAY), ANA), "NEEDLE_DEVICE", "steps.NEEDLE.needs.NEEDLE_DEVICE"),
        ((ROOM, PEN), "OPERATOR", "steps.NEEDLE.needs.OPERATOR"),
        ((ROOM, PEN, person(3, NURSE, depth="0.9")), "OPERATOR", "steps.NEEDLE.needs.OPERATOR"),
        (
            (ROOM, PEN, person(3, NURSE, until=TODAY - timedelta(days=1))),
            "OPERATOR",
            "steps.NEEDLE.needs.OPERATOR",
        ),
        (
            (ROOM, PEN, person(3, NURSE, trained=False)),
            "OPERATOR",
            "steps.NEEDLE.needs.OPERATOR",
        ),
        (
            (ROOM, PEN, person(3, CredentialType.PHLEBOTOMIST)),
            "OPERATOR",
            "steps.NEEDLE.needs.OPERATOR",
        ),
    ],
)
def test_what_no_clinic_has_is_told_with_its_paths(resources, role, path) -> None:
    (finding,) = found(PLAIN, site(*resources), site(code="LONDON"))
    assert isinstance(finding, UnsatisfiableNeed)
    assert (finding.role, finding.add_on) == (role, None)
    assert path in finding.paths
    assert all(each.startswith("steps.") for each in finding.paths)


@pytest.mark.parametrize("sites", [(), (site(),)])
def test_without_a_live_clinic_every_need_is_told(sites) -> None:
    findings = found(PLAIN, *sites)
    assert {each.role for each in findings} == {"ROOM", "OPERATOR", "NEEDLE_DEVICE"}


def test_what_is_there_in_several_clinics_only_is_told_with_the_nearest() -> None:
    near, far = site(ROOM, PEN, code="RALEIGH"), site(ANA, code="LONDON")
    (finding,) = found(PLAIN, far, near)
    assert isinstance(finding, NoClinicForAll)
    assert (finding.nearest_code, finding.lacking) == ("RALEIGH", ("OPERATOR",))
    assert finding.message.endswith("RALEIGH comes nearest and lacks OPERATOR.")


def test_a_device_that_nobody_is_certified_for_is_none() -> None:
    asking = device(2, DeviceClass.NEEDLE_PEN, Decimal("3.0"), None, "PEN-X")
    (finding,) = found(PLAIN, site(ROOM, asking, ANA))
    assert isinstance(finding, UnsatisfiableNeed)
    assert finding.role == "NEEDLE_DEVICE"
    certified = Quality("DEVICE_MODEL:PEN-X", TODAY, training=True)
    trained = replace(ANA, qualities=(*ANA.qualities, certified))
    assert found(PLAIN, site(ROOM, asking, trained)) == []


def test_two_roles_take_two_people() -> None:
    content = replace(PLAIN, steps=(*PLAIN.steps, needing("HELP", ASSISTANT)))
    (finding,) = found(content, site(ROOM, PEN, ANA))
    assert isinstance(finding, NoClinicForAll)
    assert len(finding.lacking) == 1
    assert found(content, site(ROOM, PEN, ANA, person(4, NURSE))) == []
    assert found(content, site(ROOM, PEN, ANA, person(4, CredentialType.PHYSICIAN))) == []


POOL = (
    ROOM,
    room(11, RoomKind.CONSULTATION),
    PEN,
    pen(12, "0.5"),
    ANA,
    person(13, NURSE, depth="0.5"),
    person(14, CredentialType.PHYSICIAN),
    person(15, CredentialType.PHLEBOTOMIST),
    person(16, NURSE, trained=False),
)


@given(st.sets(st.sampled_from(range(len(POOL)))))
def test_nothing_is_found_just_where_the_calendar_finds_resources(chosen) -> None:
    """Whoever is free all day can be booked; what is judged is what booking asks for."""
    content = replace(PLAIN, steps=(*PLAIN.steps, needing("HELP", ASSISTANT)))
    resources = tuple(POOL[each] for each in sorted(chosen))
    opens = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    day = Interval(opens, opens + timedelta(days=1))
    visit = Visit.of(content, Wish("MN", ("FACE",)), "MN-MEDICAL")
    open_all_day = Shape(ZoneInfo("UTC"), resources, {each.number: [day] for each in resources})
    calendar = open_all_day.calendar(frame_for(day))
    bookable = calendar.assignment(visit, opens + timedelta(hours=8)) is not None
    assert (found(content, site(*resources)) == []) == bookable


def add_on(key: str, *steps: Step, requires: tuple[str, ...] = ()) -> AddOnRule:
    return AddOnRule(key=key, kind=AddOnKind.LED, name=key, steps=steps, requires=requires)


def test_an_add_on_may_be_possible_in_another_clinic_than_the_protocol() -> None:
    light = needing("SHINE", LED, anchor=Anchor(step="SOOTHE"))
    content = replace(PLAIN, add_ons=(add_on("GLOW", light),))
    (finding,) = found(content, site(ROOM, PEN, ANA))
    assert isinstance(finding, UnsatisfiableNeed)
    assert (finding.add_on, finding.role) == ("GLOW", "LIGHT")
    assert finding.paths == ("addOns.GLOW.steps.SHINE.needs.LIGHT",)
    panel = device(9, DeviceClass.LED_PANEL, None, None)
    assert found(content, site(ROOM, PEN, ANA), site(panel, code="LONDON")) == []


def test_an_add_on_brings_those_that_it_requires_and_each_need_is_told_once() -> None:
    light = needing("SHINE", LED, anchor=Anchor(step="SOOTHE"))
    rules = (add_on("MASK", requires=("GLOW",)), add_on("GLOW", light, requires=("MASK",)))
    (finding,) = found(replace(PLAIN, add_ons=rules), site(ROOM, PEN, ANA))
    assert (finding.add_on, finding.role) == ("MASK", "LIGHT")
    assert finding.paths == ("addOns.GLOW.steps.SHINE.needs.LIGHT",)


@pytest.mark.parametrize(
    "more",
    [
        {"optional": True, "on_by_default": False},
        {"applies_to": Selector(severity=CourseSeverity.SEVERE)},
        {"applies_to": Selector(indication=PLAIN.indications[0].key)},
        {"applies_to": Selector(from_depth_mm=Decimal("2.0"))},
        {"applies_to": Selector(below_depth_mm=Decimal("0.6"))},
    ],
)
def test_steps_that_take_place_now_and_then_are_asked_too(more) -> None:
    content = replace(PLAIN, steps=(*PLAIN.steps, needing("SHINE", LED, **more)))
    (finding,) = found(content, site(ROOM, PEN, ANA))
    assert isinstance(finding, UnsatisfiableNeed)
    assert finding.paths == ("steps.SHINE.needs.LIGHT",)


def test_a_deeper_variant_needs_whoever_goes_deeper() -> None:
    deep = Selector(from_depth_mm=Decimal("2.0"))
    content = replace(PLAIN, steps=(*PLAIN.steps, needing("CHECK", applies_to=deep)))
    findings = found(content, site(ROOM, pen(2, "1.5"), ANA))
    assert [(each.role, each.depth_mm) for each in findings] == [("NEEDLE_DEVICE", Decimal("2.0"))]


@given(st.lists(st.sets(st.integers(1, 4)), max_size=4))
def test_as_few_needs_as_can_be_are_unfilled(pools) -> None:
    needs = [Need(ResourceKind.ROOM, str(n), ((f"K{n}",),), (), 0) for n, _ in enumerate(pools)]
    rooms = [
        Resource(
            number,
            ResourceKind.ROOM,
            tuple(Quality(f"K{n}") for n, pool in enumerate(pools) if number in pool),
        )
        for number in range(1, 5)
    ]
    best = max(
        sum(number in pool for number, pool in zip(order, pools, strict=False))
        for order in permutations((*range(1, 5), *[0] * len(pools)), len(pools))
    )
    missing = unfilled(site(*rooms), needs)
    assert len(missing) == len(needs) - best
    assert missing == [each for each in needs if each in missing]


PACKAGE = InfeasiblePackage(on_sale(3, 10), 84)
NEED = UnsatisfiableNeed(
    kind=ResourceKind.ROOM,
    role="ROOM",
    requirements=(("TREATMENT",),),
    depth_mm=None,
    add_on=None,
    paths=("steps.NEEDLE.needs.ROOM",),
)


@pytest.mark.parametrize(
    ("findings", "accepted", "missing"),
    [
        ((), (), None),
        ((), (PACKAGES,), None),
        ((PACKAGE,), (PACKAGES,), None),
        ((PACKAGE, NEED), (PACKAGES, NEEDS), None),
        ((PACKAGE, NEED), (), "INFEASIBLE_PACKAGES and UNSATISFIABLE_NEEDS"),
        ((PACKAGE, NEED), (NEEDS,), "INFEASIBLE_PACKAGES"),
        ((NEED,), (PACKAGES,), "UNSATISFIABLE_NEEDS"),
    ],
)
def test_each_risk_is_accepted_by_name_and_all_findings_are_said(
    findings, accepted, missing
) -> None:
    if missing is None:
        check_accepted(findings, accepted)
        return
    with pytest.raises(PublicationRefused, match=f"accept {missing}\\.") as refused:
        check_accepted(findings, accepted)
    assert refused.value.findings == findings


def test_the_title_of_a_task_names_some_packages() -> None:
    few = review_title("MN-MEDICAL", 4, ["GLOW-3", "GLOW-6"])
    assert few.startswith("MN-MEDICAL 4 is published: GLOW-3, GLOW-6 cannot")
    many = review_title("M" * 40, 4000, ["X" * 40] * 300)
    assert "and 295 more" in many
    assert len(many) <= 500
