from typing import Annotated

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.clinics import store
from schema.clinics.rules import InvalidPlace, check_circle
from schema.clinics.types.changes import ClinicFilter, Near
from schema.clinics.types.places import Clinic, DeviceModel, Jurisdiction, Owner, Region
from schema.context import Info
from schema.errors import BadRequest
from schema.fields import By, Reads
from schema.paging import DEFAULT_FIRST, After, First, Page, connection

WhichClinic = Annotated[By, strawberry.argument(description="Which clinic.")]
Which = Annotated[ClinicFilter | None, strawberry.argument(description="Only some of them.")]
Circle = Annotated[Near, strawberry.argument(description="Around where, and how far.")]


@strawberry.type
class ClinicQueries:
    @strawberry.field(extensions=[Reads(Permission.CLINICS_READ)])
    async def clinic(self, info: Info, by: WhichClinic) -> Clinic | None:
        """One clinic; null where there is none, or none that you may see."""
        scope = info.context.actor.scope(Permission.CLINICS_READ)
        async with info.context.reading() as session:
            row = await store.clinic(session, scope, by.key("Clinic", "clinic"))
        return Clinic.of(row) if row else None

    @strawberry.field(extensions=[Reads(Permission.CLINICS_READ)])
    async def clinics(
        self, info: Info, filter: Which = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[Clinic]:
        """The clinics you may see, by code."""
        page, scope = Page(first, after), info.context.actor.scope(Permission.CLINICS_READ)
        wanted = filter or ClinicFilter()
        region = wanted.region.key("Region", "region") if wanted.region else None
        async with info.context.reading() as session:
            rows = await store.clinics(session, scope, page, status=wanted.status, region=region)
        return connection(rows, page, store.BY_CODE, Clinic.of)

    @strawberry.field(extensions=[Reads(Permission.CLINICS_READ)])
    async def clinics_near(
        self, info: Info, near: Circle, first: First = DEFAULT_FIRST
    ) -> list[Clinic]:
        """The clinics you may see within a circle, nearest first."""
        scope = info.context.actor.scope(Permission.CLINICS_READ)
        try:
            check_circle(near.latitude, near.longitude, near.radius_km)
        except InvalidPlace as error:
            raise BadRequest(error.message) from error
        async with info.context.reading() as session:
            rows = await store.clinics_near(
                session, scope, near.latitude, near.longitude, near.radius_km, Page(first).first
            )
        return [Clinic.of(row) for row in rows]

    @strawberry.field(extensions=[Reads(Permission.CLINICS_READ)])
    async def device_models(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[DeviceModel]:
        """The device models the franchise knows, by code."""
        page = Page(first, after)
        async with info.context.reading() as session:
            rows = await store.device_models(session, page)
        return connection(rows, page, store.MODELS_BY_CODE, DeviceModel.of)

    @strawberry.field(extensions=[Reads(Permission.CLINICS_READ)])
    async def jurisdictions(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[Jurisdiction]:
        """The places with laws of their own, by code."""
        page = Page(first, after)
        async with info.context.reading() as session:
            rows = await store.jurisdictions(session, page)
        return connection(rows, page, store.JURISDICTIONS_BY_CODE, Jurisdiction.of)

    @strawberry.field(extensions=[Reads(Permission.CLINICS_READ)])
    async def regions(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[Region]:
        """The parts of the territory, by code."""
        page = Page(first, after)
        async with info.context.reading() as session:
            rows = await store.regions(session, page)
        return connection(rows, page, store.REGIONS_BY_CODE, Region.of)

    @strawberry.field(extensions=[Reads(Permission.CLINICS_READ)])
    async def owners(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[Owner]:
        """The legal entities that own or owned clinics you may see, by code."""
        page, scope = Page(first, after), info.context.actor.scope(Permission.CLINICS_READ)
        async with info.context.reading() as session:
            rows = await store.owners(session, scope, page)
        return connection(rows, page, store.OWNERS_BY_CODE, Owner.of)
