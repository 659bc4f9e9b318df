"""What headquarters and clinics do that takes all the other domains: publish, and go back."""

from schema.governance.actions.overlays import publish_overlay_version
from schema.governance.actions.publication import Publication, publish_protocol_version
from schema.governance.actions.returning import go_back_clinic_protocol

__all__ = [
    "Publication",
    "go_back_clinic_protocol",
    "publish_overlay_version",
    "publish_protocol_version",
]
