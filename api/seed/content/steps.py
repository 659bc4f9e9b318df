"""The steps of a microneedling session, as every article tells it, with headquarters' minutes."""

from dataclasses import replace

from schema.protocols.rules import (
    Consumable,
    ConsumableKind,
    Counts,
    Lane,
    Minutes,
    ResourceKind,
    ResourceNeed,
    Step,
)

TREATING = ("AESTHETICIAN", "NURSE", "PHYSICIAN")
WAITING = Lane(group="NUMBING", lane="WAIT")

ROOM = ResourceNeed(role="ROOM", kind=ResourceKind.ROOM, any_of=("TREATMENT",), clean_up_minutes=10)
OPERATOR = ResourceNeed(role="OPERATOR", kind=ResourceKind.PRACTITIONER, any_of=TREATING)
NEEDLING_OPERATOR = ResourceNeed(
    role="OPERATOR", kind=ResourceKind.PRACTITIONER, any_of=TREATING, drives_needle=True
)


def minutes(least: int, typical: int | None = None, most: int | None = None) -> Minutes:
    typical = least if typical is None else typical
    return Minutes(least, typical, typical if most is None else most)


def attended(key: str, name: str, length: Minutes) -> Step:
    """A step in which a practitioner is with the client."""
    return Step(key=key, name=name, minutes=length, needs=(ROOM, OPERATOR))


def needling_device(*classes: str) -> ResourceNeed:
    return ResourceNeed(
        role="NEEDLE_DEVICE",
        kind=ResourceKind.DEVICE,
        any_of=classes,
        clean_up_minutes=10,
        drives_needle=True,
    )


def session_steps(
    *,
    numb_wait: Minutes,
    needle: Minutes,
    devices: tuple[str, ...] = ("NEEDLE_PEN",),
    numbing_optional: bool = False,
    certified: bool = False,
    cleanse: Minutes | None = None,
    numb_apply: Minutes | None = None,
    soothe: Minutes | None = None,
    aftercare: Minutes | None = None,
) -> tuple[Step, ...]:
    """One session; while the numbing takes effect, the client has the room and nobody else.

    Where it is `certified`, whoever needles was trained for just this protocol.
    """
    five = minutes(5)
    operator = replace(NEEDLING_OPERATOR, certified=certified)
    return (
        attended("SCREEN", "Screening questions", five),
        attended("CONSENT", "Consent", five),
        attended("CLEANSE", "Cleansing", cleanse or five),
        Step(
            key="NUMB_APPLY",
            name="Applying the numbing",
            minutes=numb_apply or five,
            optional=numbing_optional,
            needs=(ROOM, OPERATOR),
        ),
        Step(
            key="NUMB_WAIT",
            name="Waiting for the numbing",
            minutes=numb_wait,
            optional=numbing_optional,
            parallel=WAITING,
            needs=(ROOM,),
        ),
        Step(
            key="NEEDLE",
            name="Microneedling",
            minutes=needle,
            counts=Counts.PER_AREA,
            needs=(ROOM, operator, needling_device(*devices)),
        ),
        attended("SOOTHE", "Soothing", soothe or five),
        attended("AFTERCARE", "Explaining the aftercare", aftercare or five),
        Step(key="FOLLOW_UP", name="Arranging the next visit", minutes=five),
    )


def consumables(numbing: str) -> tuple[Consumable, ...]:
    return (
        Consumable(
            key="ANAESTHETIC",
            kind=ConsumableKind.ANAESTHETIC,
            name=numbing,
            step="NUMB_APPLY",
            allergy_question="Did a numbing cream or a dentist's injection ever harm you?",
        ),
        Consumable(
            key="NEEDLES",
            kind=ConsumableKind.CARTRIDGE,
            name="Sterile needle cartridge, for one client",
            step="NEEDLE",
        ),
        Consumable(
            key="SOOTHING",
            kind=ConsumableKind.TOPICAL,
            name="Soothing cream without fragrance",
            step="SOOTHE",
        ),
    )
