"""Every write of the protocols: HQ's templates and versions, and what clinics adopt."""

from schema.protocols.actions.adoptions import (
    adopt_protocol,
    change_adopted_add_ons,
    clear_clinic_override,
    set_clinic_override,
    set_protocol_offered,
)
from schema.protocols.actions.drafts import (
    FromTemplate,
    FromVersion,
    Source,
    create_protocol_template,
    discard_protocol_version,
    draft_protocol_version,
    edit_protocol_version,
    revise_protocol_version,
)
from schema.protocols.actions.overlay_reviews import (
    approve_overlay_version,
    publish_overlay_version,
    retire_overlay_version,
    return_overlay_version,
    submit_overlay_version,
    withdraw_overlay_version,
)
from schema.protocols.actions.overlays import (
    change_overlay_lead,
    create_jurisdiction_overlay,
    discard_jurisdiction_overlay,
    discard_overlay_version,
    draft_overlay_version,
    revise_overlay_version,
)
from schema.protocols.actions.templates import (
    approve_protocol_version,
    earliest_day,
    publish_protocol_version,
    retire_protocol_version,
    return_protocol_version,
    submit_protocol_version,
    withdraw_protocol_version,
)
from schema.protocols.actions.upgrades import (
    Decision,
    go_back,
    upgrade_clinic_protocol,
)

__all__ = [
    "Decision",
    "FromTemplate",
    "FromVersion",
    "Source",
    "adopt_protocol",
    "approve_overlay_version",
    "approve_protocol_version",
    "change_adopted_add_ons",
    "change_overlay_lead",
    "clear_clinic_override",
    "create_jurisdiction_overlay",
    "create_protocol_template",
    "discard_jurisdiction_overlay",
    "discard_overlay_version",
    "discard_protocol_version",
    "draft_overlay_version",
    "draft_protocol_version",
    "earliest_day",
    "edit_protocol_version",
    "go_back",
    "publish_overlay_version",
    "publish_protocol_version",
    "retire_overlay_version",
    "retire_protocol_version",
    "return_overlay_version",
    "return_protocol_version",
    "revise_overlay_version",
    "revise_protocol_version",
    "set_clinic_override",
    "set_protocol_offered",
    "submit_overlay_version",
    "submit_protocol_version",
    "upgrade_clinic_protocol",
    "withdraw_overlay_version",
    "withdraw_protocol_version",
]
