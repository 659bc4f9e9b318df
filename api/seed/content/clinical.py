"""Article 003: what research says of needles, depths and indications."""

from decimal import Decimal

from api.seed.content.add_ons import serum
from api.seed.content.lists import (
    DAY,
    FACE_AND_NECK,
    MONTH,
    WEEK,
    after,
    areas,
    before,
    clinic_choices,
    every,
    indications,
    needle_depth,
    outcome,
    screening,
    sessions,
)
from api.seed.content.sources import sources
from api.seed.content.steps import consumables, minutes, session_steps
from schema.protocols.rules import (
    CareKind,
    CourseSeverity,
    IntervalRule,
    OutcomeKind,
    ProtocolContent,
    Selector,
    Since,
)

EVIDENCE = sources(
    "003",
    says={
        "modality": "Micro-punctures stimulate collagen and elastin.",
        "parameters.needle_depth_mm.min": "Needles are 0.5 to 3 mm long.",
        "parameters.needle_depth_mm.max": "Needles are 0.5 to 3 mm long.",
        "steps.CLEANSE": "The skin is cleansed first.",
        "indications": "Acne and scars of all kinds, hair loss, sweating, stretch marks.",
        "indications.DRUG_DELIVERY": "It also serves to deliver drugs.",
        "addOns.SERUM": "Needling delivers; soothing creams follow it.",
        "careInstructions.NO_PRODUCTS_BEFORE": "Certain products stop before.",
        "careInstructions.NO_SUN_BEFORE": "Protected from the sun before.",
        "careInstructions.NO_SUN": "No direct sun after.",
        "careInstructions.SOOTHE": "Soothing creams.",
        "careInstructions.GENTLE": "Gentle products only.",
        "outcomes.IMPROVEMENT": "Within a few weeks.",
        "outcomes.FULL_RESULT": "Full after several months.",
    },
    decided={
        "intervalRules.GENERAL": "As in articles 001 and 002, which give figures.",
        "intervalRules.DEEP": "From 1.5 mm on the skin heals longer: as article 000.",
        "careInstructions.NO_PRODUCTS_BEFORE.window": "As article 002: a week.",
        "careInstructions.NO_SUN_BEFORE.window": "Read as three days.",
        "careInstructions.NO_SUN.window": "Until the skin has healed: two weeks.",
        "careInstructions.SOOTHE.window": "The first three days.",
        "careInstructions.GENTLE.window": "As long as harsh products: a week.",
        "outcomes.IMPROVEMENT.window": "A few weeks, read as three.",
        "outcomes.FULL_RESULT.window": "Several months, read as three.",
    },
)

DEEP = IntervalRule(
    key="DEEP",
    applies_to=Selector(from_depth_mm=Decimal("1.5")),
    min_days=42,
    preferred_days=49,
    max_days=56,
)


def content() -> ProtocolContent:
    return ProtocolContent(
        name="Clinical microneedling",
        summary="Needling at the depth that the concern asks for, scars and scalp included.",
        modality="COLLAGEN_INDUCTION",
        areas=areas(*FACE_AND_NECK, "SCALP", "UNDERARMS"),
        indications=indications(
            "ACNE_SCARS",
            "ACNE",
            "POST_TRAUMATIC_SCARS",
            "BURN_SCARS",
            "ALOPECIA",
            "REJUVENATION",
            "DRUG_DELIVERY",
            "HYPERHIDROSIS",
            "STRETCH_MARKS",
            "WRINKLES",
        ),
        steps=session_steps(
            numb_wait=minutes(15, 25, 30),
            needle=minutes(15, 25, 40),
            numbing_optional=True,
            cleanse=minutes(5, 5, 10),
        ),
        parameters=(needle_depth("0.5", "1.0", "3.0"),),
        add_ons=(serum(),),
        consumables=consumables("Numbing cream"),
        screening_rules=screening(),
        care_instructions=(
            before("NO_PRODUCTS_BEFORE", CareKind.EXFOLIANT, WEEK, "Stop the products we name."),
            before("NO_SUN_BEFORE", CareKind.SUN, 3 * DAY, "Protect the skin from the sun."),
            after("NO_SUN", CareKind.SUN, 2 * WEEK, "No direct sun."),
            after("SOOTHE", CareKind.SOOTHING, 3 * DAY, "Use a soothing cream."),
            after("GENTLE", CareKind.FRAGRANCE, WEEK, "Gentle products only."),
        ),
        session_counts=(
            sessions(CourseSeverity.STANDARD, 3, 4, 6),
            sessions(CourseSeverity.SEVERE, 6, 6, 8),
        ),
        interval_rules=(*every(28, 35, 42), DEEP),
        outcomes=(
            outcome(
                OutcomeKind.RESULT,
                "IMPROVEMENT",
                "The skin begins to look better.",
                3 * WEEK,
                None,
                Since.FIRST_SESSION,
            ),
            outcome(
                OutcomeKind.RESULT,
                "FULL_RESULT",
                "The full result.",
                3 * MONTH,
                None,
                Since.FIRST_SESSION,
            ),
        ),
        locks=clinic_choices(numb_wait=(15, 30), interval=(28, 56)),
        evidence=EVIDENCE,
    )
