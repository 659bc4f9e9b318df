"""From fact to path: every figure of the articles is in the templates, with its source.

Each row: the row of the table of facts, the template, the path, the value, and the evidence: the
number of the article, or HQ where headquarters decided.
"""

from decimal import Decimal
from typing import Any

import pytest

from api.seed.content import TEMPLATES
from schema.protocols.rules import (
    Counts,
    CourseSeverity,
    EvidenceKind,
    Measure,
    ScreeningSeverity,
    Variant,
    at,
    content_faults,
    durations,
    interval_for,
    leaves,
    longest_pre_care_hours,
    session_count_for,
    source_of,
)

CONTENT = {each.code: each.content for each in TEMPLATES}
ARTICLES = {
    "MN-MEDICAL": "000",
    "MN-CLASSIC": "001",
    "MN-FIRST": "002",
    "MN-CLINICAL": "003",
    "MN-MONTHLY": "004",
}
HQ = "HQ"
MEDICAL, CLASSIC, FIRST, CLINICAL, MONTHLY = ARTICLES
CONSULT = "CONSULT"
WEEK = 7 * 24

FACTS: list[tuple[str, str, str, Any, str]] = [
    ("modality", MEDICAL, "modality", "COLLAGEN_INDUCTION", "000"),
    ("modality", CLASSIC, "modality", "COLLAGEN_INDUCTION", "001"),
    ("modality", FIRST, "modality", "COLLAGEN_INDUCTION", "002"),
    (
        "device",
        CLASSIC,
        "steps.NEEDLE.needs.NEEDLE_DEVICE.anyOf",
        ("NEEDLE_ROLLER", "NEEDLE_STAMP"),
        "001",
    ),
    (
        "device",
        MONTHLY,
        "steps.NEEDLE.needs.NEEDLE_DEVICE.anyOf",
        ("NEEDLE_PEN", "NEEDLE_ROLLER"),
        "004",
    ),
    ("needle length", CLINICAL, "parameters.needle_depth_mm.min", Decimal("0.5"), "003"),
    ("needle length", CLINICAL, "parameters.needle_depth_mm.max", Decimal("3.0"), "003"),
    ("needle length", MEDICAL, "parameters.needle_depth_mm.default", Decimal("1.0"), HQ),
    ("numbing", MEDICAL, "steps.NUMB_WAIT.minutes.min", 15, "000"),
    ("numbing", MEDICAL, "steps.NUMB_WAIT.minutes.max", 30, "000"),
    ("numbing", MEDICAL, "steps.NUMB_WAIT.minutes.typical", 20, HQ),
    ("numbing: always", MEDICAL, "steps.NUMB_APPLY.optional", False, "000"),
    ("numbing: may", CLASSIC, "steps.NUMB_APPLY.optional", True, "001"),
    ("numbing: usually", FIRST, "steps.NUMB_APPLY.optional", True, "002"),
    ("numbing: silent", CLINICAL, "steps.NUMB_APPLY.optional", True, HQ),
    ("numbing: always", MONTHLY, "steps.NUMB_APPLY.optional", False, "004"),
    ("numbing: on by default", CLASSIC, "steps.NUMB_APPLY.onByDefault", True, HQ),
    ("numbing: cream", MEDICAL, "consumables.ANAESTHETIC.name", "Numbing cream", "000"),
    ("numbing: gel", MONTHLY, "consumables.ANAESTHETIC.name", "Anaesthetic gel", "004"),
    ("session length", MEDICAL, "toldLength.minutes.min", 30, "000"),
    ("session length", MEDICAL, "toldLength.minutes.max", 60, "000"),
    ("session length: by area", MEDICAL, "steps.NEEDLE.counts", Counts.PER_AREA, "000"),
    ("session length", FIRST, "toldLength.minutes.min", 30, "002"),
    ("session length", FIRST, "toldLength.minutes.max", 60, "002"),
    ("session length: in all", MONTHLY, "toldLength.minutes.typical", 120, "004"),
    ("session length: needling", MONTHLY, "steps.NEEDLE.minutes.typical", 30, "004"),
    ("session length: by area", MONTHLY, "steps.NEEDLE.counts", Counts.PER_AREA, "004"),
    ("sessions", MEDICAL, "sessionCounts.STANDARD.min", 3, "000"),
    ("sessions", MEDICAL, "sessionCounts.STANDARD.max", 4, "000"),
    ("sessions: one may do", MEDICAL, "sessionCounts.STANDARD.maySuffice", 1, "000"),
    ("sessions: severe", MEDICAL, "sessionCounts.SEVERE.min", 6, "000"),
    ("sessions: severe", MEDICAL, "sessionCounts.SEVERE.max", 8, "000"),
    *(
        ("sessions: severe", MEDICAL, f"indications.{key}.usualSeverity", "SEVERE", "000")
        for key in ("DEEP_WRINKLES", "STRETCH_MARKS", "SEVERE_ACNE_SCARS")
    ),
    ("sessions: one may do", FIRST, "sessionCounts.STANDARD.maySuffice", 1, "002"),
    ("sessions: silent", CLASSIC, "sessionCounts.STANDARD.max", 4, HQ),
    ("sessions: silent", CLINICAL, "sessionCounts.STANDARD.max", 6, HQ),
    ("sessions", MONTHLY, "sessionCounts.STANDARD.min", 3, "004"),
    ("sessions", MONTHLY, "sessionCounts.STANDARD.max", 6, "004"),
    ("interval: 6 to 8 weeks", MEDICAL, "intervalRules.GENERAL.minDays", 42, "000"),
    ("interval: preferred", MEDICAL, "intervalRules.GENERAL.preferredDays", 49, HQ),
    ("interval: 6 to 8 weeks", MEDICAL, "intervalRules.GENERAL.maxDays", 56, "000"),
    ("interval: 4 to 6 weeks", CLASSIC, "intervalRules.GENERAL.minDays", 28, "001"),
    ("interval: 4 to 6 weeks", CLASSIC, "intervalRules.GENERAL.maxDays", 42, "001"),
    ("interval: 4 to 6 weeks", FIRST, "intervalRules.GENERAL.minDays", 28, "002"),
    ("interval: 4 to 6 weeks", FIRST, "intervalRules.GENERAL.maxDays", 42, "002"),
    ("interval: silent", CLINICAL, "intervalRules.GENERAL.minDays", 28, HQ),
    ("interval: by depth", CLINICAL, "intervalRules.DEEP.minDays", 42, HQ),
    ("interval: monthly", MONTHLY, "intervalRules.GENERAL.key", "GENERAL", "004"),
    ("interval: monthly", MONTHLY, "intervalRules.GENERAL.minDays", 28, HQ),
    ("interval: monthly", MONTHLY, "intervalRules.GENERAL.preferredDays", 30, HQ),
    ("interval: monthly", MONTHLY, "intervalRules.GENERAL.maxDays", 35, HQ),
    ("top-up", MONTHLY, "topUp.effectDays", 180, "004"),
    ("top-up: reminder", MONTHLY, "topUp.remindDays", 150, HQ),
    ("results: at once", MEDICAL, "outcomes.BRIGHTNESS.window.fromHours", 0, "000"),
    ("results: six months", MEDICAL, "outcomes.OPTIMUM.window.fromHours", 6 * 30 * 24, "000"),
    ("results: 2 to 4 weeks", CLASSIC, "outcomes.IMPROVEMENT.window.fromHours", 2 * WEEK, "001"),
    ("results: 2 to 4 weeks", CLASSIC, "outcomes.IMPROVEMENT.window.toHours", 4 * WEEK, "001"),
    ("results: at once", FIRST, "outcomes.GLOW.window.fromHours", 0, "002"),
    ("results: a few weeks", FIRST, "outcomes.FULL_RESULT.since", "FIRST_SESSION", "002"),
    ("results: a few weeks", CLINICAL, "outcomes.IMPROVEMENT.since", "FIRST_SESSION", "003"),
    ("results: 48 hours", MONTHLY, "outcomes.FIRST_BENEFIT.window.fromHours", 48, "004"),
    ("results: a week", MONTHLY, "outcomes.VISIBLE.window.fromHours", WEEK, "004"),
    ("recovery", MEDICAL, "outcomes.REDNESS.window.fromHours", 24, "000"),
    ("recovery", MEDICAL, "outcomes.REDNESS.window.toHours", 48, "000"),
    ("recovery: peeling", CLASSIC, "outcomes.PEELING.kind", "RECOVERY", "001"),
    ("recovery", FIRST, "outcomes.REDNESS.window.fromHours", 24, "002"),
    ("recovery", FIRST, "outcomes.REDNESS.window.toHours", 48, "002"),
    ("recovery", MONTHLY, "outcomes.REDNESS.window.toHours", 48, "004"),
    ("recovery: healing", MONTHLY, "outcomes.HEALING.window.toHours", 2 * WEEK, "004"),
    *(
        ("indications", template, f"indications.{key}.key", key, ARTICLES[template])
        for template, keys in {
            MEDICAL: (
                "FINE_LINES",
                "WRINKLES",
                "ACNE_SCARS",
                "HYPERPIGMENTATION",
                "ROUGH_TEXTURE",
                "SUN_DAMAGE",
                "MELASMA",
            ),
            CLASSIC: ("ACNE", "ENLARGED_PORES", "STRETCH_MARKS"),
            FIRST: ("ENLARGED_PORES", "SCARS", "STRETCH_MARKS"),
            CLINICAL: (
                "BURN_SCARS",
                "POST_TRAUMATIC_SCARS",
                "ALOPECIA",
                "HYPERHIDROSIS",
                "DRUG_DELIVERY",
            ),
            MONTHLY: ("SCARS", "WRINKLES", "DEEP_WRINKLES"),
        }.items()
        for key in keys
    ),
    *(
        ("areas", FIRST, f"areas.{key}.key", key, "002")
        for key in ("FACE", "NECK", "DECOLLETAGE", "HANDS")
    ),
    ("areas: silent", MEDICAL, "areas.FACE.key", "FACE", HQ),
    ("consultation", CONSULT, "topics.SKIN.text", "Skin type and condition.", "000"),
    ("consultation", CONSULT, "topics.MEDICAL_HISTORY.text", "Medical history.", "000"),
    ("consultation", CONSULT, "topics.GOALS.text", "Concerns and goals.", "000"),
    ("consultation", CONSULT, "topics.SESSION_COUNT.key", "SESSION_COUNT", "000"),
    ("consultation", CONSULT, "topics.ADD_ONS.text", "Plasma and serums.", "000"),
    ("consultation", CONSULT, "topics.EXPECTATIONS.key", "EXPECTATIONS", "003"),
    ("consultation", CONSULT, "steps.CONSULT.key", "CONSULT", "002"),
    ("consultation: length", CONSULT, "steps.CONSULT.minutes.typical", 30, HQ),
    ("consultation", FIRST, "steps.CONSULT.key", "CONSULT", "002"),
    ("pre-care: sun", MEDICAL, "careInstructions.NO_SUN_BEFORE.phase", "PRE", "000"),
    ("pre-care: retinoid", MEDICAL, "careInstructions.NO_RETINOID_BEFORE.phase", "PRE", "000"),
    (
        "pre-care: a few days",
        MEDICAL,
        "careInstructions.NO_RETINOID_BEFORE.window.fromHours",
        -72,
        HQ,
    ),
    ("pre-care: exfoliant", MEDICAL, "careInstructions.NO_EXFOLIANT_BEFORE.phase", "PRE", "000"),
    ("pre-care: hydrate", MEDICAL, "careInstructions.HYDRATE.strictness", "SHOULD", "000"),
    ("pre-care: AHA", CLASSIC, "careInstructions.NO_AHA_BEFORE.phase", "PRE", "001"),
    ("pre-care: BHA", CLASSIC, "careInstructions.NO_BHA_BEFORE.phase", "PRE", "001"),
    ("pre-care: not sunburned", CLASSIC, "careInstructions.NO_SUNBURN_BEFORE.phase", "PRE", "001"),
    ("pre-care: clean face", CLASSIC, "careInstructions.CLEAN_FACE.phase", "PRE", "001"),
    (
        "pre-care: a week",
        FIRST,
        "careInstructions.NO_EXFOLIANT_BEFORE.window.fromHours",
        -WEEK,
        "002",
    ),
    ("pre-care: sun", FIRST, "careInstructions.NO_SUN_BEFORE.phase", "PRE", "002"),
    (
        "blood thinners",
        CLASSIC,
        "screeningRules.BLOOD_THINNERS.severity",
        ScreeningSeverity.REQUIRES_PRESCRIBER_REVIEW,
        HQ,
    ),
    ("blood thinners", CLASSIC, "screeningRules.BLOOD_THINNERS.key", "BLOOD_THINNERS", "001"),
    *(
        ("post-care: sun", template, "careInstructions.NO_SUN.kind", "SUN", number)
        for template, number in ARTICLES.items()
    ),
    ("post-care: moisturise", MEDICAL, "careInstructions.MOISTURISE.kind", "HYDRATION", "000"),
    ("post-care: a week", MEDICAL, "careInstructions.NO_EXFOLIANT.window.toHours", WEEK, "000"),
    ("post-care: a week", MEDICAL, "careInstructions.NO_RETINOID.window.toHours", WEEK, "000"),
    ("post-care: makeup", MEDICAL, "careInstructions.NO_MAKEUP.window.toHours", 24, "000"),
    ("post-care: makeup", FIRST, "careInstructions.NO_MAKEUP.window.toHours", 24, "002"),
    ("post-care: makeup", MONTHLY, "careInstructions.NO_MAKEUP.window.toHours", 2 * WEEK, "004"),
    ("post-care: fragrance", CLASSIC, "careInstructions.NO_FRAGRANCE.kind", "FRAGRANCE", "001"),
    *(
        ("post-care: first days", CLASSIC, f"careInstructions.{key}.kind", "ACTIVITY", "001")
        for key in ("NO_EXERCISE", "NO_SAUNA", "NO_SWIMMING")
    ),
    *(
        ("side effects", CLASSIC, f"outcomes.{key}.kind", "SIDE_EFFECT", "001")
        for key in ("INFECTION", "BLEEDING_AND_BRUISING", "PIGMENT")
    ),
    ("side effects", CLASSIC, "outcomes.REDNESS.kind", "RECOVERY", "001"),
    *(
        (
            "cautions",
            template,
            f"screeningRules.{key}.severity",
            ScreeningSeverity.REQUIRES_CLEARANCE,
            ARTICLES[template],
        )
        for template, keys in {
            CLASSIC: ("ACTIVE_ACNE", "ECZEMA", "ROSACEA"),
            FIRST: ("ACTIVE_ACNE", "ECZEMA", "SPECIFIC_MEDICATION"),
        }.items()
        for key in keys
    ),
    ("cautions: by whom", CLASSIC, "screeningRules.ECZEMA.clearanceBy", ("DERMATOLOGIST",), "001"),
    (
        "darker skin",
        CLASSIC,
        "screeningRules.DARKER_PHOTOTYPE.severity",
        ScreeningSeverity.CAUTION,
        "001",
    ),
    ("darker skin", CLASSIC, "screeningRules.DARKER_PHOTOTYPE.caps.most", Decimal("1.0"), HQ),
    *(
        ("add-ons", template, f"addOns.{key}.kind", key, ARTICLES[template])
        for template, keys in {
            MEDICAL: ("PRP", "MMP", "SERUM", "LED", "COOLING_MASK"),
            CLASSIC: ("SERUM", "COOLING_MASK", "CHEMICAL_PEEL", "LASER"),
            FIRST: ("PRP", "SERUM"),
            CLINICAL: ("SERUM",),
            MONTHLY: ("SERUM",),
        }.items()
        for key in keys
    ),
    (
        "PRP: blood draw",
        MEDICAL,
        "addOns.PRP.steps.PRP_DRAW.needs.PHLEBOTOMIST.anyOf",
        ("PHLEBOTOMIST",),
        HQ,
    ),
    (
        "PRP: centrifuge",
        MEDICAL,
        "addOns.PRP.steps.PRP_SPIN.needs.CENTRIFUGE.anyOf",
        ("CENTRIFUGE",),
        HQ,
    ),
    ("PRP: own consent", MEDICAL, "addOns.PRP.consent", "CONSENT-PRP", HQ),
    ("PRP: used soon", MEDICAL, "addOns.PRP.fresh.withinMinutes", 90, HQ),
    ("MMP: prescriber", MEDICAL, "addOns.MMP.prescriberRequired", True, HQ),
    ("MMP: depth", MEDICAL, "addOns.MMP.depthMm", Decimal("0.5"), HQ),
    (
        "MMP: device",
        MEDICAL,
        "addOns.MMP.extendsSteps.NEEDLE.needs.MMP_DEVICE.anyOf",
        ("MMP_PEN",),
        HQ,
    ),
    (
        "operator",
        CLASSIC,
        "steps.NEEDLE.needs.OPERATOR.anyOf",
        ("AESTHETICIAN", "NURSE", "PHYSICIAN"),
        "001",
    ),
    (
        "operator",
        FIRST,
        "steps.NEEDLE.needs.OPERATOR.anyOf",
        ("AESTHETICIAN", "NURSE", "PHYSICIAN"),
        "002",
    ),
]


