"""A function per write: clients, the persons who join them, and what holds them back."""

from schema.clients.actions.holds import (
    check_no_hold,
    clear_hold,
    place_hold,
    record_clinical_reads,
)
from schema.clients.actions.links import LinkCode, create_link_code, link_client
from schema.clients.actions.records import (
    client_in_scope,
    data_key_of,
    register_client,
    today_in,
    update_client,
)

__all__ = [
    "LinkCode",
    "check_no_hold",
    "clear_hold",
    "client_in_scope",
    "create_link_code",
    "data_key_of",
    "link_client",
    "place_hold",
    "record_clinical_reads",
    "register_client",
    "today_in",
    "update_client",
]
