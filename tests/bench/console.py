"""How long the console takes on the server for a page of a list: with a long log, and beside a short one."""

import statistics
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

from bot.bootstrap import Application, application
from bot.settings import Settings
from storage.access import Guest
from tests.bench import filling
from tests.bench.figures import Line
from tests.console_fixtures import Client, served

FEW = 100
MESSAGES_A_DECISION = 20
LIMIT_MS, MOST_TIMES = 100.0, 3.0
REPEAT = 15
LEAD = Guest("slack", "T1", "ULEAD", "Lea")
PAGES = {
    "first page": "/decisions",
    "page 500": "/decisions?page=500",
    "by lever": "/decisions?lever=rag",
    "waits for review": "/decisions?state=logged",
    "none approved": "/decisions?state=approved",
    "by channel": "/decisions?channel=C7",
    "by person": "/decisions?person=Ada",
    "by day": "/decisions?since=2025-01-05&until=2025-01-06",
    "by words": "/decisions?text=refund",
    "by words, common": "/decisions?text=answers",
    "by words, none": "/decisions?text=zyzzyva",
    "surest first": "/decisions?sort=surest",
    "all filters": "/decisions?lever=rag&state=logged&platform=slack&channel=C7&text=refund&sort=oldest",
    "home": "/",
    "threads": "/threads",
}


def measure(decisions: int) -> list[Line]:
    """The pages over a short log and over a long one; the long one has twenty messages a decision."""
    short, long = _took(min(FEW, decisions)), _took(decisions)
    lines = []
    for name in PAGES:
        lines.append(Line(f"{name}: median of {REPEAT}", long[name], "ms", LIMIT_MS))
        # Of a hundred decisions few pass a filter; the page to compare with is one that is full, too.
        times = long[name] / max(short[name], short["first page"])
        lines.append(Line(f"{name}: times a page of {FEW}", times, "x", MOST_TIMES))
    return lines


def _took(decisions: int) -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        application(
            Settings(db=Path(folder) / "sextant.db", leads=("slack:ULEAD",), reader="offline")
        ) as app,
    ):
        filling.fill_log(app, decisions)
        _talk(app, decisions * (MESSAGES_A_DECISION - filling.TURNS_A_DECISION))
        with served(app) as address:
            client = Client(address)
            client.sign_in(app.links.link_for(LEAD.platform, LEAD.workspace, LEAD.person, LEAD.name))
            return {name: _median(client, path) for name, path in PAGES.items()}


def _median(client: Client, path: str) -> float:
    line = HTTPConnection(client.host, timeout=60)
    took = []
    for _ in range(REPEAT + 3):
        start = time.perf_counter()
        line.request("GET", path, headers={"Cookie": client.cookie})
        found = line.getresponse()
        found.read()
        took.append((time.perf_counter() - start) * 1000)
        assert found.status == 200
    line.close()
    return statistics.median(took[3:])


def _talk(app: Application, messages: int) -> None:
    """More messages, in threads of their own that came to no decision."""
    with app.file.transaction() as tables:
        put = tables.conn.execute
        first = put("SELECT coalesce(max(id), 0) + 1 FROM turns").fetchone()[0]
        numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) "
        talk = "'t-talk-' || (i / 20)"
        if messages <= 0:
            return
        put(
            numbers + "INSERT INTO threads SELECT 't-talk-' || i, 'slack', 'T1', 'C' || (i % 40), "
            "'talk-' || i, 'Talk number ' || i, 0, 'U' || (i % 300), '2025-06-01T00:00:00.000000Z' FROM n",
            [messages // 20 + 1],
        )
        put(
            numbers + "INSERT INTO turns (id, key, thread_id, by, reader, model, policy, prompt, tokens_in, "
            f"tokens_out, cost_usd, elapsed_ms, recorded_at) SELECT i + {first}, 'talk' || i, {talk}, 'U1', "
            "'offline', '', '', '', 0, 0, 0.0, 5.0, '2025-06-01T00:00:00.000000Z' FROM n",
            [messages],
        )
        put(
            numbers + "INSERT INTO messages (thread_id, turn_id, kind, author, author_name, text, sent_at) "
            f"SELECT {talk}, i + {first}, 'message', 'U' || (i % 300), 'Bob', 'It still says the wrong thing "
            f"about ' || i, '2025-06-01T00:00:00.000000Z' FROM n",
            [messages],
        )
