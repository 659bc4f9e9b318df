"""What has to come before a treatment and the client lacks, day by day."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from schema.practitioners.rules import in_force_on
from schema.protocols.rules import ProtocolKind
from schema.scheduling.rules.prerequisites import Done, Prerequisite, applicable, lacking


class Owned(Protocol):
    """For which days a clinic belongs to whom."""

    @property
    def owner_id(self) -> UUID: ...
    @property
    def from_on(self) -> date: ...
    @property
    def to_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Ahead:
    """A visit that fulfils all that is lacking of its kind: `min_days` to `max_days` (None: any
    number) before the treatment, by who is licensed as one of each of `licences`."""

    kind: ProtocolKind
    licences: frozenset[frozenset[str]]
    min_days: int
    max_days: int | None


@dataclass(frozen=True, slots=True)
class Sought:
    """What is asked before a treatment in a clinic, and what the client had, or has booked."""

    prerequisites: tuple[Prerequisite, ...]
    chain: tuple[str, ...]
    owned: tuple[Owned, ...]
    template_code: str
    areas: tuple[str, ...]
    add_ons: tuple[str, ...]
    done: tuple[Done, ...] = ()

    def asked(self, day: date) -> tuple[Prerequisite, ...]:
        """What has to come before a treatment on that day."""
        return applicable(
            self.prerequisites,
            self.chain,
            owner_on(self.owned, day),
            self.template_code,
            self.areas,
            self.add_ons,
            day,
        )

    def lacking(self, day: date, start: datetime | None = None) -> tuple[Prerequisite, ...]:
        """What the client lacks for it; `start` matters where another visit is on that day."""
        return lacking(self.asked(day), self.done, day, start)


class VisitOn(NamedTuple):
    """A visit to a clinic on one of its days."""

    clinic_id: UUID
    template_code: str
    areas: tuple[str, ...]
    add_ons: tuple[str, ...]
    day: date

    def asks(self, each: Prerequisite, chain: Collection[str], owned: Iterable[Owned]) -> bool:
        """Whether a prerequisite has to come before it, where the clinic lies and is owned so."""
        owner = owner_on(owned, self.day)
        template, areas, add_ons = self.template_code, self.areas, self.add_ons
        return bool(applicable([each], chain, owner, template, areas, add_ons, self.day))


def owner_on(owned: Iterable[Owned], day: date) -> UUID | None:
    """Whose a clinic is on a day."""
    return next((each.owner_id for each in owned if in_force_on(each, day)), None)


def ahead_of(found: Iterable[Prerequisite]) -> tuple[Ahead, ...]:
    """One visit for each kind that is lacking, which does for all that is asked of the kind."""
    by_kind: dict[ProtocolKind, list[Prerequisite]] = {}
    for each in found:
        by_kind.setdefault(each.visit_kind, []).append(each)
    return tuple(_ahead(kind, by_kind[kind]) for kind in sorted(by_kind))


def _ahead(kind: ProtocolKind, found: list[Prerequisite]) -> Ahead:
    most = [each.max_days for each in found if each.max_days is not None]
    return Ahead(
        kind,
        frozenset(each.credential_types for each in found if each.credential_types is not None),
        max(each.min_days for each in found),
        min(most, default=None),
    )
