"""What clients come for, and what that needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ProtocolContent, ResourceKind, Variant, durations, needs
from schema.scheduling.rules.appointments import NothingSuitable, PractitionerNotSuitable
from schema.scheduling.rules.resources import Resource, trained_for, usable


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client comes for. `protocol` is a template's code, or the id of it or its adoption."""

    protocol: UUID | str
    areas: tuple[str, ...] = ()
    variant: Variant = field(default_factory=Variant)
    add_ons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """What is to take place: its needs, and how long the client is there.

    `guests` are resources that come along and are free whenever they are not busy: the numbers of
    the client's person. `led_by` names the practitioner of its main need.
    """

    needs: tuple[VisitNeed, ...]
    minutes: int
    guests: tuple[int, ...] = ()
    led_by: int | None = None

    @classmethod
    def of(
        cls,
        content: ProtocolContent,
        wish: Wish,
        template_code: str,
        guests: tuple[int, ...] = (),
        led_by: int | None = None,
    ) -> "Visit":
        """The visit that `content`, of the template with this code, makes of a wish."""
        chosen = wish.areas, wish.variant, wish.add_ons
        needed = tuple(
            trained_for(each, template_code) for each in needs(content, *chosen) if each.stretches
        )
        return cls(needed, durations(content, *chosen).total.typical, guests, led_by)

    @property
    def main_need(self) -> int | None:
        """The position of the need a named practitioner meets: the needle, else the longest."""
        ranks = {
            position: (need.depth_mm is not None, sum(to - begin for begin, to in need.stretches))
            for position, need in enumerate(self.needs)
            if need.kind is ResourceKind.PRACTITIONER
        }
        return max(ranks, key=lambda position: ranks[position], default=None)


def check_pools(visit: Visit, resources: Sequence[Resource], day: date) -> None:
    """Raise NothingSuitable or PractitionerNotSuitable where no hour of that day would do."""
    there = usable(resources, day)
    for need in visit.needs:
        if not any(each.meets(need, day) for each in there):
            what = " and ".join(" or ".join(one_of) for one_of in need.requirements if one_of)
            depth = f" for {need.depth_mm} mm" if need.depth_mm is not None else ""
            raise NothingSuitable(f"On {day} this clinic has no {what or need.kind}{depth}.")
    main = visit.main_need
    if visit.led_by is None or main is None:
        return
    named = [each for each in resources if each.number == visit.led_by]
    if not any(each.meets(visit.needs[main], day) for each in named):
        raise PractitionerNotSuitable(
            f"This practitioner may not treat so in this clinic on {day}.", field="practitioner"
        )
