"""What headquarters verified about the scope of practice."""

from decimal import Decimal
from typing import Any

from schema.base import insert
from schema.clinics import store as clinics
from schema.context import Work
from schema.errors import Conflict, NotFound
from schema.practitioners import store
from schema.practitioners.models import ScopeRuleRow
from schema.practitioners.rules import (
    CredentialType,
    Supervision,
    check_depth,
    check_source,
    check_verifier,
)


async def verify_scope_rule(
    work: Work,
    *,
    jurisdiction_code: str,
    credential_type: CredentialType,
    max_needle_depth_mm: Decimal,
    supervision: Supervision,
    source: str,
) -> ScopeRuleRow:
    """State, in one's own name and as of today (UTC), what a credential may do in a jurisdiction.

    What was verified before is replaced.
    Raises: InvalidScopeRule, VerifierUnknown, NotFound, Conflict.
    """
    depth, verifier = check_depth(max_needle_depth_mm), check_verifier(work.actor)
    place = await clinics.jurisdiction(work.session, jurisdiction_code)
    if place is None:
        raise NotFound("jurisdiction", jurisdiction_code, field="jurisdictionCode")
    found = await store.scope_rule(work.session, place.code, credential_type)
    stated: dict[str, Any] = {
        "max_needle_depth_mm": depth,
        "supervision": supervision,
        "source": check_source(source),
        "verified_by": verifier,
        "verified_on": work.now.date(),
    }
    if found is None:
        row = ScopeRuleRow(jurisdiction_code=place.code, credential_type=credential_type, **stated)
    else:
        row = await work.session.get_one(ScopeRuleRow, found.id, with_for_update=True)
        row.sqlmodel_update(stated)
    taken = Conflict("Somebody else has just verified it; look again.", field="jurisdictionCode")
    await insert(work.session, row, taken=taken)
    work.record(
        "scope_rule.verified",
        None,
        row,
        jurisdiction=place.code,
        credential_type=credential_type,
        max_needle_depth_mm=depth,
        before=found.max_needle_depth_mm if found else None,
    )
    return row
