"""What graphql-core leaves behind where generated queries make errors in siblings."""

import gc
from collections.abc import Iterator

import pytest

GENERATED = ("test_fuzz", "test_property", "test_property_links")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Its coroutines of siblings that it calls off are never awaited, which is a warning each; of
    ours none is left (test_edges.py, test_concurrency.py)."""
    if item.path.stem in GENERATED:
        item.add_marker(
            pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
        )
        item.add_marker(pytest.mark.usefixtures("collected_at_last", "collected"))


@pytest.fixture(scope="module")
def collected_at_last() -> Iterator[None]:
    """What the fixtures of a module held is found then, too: this one ends after them."""
    yield
    gc.collect()


@pytest.fixture
def collected() -> Iterator[None]:
    """Garbage is found while its warnings are expected, not in a later test."""
    yield
    gc.collect()
