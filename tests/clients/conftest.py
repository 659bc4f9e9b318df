import pytest

from tests.asking import Acting
from tests.clients.people import Clinics, built
from tests.snapshots import Snapshots


@pytest.fixture
async def clinics(act: Acting, snapshots: Snapshots) -> Clinics:
    return await snapshots.of("clinics", lambda: built(act))
