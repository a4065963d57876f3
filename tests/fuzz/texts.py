"""Ways in for text: what is said, typed, tapped, kept, configured, imported and asked for by command."""

import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from click.testing import CliRunner
from hypothesis import strategies as st

from bot import intents, posts, taps, weekly_intents
from bot.cli import sextant
from bot.discord import gating, markup, split
from bot.evaluation import CaseFileError, load
from bot.settings import SettingsError, read_settings
from bot.slack import mrkdwn
from bot.slack.split import pieces
from bot.terminal.chat import Chat
from bot.terminal.wrapping import clean, wrap
from decision import policy as policies
from decision.answers import plain_answer, read_answer
from decision.neutral import neutral
from knowledge.files import UnreadableFileError, outline_of
from tests.bot_fixtures import OUTDATED, ROOT, app, database, said
from tests.fuzz.entries import Entry, Feed, UnhandledError, listening
from tests.fuzz.mutating import TEXTS, as_json, garbled, mutated
from tests.test_import import pdf_of

SAID = (
    OUTDATED,
    "decide now",
    "log this decision as workflow by Ada: because we lack a step, ask again in 3 weeks",
    "digest here monday 09:00 Europe/Berlin only this channel, skip empty weeks",
    "outcome d-7f3k worked: resolution 60% -> 74%",
    "1, 3 and not sure",
    "We have 3,000 labelled pairs, 2M requests a month and a 9k token prompt. Two people agree on 85 %.",
    "Can fine-tuning replace RAG?",
    "Unser Bot erfindet Preise, die sich jede Woche ändern.",
    "那个机器人总是给出过时的答案。",
)

WORDS = st.one_of(
    TEXTS, garbled([one.encode() for one in SAID]).map(lambda raw: raw.decode("utf-8", "replace"))
)
"""Something said, or what is left of it."""


@contextmanager
def _chat(folder: Path) -> Iterator[Feed]:
    with app(folder) as built, listening() as quiet:
        out = io.StringIO()
        chats = [Chat(built.turns, built.outbound, io.StringIO(), out, "grace")]

        def feed(lines: list[str]) -> None:
            if len(lines) > 2:
                chats[0] = Chat(built.turns, built.outbound, io.StringIO(), out, "grace")
            out.seek(0)
            out.truncate()
            for line in lines:
                chats[0].receive(line)
            quiet()
            counts = built.queries.counts()
            if counts.inbox_waiting or counts.outbox_waiting or not out.getvalue():
                raise UnhandledError("something was not answered")

        yield feed


@contextmanager
def _intents(folder: Path) -> Iterator[Feed]:
    with app(folder) as built:
        questions = [built.conversation.question(factor) for factor in built.policy.factors]

    def feed(given: tuple[str, int]) -> None:
        text, number = given
        for read in (
            *(intents.intent_of, intents.log_request, intents.guidance_question, intents.lever_named),
            *(weekly_intents.digest_request, weekly_intents.rhythm_request, weekly_intents.outcome_request),
            *(weekly_intents.measured, weekly_intents.asked_after),
        ):
            read(text)
        question = questions[number % len(questions)]
        read_answer(text, question)
        plain_answer(text, question)

    yield feed


@contextmanager
def _markup(folder: Path) -> Iterator[Feed]:
    def feed(text: str) -> None:
        for shown in (mrkdwn.escape, mrkdwn.inline, mrkdwn.markdown, mrkdwn.readable, mrkdwn.mentions):
            shown(text)
        for shown in (markup.escaped, markup.line, markup.quote, markup.small, clean, neutral):
            shown(text)
        assert all(len(piece) <= 300 for piece in pieces(text, 300))
        assert all(len(part) <= 2000 for part in split.split(text))
        wrap(text, 40)
        gating.wanted(gating.Heard("1", "2", text, "3", role="4", guild="5", names_me=True))

    yield feed


