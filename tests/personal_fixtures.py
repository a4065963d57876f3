"""One long talk that brings a person's words, name and id into every column that real use can reach.

The columns are told here, so that a new one is not forgotten: whoever adds one says on which side it is.
"""

from pathlib import Path

from bot.bootstrap import Application, application
from bot.settings import Settings
from bot.taps import Tap, incoming
from storage.access import Guest
from storage.database import DatabaseFile
from storage.installations import Installation, Installations, Seal
from storage.records import Incoming, Place, random_letters
from storage.subscriptions import Channel
from tests.bot_fixtures import database

WHO, NAME, WORD = "UCANARY7", "Canaria Quokkason", "zyzzyva"
TRACES = (WHO, "Canaria", "Quokkason", WORD)
LEAD = Guest("slack", "T1", WHO, NAME)

HOLDS = {
    "audit": {"by"},
    "decisions": {"by", "by_name", "note", "title"},
    "evidence": {"by", "quote"},
    "feedback": {"by", "note"},
    "gaps": {"by", "text"},
    "inbox": {"author", "author_name", "body", "platform_id", "text"},
    "installations": {"installed_by"},
    "looks_again": {"by", "by_name", "note"},
    "messages": {"author", "author_name", "text"},
    "outbox": {"body"},
    "outcomes": {"by", "by_name", "measure", "measured_after", "measured_before", "note"},
    "resets": {"by"},
    "reviews": {"by", "by_name", "reason"},
    "sign_in_links": {"name", "person"},
    "sign_ins": {"name", "person"},
    "subscriptions": {"by"},
    "threads": {"opened_by", "title"},
    "turns": {"by"},
    "verdicts": {"body"},
    "voices": {"author"},
}
"""The columns that may hold a person's words, name or id."""

OURS = {
    "audit": {"what", "actor", "platform", "workspace", "about", "counts", "done_at"},
    "decisions": {"id", "thread_id", "lever", "decided_at"},
    "heard_until": {"platform", "until_at"},
    "servers": {"platform", "workspace", "channels", "threads", "triage", "lead_roles", "changed_at"},
    "digests": {"platform", "workspace", "channel", "week", "queued_at"},
    "digest_weeks": {
        *("platform", "workspace", "channel", "week", "worker", "free_at", "until_at", "how", "done_at")
    },
    "duties": {"name", "owed_at", "worker", "free_at", "done_at"},
    "evidence": {"thread_id", "factor", "value", "source", "alternatives"},
    "feedback": {"value", "given_at"},
    "gaps": {"thread_id"},
    "channels": {"platform", "workspace", "channel", "name", "named_at"},
    "inbox": {
        *("platform", "workspace", "thread_id", "kind", "received_at", "worker", "free_at", "error"),
        "done_at",
        "draft",
    },
    "installations": {"platform", "workspace", "name", "installed_at"},
    "looks_again": {"decision_id", "day", "set_at"},
    "messages": {"thread_id", "kind", "sent_at"},
    "open_threads": {"thread_id", "waits_for", "since_at"},
    "outbox": {
        *("thread_id", "queued_at", "worker", "free_at", "error", "platform_message_id", "done_at"),
    },
    "outcome_asks": {"decision_id", "asked_at"},
    "outcome_waits": {"decision_id"},
    "outcomes": {"decision_id", "result", "seen_at"},
    "questions": {"thread_id", "factor", "text", "body"},
    "resets": {"thread_id"},
    "reviews": {"decision_id", "what", "lever", "reviewed_at"},
    "revisit_changes": {"factor", "value", "workspace", "channel"},
    "revisits": {"decision_id", "platform", "workspace", "channel", "lever", "text"},
    "revisits_met": {"thread_id", "met_at"},
    "shared_verdicts": {"shared_at"},
    "sign_in_links": {"digest", "platform", "workspace", "ends_at", "used_at"},
    "sign_ins": {"digest", "platform", "workspace", "started_at", "ends_at", "ended_at"},
    "standings": {
        *("decision_id", "thread_id", "platform", "workspace", "channel", "lever", "failure", "state"),
        *("outcome", "decided_at"),
    },
    "storage_migrations": {"name", "applied_at"},
    "subscriptions": {
        *("platform", "workspace", "channel", "zone", "state", "active_since_at", "changed_at"),
    },
    "threads": {"id", "platform", "workspace", "channel", "key", "opened_at"},
    "turns": {"key", "thread_id", "reader", "model", "policy", "prompt", "recorded_at"},
    "verdicts": {"thread_id", "lever", "policy", "failure", "evidence_removed_at"},
    "voices": {"thread_id", "heard_at"},
}
"""The columns that hold what we made ourselves, or a platform's ids of anything but a person."""


def say(
    built: Application,
    text: str,
    key: str = "1.1",
    channel: str = "C1",
    who: str = WHO,
    name: str = NAME,
    **more: object,
) -> str:
    """Somebody writes something, and it is answered; the thread's id."""
    place = Place("slack", "T1", channel, key)
    message = Incoming(place, random_letters(12), who, text, author_name=name)
    built.turns.receive(Incoming(**{**{f: getattr(message, f) for f in message.__slots__}, **more}))  # type: ignore[arg-type]
    settle(built)
    found = built.queries.at(place)
    assert found is not None
    return found


