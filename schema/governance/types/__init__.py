"""What the mutations of governance take and give."""

from schema.governance.types.findings import OnPublicationRefused
from schema.governance.types.overlays import (
    PublishedOverlayVersion,
    PublishOverlayVersionInput,
    PublishOverlayVersionResult,
)
from schema.governance.types.publication import (
    PublishedVersion,
    PublishProtocolVersionInput,
    PublishProtocolVersionResult,
)
from schema.governance.types.returning import GoBackClinicProtocolInput, GoBackClinicProtocolResult

__all__ = [
    "GoBackClinicProtocolInput",
    "GoBackClinicProtocolResult",
    "OnPublicationRefused",
    "PublishOverlayVersionInput",
    "PublishOverlayVersionResult",
    "PublishProtocolVersionInput",
    "PublishProtocolVersionResult",
    "PublishedOverlayVersion",
    "PublishedVersion",
]
