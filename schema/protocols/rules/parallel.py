"""Whether every visit that may be asked for can be scheduled as its steps stand.

A fault has a witness of two or three steps that some session has together, so one look at the
longest visit there could be, with every add-on and the steps of every variant, finds the faults
of all: no session needs to be enumerated. For n steps with g kinds of them in parallel groups that
costs at most n·g² comparisons, and n alone while no group is interrupted.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from schema.protocols.rules.add_ons import AddOnRule
from schema.protocols.rules.combinations import Company, Part, parts
from schema.protocols.rules.content import ProtocolContent
from schema.protocols.rules.faults import Faults, fault
from schema.protocols.rules.kinds import ResourceKind
from schema.protocols.rules.steps import ResourceNeed, Selector


@dataclass(frozen=True, slots=True)
class Use:
    """A need of a step; `add_on` is what extends the step by it."""

    path: str
    need: ResourceNeed
    part: Part
    add_on: str | None = None


def scheduling_faults(content: ProtocolContent) -> Faults:
    """Where the steps of some possible visit cannot take place as they stand."""
    company = Company(content)
    visit = list(parts(content))
    yield from _interrupted(visit, company)
    yield from _resources(list(_uses(content, visit)), company)
    for rule in content.add_ons:
        yield from _prepared_first(visit, rule, company)


def _interrupted(visit: Sequence[Part], company: Company) -> Faults:
    """A group is one segment: between its steps nothing else takes place."""
    for group, places in _groups(visit).items():
        if len(places) < places[-1] + 1 - places[0] and (
            between := _interruption(visit, places, company)
        ):
            chain = " → ".join(each.step.key for each in between)
            yield fault(
                f"{between[-1].path}.parallel",
                f"cannot be scheduled: {chain} interrupts the group {group}.",
            )


def _interruption(
    visit: Sequence[Part], places: Sequence[int], company: Company
) -> list[Part] | None:
    """The first step of a group, another one, and a step of the group again, in one session.

    Of steps that meet the same others, the first one stands for all.
    """
    alike: dict[tuple[Selector, str | None], list[int]] = defaultdict(list)
    for place in places:
        if company.meets(visit[place]):
            alike[visit[place].step.applies_to, visit[place].add_on].append(place)
    own = set(places)
    within = range(places[0], places[-1])
    others = [each for each in within if each not in own and company.meets(visit[each])]
    for before, other in product([same[0] for same in alike.values()], others):
        if before < other and company.meets(visit[before], visit[other]):
            nexts = ((same, bisect(same, other)) for same in alike.values())
            for after in sorted(same[position] for same, position in nexts if same[position:]):
                between = [visit[each] for each in (before, other, after)]
                if company.meets(*between):
                    return between
    return None


def _groups(visit: Sequence[Part]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for place, part in enumerate(visit):
        if part.step.parallel is not None:
            found[part.step.parallel.group].append(place)
    return found


def _uses(content: ProtocolContent, visit: Sequence[Part]) -> Iterator[Use]:
    for part in visit:
        for need in part.step.needs:
            yield Use(f"{part.path}.needs.{need.role}", need, part)
        for rule in content.add_ons if part.add_on is None else ():
            for extension in rule.extends_steps:
                if extension.step == part.step.key:
                    path = f"addOns.{rule.key}.extendsSteps.{extension.step}.needs"
                    for need in extension.needs:
                        yield Use(f"{path}.{need.role}", need, part, rule.key)


def _resources(uses: Sequence[Use], company: Company) -> Faults:
    """One resource meets all needs of a role: not in two lanes at once, nor of two kinds."""
    by_role: dict[tuple[ResourceKind, str], list[Use]] = defaultdict(list)
    for use in uses:
        by_role[use.need.kind, use.need.role].append(use)
    for (kind, role), same in by_role.items():
        if kind is not ResourceKind.ROOM and any(use.part.step.parallel for use in same):
            yield from _torn(role, same, company)
        if kind is not ResourceKind.PRACTITIONER and len({use.need.any_of for use in same}) > 1:
            yield from _of_two_kinds(role, same, company)


def _torn(role: str, uses: Sequence[Use], company: Company) -> Faults:
    for one, other in _together(uses, company):
        here, there = one.part.step.parallel, other.part.step.parallel
        if here is None or there is None or here.group != there.group or here.lane == there.lane:
            continue
        if _meet(one, other, company):
            yield fault(
                other.path if other.add_on else f"{other.part.path}.parallel",
                f"cannot be scheduled: {role} cannot be in two lanes,"
                f" in {one.part.step.key} and {other.part.step.key}.",
            )
            return


def _of_two_kinds(role: str, uses: Sequence[Use], company: Company) -> Faults:
    for one, other in _together(uses, company):
        if not one.need.any_of or not other.need.any_of:
            continue
        if set(one.need.any_of).isdisjoint(other.need.any_of) and _meet(one, other, company):
            yield fault(
                f"{other.path}.anyOf",
                f"cannot be scheduled: {role} is one and the same in {one.part.step.key}"
                f" and {other.part.step.key}; no kind does for both.",
            )
            return


def _together(uses: Sequence[Use], company: Company) -> Iterator[tuple[Use, Use]]:
    """Each two uses whose steps may come together, whatever extends them."""
    by_step: dict[str, list[Use]] = defaultdict(list)
    for use in uses:
        if company.meets(use.part):
            by_step[use.part.path].append(use)
    for same in by_step.values():
        yield from combinations(same, 2)
    for one, other in combinations(by_step.values(), 2):
        if company.meets(one[0].part, other[0].part):
            yield from product(one, other)


def _meet(one: Use, other: Use, company: Company) -> bool:
    extending = [each.add_on for each in (one, other) if each.add_on is not None]
    return company.meets(one.part, other.part, with_add_ons=extending)


def _prepared_first(visit: Sequence[Part], rule: AddOnRule, company: Company) -> Faults:
    """What an add-on prepares is ready when it is used."""
    if rule.fresh is None:
        return
    own = {part.step.key: place for place, part in enumerate(visit) if part.add_on == rule.key}
    prepared, used = own.get(rule.fresh.prepared_by), own.get(rule.fresh.used_by)
    if prepared is None or used is None or not company.meets(visit[prepared], visit[used]):
        return
    first, then = visit[prepared].step, visit[used].step
    path = f"addOns.{rule.key}.fresh.usedBy"
    if used <= prepared:
        between = " → ".join(part.step.key for part in visit[used : prepared + 1])
        yield fault(path, f"cannot be scheduled: {between} → {then.key} goes in a circle.")
    elif (
        first.parallel is not None
        and then.parallel is not None
        and first.parallel.group == then.parallel.group
        and first.parallel.lane != then.parallel.lane
    ):
        yield fault(path, f"cannot be scheduled: {first.key} and {then.key} run side by side.")
