import pytest

from tests.asking import Asking
from tests.clients.people import Clinics, built


@pytest.fixture
async def clinics(ask: Asking) -> Clinics:
    return await built(ask)
