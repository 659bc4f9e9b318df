"""Whether what a version needs is there: rooms, devices and people of the clinics that are live."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from uuid import UUID

from schema.governance.rules.findings import NoClinicForAll, UnsatisfiableNeed
from schema.protocols.rules import (
    NEEDLE_DEPTH,
    Need,
    ProtocolContent,
    Selector,
    Step,
    Variant,
    needs,
)
from schema.protocols.rules.consistency import all_needs, all_steps
from schema.scheduling.rules import Resource
from schema.scheduling.rules.resources import pool, trained_for

STANDARD = Variant()
NO_ADD_ONS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Site:
    """A live clinic with what it works with on `day`, its day of today."""

    clinic_id: UUID
    code: str
    day: date
    resources: tuple[Resource, ...]
    _pools: dict[Need, frozenset[int]] = field(default_factory=dict, compare=False, repr=False)

    def pool(self, need: Need) -> frozenset[int]:
        """The numbers of those that can meet `need`."""
        if need not in self._pools:
            self._pools[need] = pool(self.resources, need, self.day)
        return self._pools[need]


def unsatisfiable_needs(
    content: ProtocolContent, template_code: str, sites: Sequence[Site]
) -> Iterator[UnsatisfiableNeed | NoClinicForAll]:
    """What visits need and no site has, each once; then what none has together.

    Of every variant that a step is for, with every add-on and with the steps that are off unless
    somebody turns them on. For the protocol itself some site meets all needs, each with a resource
    of its own; another need may be met in another clinic.
    """
    wanted = _needs_of_visits(content, template_code)
    missing = [each for each in wanted if not any(site.pool(each) for site in sites)]
    for position, need in enumerate(missing):
        if not any(_implies(need, earlier) for earlier in missing[:position]):
            yield UnsatisfiableNeed(
                kind=need.kind,
                role=need.role,
                requirements=need.requirements,
                depth_mm=need.depth_mm,
                add_on=wanted[need],
                paths=tuple(_paths(content, need, wanted[need])),
            )
    together = _needs_of_visit(content, template_code, STANDARD, NO_ADD_ONS)
    if sites and not set(together) & set(missing):
        yield from _not_together(together, sites)


def _needs_of_visits(content: ProtocolContent, template_code: str) -> dict[Need, str | None]:
    """Each need with the add-on for which it is; None where every visit has it."""
    found: dict[Need, str | None] = {}
    for add_on in (None, *(each.key for each in content.add_ons)):
        company = NO_ADD_ONS if add_on is None else _company(content, add_on)
        for variant, steps in product(_variants(content), (content, _with_every_step(content))):
            for need in _needs_of_visit(steps, template_code, variant, company):
                found.setdefault(need, add_on)
    return found


def _needs_of_visit(
    content: ProtocolContent, template_code: str, variant: Variant, add_ons: Collection[str]
) -> list[Need]:
    """What it takes, whenever in the visit: minutes do not matter here."""
    return [
        replace(trained_for(each, template_code), stretches=(), clean_up=0)
        for each in needs(content, (), variant, add_ons)
        if each.stretches
    ]


def _with_every_step(content: ProtocolContent) -> ProtocolContent:
    def on(steps: Sequence[Step]) -> tuple[Step, ...]:
        return tuple(replace(each, on_by_default=True) for each in steps)

    add_ons = tuple(replace(each, steps=on(each.steps)) for each in content.add_ons)
    return replace(content, steps=on(content.steps), add_ons=add_ons)


def _company(content: ProtocolContent, add_on: str) -> frozenset[str]:
    """The add-on with those that it requires, and what they require."""
    found: set[str] = set()
    wanted = [add_on]
    while wanted:
        rule = content.add_on(wanted.pop())
        if rule is not None and rule.key not in found:
            found.add(rule.key)
            wanted += rule.requires
    return frozenset(found)


def _variants(content: ProtocolContent) -> list[Variant]:
    """The usual variant, and one for every selector of a step."""
    selectors = (step.applies_to for _, step in all_steps(content))
    return list(dict.fromkeys([STANDARD, *(_fitting(content, each) for each in selectors)]))


def _fitting(content: ProtocolContent, selector: Selector) -> Variant:
    """A variant that the selector fits, at the default depth where that will do."""
    parameter = content.parameter(NEEDLE_DEPTH)
    variant = replace(STANDARD, indication=selector.indication)
    if selector.severity is not None:
        variant = replace(variant, severity=selector.severity)
    if parameter is None or selector.fits(replace(variant, depth_mm=parameter.default)):
        return variant
    return replace(variant, depth_mm=selector.from_depth_mm or parameter.lowest)


def _implies(need: Need, other: Need) -> bool:
    """Whether whoever misses `other` misses `need` as well, which asks for no less."""
    deeper = other.depth_mm is None or (
        need.depth_mm is not None and other.depth_mm <= need.depth_mm
    )
    same = (need.kind, need.role) == (other.kind, other.role)
    return same and deeper and set(other.requirements) <= set(need.requirements)


def _paths(content: ProtocolContent, need: Need, add_on: str | None) -> Iterator[str]:
    """The fields that ask for it, in a visit with the add-on."""
    company = NO_ADD_ONS if add_on is None else _company(content, add_on)
    for path, asked in all_needs(content):
        top, key, *_ = path.split(".")
        if top == "addOns" and key not in company:
            continue
        if (asked.kind, asked.role) == (need.kind, need.role):
            yield path


def _not_together(together: Sequence[Need], sites: Sequence[Site]) -> Iterator[NoClinicForAll]:
    nearest: tuple[int, str, Site, list[Need]] | None = None
    for site in sites:
        lacking = unfilled(site, together)
        if not lacking:
            return
        if nearest is None or (len(lacking), site.code) < nearest[:2]:
            nearest = (len(lacking), site.code, site, lacking)
    assert nearest is not None, "there are sites"
    *_, site, lacking = nearest
    roles = tuple(each.role for each in lacking)
    yield NoClinicForAll(nearest_id=site.clinic_id, nearest_code=site.code, lacking=roles)


def unfilled(site: Site, wanted: Sequence[Need]) -> list[Need]:
    """What the site cannot meet where each need takes a resource of its own: as few as can be."""
    taken: dict[int, int] = {}

    def placed(position: int, tried: set[int]) -> bool:
        for number in sorted(site.pool(wanted[position])):
            if number in tried:
                continue
            tried.add(number)
            if number not in taken or placed(taken[number], tried):
                taken[number] = position
                return True
        return False

    return [need for position, need in enumerate(wanted) if not placed(position, set())]
