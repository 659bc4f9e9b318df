"""Who signs in to the demo: somebody for every role, and one partner's app."""

from dataclasses import dataclass
from uuid import UUID

from api.seed import words
from schema.access import actions as access
from schema.access.rules import GRANTED, Role, ScopeKind
from schema.context import Work


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with one role; `who` is what the words of `api.seed.words` are made of."""

    who: str
    name: str
    role: Role
    scope_kind: ScopeKind = ScopeKind.FRANCHISE
    scope: str | None = None


def at(clinic: str, role: Role, what: str, name: str) -> Member:
    """Somebody of one clinic: `desk.london`."""
    return Member(f"{what}.{clinic.lower()}", name, role, ScopeKind.CLINIC, clinic)


MEMBERS = (
    Member("administrator", "Alma Reyes", Role.HQ_ADMINISTRATOR),
    Member("clinical.lead", "Lena Brandt", Role.HQ_CLINICAL_LEAD),
    Member("hq.analyst", "Anil Mehta", Role.HQ_ANALYST),
    Member("country.lead.us", "Grace Holloway", Role.COUNTRY_LEAD, ScopeKind.REGION, "AMERICAS"),
    Member("owner.sunshine", "Sol Vargas", Role.CLINIC_MANAGER, ScopeKind.OWNER, "SUNSHINE"),
    Member("region.southeast", "Ruth Avery", Role.HQ_ANALYST, ScopeKind.REGION, "US-SOUTHEAST"),
    at("RALEIGH", Role.CLINIC_MANAGER, "manager", "Mara Ellison"),
    at("CHARLOTTE", Role.CLINIC_MANAGER, "manager", "Caleb Norris"),
    at("MIAMI", Role.CLINIC_MANAGER, "manager", "Inés Duarte"),
    at("TAMPA", Role.CLINIC_MANAGER, "manager", "Theo Banks"),
    at("BIRMINGHAM", Role.CLINIC_MANAGER, "manager", "Bea Caldwell"),
    at("LONDON", Role.CLINIC_MANAGER, "manager", "Maud Ashworth"),
    at("RALEIGH", Role.FRONT_DESK, "desk", "Dina Fowler"),
    at("LONDON", Role.FRONT_DESK, "desk", "Dev Kapoor"),
    at("RALEIGH", Role.PRACTITIONER, "practitioner", "Paula Winters"),
    at("MIAMI", Role.PRACTITIONER, "practitioner", "Marisol Peña"),
    at("LONDON", Role.PRACTITIONER, "practitioner", "Priya Shah"),
)


async def hire(work: Work) -> dict[str, UUID]:
    """The people with their roles; their ids by `who`."""
    ids = {}
    for each in MEMBERS:
        person = await access.create_person(
            work,
            email=words.email(each.who),
            name=each.name,
            password=words.password(each.who),
        )
        await access.assign_role(
            work,
            person=person.id,
            role=each.role,
            scope_kind=each.scope_kind,
            scope=each.scope,
        )
        ids[each.who] = person.id
    return ids


async def admit_partner(work: Work) -> None:
    """A partner that may book in every clinic."""
    await access.create_partner_app(work, code=words.PARTNER, name="Glowfinder")
    await access.issue_api_key(
        work,
        partner_app=words.PARTNER,
        permissions=GRANTED[Role.PARTNER],
        clinic_keys=None,
        key=words.API_KEY,
    )
