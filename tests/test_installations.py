"""Tokens of a workspace are readable only with the operator's secret."""

from datetime import UTC, datetime

import pytest

from storage.database import DatabaseFile
from storage.installations import Installation, Installations, Seal, SealBrokenError
from storage.log import Log
from storage.records import Incoming, Place

ONE = Installation("slack", "T1", "Acme", "xoxb-very-secret", "U1", {"bot_user": "B1"})


@pytest.fixture
def file(tmp_path):
    with DatabaseFile(tmp_path / "s.db", lambda: datetime(2026, 11, 24, tzinfo=UTC)) as opened:
        yield opened


def test_a_token_comes_back_with_the_same_secret_and_stands_nowhere_in_clear(file):
    kept = Installations(file, Seal("a" * 32))
    kept.save(ONE)
    assert kept.find("slack", "T1") == ONE
    assert "secret" not in repr(ONE)
    assert b"very-secret" not in file.path.read_bytes()


def test_installing_again_replaces_the_token(file):
    kept = Installations(file, Seal("a" * 32))
    kept.save(ONE)
    kept.save(Installation("slack", "T1", "Acme", "xoxb-new"))
    found = kept.find("slack", "T1")
    assert found is not None
    assert found.token == "xoxb-new"


def test_another_secret_or_an_altered_row_is_said_with_its_mend(file):
    Installations(file, Seal("a" * 32)).save(ONE)
    with pytest.raises(SealBrokenError, match="install the app in that workspace again"):
        Installations(file, Seal("b" * 32)).find("slack", "T1")
    with file.transaction() as tables:
        tables.execute("UPDATE installations SET sealed = X'00'")
    with pytest.raises(SealBrokenError):
        Installations(file, Seal("a" * 32)).find("slack", "T1")


def test_uninstalling_removes_the_token_and_closes_what_waits_there_only(file):
    log, kept = Log(file), Installations(file, Seal("a" * 32))
    kept.save(ONE)
    for workspace in ("T1", "T2"):
        log.inbox.receive(Incoming(Place("slack", workspace, "C", "1"), "1", "U", "hello"))
    kept.remove("slack", "T1")
    assert kept.find("slack", "T1") is None
    claimed = log.inbox.claim("w", 60)
    assert claimed is not None
    assert claimed.place.workspace == "T2"
    assert log.inbox.claim("w", 60) is None
