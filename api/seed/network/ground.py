"""What a network stands on: HQ's templates, device models, jurisdictions. Laid where missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from api.errors import CannotProceed
from api.seed.content.publishing import EVERY_RISK, publish_templates
from api.seed.demo.loading import is_empty
from api.seed.shared import JURISDICTIONS, MODELS, add_shared, state_scope_rules
from schema.access import actions as access
from schema.access.rules import GRANTED, SYSTEM, Actor, ActorKind, Grant, Role
from schema.clinics import store as clinics
from schema.context import Work, begin
from schema.protocols import actions as protocols
from schema.protocols import store
from schema.protocols.rules import ProtocolContent
from schema.scope import EVERYWHERE
from schema.secrets import Secrets

#: The templates that the clinics of a network adopt.
OFFERED = ("CONSULT", "MN-MEDICAL", "MN-FIRST", "MN-CLINICAL", "MN-MONTHLY")


@dataclass(frozen=True, slots=True)
class Template:
    """A template with the version that is adopted of it today."""

    id: UUID
    code: str
    version_id: UUID
    content: ProtocolContent


@dataclass(frozen=True, slots=True)
class Ground:
    """What all clinics of a network refer to."""

    templates: Mapping[str, Template]
    models: Mapping[str, UUID]


async def lay_ground(engine: AsyncEngine, secrets: Secrets, region: str) -> Ground:
    """The ground of a network that is to be called `region`; on an empty database it is made.

    Raises: CannotProceed where the network is there already, or the ground is another franchise's.
    """
    empty = await is_empty(engine)
    async with begin(engine, SYSTEM, EVERYWHERE, secrets) as work:
        if empty:
            await _make(work)
        elif await clinics.region(work.session, region) is not None:
            raise CannotProceed(
                f"The network {region} is in this database already: choose another --random-seed."
            )
        return await _found(work)


async def _make(work: Work) -> None:
    """Jurisdictions, models, scope rules and templates, by two people who cannot sign in."""
    await add_shared(work)
    lead = await _somebody(work, "clinical.lead", Role.HQ_CLINICAL_LEAD)
    administrator = await _somebody(work, "administrator", Role.HQ_ADMINISTRATOR)
    await state_scope_rules(work, lead)
    await publish_templates(work, author=lead, approver=administrator, accept=EVERY_RISK)


async def _somebody(work: Work, who: str, role: Role) -> Actor:
    person = await access.create_person(
        work, email=f"{who}@network.example", name=f"Network {who}", password=token_urlsafe()
    )
    return Actor(ActorKind.PERSON, person.name, person.id, (Grant(role, GRANTED[role], None),))


async def _found(work: Work) -> Ground:
    found = {code: await _template(work, code) for code in OFFERED}
    models = {code: await clinics.device_model(work.session, code) for code, *_ in MODELS}
    laws = {code: await clinics.jurisdiction(work.session, code) for code, *_ in JURISDICTIONS}
    everything = {**found, **models, **laws}
    if missing := [code for code, row in everything.items() if row is None]:
        raise CannotProceed(
            f"This franchise has no {', '.join(missing)}: seed an empty database, or the demo's."
        )
    return Ground(
        {code: each for code, each in found.items() if each is not None},
        {code: each.id for code, each in models.items() if each is not None},
    )


async def _template(work: Work, code: str) -> Template | None:
    template = await store.template(work.session, code)
    if template is None:
        return None
    today = protocols.earliest_day(work.now)
    version = await store.version_to_adopt(work.session, template.id, today, None)
    if version is None:
        return None
    content = store.content_of(version.id, version.content)
    return Template(template.id, template.code, version.id, content)
