"""What is sealed opens with its own key in its own place, and nowhere else."""

from datetime import date

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from schema.base import new_id
from schema.clients.rules import Identity
from schema.clients.sealing import (
    email_index,
    identity_of,
    identity_text,
    link_code_hash,
    new_code,
    new_data_key,
    new_link_code,
    open_data_key,
)

MASTER = b"m" * 32
texts = st.text(max_size=50)


@given(st.builds(Identity, given_name=texts, family_name=texts, email=texts, born_on=st.dates()))
def test_an_identity_survives_its_text(identity: Identity) -> None:
    assert identity_of(identity_text(identity)) == identity


def test_an_identity_without_a_birthday_survives_too() -> None:
    identity = Identity(given_name="A", family_name="B")
    assert identity_of(identity_text(identity)) == identity
    assert identity_of(identity_text(identity)).born_on is not date.min


@given(st.text())
def test_what_is_sealed_opens_again(words: str) -> None:
    clinic_id, client_id, row_id = new_id(), new_id(), new_id()
    key = new_data_key(MASTER, clinic_id, client_id)
    sealed = key.seal(row_id, words)
    opened = open_data_key(MASTER, clinic_id, client_id, key.wrapped)
    assert opened.unseal(row_id, sealed) == words
    assert sealed != key.seal(row_id, words)


def test_a_ciphertext_moved_elsewhere_does_not_open() -> None:
    clinic_id, client_id, row_id = new_id(), new_id(), new_id()
    key = new_data_key(MASTER, clinic_id, client_id)
    sealed = key.seal(row_id, "secret")
    with pytest.raises(InvalidTag):
        key.unseal(new_id(), sealed)
    for master, clinic, client in (
        (b"n" * 32, clinic_id, client_id),
        (MASTER, new_id(), client_id),
        (MASTER, clinic_id, new_id()),
    ):
        with pytest.raises(InvalidTag):
            open_data_key(master, clinic, client, key.wrapped)


def test_an_address_is_indexed_per_clinic() -> None:
    one, other = new_id(), new_id()
    assert email_index(MASTER, one, "a@b.org") == email_index(MASTER, one, "a@b.org")
    assert email_index(MASTER, one, "a@b.org") != email_index(MASTER, other, "a@b.org")
    assert email_index(MASTER, one, "a@b.org") != email_index(b"n" * 32, one, "a@b.org")


def test_a_link_code_may_be_typed_as_people_type() -> None:
    code = new_link_code()
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert link_code_hash(MASTER, code) == link_code_hash(MASTER, typed)
    assert link_code_hash(MASTER, code) != link_code_hash(MASTER, new_link_code())


def test_codes_are_readable_and_do_not_repeat() -> None:
    codes = {new_code("C") for _ in range(100)}
    assert len(codes) == 100
    assert all(len(each) == 9 and each.startswith("C-") for each in codes)
