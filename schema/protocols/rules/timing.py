"""How long a visit takes, and what it occupies when.

A visit's steps form *segments*, one after another: a single step, or a group of neighbouring steps
in parallel lanes, which lasts as long as its longest lane.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Annotated, Literal, TypeAlias

from schema.protocols.rules.add_ons import AddOnRule
from schema.protocols.rules.content import NEEDLE_DEPTH, ProtocolContent
from schema.protocols.rules.kinds import Counts, Placement, ResourceKind
from schema.protocols.rules.steps import Minutes, ResourceNeed, Step, Variant
from schema.protocols.rules.variants import complete

Pace: TypeAlias = Literal["min", "typical", "max"]
Stretch: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Durations:
    """The three durations of a visit, in minutes; clean-up is in none of them."""

    chair: Annotated[Minutes, "While the client occupies a room."]
    practitioner: Annotated[Minutes, "The work of practitioners, of several added up."]
    total: Annotated[Minutes, "From the first step to the end of the last."]


@dataclass(frozen=True, slots=True)
class Need:
    """One resource that a visit occupies in `stretches` of minutes after its start, half-open.

    Of each inner tuple of `requirements` the resource has one. After its last stretch it is
    cleaned for `clean_up` minutes. `depth_mm` is set where it drives the needle so deep. Where it
    is `certified`, its holder was trained for the protocol.
    """

    kind: ResourceKind
    role: str
    requirements: tuple[tuple[str, ...], ...]
    stretches: tuple[Stretch, ...]
    clean_up: int
    depth_mm: Decimal | None = None
    certified: bool = False

    def met_by(self, held: Collection[str]) -> bool:
        """Whether these credential types, this room kind or this device class will do."""
        return all(any(each in held for each in one_of) for one_of in self.requirements)


@dataclass(frozen=True, slots=True)
class Placed:
    """A step of a visit with its minutes after the start; a room is kept for the whole segment."""

    step: Step
    start: int
    end: int
    segment: Stretch

    def stretch(self, need: ResourceNeed) -> Stretch:
        return self.segment if need.kind is ResourceKind.ROOM else (self.start, self.end)


def visit_steps(
    content: ProtocolContent,
    areas: Collection[str],
    variant: Variant,
    add_ons: Collection[str],
) -> list[Step]:
    """The steps that take place, in order, with their minutes for so many areas."""
    chosen = [each for each in content.add_ons if each.key in add_ons]
    wanted = complete(content, variant)
    steps = [
        placed
        for step in content.steps
        for placed in _around(_extended(step, chosen), chosen)
        if placed.takes_place(wanted)
    ]
    return [_counted(step, len(set(areas))) for step in steps]


def _extended(step: Step, chosen: Sequence[AddOnRule]) -> Step:
    extensions = [each for rule in chosen for each in rule.extends_steps if each.step == step.key]
    for extension in extensions:
        minutes = step.minutes + extension.extra_minutes
        step = replace(step, minutes=minutes, needs=(*step.needs, *extension.needs))
    return step


def _around(step: Step, chosen: Sequence[AddOnRule]) -> Iterator[Step]:
    """The step between the steps of add-ons that are anchored to it."""
    anchored = [
        (each.anchor.placement, each)
        for rule in chosen
        for each in rule.steps
        if each.anchor and each.anchor.step == step.key
    ]
    yield from (each for placement, each in anchored if placement is Placement.BEFORE)
    yield step
    yield from (each for placement, each in anchored if placement is Placement.AFTER)


def _counted(step: Step, areas: int) -> Step:
    if step.counts is Counts.ONCE:
        return step
    return replace(step, minutes=step.minutes * max(areas, 1))


def timeline(steps: Sequence[Step], pace: Pace = "typical") -> list[Placed]:
    """When each step takes place, if all go at this pace."""
    placed: list[Placed] = []
    now = 0
    for segment in segments(steps):
        lanes = [_in_turn(lane, now, pace) for lane in _lanes(segment)]
        end = max(lane[-1][2] for lane in lanes)
        placed += [Placed(*each, (now, end)) for lane in lanes for each in lane]
        now = end
    return placed


def segments(steps: Sequence[Step]) -> list[list[Step]]:
    """Neighbouring steps of one parallel group together, any other step alone."""
    numbered = [
        (step.parallel.group if step.parallel else position, step)
        for position, step in enumerate(steps)
    ]
    return [[step for _, step in group] for _, group in groupby(numbered, key=lambda each: each[0])]


def _lanes(segment: Sequence[Step]) -> list[list[Step]]:
    lanes: dict[str, list[Step]] = {}
    for step in segment:
        lanes.setdefault(step.parallel.lane if step.parallel else "", []).append(step)
    return list(lanes.values())


def _in_turn(lane: Sequence[Step], start: int, pace: Pace) -> list[tuple[Step, int, int]]:
    found = []
    for step in lane:
        length: int = getattr(step.minutes, pace)
        found.append((step, start, start + length))
        start += length
    return found


def durations(
    content: ProtocolContent,
    areas: Collection[str],
    variant: Variant,
    add_ons: Collection[str],
) -> Durations:
    """How long a visit for these areas takes, with these add-ons."""
    steps = visit_steps(content, areas, variant, add_ons)
    at_pace = {pace: timeline(steps, pace) for pace in ("min", "typical", "max")}
    return Durations(
        chair=Minutes(**{pace: _in_rooms(found) for pace, found in at_pace.items()}),
        practitioner=Minutes(**{pace: _worked(found) for pace, found in at_pace.items()}),
        total=Minutes(**{pace: _ends(found) for pace, found in at_pace.items()}),
    )


def _in_rooms(placed: Sequence[Placed]) -> int:
    rooms = {each.segment for each in placed if _takes(each.step, ResourceKind.ROOM)}
    return sum(end - start for start, end in rooms)


def _worked(placed: Sequence[Placed]) -> int:
    stretches = _stretches_by_role(placed, ResourceKind.PRACTITIONER)
    return sum(end - start for each in stretches.values() for start, end in each)


def _ends(placed: Sequence[Placed]) -> int:
    return max((each.end for each in placed), default=0)


def _takes(step: Step, kind: ResourceKind) -> bool:
    return any(need.kind is kind for need in step.needs)


def _stretches_by_role(placed: Sequence[Placed], kind: ResourceKind) -> dict[str, list[Stretch]]:
    found: dict[str, list[Stretch]] = {}
    for each in placed:
        for need in each.step.needs:
            if need.kind is kind:
                found.setdefault(need.role, []).append(each.stretch(need))
    return {role: merged(stretches) for role, stretches in found.items()}


def merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Ascending, with neighbours and overlaps joined and empty ones dropped."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if start < end and found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def needs(
    content: ProtocolContent,
    areas: Collection[str],
    variant: Variant,
    add_ons: Collection[str],
) -> tuple[Need, ...]:
    """What a visit occupies, at the typical pace: one need for each role."""
    placed = timeline(visit_steps(content, areas, variant, add_ons))
    depth = _depth(content, variant, add_ons)
    uses = [(need, *each.stretch(need)) for each in placed for need in each.step.needs]
    uses.sort(key=lambda use: (use[0].kind, use[0].role))
    return tuple(
        _need(list(group), depth)
        for _, group in groupby(uses, key=lambda use: (use[0].kind, use[0].role))
    )


def _need(uses: Sequence[tuple[ResourceNeed, int, int]], depth: Decimal | None) -> Need:
    first, *_ = uses[0]
    stretches = tuple(merged([(start, end) for _, start, end in uses]))
    end = max(to for _, to in stretches) if stretches else 0
    cleaned = max(end_of_use + need.clean_up_minutes for need, _, end_of_use in uses)
    return Need(
        kind=first.kind,
        role=first.role,
        requirements=tuple(dict.fromkeys(need.any_of for need, _, _ in uses)),
        stretches=stretches,
        clean_up=max(cleaned - end, 0),
        depth_mm=depth if any(need.drives_needle for need, _, _ in uses) else None,
        certified=any(need.certified for need, _, _ in uses),
    )


def _depth(content: ProtocolContent, variant: Variant, add_ons: Collection[str]) -> Decimal | None:
    """The deepest needle of the visit."""
    depths = [complete(content, variant).depth_mm] if content.parameter(NEEDLE_DEPTH) else []
    depths += [rule.depth_mm for rule in content.add_ons if rule.key in add_ons]
    return max((each for each in depths if each is not None), default=None)
