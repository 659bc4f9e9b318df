"""The demo franchise: whether a database has it, and how it gets it."""

from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import CannotProceed
from api.migrations import metadata
from api.progress import Report
from api.seed.demo.cast import cast_of
from api.seed.demo.catalogue import adopt, publish
from api.seed.demo.overlays import tighten
from api.seed.demo.people import admit_partner, hire
from api.seed.demo.places import draw_map, open_clinics, suspend_clinic
from api.seed.demo.practice import open_books
from api.seed.demo.prerequisites import require_visits
from api.seed.demo.staff import engage_staff
from api.seed.demo.terms import agree_terms
from api.seed.shared import add_shared
from api.seed.words import API_KEY
from api.settings import Settings
from schema.access import store as access
from schema.access.rules import SYSTEM
from schema.base import execute
from schema.context import begin
from schema.scope import EVERYWHERE

SCENES = (engage_staff, publish, tighten, adopt, require_visits, agree_terms, open_books)


async def is_empty(engine: AsyncEngine) -> bool:
    """Whether no table has a row."""
    filled: list[Any] = [exists(select(each)) for each in metadata().tables.values()]
    async with AsyncSession(engine.execution_options(actor=SYSTEM)) as session:
        return not (await execute(session, select(or_(*filled)))).scalar_one()


async def is_demo(engine: AsyncEngine) -> bool:
    """Whether this database was seeded as demo: only then the demo's words open anything."""
    async with AsyncSession(engine.execution_options(actor=SYSTEM)) as session:
        return await access.api_key(session, API_KEY.key_id) is not None


async def load_demo(engine: AsyncEngine, settings: Settings, progress: Report) -> None:
    """Fill an empty database with the demo, in one transaction. Raises: CannotProceed."""
    if not await is_empty(engine):
        raise CannotProceed("The database is not empty: the demo is loaded into an empty one only.")
    async with begin(engine, SYSTEM, EVERYWHERE, settings.secrets()) as work:
        await add_shared(work)
        await draw_map(work)
        await open_clinics(work)
        people = await hire(work)
        await admit_partner(work)
        cast = await cast_of(work, people)
        for number, scene in enumerate(SCENES, 1):
            progress("Loading the demo", number, len(SCENES))
            await scene(cast)
        await suspend_clinic(work)
