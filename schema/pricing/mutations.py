from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Writes, key_of
from schema.pricing import actions
from schema.pricing.types import changes as change
from schema.pricing.types.prices import Package, ProtocolPrice


def clinic_protocol_key(identity: relay.GlobalID) -> UUID:
    return key_of(identity, "ClinicProtocol", "clinic protocol")


@strawberry.type
class PricingMutations:
    @strawberry.mutation(extensions=[Writes(Permission.PRICES_SET)])
    async def set_protocol_price(
        self, info: Info, input: change.SetProtocolPriceInput
    ) -> change.SetProtocolPriceResult:
        """Set what a session, or an add-on to one, costs from a day on. It supersedes the earlier
        price; set again for the same day, it is replaced. What was sold keeps its price."""
        row = await actions.set_protocol_price(
            info.context.work,
            clinic_protocol_id=clinic_protocol_key(input.clinic_protocol),
            add_on_key=input.add_on,
            severity=input.severity,
            amount=input.amount.value(),
            further_area_minor=input.further_area_minor,
            valid_from=input.valid_from,
        )
        return ProtocolPrice.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.PRICES_SET)])
    async def define_package(
        self, info: Info, input: change.DefinePackageInput
    ) -> change.DefinePackageResult:
        """Define a package of sessions. It is refused where it would expire before its last
        session even at the shortest intervals, whatever it is sold for; where that is so for some
        indication, severity or depth only, a warning says for which."""
        defined = await actions.define_package(
            info.context.work,
            clinic_protocol_id=clinic_protocol_key(input.clinic_protocol),
            code=input.code,
            name=input.name,
            sessions=input.sessions,
            validity_days=input.validity_days,
            amount=input.amount.value(),
            further_area_minor=input.further_area_minor,
            severity=input.severity,
            valid_from=input.valid_from,
            valid_to=input.valid_to,
        )
        return change.DefinedPackage.of(defined)

    @strawberry.mutation(extensions=[Writes(Permission.PRICES_SET)])
    async def end_package(
        self, info: Info, input: change.EndPackageInput
    ) -> change.EndPackageResult:
        """Stop selling a package after a day. What was sold of it stays as it is."""
        row = await actions.end_package(
            info.context.work,
            package=input.package.key("Package", "package"),
            valid_to=input.valid_to,
        )
        return Package.of(row)
