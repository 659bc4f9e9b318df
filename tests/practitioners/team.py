"""Practitioners to test with: one in each clinic, and one in both."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from schema.access import actions as access
from schema.access.rules import Actor, Role
from schema.context import Work
from schema.practitioners import actions
from schema.practitioners.rules import CertificationKind, CredentialType, Supervision
from tests.actors import everywhere
from tests.asking import Acting, Asking
from tests.franchise import Franchise, build

STARTED = date(2024, 1, 1)

CHANGE = """mutation ($input: %s!) { %s(input: $input) { __typename
    ... on NotFoundProblem { code field } ... on ConflictProblem { code field } %s } }"""

INPUTS = {
    "registerPractitioner": "RegisterPractitionerInput",
    "assignPractitioner": "AssignPractitionerInput",
    "endAssignment": "EndAssignmentInput",
    "addCredential": "AddCredentialInput",
    "removeCredential": "RemoveCredentialInput",
    "addCertification": "AddCertificationInput",
    "removeCertification": "RemoveCertificationInput",
    "setWorkingHours": "SetWorkingHoursInput",
    "addTimeOff": "AddTimeOffInput",
    "removeTimeOff": "RemoveTimeOffInput",
    "verifyScopeRule": "VerifyScopeRuleInput",
}

#: Changes that no rule refuses: their unions hold no RuleProblem.
UNRULED = {"removeCredential", "removeCertification"}

LICENCES = [
    actions.Licence(CredentialType.AESTHETICIAN, "US-NC", "E-1"),
    actions.Licence(CredentialType.NURSE, "US-NC", "RN-1", date(2035, 1, 1)),
]


@dataclass(frozen=True)
class Team:
    """The franchise with ANA of Raleigh, LIZ of London and BEA of both; `lead` is a person."""

    franchise: Franchise
    lead: Actor


async def employ(work: Work, clinic: str, code: str) -> None:
    await actions.register_practitioner(
        work,
        clinic=clinic,
        code=code,
        name=code.title(),
        from_on=STARTED,
        licences=LICENCES,
    )


async def build_team(work: Work) -> Team:
    franchise = await build(work)
    await employ(work, "RALEIGH", "ANA")
    await employ(work, "LONDON", "LIZ")
    await employ(work, "RALEIGH", "BEA")
    await actions.assign_practitioner(work, practitioner="BEA", clinic="LONDON", from_on=STARTED)
    lead = await access.create_person(
        work, email="lead@example.org", name="Lea", password="correct horse battery"
    )
    return Team(franchise, everywhere(Role.HQ_CLINICAL_LEAD, lead.id))


async def verify(act: Acting, lead: Actor, place: str, depth: str) -> None:
    """An aesthetician's depth in a jurisdiction."""
    async with act.work(lead) as work:
        await actions.verify_scope_rule(
            work,
            jurisdiction_code=place,
            credential_type=CredentialType.AESTHETICIAN,
            max_needle_depth_mm=Decimal(depth),
            supervision=Supervision.ON_SITE,
            source="A secondary source",
        )


async def absence(work: Work, practitioner: str) -> None:
    """An hour off, to come."""
    await actions.add_time_off(
        work,
        practitioner=practitioner,
        starts_at=work.now + timedelta(hours=1),
        ends_at=work.now + timedelta(hours=2),
        reason="Dentist",
    )


async def train(work: Work, practitioner: str) -> None:
    """For the protocol FACE."""
    await actions.add_certification(
        work,
        practitioner=practitioner,
        kind=CertificationKind.PROTOCOL_TEMPLATE,
        code="FACE",
    )


def asked(mutation: str, selection: str = "") -> str:
    """The mutation, asked with `$input`."""
    ruled = "" if mutation in UNRULED else "... on RuleProblem { code field } "
    return CHANGE % (INPUTS[mutation], mutation, ruled + selection)


async def change(
    ask: Asking, actor: Actor, mutation: str, selection: str = "", /, **fields: Any
) -> dict[str, Any]:
    """What the mutation gives for these fields of its input."""
    answer: dict[str, Any] = await ask.change(actor, asked(mutation, selection), input=fields)
    return answer
