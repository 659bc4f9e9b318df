"""The environment: what is given, what is made, what makes no sense."""

from pathlib import Path

import pytest

from api.database import parse_url
from api.errors import CannotProceed
from api.settings import Settings
from schema.access.rules import ActorKind
from tests.serving import SECRETS


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment with a data folder only."""
    for each in Settings.model_fields:
        monkeypatch.delenv(each.upper(), raising=False)
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "70000"),
        ("MASTER_KEY", "c2hvcnQ="),
        ("SIGNING_KEYS", "?,?"),
        ("TRUSTED_ONLY", "nobody,machines"),
        ("TRUSTED_ONLY", "SYSTEM"),
        ("METRICS_TOKEN", "short"),
    ],
)
def test_senseless_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CannotProceed, match=f"^{name}: "):
        Settings.read()


def test_empty_setting_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("PORT", "")
    assert Settings.read().embedded
    assert Settings.read().port == 8000


def test_made_secrets_are_kept_for_the_owner_only(tmp_path: Path) -> None:
    made = Settings.read().secrets()
    assert Settings.read().secrets() == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert [len(each) for each in (*made.signing_keys, made.master_key)] == [32, 32]


def test_given_database_needs_given_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Settings.read().secrets()
    monkeypatch.setenv("DATABASE_URL", "postgresql://a@b/c")
    with pytest.raises(CannotProceed, match="SIGNING_KEYS and MASTER_KEY"):
        Settings.read().secrets()
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    assert Settings.read().secrets().master_key == b"mastermastermastermastermasterma"


def test_earlier_signing_keys_follow_the_current_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_KEY", SECRETS["MASTER_KEY"])
    monkeypatch.setenv("SIGNING_KEYS", f"{SECRETS['MASTER_KEY']},{SECRETS['SIGNING_KEYS']}")
    first, second = Settings.read().secrets().signing_keys
    assert (first[:6], second[:7]) == (b"master", b"signing")


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SECRETS, "METRICS_TOKEN": "a token of sixteen"}.items():
        monkeypatch.setenv(name, value)
    shown = repr(Settings.read()) + repr(Settings.read().secrets())
    assert not any(
        each in shown for each in ("a token of sixteen", "bWFzdGVy", "c2lnbmlu", "master" * 2)
    )


def test_kinds_of_callers_are_told_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.read().trusted_only == frozenset()
    monkeypatch.setenv("TRUSTED_ONLY", "person, NOBODY")
    assert Settings.read().trusted_only == {ActorKind.PERSON, ActorKind.NOBODY}


def test_database_urls() -> None:
    url = parse_url("postgres://a:b@c:5433/d?sslmode=require")
    assert url.drivername == "postgresql+asyncpg"
    assert dict(url.query) == {"ssl": "require"}
    for each in ("mysql://a/b", "postgresql://a", "nonsense"):
        with pytest.raises(CannotProceed, match="DATABASE_URL"):
            parse_url(each)
