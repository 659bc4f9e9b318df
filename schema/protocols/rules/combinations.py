"""Which add-ons and steps a single session may have together, and rules that nothing can meet."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from schema.clinics.rules import check_code
from schema.errors import RuleViolation
from schema.protocols.rules.add_ons import AddOnRule
from schema.protocols.rules.content import ProtocolContent, item
from schema.protocols.rules.faults import Faults, ascending, fault
from schema.protocols.rules.kinds import Placement
from schema.protocols.rules.steps import EVERY_VARIANT, Step, Variant
from schema.protocols.rules.timing import timeline, visit_steps
from schema.protocols.rules.variants import overlap


@dataclass(frozen=True, slots=True)
class Part:
    """A step of the longest visit there could be, with its path; `add_on` brings it along."""

    path: str
    step: Step
    add_on: str | None = None


def parts(content: ProtocolContent) -> Iterator[Part]:
    """The steps of all variants with all add-ons, in the order in which they would take place."""
    anchored: dict[tuple[str, Placement], list[Part]] = {}
    for rule in content.add_ons:
        for step in rule.steps:
            if step.anchor is not None:
                place = (step.anchor.step, step.anchor.placement)
                path = f"addOns.{rule.key}.steps.{step.key}"
                anchored.setdefault(place, []).append(Part(path, step, rule.key))
    for step in content.steps:
        yield from anchored.get((step.key, Placement.BEFORE), ())
        yield Part(f"steps.{step.key}", step)
        yield from anchored.get((step.key, Placement.AFTER), ())


class Company:
    """What may come together in one session."""

    def __init__(self, content: ProtocolContent) -> None:
        self._rules = {each.key: each for each in content.add_ons}
        self._possible: dict[frozenset[str], bool] = {}

    def meets(self, *some: Part, with_add_ons: Collection[str] = ()) -> bool:
        """Whether all of them take place in some session that may be asked for."""
        brought = {each.add_on for each in some if each.add_on is not None}
        return (
            all(each.step.on_by_default or not each.step.optional for each in some)
            # Selectors are boxes: where each two of them overlap, all of them do.
            and all(
                overlap(one.step.applies_to, other.step.applies_to)
                for one, other in combinations(some, 2)
            )
            and self.possible(frozenset(brought.union(with_add_ons)))
        )

    def possible(self, add_ons: frozenset[str]) -> bool:
        """Whether one session may have these add-ons, with all that they require."""
        if add_ons not in self._possible:
            found = self.with_required(add_ons)
            self._possible[add_ons] = not any(True for _ in self._obstacles(found))
        return self._possible[add_ons]

    def with_required(self, add_ons: Collection[str]) -> Mapping[str, AddOnRule]:
        """The rules of the add-ons and of all that they require, one from another."""
        found: dict[str, AddOnRule] = {}
        waiting = list(add_ons)
        while waiting:
            key = waiting.pop()
            if key in self._rules and key not in found:
                found[key] = self._rules[key]
                waiting += found[key].requires
        return found

    def _obstacles(self, together: Mapping[str, AddOnRule]) -> Iterator[tuple[str, str]]:
        """Why the add-ons cannot be in one session: the field that says so, and how."""
        for key, rule in together.items():
            for other in rule.excludes:
                if other in together and other != key:
                    yield "requires", f"it brings {key} and {other}, which exclude each other."
            if rule.at_most is not None and len(together) > rule.at_most:
                most = f"it brings {len(together)} add-ons, and {key} allows {rule.at_most}."
                yield "atMost", most

    def obstacles(self, add_on: str) -> Iterator[tuple[str, str]]:
        """Why no session can have this add-on: the field that says so, and how."""
        return self._obstacles(self.with_required([add_on]))


def add_on_faults(content: ProtocolContent) -> Faults:
    """What is wrong with the add-ons, each alone and with what it requires."""
    company = Company(content)
    for rule in content.add_ons:
        path = f"addOns.{rule.key}"
        for name, keys in (("requires", rule.requires), ("excludes", rule.excludes)):
            for key in keys:
                if key == rule.key or content.add_on(key) is None:
                    yield fault(f"{path}.{name}", f"there is no other add-on {key}.")
        both = [each for each in rule.requires if each in rule.excludes]
        for key in both:
            yield fault(f"{path}.excludes", f"{key} is both required and excluded.")
        for name, reason in () if both else company.obstacles(rule.key):
            yield fault(f"{path}.{name}", reason)
        yield from ascending(f"{path}.atMost", 1, rule.at_most)
        yield from ascending(f"{path}.depthMm", 0, rule.depth_mm)
        yield from _consent(path, rule)
        yield from _freshness(content, company, path, rule)


def _consent(path: str, rule: AddOnRule) -> Faults:
    if rule.consent is None:
        return
    try:
        written = check_code(rule.consent)
    except RuleViolation as refused:
        yield fault(f"{path}.consent", refused.message)
    else:
        if written != rule.consent:
            yield fault(f"{path}.consent", f"it is written {written}.")


def _freshness(content: ProtocolContent, company: Company, path: str, rule: AddOnRule) -> Faults:
    fresh = rule.fresh
    if fresh is None:
        return
    made, used = (item(rule.steps, key) for key in (fresh.prepared_by, fresh.used_by))
    if made is None:
        yield fault(f"{path}.fresh.preparedBy", f"{fresh.prepared_by} is no step of this add-on.")
    if used is None:
        yield fault(f"{path}.fresh.usedBy", f"{fresh.used_by} is no step of this add-on.")
    if made and used and not _whenever(made, used):
        yield fault(f"{path}.fresh.preparedBy", f"{used.key} takes place without {made.key}.")
    yield from ascending(f"{path}.fresh.withinMinutes", 1, fresh.within_minutes)
    visit = visit_steps(content, (), Variant(), company.with_required([rule.key]))
    placed = {each.step.key: each for each in timeline(visit)}
    if fresh.prepared_by in placed and fresh.used_by in placed:
        kept = placed[fresh.used_by].start - placed[fresh.prepared_by].end
        if kept > fresh.within_minutes > 0:
            yield fault(
                f"{path}.fresh.withinMinutes",
                f"even with one area it is kept for {kept} minutes.",
            )


def _whenever(one: Step, other: Step) -> bool:
    """Whether `one` takes place in every session in which `other` does."""
    return one.applies_to in (EVERY_VARIANT, other.applies_to) and (
        one.on_by_default or not one.optional or (other.optional and not other.on_by_default)
    )
