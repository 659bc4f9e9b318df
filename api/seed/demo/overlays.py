"""What the law of the United States and of two states makes stricter, as the demo imagines it.

No such law is known to us: each source says that it is made up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from api.seed.demo.cast import Cast
from schema.access.rules import Permission
from schema.protocols import actions as protocols
from schema.protocols.rules import Remove, Set
from schema.protocols.rules.authorship import SourcedEdit

TEMPLATE = "MN-MEDICAL"
LEAD = "country.lead.us"


@dataclass(frozen=True, slots=True)
class Law:
    """An overlay's first version; one that is not in force yet waits for review."""

    jurisdiction: str
    in_force: bool
    edits: Sequence[SourcedEdit]


LAWS = (
    Law(
        "US",
        True,
        (
            SourcedEdit(
                Set("careInstructions.NO_MAKEUP.window.toHours", 48),
                "Made up for the demo: a federal advice on cosmetics after needling.",
            ),
        ),
    ),
    Law(
        "US-NC",
        True,
        (
            SourcedEdit(
                Set("parameters.needle_depth_mm.ceiling", "2.0"),
                "Made up for the demo: a rule of the board of North Carolina on needle depth.",
            ),
            SourcedEdit(
                Set("careInstructions.NO_SUN.window.toHours", 21 * 24),
                "Made up for the demo: a rule of the board of North Carolina on care afterwards.",
            ),
        ),
    ),
    Law(
        "US-FL",
        False,
        (
            SourcedEdit(
                Remove("addOns.MMP"),
                "Made up for the demo: Florida reviews who may deliver medicine by needles.",
            ),
        ),
    ),
)


async def tighten(cast: Cast) -> None:
    """Written by the country lead; what is in force, HQ approved and published."""
    lead_id = cast.people[LEAD].id
    assert lead_id is not None, "a person has an id"
    for law in LAWS:
        overlay = await protocols.create_jurisdiction_overlay(
            cast.acting("clinical.lead", Permission.PROTOCOLS_AUTHOR, days_ago=388),
            template=TEMPLATE,
            jurisdiction=law.jurisdiction,
            lead=lead_id,
        )
        days_ago = 385 if law.in_force else 2
        writing = cast.acting(LEAD, Permission.OVERLAYS_AUTHOR, days_ago=days_ago)
        version = await protocols.draft_overlay_version(
            writing, overlay_id=overlay.id, edits=law.edits
        )
        await protocols.submit_overlay_version(
            writing, version_id=version.id, expected_revision=version.revision
        )
        if law.in_force:
            approving = cast.acting("clinical.lead", Permission.PROTOCOLS_APPROVE, days_ago=384)
            for act in (protocols.approve_overlay_version, protocols.publish_overlay_version):
                await act(approving, version_id=version.id, expected_revision=version.revision)
