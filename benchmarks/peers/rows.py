"""The rows that all peers read: a network of clinics of ten protocols with three add-ons each."""

from dataclasses import dataclass
from datetime import datetime

import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.errors import CannotProceed
from api.progress import Report
from api.seed.demo.loading import is_empty
from api.seed.network import seed_network
from schema.access.rules import SYSTEM
from schema.secrets import Secrets

PROTOCOLS, ADD_ONS = 10, 3
COURSES_A_CLINIC, BOOKED_DAYS = 10, 3
VISITS = 28
RANDOM_SEED = 1

#: A network's clinics adopt five templates; these are five more, with what MN-MEDICAL says.
TEMPLATES = """
with origin as (
  select template.id, template.protocol_kind, version.id as version_id
  from protocol_templates template join protocol_versions version on template_id = template.id
  where template.code = 'MN-MEDICAL' and version.state = 'PUBLISHED'
  order by version.number desc limit 1
), added as (
  insert into protocol_templates (id, code, name, protocol_kind)
  select uuidv7(), 'PEERS-' || n, 'Peers ' || n, protocol_kind
  from origin, generate_series(1, 5) n
  returning id
)
insert into protocol_versions (id, template_id, number, state, content, author_id, written_by,
  published_by, published_from, revision)
select uuidv7(), added.id, 1, state, content, author_id, written_by, published_by, published_from, 1
from added, protocol_versions join origin on origin.version_id = protocol_versions.id
"""
#: By id, as `Clinic.protocols` lists them, what the network adopted comes first.
ADOPTIONS = """
insert into clinic_protocols (id, clinic_id, template_id, version_id, state, adopted_at, revision)
select uuidv7(), clinic.id, version.template_id, version.id, 'OFFERED', clock_timestamp(), 1
from clinics clinic, protocol_versions version join protocol_templates template
  on template.id = version.template_id
where template.code like 'PEERS-%'
order by clinic.id, template.code
"""
PINS = """
insert into clinic_protocol_pins
  (id, clinic_id, clinic_protocol_id, number, version_id, cause, pinned_at)
select uuidv7(), clinic_id, id, 1, version_id, 'ADOPTED', adopted_at
from clinic_protocols adopted
where not exists (select from clinic_protocol_pins where clinic_protocol_id = adopted.id)
"""
#: Until each adoption has three.
FURTHER_ADD_ONS = """
insert into clinic_protocol_add_ons (id, clinic_id, clinic_protocol_id, add_on_key)
select uuidv7(), adopted.clinic_id, adopted.id, 'EXTRA-' || n
from clinic_protocols adopted, generate_series(1, 3) n
where n > (select count(*) from clinic_protocol_add_ons where clinic_protocol_id = adopted.id)
"""
PRICES = """
insert into protocol_prices (id, clinic_id, clinic_protocol_id, add_on_key, amount_minor,
  further_area_minor, currency, valid_from)
select uuidv7(), clinic.id, add_on.clinic_protocol_id, add_on_key,
  9000 + 1000 * (ascii(right(add_on_key, 1)) % 10), 3000, clinic.currency, date '2026-01-01'
from clinic_protocol_add_ons add_on join clinics clinic on clinic.id = add_on.clinic_id
where not exists (
  select from protocol_prices price where price.clinic_protocol_id = add_on.clinic_protocol_id
  and price.add_on_key = add_on.add_on_key)
"""
#: A course for every client who comes for a treatment that the clinic sold to somebody.
COURSES = """
insert into courses (id, clinic_id, code, client_id, clinic_protocol_id, version_id, areas,
  add_on_keys, severity, min_days, preferred_days, max_days, price_lines, total_minor, currency,
  sessions_planned, sold_on, owner_id, expires_on, state)
select uuidv7(), visit.clinic_id, 'P-' || upper(right(visit.client_id::text, 12)), visit.client_id,
  sold.clinic_protocol_id, sold.version_id, sold.areas, sold.add_on_keys, sold.severity,
  sold.min_days, sold.preferred_days, sold.max_days, sold.price_lines, sold.total_minor,
  sold.currency, 4, current_date - 40, sold.owner_id, current_date + 500, 'ACTIVE'
from (select distinct on (client_id) * from appointments order by client_id, starts_at) visit
cross join lateral (
  select * from courses where courses.clinic_protocol_id = visit.clinic_protocol_id limit 1) sold
"""
SESSIONS = """
insert into course_sessions (id, clinic_id, course_id, number, earliest_on, preferred_on,
  latest_on, state, done_on, practitioner_id)
select uuidv7(), course.clinic_id, course.id, n, sold_on + 28 * (n - 1), sold_on + 35 * (n - 1),
  sold_on + 56 * (n - 1), case n when 1 then 'DONE' else 'PLANNED' end,
  case n when 1 then sold_on end, case n when 1 then practitioner_id end
from courses course, generate_series(1, 4) n, lateral (
  select practitioner_id from practitioner_assignments assigned
  where assigned.clinic_id = course.clinic_id limit 1) treated
where course.code like 'P-%'
"""
COMING = """
update appointments set course_id = courses.id from courses
where courses.code like 'P-%' and courses.client_id = appointments.client_id
"""
STEPS = (
    TEMPLATES, ADOPTIONS, PINS, FURTHER_ADD_ONS, PRICES, COURSES, SESSIONS, COMING, "analyze",
)  # fmt: skip

