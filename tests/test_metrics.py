"""`/metrics` tells numbers of everything that happens, in the form of Prometheus, and names nobody."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import aiohttp
import pytest

from bot.bootstrap import numbers_of
from bot.metrics import Metrics
from bot.metrics_text import MOST_SERIES, Counter, Histogram, gauge
from bot.serve import Service
from bot.settings import Settings
from decision.reader import Usage
from storage.queues import Queues
from storage.records import Incoming, Place
from tests.bot_fixtures import app
from tests.console_fixtures import LEAD, STORIES, demo

LINE = re.compile(
    r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?[0-9.]+(?:e[-+]?[0-9]+)?|\+Inf)'
)


def read(text: str) -> dict[str, float]:
    """The samples by name and labels; every line must be of the form, and under the head of its metric."""
    found: dict[str, float] = {}
    kind, name = "", ""
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
        elif line.startswith("# TYPE "):
            _, _, again, kind = line.split(" ")
            assert again == name
            assert kind in ("counter", "gauge", "histogram")
        else:
            sample = LINE.fullmatch(line)
            assert sample, line
            of = re.sub(r"_(bucket|sum|count)$", "", sample[1]) if kind == "histogram" else sample[1]
            assert of == name
            key = f"{sample[1]}{{{sample[2]}}}" if sample[2] else sample[1]
            assert key not in found
            found[key] = float(sample[3])
    return found


def test_a_counter_counts_by_labels_and_escapes_what_they_say():
    counter = Counter("a_total", "Says.", ("x", "y"))
    counter.add("1", 'q"\\\n')
    counter.add("1", 'q"\\\n', by=2.5)
    assert list(counter.lines())[2:] == ['a_total{x="1",y="q\\"\\\\\\n"} 3.5']
    assert list(Counter("b_total", "Says.").lines())[2:] == ["b_total 0"]


def test_a_histogram_adds_up_and_ends_with_all():
    histogram = Histogram("a_seconds", "Says.", (), (0.1, 1.0))
    for seconds in (0.1, 0.5, 7):
        histogram.note(seconds)
    assert list(histogram.lines())[2:] == [
        'a_seconds_bucket{le="0.1"} 1',
        'a_seconds_bucket{le="1"} 2',
        'a_seconds_bucket{le="+Inf"} 3',
        "a_seconds_sum 7.6",
        "a_seconds_count 3",
    ]


def test_no_label_grows_without_an_end():
    counter = Counter("a_total", "Says.", ("x",))
    for number in range(1_000):
        counter.add(str(number))
    lines = list(counter.lines())[2:]
    assert len(lines) == MOST_SERIES + 1
    assert 'a_total{x="other"} 900' in lines


def test_a_gauge_tells_what_it_is_given():
    assert list(gauge("a", "Says.", ("x",), [(("1",), 0.25)]))[1:] == ["# TYPE a gauge", 'a{x="1"} 0.25']


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("team")) as made:
        yield made


def told(team, troubles=None) -> dict[str, float]:
    queues = Queues(team.app.file)
    return read(team.app.watch.metrics.text(queues.waiting, troubles or {"slack": "", "database": ""}))


def test_turns_are_counted_by_what_they_came_to(team):
    before = told(team)
    team.say(LEAD, "CNEW", "1.1", STORIES[0][2])
    team.say(LEAD, "CNEW", "1.1", "decide now")
    team.say(LEAD, "CNEW", "1.1", "log this decision")
    team.say(LEAD, "CNEW", "1.2", "What is the capital of France?")
    after = told(team)
    for outcome in ("asked", "verdict", "logged", "declined"):
        key = f'sextant_turns_total{{platform="slack",outcome="{outcome}"}}'
        assert after[key] == before.get(key, 0) + 1, outcome
    key = 'sextant_turn_seconds_count{platform="slack"}'
    assert after[key] == before[key] + 4


def test_what_waits_is_asked_of_the_database_with_the_age_of_the_oldest(team):
    place = Place("slack", "T1", "CWAIT", "9.9")
    team.now = datetime.now(UTC)
    held, team.app.file.now = team.app.file.now, lambda: team.now
    try:
        team.app.turns.receive(Incoming(place, "wait:1", "UADA", "hello", author_name="Ada"))
        team.now += timedelta(seconds=90)
        found = told(team)
        assert found['sextant_inbox_waiting{platform="slack"}'] == 1
        assert found['sextant_inbox_oldest_seconds{platform="slack"}'] == pytest.approx(90, abs=1)
        assert found['sextant_outbox_waiting{platform="slack"}'] > 0
        assert team.app.turns.handle_next("slack")
        assert told(team)['sextant_inbox_waiting{platform="slack"}'] == 0
    finally:
        team.app.file.now = held


def test_what_waits_is_found_without_reading_what_is_done(team):
    from storage import queues

    plan = " ".join(str(row["detail"]) for row in team.app.file.rows(f"EXPLAIN QUERY PLAN {queues._WAITING}"))
    assert "inbox USING INDEX inbox_in_line" in plan
    assert "o USING INDEX outbox_in_line" in plan


def test_deliveries_retries_and_what_is_dropped_are_counted(team):
    outbound, before = team.app.outbound, told(team)
    team.now = datetime.now(UTC) - timedelta(minutes=5)
    for text in ("hello", "hello again"):
        team.say(LEAD, "CDELIVER", "2.1", text)
    thread = team.app.turns.queries.at(Place("slack", "T1", "CDELIVER", "2.1"))
    outbound.later(outbound.claim("slack", thread).sending, "slow", 0)
    outbound.delivered(outbound.claim("slack", thread).sending, "1.2")
    outbound.dead(outbound.claim("slack", thread).sending, "gone")
    after = told(team)
    for key in (
        'sextant_delivery_retries_total{platform="slack",why="asked_to_wait"}',
        'sextant_delivery_seconds_count{platform="slack"}',
        'sextant_replies_dropped_total{platform="slack"}',
    ):
        assert after[key] == before.get(key, 0) + 1, key


def test_the_model_is_counted_in_tokens_and_dollars_cached_or_not():
    metrics = Metrics()
    metrics.used(Usage())
    metrics.used(
        Usage("claude-x", "p1", tokens_in=100, tokens_out=7, tokens_cached=80, cost_usd=0.5, calls=1)
    )
    metrics.fell_back("slow")
    found = read(metrics.text(list, {}))
    assert found['sextant_model_tokens_total{model="claude-x",kind="in"}'] == 20
    assert found['sextant_model_tokens_total{model="claude-x",kind="cached"}'] == 80
    assert found['sextant_model_tokens_total{model="claude-x",kind="out"}'] == 7
    assert found['sextant_model_cost_dollars_total{model="claude-x"}'] == 0.5
    assert found['sextant_reader_fallbacks_total{cause="slow"}'] == 1


def test_parts_that_do_not_work_are_told_and_a_database_in_trouble_is_not_asked():
    def broken():
        raise AssertionError("asked")

    found = read(Metrics().text(broken, {"slack": "It is out of reach.", "database": "It cannot be used."}))
    assert found['sextant_ready{part="slack"}'] == 0
    assert found['sextant_ready{part="database"}'] == 0
    assert not any("waiting" in key for key in found)


def test_nothing_that_anybody_said_and_nobodys_id_is_told(team):
    text = team.app.watch.metrics.text(Queues(team.app.file).waiting, {"slack": ""})
    words = [*(word for _, _, story, _ in STORIES for word in story.split() if len(word) > 6), "UADA", "Ada"]
    ids = ["T1", "CSUPPORT", *(one.id for one in team.app.archive.decisions())]
    labels = re.findall(r'="([^"]*)"', text)
    assert not set(labels).intersection([*words, *ids])
    assert set(re.findall(r'(\w+)="', text)) == {"platform", "outcome", "le", "why", "part", "version"}


def served(folder, settings, use):
    async def main():
        with app(folder) as built:
            changed = replace(built, settings=settings)
            numbers = partial(numbers_of, changed)
            service = Service(built.turns, built.outbound, [], ("127.0.0.1", 0), None, None, numbers)
            await service.start()
            try:
                async with aiohttp.ClientSession() as client:
                    await use(f"http://127.0.0.1:{service.web.port}/metrics", client)
            finally:
                await service.stop()

    asyncio.run(main())


def test_the_numbers_are_open_to_this_machine_and_in_the_form_of_prometheus(tmp_path):
    async def use(url, client):
        async with client.get(url) as found:
            assert found.status == 200
            assert found.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
            assert found.headers["cache-control"] == "no-store"
            assert read(await found.text())['sextant_ready{part="database"}'] == 1

    served(tmp_path, Settings(db=tmp_path / "x.db"), use)


@pytest.mark.parametrize("reach", [{"bind": "0.0.0.0:8321"}, {"public_url": "https://sextant.example"}])
def test_where_others_can_ask_the_numbers_need_their_token(tmp_path, reach):
    token = "a-token-of-the-operator"

    async def closed(url, client):
        async with client.get(url) as found:
            assert found.status == 403
            assert "set SEXTANT_METRICS_TOKEN" in await found.text()

    async def asked(url, client):
        for said, status in (
            ("", 401),
            (f"Bearer {token}x", 401),
            (f"Basic {token}", 401),
            (token, 401),
            ("Bearer ü", 401),
            (f"Bearer {token}", 200),
        ):
            async with client.get(url, headers={"Authorization": said}) as found:
                assert found.status == status, said
                assert token not in await found.text()

    served(tmp_path, Settings(db=tmp_path / "x.db", **reach), closed)
    served(tmp_path, Settings(db=tmp_path / "x.db", metrics_token=token, **reach), asked)
