"""A content survives being stored, and being sent through the API."""

import json

import pytest
from hypothesis import given

from api.seed.content import TEMPLATES
from schema.protocols.store.documents import content, document
from tests.protocols.test_timing import contents


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.code)
def test_what_is_stored_is_read_as_it_was(template):
    assert content(json.loads(json.dumps(document(template.content)))) == template.content


@given(contents())
def test_any_content_is_read_as_it_was(written):
    assert content(json.loads(json.dumps(document(written)))) == written
