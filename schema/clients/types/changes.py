"""What the queries and mutations of the clients take and give."""

from datetime import date, datetime
from typing import Annotated

import strawberry
from strawberry import relay

from schema.clients.actions import LinkCode as LinkCodeValue
from schema.clients.rules import Identity
from schema.clients.types.clients import Client
from schema.clients.types.holds import ClientHold
from schema.fields import By
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem
from schema.protocols.rules import ScreeningSeverity


@strawberry.input(description="Which clients. There is no search by name: names are sealed.")
class ClientFilter:
    clinic: By | None = strawberry.field(default=None, description="Of this clinic.")
    code: str | None = strawberry.field(default=None, description="With this code.")
    external_reference: str | None = strawberry.field(
        default=None, description="Registered under this reference."
    )
    email: str | None = strawberry.field(
        default=None, description="With exactly this address; needs `clinic`."
    )


@strawberry.input(description="Who a client is.")
class ClientIdentityInput:
    given_name: str = strawberry.field(description="First names, 1 to 100 characters.")
    family_name: str = strawberry.field(description="Last name, 1 to 100 characters.")
    email: str | None = strawberry.field(default=None, description="Email address.")
    phone: str | None = strawberry.field(default=None, description="Telephone number.")
    born_on: date | None = strawberry.field(default=None, description="Birthday.")

    def value(self) -> Identity:
        return Identity(
            given_name=self.given_name,
            family_name=self.family_name,
            email=self.email,
            phone=self.phone,
            born_on=self.born_on,
        )


@strawberry.input(description="A new client.")
class RegisterClientInput:
    clinic: By = strawberry.field(description="Whose client it becomes.")
    identity: ClientIdentityInput = strawberry.field(description="Who it is.")
    external_reference: str | None = strawberry.field(
        default=None,
        description="What your own system calls the client; partners must name it, and each once"
        " in a clinic.",
    )


@strawberry.input(description="Who a client is from now on; what is left out is removed.")
class UpdateClientInput:
    client: By = strawberry.field(description="Which client.")
    expected_revision: int = strawberry.field(description="The `revision` that was read.")
    identity: ClientIdentityInput = strawberry.field(description="Who it is.")


@strawberry.input(description="A client who agrees to be known as one person.")
class CreateLinkCodeInput:
    client: By = strawberry.field(description="Which client.")
    agreed_on: date = strawberry.field(description="When the client agreed, in the clinic's zone.")
    agreement: str = strawberry.field(
        description="Where the signed agreement is kept, up to 200 characters."
    )


@strawberry.input(description="A client who shows another clinic's code, and agrees.")
class LinkClientInput:
    client: By = strawberry.field(description="Which client.")
    code: str = strawberry.field(description="The code that `createLinkCode` gave there.")
    agreed_on: date = strawberry.field(description="When the client agreed, in the clinic's zone.")
    agreement: str = strawberry.field(
        description="Where the signed agreement is kept, up to 200 characters."
    )


@strawberry.input(description="A finding that stops treatments.")
class PlaceHoldInput:
    client: By = strawberry.field(description="Which client.")
    severity: ScreeningSeverity = strawberry.field(
        description="What it does. Each of them stops what the hold names until it is cleared: a"
        " CAUTION by its acknowledgement."
    )
    templates: list[By] | None = strawberry.field(
        default=None, description="The protocol templates that it is about; null: all of them."
    )
    until_on: date | None = strawberry.field(
        default=None, description="The last day on which it holds; null: until cleared."
    )
    reason: str = strawberry.field(description="What was found; kept sealed.")


@strawberry.input(description="A hold that ends.")
class ClearHoldInput:
    id: relay.GlobalID = strawberry.field(description="The hold's id.")
    reason: str = strawberry.field(
        description="Why it may end, or how a CAUTION was acknowledged; kept sealed."
    )


@strawberry.type(description="What a client takes to another clinic. It is shown this once.")
class LinkCode:
    code: str = strawberry.field(description="Works once, in another clinic.")
    expires_at: datetime = strawberry.field(description="Until when.")

    @classmethod
    def of(cls, value: LinkCodeValue) -> "LinkCode":
        return cls(code=value.code, expires_at=value.expires_at)


ClientResult = Annotated[
    Client | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("ClientResult", description="The client, or what is wrong."),
]
LinkCodeResult = Annotated[
    LinkCode | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("LinkCodeResult", description="The code, or what is wrong."),
]
ClientHoldResult = Annotated[
    ClientHold | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("ClientHoldResult", description="The hold, or what is wrong."),
]