def _pure(read: Callable[[Any], object], *expected: type[Exception]) -> Callable[[Path], Any]:
    """An entry without anything to open; what it may raise is said."""

    @contextmanager
    def opened(folder: Path) -> Iterator[Feed]:
        def feed(given: Any) -> None:
            with suppress(*expected):
                read(given)

        yield feed

    return opened


@lru_cache(maxsize=1)
def _bodies() -> list[Any]:
    """Replies as the outbox keeps them."""
    with TemporaryDirectory() as name, app(Path(name)) as built:
        said(
            built, *SAID[:5], OUTDATED, "why?", "what would change this?", "decide now", "that's wrong", "log"
        )
        return [json.loads(row["body"]) for row in built.file.rows("SELECT body FROM outbox")]


def _read_posts(body: Any) -> None:
    posts.to_json(posts.from_json(json.dumps(body)))


def _read_tap(given: tuple[str, Any]) -> None:
    text, body = given
    carried = taps.decode(text)
    assert carried is None or taps.encode(carried.act, carried.turn, carried.index)
    with suppress(ValueError):
        taps.read(body)


NAMES = [
    *("SEXTANT_DB", "SEXTANT_POLICY", "SEXTANT_READER", "SEXTANT_MODEL", "SEXTANT_MODEL_SECONDS"),
    *(
        "SEXTANT_MONTHLY_BUDGET",
        "SEXTANT_PERSON_RATE",
        "SEXTANT_BIND",
        "SEXTANT_PUBLIC_URL",
        "SEXTANT_SECRET",
    ),
    *(
        "SEXTANT_LEADS",
        "SEXTANT_SLACK_API_URL",
        "SEXTANT_SLACK_ADMIT_GUESTS",
        "SLACK_BOT_TOKEN",
        "DISCORD_TOKEN",
    ),
]
DOTENV = (
    b"SLACK_BOT_TOKEN=xoxb-1\nSLACK_APP_TOKEN='xapp-1'\n# a comment\n"
    b'export SEXTANT_LEADS="slack:U1, discord:2"\n'
    b"SEXTANT_BIND=127.0.0.1:0\nSEXTANT_MONTHLY_BUDGET=12.5\nSEXTANT_DB=${HOME}/x.db\n"
)


@contextmanager
def _settings(folder: Path) -> Iterator[Feed]:
    dotenv = folder / ".env"

    def feed(given: tuple[dict[str, str], bytes]) -> None:
        environment, raw = given
        dotenv.write_bytes(raw)
        with suppress(SettingsError):
            read = read_settings(environment, dotenv)
            assert read.port < 65536

    yield feed


CASES = (
    b'{"id": "a", "text": "Our bot lies", "lever": ["rag"], "failure": "knowledge", '
    b'"answers": {"human_fix": "tool"}}',
    b'{"id": "b", "text": "x", "lever": ["off_topic"]}\n\n{"id": null}',
)


@lru_cache(maxsize=1)
def _policy() -> bytes:
    return (ROOT / "decision/policy.toml").read_bytes()


def _read_policy(raw: bytes) -> None:
    policies.parse(raw.decode("utf-8", "replace"), "policy.toml")


@contextmanager
def _cases(folder: Path) -> Iterator[Feed]:
    path = folder / "cases.jsonl"

    def feed(raw: bytes) -> None:
        path.write_bytes(raw)
        with suppress(CaseFileError):
            load(path)

    yield feed


@contextmanager
def _commands(folder: Path) -> Iterator[Feed]:
    with app(folder) as built:
        said(built, OUTDATED, "decide now", "log this decision by Ada")
    os.environ["SEXTANT_DB"] = str(database(folder))
    runner = CliRunner()

    def feed(given: tuple[list[str], str]) -> None:
        words, typed = given
        try:
            done = runner.invoke(sextant, words, input=typed.encode("utf-8", "replace"))
        except ValueError:  # no argument of a command can hold a NUL, or half a character
            return
        if done.exit_code not in (0, 1, 2) or not isinstance(done.exception, SystemExit | None):
            raise UnhandledError(f"{words}: {done.exception!r}")

    try:
        yield feed
    finally:
        del os.environ["SEXTANT_DB"]


