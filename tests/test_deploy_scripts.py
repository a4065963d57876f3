"""The scripts in `deploy/` do what they say, with the real program."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.healthy import answers
from tests.bot_fixtures import ROOT, app, environment, said


def run(name: str, *words: object, folder, **more: str) -> "subprocess.CompletedProcess[str]":
    with_program = environment(folder, SEXTANT=f"{sys.executable} -m bot", **more)
    return subprocess.run(
        [ROOT / "deploy" / name, *map(str, words)],
        env=with_program,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_backup_is_made_old_ones_go_and_the_drill_proves_that_it_can_be_restored(tmp_path):
    backups, home = tmp_path / "backups", tmp_path / "home"
    home.mkdir()
    with app(home) as built:
        said(built, "Our bot is wrong.", "decide now", "log this decision by Ada: it is about prices")
    backups.mkdir()
    old, theirs = backups / "sextant-20200101T000000Z.db", backups / "precious.db"
    for file in (old, theirs):
        file.touch()
        os.utime(file, (0, 0))
    made = run("backup.sh", backups, folder=home)
    assert made.returncode == 0, made.stderr
    (new,) = backups.glob("sextant-*Z.db")
    assert not old.exists()
    assert theirs.exists()
    before = new.read_bytes()
    drilled = run("drill.sh", new, folder=home, TMPDIR=str(tmp_path))
    assert drilled.returncode == 0, drilled.stderr
    assert "Ada" in drilled.stdout
    assert drilled.stdout.endswith("It can be restored, and takes new messages.\n")
    assert new.read_bytes() == before
    assert sorted(found.name for found in tmp_path.iterdir()) == ["backups", "home"]


def test_the_drill_fails_for_what_is_no_backup(tmp_path):
    (tmp_path / "b.db").write_text("Dear diary")
    drilled = run("drill.sh", tmp_path / "b.db", folder=tmp_path)
    assert drilled.returncode == 1
    assert "not an SQLite database" in drilled.stderr


@contextmanager
def serving(status: int) -> Iterator[str]:
    """A server on loopback that answers with one status."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    try:
        yield str(server.server_port)
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_the_health_check_asks_where_the_bot_listens(host):
    with serving(200) as port:
        assert answers(f"{host}:{port}")
    assert not answers(f"{host}:{port}")
    with serving(503) as port:
        assert not answers(f"{host}:{port}")
