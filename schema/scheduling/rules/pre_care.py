"""Pre-care: what a client must leave or do in the days before a visit."""

from datetime import datetime, timedelta

from schema.protocols.rules import ProtocolContent, longest_pre_care_hours


def pre_care_from(content: ProtocolContent, now: datetime) -> datetime | None:
    """The first instant at which a visit needs no attestation; None where there is no pre-care.

    Source: domain.md, "What must be computed" 3: whoever books later than the longest of it needs
    nothing; sooner, the client attests that it was kept all the same.
    """
    hours = longest_pre_care_hours(content)
    return now + timedelta(hours=hours) if hours else None