DOCUMENTS: dict[str, tuple[bytes, ...]] = {
    ".md": (
        *tuple(
            (ROOT / "knowledge/guidance" / name).read_bytes()[:4000] for name in ("faq.md", "economics.md")
        ),
        b"> " * 60 + b"deep",
        b"[" * 400,
        b"|a|b|\n|-|-|\n|1|2|\n",
        b"- x\n" * 50,
        b"```\ncode\n",
        b"*a **b _c " * 60,
    ),
    ".html": (
        b"<html><title>t</title><body><h1>A</h1><p>b<ul><li>c<li>d</ul><table><tr><th>x<td>y</table>",
        b"<div>" * 300 + b"x",
        b"<b><i><u><a href='x'>" * 60,
        b"<!-- " + b"<p>" * 30,
        b"<table>" * 40 + b"<td>x",
        b"&#x110000;&#0;&amp &lt;script>x</script>",
    ),
    ".txt": (
        b"Refund rules\n\nMoney comes back.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        b"\n" * 300,
        b"1. a\n2. b\n===\n",
    ),
    ".pdf": (
        pdf_of("The pump runs dry.", "Call the plumber."),
        pdf_of("x" * 400),
        b"%PDF-1.7\n1 0 obj<<>>endobj\n",
    ),
}


def _documents(suffix: str) -> Entry:
    def read(raw: bytes) -> None:
        outline_of(Path(f"x{suffix}"), raw)

    name = f"knowledge documents, {suffix}"
    return Entry(
        name, garbled(DOCUMENTS[suffix]), _pure(read, UnreadableFileError), 0.5 if suffix == ".pdf" else 1
    )


def _argument(text: str) -> str:
    """As an argument can be: no NUL, and no half of a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


VERBS = st.sampled_from(
    (
        *(
            ["ask"],
            ["ask", "--json"],
            ["decisions", "list", "--text"],
            ["decisions", "show"],
            ["knowledge", "search"],
        ),
        *(
            ["knowledge", "add"],
            ["knowledge", "remove"],
            ["digest", "post"],
            ["digest", "subscribe"],
            ["eval"],
        ),
        *(
            ["decisions", "list", "--since"],
            ["decisions", "export", "--format"],
            ["digest", "preview"],
            ["chat"],
            [],
        ),
    )
)
ARGUMENTS = st.lists(
    st.one_of(TEXTS.map(_argument), st.sampled_from((*SAID, "\udcff", "caf\udce9 au lait"))), max_size=3
)
"""Bytes that are no UTF-8 come as halves of characters."""

ENTRIES = (
    Entry("what is said in a chat", st.lists(WORDS, min_size=1, max_size=3), _chat, 0.15),
    Entry("set phrases, digests, outcomes, answers", st.tuples(WORDS, st.integers(0, 40)), _intents),
    Entry("markup and cutting", WORDS, _markup),
    Entry(
        "taps", st.tuples(WORDS, mutated([{"act": "answer", "turn": "t", "values": ["x"]}])), _pure(_read_tap)
    ),
    Entry("replies in the outbox", st.deferred(lambda: mutated(_bodies())), _pure(_read_posts, ValueError)),
    Entry(
        "settings and .env",
        st.tuples(st.dictionaries(st.sampled_from(NAMES), WORDS, max_size=4), garbled([DOTENV])),
        _settings,
    ),
    Entry(
        "policy files",
        st.deferred(lambda: garbled([_policy()])),
        _pure(_read_policy, policies.PolicyError),
        0.2,
    ),
    Entry("labelled cases", garbled(CASES) | mutated([json.loads(CASES[0])]).map(as_json), _cases),
    Entry(
        "commands",
        st.tuples(st.tuples(VERBS, ARGUMENTS).map(lambda both: [*both[0], *both[1]]), WORDS),
        _commands,
        0.1,
    ),
    *map(_documents, DOCUMENTS),
)
