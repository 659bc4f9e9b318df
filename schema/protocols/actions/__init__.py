"""Every write of the protocols: HQ's templates and versions, and what clinics adopt."""

from schema.protocols.actions.adoptions import (
    adopt_protocol,
    change_adopted_add_ons,
    clear_clinic_override,
    set_clinic_override,
    set_protocol_offered,
)
from schema.protocols.actions.templates import (
    approve_protocol_version,
    create_protocol_template,
    draft_protocol_version,
    earliest_day,
    publish_protocol_version,
    retire_protocol_version,
    return_protocol_version,
    revise_protocol_version,
    submit_protocol_version,
)
from schema.protocols.actions.upgrades import (
    go_back,
)

__all__ = [
    "adopt_protocol",
    "approve_protocol_version",
    "change_adopted_add_ons",
    "clear_clinic_override",
    "create_protocol_template",
    "draft_protocol_version",
    "earliest_day",
    "go_back",
    "publish_protocol_version",
    "retire_protocol_version",
    "return_protocol_version",
    "revise_protocol_version",
    "set_clinic_override",
    "set_protocol_offered",
    "submit_protocol_version",
]
