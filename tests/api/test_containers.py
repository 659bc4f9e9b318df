"""No Docker engine runs here: the compose file is held against the schema of compose files.

`data/compose-spec.json` is compose-spec's, of October 2021 (Apache 2.0).
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

ROOT = Path(__file__).parents[2]
SPECIFICATION = json.loads((Path(__file__).parent / "data" / "compose-spec.json").read_text())


@pytest.fixture
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return content


def test_compose_file_is_valid(compose: dict[str, Any]) -> None:
    assert [each.message for each in Draft7Validator(SPECIFICATION).iter_errors(compose)] == []


def test_api_waits_for_migrations_which_wait_for_the_database(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["db"]["image"] == "postgres:18"
    assert services["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    migrated = {"migrate": {"condition": "service_completed_successfully"}}
    assert services["api"]["depends_on"] == migrated
    assert "/readyz" in str(services["api"]["healthcheck"])


def test_files_that_containers_take_exist(compose: dict[str, Any]) -> None:
    mounted = [each for each in compose["services"]["db"]["volumes"] if each.startswith("./")]
    assert mounted
    assert all((ROOT / each.split(":")[0]).exists() for each in mounted)
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert all((ROOT / each).exists() for line in copied for each in line.split())


def test_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users == ["franchise"]
