"""The clinics a permission reaches: the first of the two walls between clinics."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, any_, bindparam, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as UuidType


@dataclass(frozen=True, slots=True)
class Scope:
    """The clinics a permission reaches; `None` means all of them."""

    clinic_ids: frozenset[UUID] | None

    def __contains__(self, clinic_id: UUID) -> bool:
        return self.clinic_ids is None or clinic_id in self.clinic_ids

    def __bool__(self) -> bool:
        return self.clinic_ids is None or bool(self.clinic_ids)

    def where(self, column: Any) -> ColumnElement[bool]:
        """The condition that keeps a SELECT inside the scope: the only place that makes it.

        The row-level security policy says the same again, but as "all clinics or one of these",
        which PostgreSQL cannot use as an index condition.
        """
        if self.clinic_ids is None:
            return true()
        ids = bindparam(None, sorted(self.clinic_ids), type_=ARRAY(UuidType(as_uuid=True)))
        condition: ColumnElement[bool] = column == any_(ids)
        return condition


EVERYWHERE = Scope(None)
NOWHERE = Scope(frozenset())