def bob(built: Application, text: str, key: str, **more: object) -> str:
    return say(built, text, key, who="UBOB", name="Bob", **more)


def tap(built: Application, chosen: Tap, key: str = "1.1") -> None:
    """The person taps."""
    built.turns.receive(incoming(chosen, Place("slack", "T1", "C1", key), WHO, NAME, "An answer"))
    settle(built)


def settle(built: Application) -> None:
    while built.turns.handle_next("slack"):
        pass
    while built.outbound.deliver_next("slack", lambda parts: random_letters(8)):
        pass


def live(built: Application) -> None:
    """All that a person can do, with others around."""
    say(built, f"Our {WORD} support bot gives outdated answers about our refund policy. It changes weekly.")
    thread = bob(built, f"@{NAME} has seen it change daily.", "1.1")
    put = built.queries.open_question(thread)
    assert put is not None
    tap(built, Tap("answer", put.turn, (put.question.options[0].value,)))
    say(built, f"What does the {WORD} cost in Peru?")
    say(built, "decide now")
    given = built.queries.last_verdict(thread)
    assert given is not None
    tap(built, Tap("not_right", given.turn, note=f"The {WORD} is missing."))
    tap(built, Tap("share", given.turn, ("C2",), public=True))
    say(built, f"log this decision by {NAME}: the {WORD} board agreed")
    decision = built.archive.decisions()[0].id
    others = decided_by_others(built, decision)
    for wrong in (f"log as {WORD}tuning", f"outcome d-{WORD} helped", f"digest here {WORD}day 09:00"):
        say(built, wrong)
    for about in (decision, others):
        say(built, f"outcome {about} worked: {WORD} tickets {WORD} 61 % to {WORD} 83 %")
        built.reviewing.outcome(LEAD, about, "partly", f"It is {WORD}.", (WORD, f"{WORD} 1", f"{WORD} 2"))
        built.reviewing.review(LEAD, about, "overridden", f"The {WORD} says no.", "workflow")
        built.reviewing.look_again(LEAD, about, "2999-01-01", f"Ask the {WORD}.")
    say(built, "digest here monday 09:00 Europe/Berlin")
    built.turns.ask(Place("slack", "T1", "C1", ""), WHO, NAME, f"Which {WORD} shop is the best in Lima?")
    built.links.sign_in(built.links.link_for("slack", "T1", WHO, NAME).partition("link=")[2])
    Installations(built.file, Seal("s" * 40)).save(Installation("slack", "T1", "Team", "xoxb", WHO))
    built.turns.voice(Place("slack", "T1", "C3", "3.1"), WHO)
    assert built.weekly.post_now(Channel("slack", "T1", "C2"))
    say(built, "start over")
    settle(built)
    say(built, f"Our {WORD} invoices come out in the wrong tone.", "4.1")
    built.turns.receive(
        Incoming(Place("slack", "T1", "C1", "5.1"), "waits", WHO, f"A {WORD} waits.", "message")
    )


def decided_by_others(built: Application, decision: str) -> str:
    """A decision of somebody else's, in whose thread the person is named; its id."""
    bob(built, "Our support bot gives outdated answers about the refund policy.", "3.1", channel="C3")
    bob(built, "decide now", "3.1", channel="C3")
    bob(built, f"log this decision by {NAME}: for them", "3.1", channel="C3")
    bob(built, f"outcome {decision}", "6.1", channel="C3")
    bob(
        *(built, "It ignores half of its instructions.", "7.1"),
        platform_id=f"shortcut:{WHO}:C9:7.1",
        body={"shortcut": "1"},
    )
    return built.archive.decisions()[0].id


def text_columns(file: DatabaseFile) -> dict[str, set[str]]:
    """The text columns of every table of the log; the index of words and the guidance are not among them."""
    tables = file.rows("""SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
        AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'decision_words%'""")
    guidance = {"documents", "passages", "collections", "vectors", "knowledge_migrations"}
    return {
        table["name"]: {
            row["name"]
            for row in file.rows("SELECT * FROM pragma_table_xinfo(:t)", {"t": table["name"]})
            if row["type"] == "TEXT"
        }
        for table in tables
        if table["name"] not in guidance and not table["name"].startswith("passages_fts")
    }


def holding(file: DatabaseFile) -> dict[str, set[str]]:
    """The columns in which anything of the person stands."""
    found: dict[str, set[str]] = {}
    for table, columns in text_columns(file).items():
        for column in columns:
            said = "\n".join(
                str(row[0]) for row in file.rows(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
            )
            if any(trace in said for trace in TRACES):
                found.setdefault(table, set()).add(column)
    return found


def lived_in(folder: Path) -> Path:
    """A database file in the folder, in which the person did all that can be done."""
    with application(Settings(db=database(folder), leads=(f"slack:{WHO}",))) as built:
        built.file.connection.execute("PRAGMA secure_delete = OFF")  # as where SQLite does not overwrite
        live(built)
    return folder / "sextant.db"
