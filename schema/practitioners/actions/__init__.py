"""A function per write of who treats. What is about a practitioner is HQ's to change, or that of a
manager of a clinic to which she is, was or will be assigned."""

from schema.practitioners.actions.assignments import (
    acting_clinic,
    assign_practitioner,
    end_assignment,
    practitioner_in_scope,
)
from schema.practitioners.actions.hours import add_time_off, remove_time_off, set_working_hours
from schema.practitioners.actions.qualifications import (
    Licence,
    add_certification,
    add_credential,
    remove_certification,
    remove_credential,
)
from schema.practitioners.actions.registration import register_practitioner
from schema.practitioners.actions.scope_rules import verify_scope_rule

__all__ = [
    "Licence",
    "acting_clinic",
    "add_certification",
    "add_credential",
    "add_time_off",
    "assign_practitioner",
    "end_assignment",
    "practitioner_in_scope",
    "register_practitioner",
    "remove_certification",
    "remove_credential",
    "remove_time_off",
    "set_working_hours",
    "verify_scope_rule",
]
