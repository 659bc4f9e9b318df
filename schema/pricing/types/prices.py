"""Prices and packages, and where they hang on a clinic's protocols."""

from datetime import date
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.fields import extends, identified, link, read_by_columns
from schema.pricing import store
from schema.pricing.models import PackageRow, ProtocolPriceRow
from schema.pricing.types.money import Money, amount_in
from schema.protocols.rules import CourseSeverity
from schema.protocols.store import clinic_protocols_by_id
from schema.protocols.types.adoptions import AdoptedAddOn, ClinicProtocol


@identified(store.prices_by_id, reads=Permission.PRICES_READ)
@read_by_columns(
    amount=amount_in("amount_minor"),
    further_area=amount_in("further_area_minor"),
    add_on="add_on_key",
)
@strawberry.type(description="What a session, or an add-on to one, costs from a day on.")
class ProtocolPrice(relay.Node):
    id: relay.NodeID[UUID]
    amount: Money = strawberry.field(description="For one session of the first area.")
    further_area: Money = strawberry.field(description="For each area beyond the first.")
    add_on: str | None = strawberry.field(
        description="Key of the add-on that it is for; null: the protocol itself."
    )
    severity: CourseSeverity | None = strawberry.field(
        description="The severity that it is for, before the price for any; null: any."
    )
    valid_from: date = strawberry.field(
        description="Its first day, in the clinic's zone. It ends where a later one begins."
    )

    @classmethod
    def of(cls, row: ProtocolPriceRow) -> "ProtocolPrice":
        price = store.price_of(row)
        return cls(
            id=row.id,
            amount=Money.of(price.amount),
            further_area=Money.of(price.further_area),
            add_on=price.add_on_key,
            severity=price.severity,
            valid_from=price.valid_from,
        )


@identified(store.packages_by_id, reads=Permission.PRICES_READ)
@strawberry.type(
    description="Some sessions of a protocol at one price, to be had within a validity."
)
class Package(relay.Node):
    id: relay.NodeID[UUID]
    clinic_protocol_id: strawberry.Private[UUID]
    code: str = strawberry.field(description="Unique in its clinic.")
    name: str = strawberry.field(description="What the clinic calls it.")
    sessions: int = strawberry.field(description="How many sessions it holds.")
    validity_days: int = strawberry.field(
        description="How long after the sale its last session is, at the latest."
    )
    amount: Money = strawberry.field(description="For all its sessions of the first area.")
    further_area: Money = strawberry.field(
        description="For all its sessions of each area beyond the first."
    )
    severity: CourseSeverity | None = strawberry.field(
        description="The severity that it is sold for; null: any."
    )
    valid_from: date = strawberry.field(description="Sold from this day of the clinic on.")
    valid_to: date | None = strawberry.field(
        description="The last day on which it is sold; null: no end is set."
    )
    clinic_protocol: ClinicProtocol | None = link(
        clinic_protocols_by_id,
        key="clinic_protocol_id",
        of=ClinicProtocol.of,
        reads=Permission.PROTOCOLS_READ,
        describe="What its sessions are of.",
    )

    @classmethod
    def of(cls, row: PackageRow) -> "Package":
        terms = store.package_terms(row)
        return cls(
            id=row.id,
            clinic_protocol_id=row.clinic_protocol_id,
            code=row.code,
            name=row.name,
            sessions=row.sessions,
            validity_days=row.validity_days,
            amount=Money.of(terms.amount),
            further_area=Money.of(terms.further_area),
            severity=terms.severity,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )


extends(
    ClinicProtocol,
    price=(
        ProtocolPrice | None,
        link(
            store.own_price_by_clinic_protocol,
            key="id",
            of=ProtocolPrice.of,
            reads=Permission.PRICES_READ,
            clinic="clinic_id",
            describe="What a session costs today, whatever the severity; null while it is not"
            " priced. `priceQuote` counts areas, severity and add-ons.",
        ),
    ),
    prices=(
        relay.Connection[ProtocolPrice] | None,
        link(
            store.prices_by_clinic_protocol,
            key="id",
            of=ProtocolPrice.of,
            page=store.LATEST_FIRST,
            reads=Permission.PRICES_READ,
            clinic="clinic_id",
            describe="Its prices and its add-ons', past and to come; the latest first.",
        ),
    ),
    packages=(
        relay.Connection[Package] | None,
        link(
            store.packages_by_clinic_protocol,
            key="id",
            of=Package.of,
            page=store.PACKAGES_BY_CODE,
            reads=Permission.PRICES_READ,
            clinic="clinic_id",
            describe="Its packages that are sold, today or later, by code.",
        ),
    ),
)
extends(
    AdoptedAddOn,
    price=(
        ProtocolPrice | None,
        link(
            store.price_by_adopted_add_on,
            key="id",
            of=ProtocolPrice.of,
            reads=Permission.PRICES_READ,
            clinic="clinic_id",
            describe="What it costs today with each session; null while it is not priced.",
        ),
    ),
)