#: How many clinics, and how many protocols and add-ons those have that have fewest and most.
SHAPE = """
select count(*), min(protocols), max(protocols), min(fewest), max(most) from clinics left join (
  select clinic_id, count(*) protocols, min(add_ons) fewest, max(add_ons) most from (
    select adopted.clinic_id, count(add_on.id) add_ons from clinic_protocols adopted
    left join clinic_protocol_add_ons add_on on add_on.clinic_protocol_id = adopted.id
    group by adopted.clinic_id, adopted.id) each group by clinic_id
) found on found.clinic_id = clinics.id
"""
#: The clinic and the local day whose number of visits is nearest to `visits`.
DAY = """
select clinic.id::text, code, day at time zone time_zone as starts,
  (day + interval '1 day') at time zone time_zone as ends
from (select * from clinics order by code limit 50) clinic, lateral (
  select date_trunc('day', starts_at at time zone time_zone) as day, count(*) as visits
  from appointments where clinic_id = clinic.id group by 1) found
order by abs(visits - :visits), code limit 1
"""


@dataclass(frozen=True, slots=True)
class Day:
    """A clinic's day with some thirty visits: half-open, in UTC."""

    clinic_id: str
    clinic: str
    starts: datetime
    ends: datetime


async def prepare(owner: AsyncEngine, secrets: Secrets, clinics: int, progress: Report) -> None:
    """Seed the database where it is empty. Raises: CannotProceed where it holds something else."""
    if await is_empty(owner):
        await seed_network(
            owner, secrets, clinics=clinics, random_seed=RANDOM_SEED,
            courses=clinics * COURSES_A_CLINIC, booked_days=BOOKED_DAYS, progress=progress,
        )  # fmt: skip
        async with owner.execution_options(actor=SYSTEM).begin() as connection:
            for number, statement in enumerate(STEPS, 1):
                await connection.execute(text(statement))
                progress("Catalogue", number, len(STEPS))
    async with owner.execution_options(actor=SYSTEM).connect() as connection:
        await _check(connection, clinics)


async def _check(connection: AsyncConnection, clinics: int) -> None:
    shape = (await connection.execute(text(SHAPE))).one()
    if tuple(shape) != (clinics, PROTOCOLS, PROTOCOLS, ADD_ONS, ADD_ONS):
        raise CannotProceed(
            f"The folder's database is not {clinics} clinics of {PROTOCOLS} protocols of {ADD_ONS}"
            f" add-ons ({shape}): give another --folder or --clinics, or delete the folder."
        )
    typer.echo(f"{clinics:,} clinics x {PROTOCOLS} protocols x {ADD_ONS} add-ons.")


async def busy_day(owner: AsyncEngine) -> Day:
    """The day that is asked for."""
    async with owner.execution_options(actor=SYSTEM).connect() as connection:
        return Day(*(await connection.execute(text(DAY), {"visits": VISITS})).one())
