"""What putting a version of an overlay in force would break, and what it would give up."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from schema.governance.rules.findings import ClinicValuesSetAside, LessStrictThanPresent
from schema.protocols.rules import (
    ChangeClass,
    LayerChange,
    LayerKind,
    ProtocolContent,
    Resolved,
    diff,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """An adoption where an overlay would be in force: what applies there today, and what would."""

    clinic_protocol_id: UUID
    clinic_code: str
    add_on_keys: tuple[str, ...]
    present: Resolved
    coming: Resolved


@dataclass(frozen=True, slots=True)
class Replacement:
    """A version of the template under the overlays of a place: as it is, and as it would be."""

    number: int
    present: ProtocolContent
    coming: ProtocolContent


def values_set_aside(clinics: Iterable[Reached]) -> Iterator[ClinicValuesSetAside]:
    """What would no longer apply of what clinics chose and does today, by path; the clinics in the
    order given."""
    found: dict[str, list[str]] = {}
    for each in clinics:
        for path in _chosen_in_vain(each, each.coming) - _chosen_in_vain(each, each.present):
            found.setdefault(path, []).append(each.clinic_code)
    for path in sorted(found):
        yield ClinicValuesSetAside(path, tuple(found[path]))


def _chosen_in_vain(clinic: Reached, under: Resolved) -> set[str]:
    """The paths of values that are set aside, and of add-ons that are gone."""
    values = {each.path for each in under.set_aside if each.layer is LayerKind.CLINIC}
    gone = (each for each in clinic.add_on_keys if under.content.add_on(each) is None)
    return values | {f"addOns.{each}" for each in gone}


def given_up(replacements: Sequence[Replacement], place: str) -> Iterator[LessStrictThanPresent]:
    """What is demanded today and would not be any more, by path: as it differs under the newest
    version of the template where it does, with the numbers of all of them."""
    found: dict[str, tuple[LayerChange, set[int]]] = {}
    for each in sorted(replacements, key=lambda each: -each.number):
        for difference in diff(each.present, each.coming):
            if difference.meaning is ChangeClass.SAFETY_LOOSENING:
                change = LayerChange(difference, LayerKind.JURISDICTION, place)
                found.setdefault(difference.path, (change, set()))[1].add(each.number)
    for path in sorted(found):
        change, numbers = found[path]
        yield LessStrictThanPresent(change, tuple(sorted(numbers)))
