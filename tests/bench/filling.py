"""A long log and a large collection: rows straight into the tables, documents the usual way."""

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.bootstrap import Application
from decision.assess import assess
from decision.evidence import Case
from knowledge.handbook import read_handbook
from storage.bodies import to_json
from storage.database import DatabaseFile
from storage.instant import to_text
from tests.bench.talk import cases, passage_of_talk

PASSAGES_A_DOCUMENT = 250
TURNS_A_DECISION = 4
LEVERS = ("prompt", "rag", "workflow", "fine_tune", "hybrid", "not_ready")
ROWS_A_WRITE = 2_000
START = datetime(2025, 1, 1, tzinfo=UTC)


def documents(folder: Path, passages: int) -> None:
    """Write Markdown documents that are cut into about so many passages."""
    chance = random.Random(7)
    said = [section.passage.text for file in read_handbook() for section in file.sections]
    words = [word for text in said for word in text.split()]
    names = [f"{chance.choice(words).strip('.,:;').lower()}{chance.randrange(900)}" for _ in range(20_000)]
    folder.mkdir()
    for number in range(max(1, passages // PASSAGES_A_DOCUMENT)):
        parts = [f"# Handbook of team {number}"]
        for place in range(min(PASSAGES_A_DOCUMENT, passages)):
            start = chance.randrange(len(words) - 60)
            own = [*words[start : start + chance.randint(25, 60)], *chance.choices(names, k=20)]
            parts += [f"## {chance.choice(names)} {place}", " ".join(own) + "."]
        (folder / f"team-{number:04}.md").write_text("\n\n".join(parts), "utf-8")


def fill_log(app: Application, decisions: int, begin: datetime = START) -> None:
    """Add so many decided threads of four turns, each with what a real one holds; checks of order aside.

    There is one a minute, from `begin` on.
    """
    body = to_json(assess(app.policy, Case(), app.passage, decide_now=True).verdict)
    question = to_json(app.conversation.question("human_fix"))
    chance = random.Random(11)
    first = (app.file.rows("SELECT coalesce(max(id), 0) AS n FROM turns")[0]["n"]) + 1
    for start in range(0, decisions, ROWS_A_WRITE):
        numbers = range(start, min(start + ROWS_A_WRITE, decisions))
        _write(app.file, first, numbers, chance, body, question, begin)
    # Nearly a gigabyte on its way to the disk would slow every commit of the turns that are measured next.
    app.file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    os.sync()


def _write(
    file: DatabaseFile,
    first: int,
    numbers: range,
    chance: random.Random,
    body: str,
    question: str,
    begin: datetime,
) -> None:
    threads, turns, messages, evidence, questions, verdicts, decisions, found, queue = ([] for _ in range(9))
    for number in numbers:
        at = to_text(begin + timedelta(minutes=number))
        thread, title = f"t-filled-{number}", passage_of_talk(chance, 12)
        channel, key = f"C{number % 40}", f"filled-{number}"
        threads.append((thread, "slack", "T1", channel, key, title, 0, f"U{number % 300}", at))
        for step in range(TURNS_A_DECISION):
            turn = first + number * TURNS_A_DECISION + step
            said = cases()[number % len(cases())]["text"] if step == 0 else passage_of_talk(chance, 5)
            queue.append((turn, thread, f"filled-{turn}", said, at, at, at))
            turns.append((turn, f"k{turn}", thread, turn, "U1", at))
            messages.append((thread, turn, said, at))
            evidence.append((thread, turn, "human_fix", "document", passage_of_talk(chance, 9)))
            questions.append((thread, turn, question))
            if step >= TURNS_A_DECISION - 2:
                verdicts.append((turn, thread, turn, body))
        lever, last = LEVERS[number % len(LEVERS)], first + number * TURNS_A_DECISION + 3
        decisions.append((last, f"d-filled{number}", thread, last, last, lever, title, at))
        found.append((last, title, "", passage_of_talk(chance, 30)))
    with file.transaction() as tables:
        put = tables.conn.executemany
        put("INSERT INTO threads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", threads)
        for sql, rows in (
            (
                "INSERT INTO inbox (id, platform, workspace, thread_id, platform_id, kind, author, "
                "author_name, text, body, received_at, free_at, done_at) "
                "VALUES (?, 'slack', 'T1', ?, ?, 'message', 'U1', 'Ada', ?, '{}', ?, ?, ?)",
                queue,
            ),
            (
                "INSERT INTO turns VALUES "
                "(?, ?, ?, ?, ?, 'offline', '', 'filled', '', 0, 0, 0, 5.0, ?, 0, 0)",
                turns,
            ),
            (
                "INSERT INTO messages (thread_id, turn_id, kind, author, author_name, text, sent_at) "
                "VALUES (?, ?, 'message', 'U1', 'Ada', ?, ?)",
                messages,
            ),
            (
                "INSERT INTO evidence (thread_id, turn_id, factor, value, quote, source, certainty, "
                "alternatives, by) VALUES (?, ?, ?, ?, ?, 'quote', 1.0, '[]', 'U1')",
                evidence,
            ),
            (
                "INSERT INTO questions (thread_id, turn_id, factor, text, body) "
                "VALUES (?, ?, 'human_fix', 'filled', ?)",
                questions,
            ),
            (
                "INSERT INTO verdicts (id, thread_id, turn_id, lever, confidence, final, policy, body) "
                "VALUES (?, ?, ?, 'rag', 0.8, 1, 'filled', ?)",
                verdicts,
            ),
            (
                "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, 0, 'U1', 'Ada', ?, '', ?)",
                decisions,
            ),
            ("INSERT INTO decision_words (rowid, title, note, quotes) VALUES (?, ?, ?, ?)", found),
            (
                "INSERT INTO outbox (thread_id, turn_id, body, queued_at, free_at, done_at) "
                "SELECT thread_id, id, '{}', recorded_at, recorded_at, recorded_at FROM turns WHERE id = ?",
                [(turn[0],) for turn in turns],
            ),
        ):
            put(sql, rows)
