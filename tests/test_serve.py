"""`serve` tells how it is, hands requests on, and stops cleanly."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest

from bot.bootstrap import application
from bot.readiness import SAYS
from bot.serve import Service
from bot.settings import Settings
from storage.duties import EXPIRING, Duties
from storage.errors import StorageError
from storage.records import Incoming, Place
from tests.bot_fixtures import OUTDATED, ROOT, app, database, environment


class Quiet:
    """An adapter that brings nothing in."""

    name = "quiet"
    courier = None

    def __init__(self, trouble: str = "") -> None:
        self.said = trouble
        self.steps: list[str] = []

    async def start(self, lanes):
        self.steps.append("started")

    async def stop(self):
        self.steps.append("stopped")

    async def close(self):
        self.steps.append("closed")

    def lacks(self):
        return "token" if self.said else ""

    def http(self):
        async def echo(scope, receive, send):
            body = f"{scope['method']} {scope['path']}".encode()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})

        return {"/quiet/here": echo}


def served(
    folder: Path, adapter: Quiet, use: Callable[[str, aiohttp.ClientSession], Awaitable[None]]
) -> None:
    async def main() -> None:
        with app(folder) as built:
            adapter.courier = Courier()
            service = Service(built.turns, built.outbound, [adapter], ("127.0.0.1", 0))
            await service.start()
            try:
                async with aiohttp.ClientSession() as client:
                    await use(f"http://127.0.0.1:{service.web.port}", client)
            finally:
                await service.stop()

    asyncio.run(main())


class Courier:
    platform = "quiet"

    async def deliver(self, sending, parts, onto):
        return "p1"

    @asynccontextmanager
    async def working(self, claimed):
        yield


def test_what_a_killed_process_had_begun_is_gone_on_with_at_once(tmp_path):
    killed = f"{socket.gethostname()}:{2**22 + 1}:1"  # no process has such a number

    async def main():
        with app(tmp_path) as built:
            built.turns.receive(Incoming(Place("quiet", "w", "c", "k"), "m1", "ada", OUTDATED))
            assert built.log.inbox.claim(killed, 3600.0) is not None
            quiet = Quiet()
            quiet.courier = Courier()
            service = Service(built.turns, built.outbound, [quiet], ("127.0.0.1", 0))
            await service.start()
            try:
                async with asyncio.timeout(30):
                    while built.queries.counts().waiting_since is not None:
                        await asyncio.sleep(0.01)
            finally:
                await service.stop()
            return built.queries.counts().turns

    assert asyncio.run(main()) == 1


@pytest.mark.parametrize(("trouble", "status"), [("", 200), ("Slack refused the token xoxb-9 of T0042", 503)])
def test_readyz_says_in_words_of_our_own_what_is_wrong(tmp_path, trouble, status):
    async def use(url, client):
        async with client.get(f"{url}/healthz") as found:
            assert found.status == 200
        async with client.get(f"{url}/readyz") as found:
            said = await found.json()
            assert (found.status, said["parts"]["quiet"]) == (status, SAYS["token"] if trouble else "ok")
            assert "T0042" not in str(said)
            assert said["parts"]["database"] == "ok"

    served(tmp_path, Quiet(trouble), use)


def test_readyz_names_no_file_when_the_database_is_in_trouble(caplog):
    def broken():
        raise StorageError("cannot read /srv/secret/sextant.db")

    turns = SimpleNamespace(queries=SimpleNamespace(reachable=broken), take_back=broken)
    service = Service(turns, None, [], ("127.0.0.1", 0))

    async def asked():
        await service.start()
        try:
            url = f"http://127.0.0.1:{service.web.port}/readyz"
            async with aiohttp.ClientSession() as client, client.get(url) as found:
                return found.status, await found.json()
        finally:
            await service.stop()

    assert asyncio.run(asked()) == (503, {"ready": False, "parts": {"database": SAYS["database"]}})
    assert "database_trouble says=cannot read /srv/secret" in caplog.text


def test_an_adapter_is_asked_under_its_own_path_and_nothing_else_is_there(tmp_path):
    async def use(url, client):
        async with client.post(f"{url}/quiet/here") as found:
            assert await found.text() == "POST /quiet/here"
        async with client.get(f"{url}/elsewhere") as found:
            assert found.status == 404

    quiet = Quiet()
    served(tmp_path, quiet, use)
    assert quiet.steps == ["started", "stopped", "closed"]


def test_what_is_due_by_itself_is_looked_for_also_where_there_is_no_platform(tmp_path):
    async def main():
        loop, looked = asyncio.get_running_loop(), asyncio.Event()

        def tick(platforms):
            built.tick(platforms)
            loop.call_soon_threadsafe(looked.set)

        service = Service(built.turns, built.outbound, [], ("127.0.0.1", 0), tick)
        await service.start()
        try:
            await asyncio.wait_for(looked.wait(), 30)
        finally:
            await service.stop()

    settings = Settings(db=database(tmp_path), keep_messages=timedelta(days=30))
    with application(settings) as built:
        asyncio.run(main())
        assert Duties(built.file).last(EXPIRING) is not None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_runs_until_it_is_told_to_stop(tmp_path, number):
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"],
        stderr=subprocess.PIPE,
        env=environment(tmp_path, SEXTANT_BIND="127.0.0.1:0", PYTHONPATH=str(ROOT)),
        cwd=tmp_path,
        text=True,
    )
    assert running.stderr is not None
    lines = iter(running.stderr.readline, "")
    assert any("No platform is configured" in line for line in lines)
    assert any("readyz tells how it is" in line for line in lines)
    running.send_signal(number)
    _, rest = running.communicate(timeout=30)
    assert running.returncode == 0, rest
    assert "Traceback" not in rest


def test_an_address_that_is_taken_is_said_in_a_sentence(tmp_path):
    async def use(url, client):
        port = url.rpartition(":")[2]
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bot", "serve"],
            capture_output=True,
            env=environment(tmp_path, SEXTANT_BIND=f"127.0.0.1:{port}"),
            cwd=tmp_path,
            timeout=30,
        )
        assert done.returncode == 1
        assert b"cannot listen on 127.0.0.1" in done.stderr
        assert b"Traceback" not in done.stderr

    served(tmp_path, Quiet(), use)
