"""A visit as one calendar sees it: what it asks of resources' cells, and who can meet it when."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from schema.clinics.rules import GRID_MINUTES
from schema.protocols.rules import Need as VisitNeed
from schema.protocols.rules import ResourceKind
from schema.scheduling.rules.grid import Days, union
from schema.scheduling.rules.resources import Resource
from schema.scheduling.rules.starts import Pattern
from schema.scheduling.rules.terms import BookingTerms
from schema.scheduling.rules.visits import Visit

#: Valid on every day.
ALWAYS = -1


@dataclass(frozen=True, slots=True)
class Member:
    """A resource that can meet a need on the days of `valid`, a mask of starts."""

    number: int
    valid: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A visit as one calendar sees it: what each need asks, and who can meet it.

    There are several `casts` where a device may only be used by who is certified for its model: in
    each, the devices are of one kind of model and the operators those who may use it.
    """

    patterns: tuple[Pattern, ...]
    casts: tuple[tuple[tuple[Member, ...], ...], ...]
    lead: int
    reach: int
    #: Whether nobody can meet two of the needs, so that whoever is free for one leaves the others.
    apart: bool


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes plans for some days, of the resources that are ever open on them."""

    resources: Sequence[Resource]
    days: Days
    terms: BookingTerms

    def plan(self, visit: Visit) -> Plan:
        patterns = tuple(self._pattern(each) for each in visit.needs)
        reaches = [each.reach for each in patterns] + [(0, visit.minutes // GRID_MINUTES)]
        casts = tuple(self._casts(visit))
        return Plan(
            patterns,
            casts,
            lead=-min(low for low, _ in reaches),
            reach=max(high for _, high in reaches),
            apart=all(map(_apart, casts)),
        )

    def _pattern(self, need: VisitNeed) -> Pattern:
        before, after = self.terms.buffers(need)
        return Pattern.of(need.stretches, before, need.clean_up + after, GRID_MINUTES)

    def _casts(self, visit: Visit) -> Iterator[tuple[tuple[Member, ...], ...]]:
        """Who can meet each need; devices that ask for a certification with those who hold it."""
        pools = [list(self._pool(each)) for each in visit.needs]
        main = visit.main_need
        if main is not None and visit.led_by is not None:
            pools[main] = [pair for pair in pools[main] if pair[0].number == visit.led_by]
        asked = [
            sorted({each.asks for each, _ in pool}, key=str) if _drives(need) else [None]
            for need, pool in zip(visit.needs, pools, strict=True)
        ]
        for certificates in product(*asked):
            held = {each for each in certificates if each is not None}
            cast = [
                tuple(self._cast(need, pool, certificate, held))
                for need, pool, certificate in zip(visit.needs, pools, certificates, strict=True)
            ]
            if all(cast):
                yield tuple(cast)

    def _cast(
        self,
        need: VisitNeed,
        pool: Iterable[tuple[Resource, int]],
        certificate: str | None,
        held: Collection[str],
    ) -> Iterator[Member]:
        """Of a pool: the devices that ask for `certificate`, the operators who have all `held`."""
        operates = need.kind is ResourceKind.PRACTITIONER and need.depth_mm is not None
        for each, valid in pool:
            if _drives(need) and each.asks != certificate:
                continue
            for name in held if operates else ():
                valid &= self._mask_of(each, name)
            if valid:
                yield Member(each.number, valid)

    def _mask_of(self, resource: Resource, name: str) -> int:
        held = [each for each in resource.qualities if each.name == name]
        masks = [self.days.span(each.from_on, each.to_on) for each in held]
        return ALWAYS if any(q.from_on is None and q.to_on is None for q in held) else union(masks)

    def _pool(self, need: VisitNeed) -> Iterator[tuple[Resource, int]]:
        """Who can meet a need, each with the mask of the days on which that is so."""
        for each in self.resources:
            if each.kind is need.kind:
                valid = self._valid(each, need)
                if valid:
                    yield each, valid

    def _valid(self, resource: Resource, need: VisitNeed) -> int:
        """The days on which it meets the need: asked once for each while its qualities last."""
        days = self.days
        changes = {days.first_day}
        for each in resource.qualities:
            changes.update(filter(None, (each.from_on, _after(each.to_on))))
        last = days.first_day + timedelta(days=len(days.begins) - 1)
        edges = sorted(each for each in changes if days.first_day <= each < last)
        if len(edges) == 1:
            return ALWAYS if resource.meets(need, edges[0]) else 0
        return union(
            days.span(day, until - timedelta(days=1))
            for day, until in zip(edges, [*edges[1:], last], strict=True)
            if resource.meets(need, day)
        )


def _apart(cast: Sequence[Sequence[Member]]) -> bool:
    """Whether no resource is in two of the pools."""
    numbers = [each.number for pool in cast for each in pool]
    return len(numbers) == len(set(numbers))


def _drives(need: VisitNeed) -> bool:
    """Whether a device of this need drives the needle."""
    return need.kind is ResourceKind.DEVICE and need.depth_mm is not None


def _after(day: date | None) -> date | None:
    return None if day is None else day + timedelta(days=1)
