"""What has to come before treatments in the demo: a talk before a first session in Florida."""

from datetime import timedelta

from api.seed.demo.cast import Cast
from schema.access.rules import Permission
from schema.protocols.rules import ProtocolKind
from schema.scheduling import actions as scheduling
from schema.scheduling.actions.prerequisites import Before

SOURCE = (
    "Article 002: a thorough consultation comes first. That it is a visit of its own, a day to"
    " three months before, is headquarters' decision; no law was read for it."
)


async def require_visits(cast: Cast) -> None:
    """Since a month, by the clinical lead."""
    work = cast.acting("clinical.lead", Permission.PREREQUISITES_SET, days_ago=30)
    await scheduling.set_prerequisite(
        work,
        jurisdiction_code="US-FL",
        visit_kind=ProtocolKind.CONSULTATION,
        before=Before(templates=["MN-FIRST"]),
        min_days=1,
        max_days=90,
        from_on=work.now.date() + timedelta(days=1),
        source=SOURCE,
    )
