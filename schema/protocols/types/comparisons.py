"""What is compared, as GraphQL takes it."""

from uuid import UUID

import strawberry
from strawberry import relay

from schema.fields import key_of
from schema.protocols.types.templates import version_key


@strawberry.input(
    one_of=True,
    description="One side of a comparison: a version as headquarters wrote it, or what applies in a"
    " clinic, with the law of its place and its own values.",
)
class ProtocolPoint:
    version: relay.GlobalID | None = strawberry.field(
        default=strawberry.UNSET, description="The id of a version."
    )
    clinic_protocol: relay.GlobalID | None = strawberry.field(
        default=strawberry.UNSET, description="The id of a clinic's adoption."
    )

    def key(self) -> UUID:
        """The id in the tables. Raises: NotFound."""
        if self.version:
            return version_key(self.version)
        assert self.clinic_protocol, "one of them is stated"
        return key_of(self.clinic_protocol, "ClinicProtocol", "clinic protocol")
