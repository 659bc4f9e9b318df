"""Starts with all that goes with them, as GraphQL shows them."""

from datetime import date, datetime
from typing import Annotated, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry

from schema.access.rules import Permission
from schema.clinics.rules import UnknownTimeZone, check_time_zone, local_day
from schema.clinics.store import devices_by_numbers, rooms_by_numbers
from schema.clinics.types.places import Device, Room
from schema.context import Info
from schema.errors import BadRequest, RuleViolation
from schema.fields import Reads, link
from schema.practitioners.store import practitioners_by_number
from schema.practitioners.types.people import Practitioner
from schema.pricing.rules import QuoteRequest, quote
from schema.pricing.store import quote_terms
from schema.pricing.types.money import Money
from schema.protocols.rules import ProtocolKind
from schema.protocols.store import clinic_protocols_by_id
from schema.protocols.types.adoptions import ClinicProtocol
from schema.protocols.types.content import VisitDurations
from schema.scheduling.rules import Assigned, Before, Offer, Wish
from schema.scheduling.rules.slots import Slot as OfferedSlot
from schema.scheduling.store.slot_tokens import seal_slot

ViewerZone = Annotated[
    str | None,
    strawberry.argument(description="An IANA zone to say it in; null: the clinic's."),
]


def local_text(instant: datetime, zone: ZoneInfo) -> str:
    """What the clocks of a zone show, with their offset."""
    return instant.astimezone(zone).isoformat(timespec="minutes")


def zone_of(viewer_zone: str | None, clinic_zone: str) -> ZoneInfo:
    """The zone of whoever looks. Raises: BadRequest."""
    try:
        return check_time_zone(viewer_zone) if viewer_zone else ZoneInfo(clinic_zone)
    except UnknownTimeZone as error:
        raise BadRequest(error.message) from error


def slot_of(offer: Offer, start: datetime, led_by: int | None) -> OfferedSlot:
    """What a token stands for."""
    offered, wish = offer.offered, offer.wish
    if offered.course_id is not None:
        return OfferedSlot(
            clinic_id=offer.clinic_id,
            starts_at=start,
            course_id=offered.course_id,
            practitioner_no=led_by,
        )
    return OfferedSlot(
        clinic_id=offer.clinic_id,
        starts_at=start,
        clinic_protocol_id=offered.clinic_protocol_id,
        areas=wish.areas,
        variant=wish.variant,
        add_ons=wish.add_ons,
        practitioner_no=led_by,
    )


def _request(day: date, wish: Wish) -> QuoteRequest:
    return QuoteRequest(day=day, areas=wish.areas, variant=wish.variant, add_ons=wish.add_ons)


@strawberry.type(
    description="A free start of a visit that comes before a treatment. Book it first: without it"
    " the treatment is refused."
)
class PrerequisiteSlot:
    before: strawberry.Private[Before]
    offered_at: strawberry.Private[datetime]
    clinic_protocol_id: strawberry.Private[UUID]
    kind: ProtocolKind = strawberry.field(description="What kind of visit it is.")
    start: datetime = strawberry.field(description="When the client comes, in UTC.")
    protocol: ClinicProtocol | None = link(
        clinic_protocols_by_id,
        key="clinic_protocol_id",
        of=ClinicProtocol.of,
        reads=Permission.PROTOCOLS_READ,
        describe="The clinic's own protocol for it.",
    )

    @strawberry.field(
        description="The start as the clocks of the clinic show it, or those of the viewer."
    )
    def local_start(self, viewer_zone: ViewerZone = None) -> str:
        return local_text(self.start, zone_of(viewer_zone, self.before.offer.time_zone))

    @strawberry.field(
        description="Stands for this visit at this start, led by somebody with the licence that is"
        " asked for: hold or book by it, within a quarter of an hour. Good for nobody"
        " but you."
    )
    def token(self, info: Info) -> str:
        slot = slot_of(self.before.offer, self.start, self.before.leader)
        return seal_slot(info.context.secrets, slot, info.context.actor, self.offered_at)

    @classmethod
    def of(cls, before: Before, offered_at: datetime) -> "PrerequisiteSlot":
        return cls(
            before=before,
            offered_at=offered_at,
            clinic_protocol_id=before.offer.offered.clinic_protocol_id,
            kind=before.kind,
            start=before.start,
        )


@strawberry.type(description="A start, with what a booking would take now. Nothing is reserved.")
class Slot:
    offer: strawberry.Private[Offer]
    offered_at: strawberry.Private[datetime]
    practitioner_no: strawberry.Private[int | None]
    room_nos: strawberry.Private[tuple[int, ...]]
    device_nos: strawberry.Private[tuple[int, ...]]
    start: datetime = strawberry.field(description="When the client comes, in UTC.")
    before: list[PrerequisiteSlot] = strawberry.field(
        description="What comes before and the client lacks, in order: of each the last free start"
        " that is within reach. Empty where nothing is lacking, or no client is named."
    )
    practitioner: Practitioner | None = link(
        practitioners_by_number,
        key="practitioner_no",
        of=Practitioner.of,
        reads=Permission.PRACTITIONERS_READ,
        describe="Who would lead the visit; a booking may take another, unless asked for this one.",
    )
    rooms: list[Room] | None = link(
        rooms_by_numbers,
        key="room_nos",
        of=Room.of,
        many=True,
        reads=Permission.CLINICS_READ,
        describe="Which rooms it would take, in the order of the steps.",
    )
    devices: list[Device] | None = link(
        devices_by_numbers,
        key="device_nos",
        of=Device.of,
        many=True,
        reads=Permission.CLINICS_READ,
        describe="Which devices it would take, in the order of the steps.",
    )

    @strawberry.field(
        description="The start as the clocks of the clinic show it, or those of the viewer."
    )
    def local_start(self, viewer_zone: ViewerZone = None) -> str:
        return local_text(self.start, zone_of(viewer_zone, self.offer.time_zone))

    @strawberry.field(
        description="Stands for this visit at this start: hold or book by it, within a quarter of"
        " an hour. Good for nobody but you."
    )
    def token(self, info: Info) -> str:
        led_by = self.offer.visit.led_by if self.offer.visit else None
        slot = slot_of(self.offer, self.start, led_by)
        return seal_slot(info.context.secrets, slot, info.context.actor, self.offered_at)

    @strawberry.field(extensions=[Reads(Permission.PROTOCOLS_READ)])
    def durations(self) -> VisitDurations | None:
        """How long the visit takes."""
        return cast("VisitDurations | None", self.offer.durations)

    @strawberry.field(extensions=[Reads(Permission.PRICES_READ)])
    async def price(self, info: Info) -> Money | None:
        """What the visit costs by the clinic's prices of that day; null where it has none, and for
        a course, which was sold."""
        offered, wish = self.offer.offered, self.offer.wish
        if offered.course_id is not None:
            return None
        key: UUID = offered.clinic_protocol_id
        terms = await info.context.load(quote_terms, key, Permission.PRICES_READ)
        day = local_day(self.start, self.offer.calendar.zone)
        try:
            found = terms and quote(terms, _request(day, wish))
        except RuleViolation:
            return None
        return Money.of(found.total) if found else None

    @classmethod
    def of(cls, found: Assigned, offer: Offer, offered_at: datetime) -> "Slot":
        return cls(
            offer=offer,
            offered_at=offered_at,
            practitioner_no=found.practitioner,
            room_nos=found.rooms,
            device_nos=found.devices,
            start=found.start,
            before=[PrerequisiteSlot.of(each, offered_at) for each in found.before],
        )
