import strawberry

from schema.access.rules import Permission
from schema.clients import actions
from schema.clients.types import changes as change
from schema.clients.types.clients import Client
from schema.clients.types.holds import ClientHold
from schema.clinics.actions import Key
from schema.context import Info
from schema.fields import By, Writes, key_of
from schema.scheduling.actions import move_client_bookings


def client_key(by: By) -> Key:
    return by.key("Client", "client")


@strawberry.type
class ClientMutations:
    @strawberry.mutation(extensions=[Writes(Permission.CLIENTS_REGISTER)])
    async def register_client(
        self, info: Info, input: change.RegisterClientInput
    ) -> change.ClientResult:
        """Register a client of a clinic. Its identity is sealed at once."""
        row = await actions.register_client(
            info.context.work,
            clinic=input.clinic.key("Clinic", "clinic"),
            identity=input.identity.value(),
            external_reference=input.external_reference,
        )
        return Client.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLIENTS_REGISTER)])
    async def update_client(
        self, info: Info, input: change.UpdateClientInput
    ) -> change.ClientResult:
        """Replace who a client is; a partner may correct those that it registered."""
        row = await actions.update_client(
            info.context.work,
            client=client_key(input.client),
            expected_revision=input.expected_revision,
            identity=input.identity.value(),
        )
        return Client.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLIENTS_LINK)])
    async def create_link_code(
        self, info: Info, input: change.CreateLinkCodeInput
    ) -> change.LinkCodeResult:
        """Give a client a code by which another clinic knows it as one person. An earlier code
        of the person ends. Neither clinic sees the other's client."""
        code = await actions.create_link_code(
            info.context.work,
            client=client_key(input.client),
            agreed_on=input.agreed_on,
            agreement=input.agreement,
        )
        return change.LinkCode.of(code)

    @strawberry.mutation(extensions=[Writes(Permission.CLIENTS_LINK)])
    async def link_client(self, info: Info, input: change.LinkClientInput) -> change.ClientResult:
        """Know a client as one person with another clinic's, by the code it was given there.
        From now on intervals, holds and bookings of both count for both."""
        work = info.context.work
        row, from_no = await actions.link_client(
            work,
            client=client_key(input.client),
            code=input.code,
            agreed_on=input.agreed_on,
            agreement=input.agreement,
        )
        await move_client_bookings(work, row, from_no)
        return Client.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICAL_WRITE)])
    async def place_hold(self, info: Info, input: change.PlaceHoldInput) -> change.ClientHoldResult:
        """Stop some protocols, or all, for a client, because of what was found."""
        templates = input.templates
        row = await actions.place_hold(
            info.context.work,
            client=client_key(input.client),
            severity=input.severity,
            templates=None
            if templates is None
            else [each.key("ProtocolTemplate", "protocol template") for each in templates],
            until_on=input.until_on,
            reason=input.reason,
        )
        return ClientHold.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.CLINICAL_WRITE)])
    async def clear_hold(self, info: Info, input: change.ClearHoldInput) -> change.ClientHoldResult:
        """End a hold, with the reason why it may. To clear a CAUTION is to acknowledge it."""
        row = await actions.clear_hold(
            info.context.work, hold_id=key_of(input.id, "ClientHold", "hold"), reason=input.reason
        )
        return ClientHold.of(row)
