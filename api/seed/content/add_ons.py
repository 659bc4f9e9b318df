"""What the articles combine microneedling with."""

from dataclasses import replace
from decimal import Decimal

from api.seed.content.steps import OPERATOR, ROOM, minutes
from schema.protocols.rules import (
    AddOnKind,
    AddOnRule,
    Anchor,
    Counts,
    Freshness,
    Lane,
    Placement,
    ResourceKind,
    ResourceNeed,
    Step,
    StepExtension,
)

BLOOD = Lane(group="NUMBING", lane="BLOOD")
AFTER_NEEDLE = Anchor(step="NEEDLE")
MEDICAL_OPERATOR = replace(OPERATOR, any_of=("NURSE", "PHYSICIAN"))


def device(role: str, *classes: str, clean_up_minutes: int = 5) -> ResourceNeed:
    return ResourceNeed(
        role=role, kind=ResourceKind.DEVICE, any_of=classes, clean_up_minutes=clean_up_minutes
    )


def prp() -> AddOnRule:
    """Blood is drawn and spun while the numbing takes effect, and used soon after."""
    phlebotomist = ResourceNeed(
        role="PHLEBOTOMIST", kind=ResourceKind.PRACTITIONER, any_of=("PHLEBOTOMIST",)
    )
    return AddOnRule(
        key="PRP",
        kind=AddOnKind.PRP,
        name="Platelet-rich plasma",
        excludes=("SERUM",),
        steps=(
            Step(
                key="PRP_DRAW",
                name="Drawing blood",
                minutes=minutes(5, 10, 15),
                parallel=BLOOD,
                needs=(ROOM, phlebotomist),
                anchor=Anchor(step="NUMB_WAIT"),
            ),
            Step(
                key="PRP_SPIN",
                name="Spinning the blood",
                minutes=minutes(10, 15, 20),
                parallel=BLOOD,
                needs=(device("CENTRIFUGE", "CENTRIFUGE"),),
                anchor=Anchor(step="NUMB_WAIT"),
            ),
            Step(
                key="PRP_APPLY",
                name="Applying the plasma",
                minutes=minutes(5, 10, 15),
                counts=Counts.PER_AREA,
                needs=(ROOM, OPERATOR),
                anchor=AFTER_NEEDLE,
            ),
        ),
        fresh=Freshness(prepared_by="PRP_SPIN", used_by="PRP_APPLY", within_minutes=90),
        consent="CONSENT-PRP",
    )


def mmp() -> AddOnRule:
    """Medicine is delivered while needling, by order of a prescriber."""
    pen = ResourceNeed(
        role="MMP_DEVICE",
        kind=ResourceKind.DEVICE,
        any_of=("MMP_PEN",),
        clean_up_minutes=10,
        drives_needle=True,
    )
    return AddOnRule(
        key="MMP",
        kind=AddOnKind.MMP,
        name="MMP: medicine delivered by needles",
        extends_steps=(
            StepExtension(
                step="NEEDLE",
                extra_minutes=minutes(5, 10, 15),
                needs=(pen, replace(MEDICAL_OPERATOR, drives_needle=True)),
            ),
        ),
        consent="CONSENT-MMP",
        depth_mm=Decimal("0.5"),
        substances=("TRANEXAMIC_ACID", "VITAMIN_C", "HYALURONIC_ACID"),
        prescriber_required=True,
    )


def serum(name: str = "Serum") -> AddOnRule:
    return AddOnRule(
        key="SERUM",
        kind=AddOnKind.SERUM,
        name=name,
        steps=(
            Step(
                key="SERUM",
                name="Applying the serum",
                minutes=minutes(5, 5, 10),
                needs=(ROOM, OPERATOR),
                anchor=AFTER_NEEDLE,
            ),
        ),
        substances=("HYALURONIC_ACID", "GROWTH_FACTORS"),
    )


def led() -> AddOnRule:
    return AddOnRule(
        key="LED",
        kind=AddOnKind.LED,
        name="LED light",
        steps=(
            Step(
                key="LED",
                name="LED light",
                minutes=minutes(10, 15, 20),
                needs=(ROOM, device("LED", "LED_PANEL")),
                anchor=Anchor(step="SOOTHE"),
            ),
        ),
    )


def cooling_mask() -> AddOnRule:
    return AddOnRule(
        key="COOLING_MASK",
        kind=AddOnKind.COOLING_MASK,
        name="Cooling mask",
        steps=(
            Step(
                key="COOLING_MASK",
                name="Cooling mask",
                minutes=minutes(10, 10, 15),
                needs=(ROOM,),
                anchor=Anchor(step="SOOTHE"),
            ),
        ),
    )


def chemical_peel() -> AddOnRule:
    return AddOnRule(
        key="CHEMICAL_PEEL",
        kind=AddOnKind.CHEMICAL_PEEL,
        name="Superficial chemical peel",
        excludes=("LASER",),
        at_most=2,
        steps=(
            Step(
                key="PEEL",
                name="Chemical peel",
                minutes=minutes(10, 15, 20),
                counts=Counts.PER_AREA,
                needs=(ROOM, MEDICAL_OPERATOR),
                anchor=AFTER_NEEDLE,
            ),
        ),
        consent="CONSENT-PEEL",
        substances=("LACTIC_ACID", "MANDELIC_ACID"),
        prescriber_required=True,
    )


def laser() -> AddOnRule:
    return AddOnRule(
        key="LASER",
        kind=AddOnKind.LASER,
        name="Laser",
        excludes=("CHEMICAL_PEEL",),
        at_most=2,
        steps=(
            Step(
                key="LASER",
                name="Laser",
                minutes=minutes(10, 15, 20),
                counts=Counts.PER_AREA,
                needs=(ROOM, MEDICAL_OPERATOR, device("LASER", "LASER")),
                anchor=Anchor(step="NEEDLE", placement=Placement.BEFORE),
            ),
        ),
        consent="CONSENT-LASER",
        prescriber_required=True,
    )
