"""A session as steps: how long each takes, and whom and what it occupies.

A text beside a type is the field's public description.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from schema.protocols.rules.kinds import Counts, CourseSeverity, Placement, ResourceKind
from schema.protocols.rules.meanings import (
    Whole,
    alternatives,
    clinical,
    commercial,
    copy,
    demanded,
    freedom,
    least,
    safeguard,
    words,
)

GRID_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Minutes:
    """How long something takes, in minutes."""

    min: Annotated[int, clinical, "The least, a multiple of 5."]
    typical: Annotated[int, commercial, "What is planned with, a multiple of 5."]
    max: Annotated[int, clinical, "The most, a multiple of 5."]

    def __add__(self, other: "Minutes") -> "Minutes":
        return Minutes(self.min + other.min, self.typical + other.typical, self.max + other.max)

    def __mul__(self, times: int) -> "Minutes":
        return Minutes(self.min * times, self.typical * times, self.max * times)


@dataclass(frozen=True, slots=True)
class Variant:
    """What a session is for and how deep: decides intervals, steps and who may treat."""

    indication: Annotated[str | None, "Key of an indication of the protocol."] = None
    severity: Annotated[CourseSeverity, "How severe the concern is."] = CourseSeverity.STANDARD
    depth_mm: Annotated[Decimal | None, "Needle depth; null: the protocol's default."] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """The variants that something is for; what is not stated fits every variant."""

    indication: Annotated[str | None, clinical, "Key of an indication of this content."] = None
    severity: Annotated[CourseSeverity | None, clinical, "How severe the concern is."] = None
    from_depth_mm: Annotated[Decimal | None, clinical, "Needle depths from here on, inclusive."] = (
        None
    )
    below_depth_mm: Annotated[Decimal | None, clinical, "Needle depths up to here, exclusive."] = (
        None
    )

    @property
    def specificity(self) -> int:
        """How many of indication, severity and depth it states."""
        deep = self.from_depth_mm is not None or self.below_depth_mm is not None
        return (self.indication is not None) + (self.severity is not None) + deep

    def fits(self, variant: Variant) -> bool:
        return (
            self.indication in (None, variant.indication)
            and self.severity in (None, variant.severity)
            and self._fits_depth(variant.depth_mm)
        )

    def _fits_depth(self, depth: Decimal | None) -> bool:
        if self.from_depth_mm is None and self.below_depth_mm is None:
            return True
        if depth is None:
            return False
        return (self.from_depth_mm is None or self.from_depth_mm <= depth) and (
            self.below_depth_mm is None or depth < self.below_depth_mm
        )


EVERY_VARIANT = Selector()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceNeed:
    """A resource that a step occupies while it lasts."""

    role: Annotated[
        str,
        copy,
        "Needs of one role are met by one resource throughout the visit; "
        "needs of different roles by different ones.",
    ]
    kind: Annotated[ResourceKind, clinical, "A practitioner, a room or a device."]
    any_of: Annotated[
        tuple[str, ...],
        alternatives,
        "Credential types, room kinds or device classes, of which one will do.",
    ]
    clean_up_minutes: Annotated[
        int,
        least,
        "For how long after the step it is cleaned before the next visit, a multiple of 5.",
    ] = 0
    drives_needle: Annotated[
        bool,
        safeguard,
        "Whether rules of needle depth apply to it: scope of practice, greatest depth.",
    ] = False
    certified: Annotated[
        bool,
        safeguard,
        "Whether who does it must be certified for this protocol, by its template's code.",
    ] = False

    @property
    def key(self) -> str:
        return self.role


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Neighbouring steps of one group run side by side: lanes in parallel, steps in turn."""

    group: Annotated[str, clinical, "Key of the group; it ends when its longest lane ends."]
    lane: Annotated[str, clinical, "Key of the lane within the group."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Where an add-on's step goes among the steps of the protocol."""

    step: Annotated[str, clinical, "Key of the step it is anchored to."]
    placement: Annotated[Placement, clinical, "On which side of that step."] = Placement.AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a session."""

    key: Annotated[str, copy, "Stable key, for example `NUMB_WAIT`."]
    name: Annotated[str, words, "What people call it."]
    minutes: Annotated[Minutes, "How long it takes."]
    counts: Annotated[Counts, clinical, "Once a visit, or once for each area."] = Counts.ONCE
    optional: Annotated[bool, freedom, "Whether the protocol can do without it."] = False
    on_by_default: Annotated[bool, clinical, "Whether it takes place, where it is optional."] = True
    parallel: Annotated[
        Lane | None, Whole(clinical), "Its place among steps that run side by side."
    ] = None
    applies_to: Annotated[Selector, "The variants it takes place for."] = EVERY_VARIANT
    needs: Annotated[
        tuple[ResourceNeed, ...], demanded, "What it occupies; nothing else is taken."
    ] = ()
    anchor: Annotated[
        Anchor | None, Whole(clinical), "Where it goes; only a step of an add-on has one."
    ] = None

    def takes_place(self, variant: Variant) -> bool:
        return (self.on_by_default or not self.optional) and self.applies_to.fits(variant)
