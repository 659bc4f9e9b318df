"""Add-ons, visits and variants."""

from decimal import Decimal

import pytest

from api.seed.content import TEMPLATES
from schema.protocols.rules import (
    CourseSeverity,
    IntervalRule,
    ProtocolContent,
    Selector,
    Variant,
    check_add_ons,
    check_offer,
    check_visit,
    interval_for,
    session_count_for,
)
from schema.protocols.rules.violations import (
    AddOnNotAllowed,
    AreaNotTreated,
    DepthNotAllowed,
    IndicationNotTreated,
)

CONTENT = {each.code: each.content for each in TEMPLATES}
MEDICAL, CLASSIC = CONTENT["MN-MEDICAL"], CONTENT["MN-CLASSIC"]


@pytest.mark.parametrize(
    ("content", "chosen", "offered", "field"),
    [
        (MEDICAL, ["PRP", "GLITTER"], None, "addOns.1"),
        (MEDICAL, ["PRP", "PRP"], None, "addOns.1"),
        (MEDICAL, ["MMP", "PRP", "SERUM"], None, "addOns.2"),
        (MEDICAL, ["SERUM", "PRP"], None, "addOns.1"),
        (MEDICAL, ["PRP", "LED"], ["PRP", "MMP"], "addOns.1"),
        (CLASSIC, ["LASER", "CHEMICAL_PEEL"], None, "addOns.1"),
        (CLASSIC, ["SERUM", "COOLING_MASK", "LASER"], None, "addOns.2"),
        (CLASSIC, ["LASER", "SERUM", "COOLING_MASK"], None, "addOns.2"),
    ],
)
def test_add_ons_that_one_session_may_not_have(content, chosen, offered, field):
    with pytest.raises(AddOnNotAllowed) as refused:
        check_add_ons(content.add_ons, chosen, offered=offered)
    assert refused.value.field == field


def test_add_ons_that_go_together():
    check_add_ons(MEDICAL.add_ons, ["PRP", "MMP", "LED", "COOLING_MASK"])
    check_add_ons(CLASSIC.add_ons, ["LASER", "SERUM"], offered=["SERUM", "LASER"])
    check_add_ons(MEDICAL.add_ons, [])


def test_clinic_may_offer_what_one_session_cannot_combine():
    check_offer(MEDICAL.add_ons, ["PRP", "SERUM"])
    with pytest.raises(AddOnNotAllowed) as refused:
        check_offer(MEDICAL.add_ons, ["PRP", "PRP"])
    assert refused.value.field == "addOns.1"


@pytest.mark.parametrize(
    ("areas", "variant", "add_ons", "refusal", "field"),
    [
        ([], Variant(), [], AreaNotTreated, "areas"),
        (["FACE", "ELBOW"], Variant(), [], AreaNotTreated, "areas.1"),
        (["FACE", "FACE"], Variant(), [], AreaNotTreated, "areas.1"),
        (["FACE"], Variant(indication="GOUT"), [], IndicationNotTreated, "variant.indication"),
        (["FACE"], Variant(depth_mm=Decimal(3)), [], DepthNotAllowed, "variant.depthMm"),
        (["FACE"], Variant(), ["GLITTER"], AddOnNotAllowed, "addOns.0"),
        (
            ["FACE", "NECK", "HANDS", "DECOLLETAGE"],
            Variant(),
            ["MMP", "PRP"],
            AddOnNotAllowed,
            "addOns.1",
        ),
    ],
)
def test_visit_the_protocol_is_not_for(areas, variant, add_ons, refusal, field):
    with pytest.raises(refusal) as refused:
        check_visit(MEDICAL, areas, variant, add_ons)
    assert refused.value.field == field


def test_visit_the_protocol_is_for():
    variant = Variant("MELASMA", CourseSeverity.SEVERE, Decimal("2.5"))
    check_visit(MEDICAL, ["FACE", "NECK", "HANDS"], variant, ["MMP", "PRP"])
    check_visit(CONTENT["CONSULT"], [], Variant(), [])
    with pytest.raises(DepthNotAllowed):
        check_visit(CONTENT["CONSULT"], [], Variant(depth_mm=Decimal(1)), [])


def rule(key: str, days: int, **selector: object) -> IntervalRule:
    return IntervalRule(
        key=key,
        applies_to=Selector(**selector),  # type: ignore[arg-type]
        min_days=days,
        preferred_days=days,
        max_days=days,
    )


def test_most_specific_interval_counts_and_the_longer_among_equals():
    content = ProtocolContent(
        name="Any",
        summary="Any",
        interval_rules=(
            rule("GENERAL", 28),
            rule("SEVERE", 35, severity=CourseSeverity.SEVERE),
            rule("SCARS", 42, indication="SCARS"),
            rule("BOTH", 30, indication="SCARS", severity=CourseSeverity.SEVERE),
            rule("DEEP", 20, from_depth_mm=Decimal("1.5"), below_depth_mm=Decimal("2")),
        ),
    )

    def chosen(*variant: object) -> str | None:
        found = interval_for(content, Variant(*variant))  # type: ignore[arg-type]
        return found and found.key

    assert chosen() == "GENERAL"
    assert chosen("MELASMA", CourseSeverity.SEVERE) == "SEVERE"
    assert chosen("SCARS", CourseSeverity.STANDARD) == "SCARS"
    assert chosen("SCARS", CourseSeverity.SEVERE) == "BOTH"
    assert chosen("SCARS", CourseSeverity.STANDARD, Decimal("1.5")) == "SCARS"
    assert chosen(None, CourseSeverity.STANDARD, Decimal("1.9")) == "DEEP"
    assert chosen(None, CourseSeverity.STANDARD, Decimal("2")) == "GENERAL"


def test_consultation_has_neither_interval_nor_count():
    consult = CONTENT["CONSULT"]
    assert interval_for(consult, Variant()) is None
    assert session_count_for(consult, CourseSeverity.STANDARD) is None


def test_severity_without_a_count_takes_the_standard_one():
    only_standard = ProtocolContent(
        name="Any", summary="Any", session_counts=MEDICAL.session_counts[:1]
    )
    found = session_count_for(only_standard, CourseSeverity.SEVERE)
    assert found is not None
    assert found.severity is CourseSeverity.STANDARD
