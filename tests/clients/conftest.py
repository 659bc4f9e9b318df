import pytest

from tests.asking import Acting
from tests.clients.people import Clinics, built


@pytest.fixture
async def clinics(act: Acting) -> Clinics:
    return await built(act)
