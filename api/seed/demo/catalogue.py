"""What the demo's clinics offer and what it costs: adoptions, own values, prices, packages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from api.seed.content.publishing import publish_templates
from api.seed.demo.cast import Cast
from api.seed.demo.places import PLACES, Place
from api.seed.shared import state_scope_rules
from schema.access.rules import Permission
from schema.context import Work
from schema.money import Money
from schema.pricing import actions as pricing
from schema.protocols import actions as protocols
from schema.protocols.rules import CourseSeverity

VISITS: Mapping[str, Sequence[str]] = {"CONSULT": (), "PATCH-TEST": ()}
#: The treatments of each clinic, by the code of the template, with the add-ons offered.
TREATMENTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "RALEIGH": {
        "MN-MEDICAL": ("PRP", "MMP", "SERUM", "LED"),
        "MN-FIRST": ("PRP", "SERUM"),
        "MN-CLASSIC": ("SERUM", "CHEMICAL_PEEL", "LASER"),
    },
    "CHARLOTTE": {"MN-MEDICAL": ("PRP", "MMP"), "MN-FIRST": ("PRP", "SERUM")},
    "MIAMI": {
        "MN-MEDICAL": ("PRP", "MMP", "LED", "COOLING_MASK"),
        "MN-CLASSIC": ("LASER", "COOLING_MASK"),
    },
    "TAMPA": {"MN-MEDICAL": ("PRP", "MMP"), "MN-FIRST": ("PRP",)},
    "BIRMINGHAM": {"MN-MEDICAL": ("PRP", "MMP"), "MN-CLASSIC": ("SERUM", "CHEMICAL_PEEL")},
    "LONDON": {
        "MN-MEDICAL": ("PRP", "MMP", "SERUM"),
        "MN-CLINICAL": ("SERUM",),
        "MN-MONTHLY": ("SERUM",),
    },
    "PHOENIX": {"MN-FIRST": ("SERUM",)},
}
#: In whole dollars or pounds: the first area, each further one.
SESSION: Mapping[str, tuple[int, int]] = {
    "CONSULT": (0, 0),  # article 001: the consultation is free
    "PATCH-TEST": (25, 0),
    "MN-MEDICAL": (350, 120),
    "MN-CLASSIC": (280, 95),
    "MN-FIRST": (250, 90),
    "MN-CLINICAL": (320, 110),
    "MN-MONTHLY": (220, 80),
}
ADD_ON: Mapping[str, tuple[int, int]] = {
    "PRP": (250, 60),
    "MMP": (180, 70),
    "SERUM": (60, 0),
    "LED": (40, 0),
    "COOLING_MASK": (25, 0),
    "CHEMICAL_PEEL": (120, 45),
    "LASER": (300, 110),
}
#: By clinic and template: path, value, and why.
OVERRIDES: Mapping[tuple[str, str], Sequence[tuple[str, int | str, str]]] = {
    ("RALEIGH", "MN-MEDICAL"): (
        ("steps.NUMB_WAIT.minutes.typical", 25, "Our cream takes longer."),
        ("name", "Raleigh medical microneedling", "What we are known for."),
    ),
    ("LONDON", "MN-MONTHLY"): (
        ("intervalRules.GENERAL.preferredDays", 32, "Few can come on the very day."),
    ),
    ("MIAMI", "MN-MEDICAL"): (
        ("steps.AFTERCARE.minutes.max", 15, "Our sun needs more words."),
        ("steps.AFTERCARE.minutes.typical", 10, "Our sun needs more words."),
    ),
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A package of each treatment: so many sessions at this part of their price, in percent."""

    name: str
    severity: CourseSeverity
    sessions: int
    validity_days: int
    percent: int


BUNDLES = (
    Bundle("Three sessions", CourseSeverity.STANDARD, 3, 365, 90),
    Bundle("Six sessions", CourseSeverity.SEVERE, 6, 540, 82),
)


async def publish(cast: Cast) -> None:
    """How deep the law lets people needle, verified by the lead; and the templates of the five
    articles, written by the lead and approved by the administrator."""
    lead, administrator = cast.people["clinical.lead"], cast.people["administrator"]
    verifying = cast.acting("clinical.lead", Permission.SCOPE_RULES_VERIFY, days_ago=395)
    await state_scope_rules(verifying, lead)
    writing = cast.acting("clinical.lead", Permission.PROTOCOLS_AUTHOR, days_ago=390)
    await publish_templates(writing, author=lead, approver=administrator)


async def adopt(cast: Cast) -> None:
    """What each clinic offers, and its own values, set by its manager."""
    for place in PLACES:
        work = managing(cast, place.code, Permission.PROTOCOLS_ADOPT, days_ago=380)
        for template, add_ons in {**VISITS, **TREATMENTS[place.code]}.items():
            row = await protocols.adopt_protocol(
                work, clinic=place.code, template=template, add_ons=add_ons
            )
            for path, value, reason in OVERRIDES.get((place.code, template), ()):
                await protocols.set_clinic_override(
                    work,
                    clinic_protocol_id=row.id,
                    expected_revision=row.revision,
                    path=path,
                    value=value,
                    reason=reason,
                )
            await _price(cast, place, template, row.id)


def managing(cast: Cast, clinic: str, permission: Permission, *, days_ago: int = 0) -> Work:
    """As the clinic's manager; as the administrator where nobody manages it yet."""
    manager = f"manager.{clinic.lower()}"
    who = manager if manager in cast.people else "administrator"
    return cast.acting(who, permission, days_ago=days_ago)


async def _price(cast: Cast, place: Place, template: str, clinic_protocol_id: UUID) -> None:
    """Prices of the protocol and its add-ons, and for a treatment the packages."""
    work = managing(cast, place.code, Permission.PRICES_SET, days_ago=380)

    add_ons = TREATMENTS[place.code].get(template, ())
    prices: dict[str | None, tuple[int, int]] = {
        None: SESSION[template],
        **{each: ADD_ON[each] for each in add_ons},
    }
    for add_on, (first, further) in prices.items():
        await pricing.set_protocol_price(
            work,
            clinic_protocol_id=clinic_protocol_id,
            add_on_key=add_on,
            amount=Money(first * 100, place.currency),
            further_area_minor=further * 100,
        )
    for bundle in BUNDLES if template in TREATMENTS[place.code] else ():
        first, further = (each * bundle.sessions * bundle.percent for each in SESSION[template])
        await pricing.define_package(
            work,
            clinic_protocol_id=clinic_protocol_id,
            code=f"{template}-{bundle.sessions}",
            name=bundle.name,
            severity=bundle.severity,
            sessions=bundle.sessions,
            validity_days=bundle.validity_days,
            amount=Money(first, place.currency),
            further_area_minor=further,
        )