@pytest.mark.parametrize(
    ("fact", "template", "path", "value", "source"),
    FACTS,
    ids=[f"{fact} · {template}.{path}" for fact, template, path, _, _ in FACTS],
)
def test_fact_is_in_its_template(fact: str, template: str, path: str, value: Any, source: str):
    content = CONTENT[template]
    assert at(content, path) == value
    evidence = source_of(content, path)
    assert evidence is not None, f"{path} has no source"
    assert (evidence.article or HQ) == source
    assert evidence.note


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.code)
def test_template_is_sound(template):
    assert content_faults(template.content, template.kind) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.code)
def test_every_figure_has_a_source(template):
    content = template.content
    figures = [
        path
        for path, value in leaves(content)
        if isinstance(value, int | Decimal) and not path.startswith(("locks", "evidence"))
    ]
    assert [path for path in figures if source_of(content, path) is None] == []


@pytest.mark.parametrize(("template", "number"), ARTICLES.items())
def test_article_has_one_treatment(template, number):
    cited = {each.article for each in CONTENT[template].evidence} - {None}
    assert cited == {number}


def test_decision_names_no_article():
    for template in TEMPLATES:
        for each in template.content.evidence:
            assert (each.article is None) == (each.kind is EvidenceKind.HQ_DECISION)


def test_half_an_hour_and_two_hours_are_both_true():
    face = ("FACE",)
    medical = durations(CONTENT[MEDICAL], face, Variant(), ())
    monthly = durations(CONTENT[MONTHLY], face, Variant(), ())
    told = CONTENT[MEDICAL].told_length
    assert told is not None
    assert told.measure is Measure.PRACTITIONER
    assert 30 <= medical.practitioner.min <= medical.practitioner.max <= 60
    assert monthly.total.typical == 120


def test_eight_sessions_eight_weeks_apart_span_392_days():
    medical = CONTENT[MEDICAL]
    severe = session_count_for(medical, CourseSeverity.SEVERE)
    interval = interval_for(medical, Variant(severity=CourseSeverity.SEVERE))
    assert severe is not None
    assert interval is not None
    assert (severe.max - 1) * interval.max_days == 392


def test_deeper_needling_waits_longer():
    clinical = CONTENT[CLINICAL]
    shallow = interval_for(clinical, Variant(depth_mm=Decimal("1.4")))
    deep = interval_for(clinical, Variant(depth_mm=Decimal("1.5")))
    assert shallow is not None
    assert deep is not None
    assert (shallow.key, deep.key) == ("GENERAL", "DEEP")


def test_longest_pre_care_is_a_week():
    assert longest_pre_care_hours(CONTENT[FIRST]) == WEEK
    assert longest_pre_care_hours(CONTENT[CONSULT]) == 0
