"""The read side for a conversation: where a thread stands, rebuilt from the log. Same log, same case."""

from datetime import datetime

from decision.evidence import Case, Evidence
from decision.reader import Usage
from storage import cases
from storage.bodies import question_from, verdict_from
from storage.database import DatabaseFile, Row, moment_of
from storage.findings import (
    Answer,
    Counts,
    Gap,
    GivenVerdict,
    Line,
    PutQuestion,
    Thread,
)
from storage.instant import from_text, to_text
from storage.leases import place_of
from storage.records import Place
from storage.standing import COUNTS_FROM, LATEST, newest
from storage.threads import VOICES

_LAST_TURN = "SELECT key AS turn FROM turns WHERE thread_id = :thread ORDER BY id DESC LIMIT 1"
_CLOSED = """SELECT 1 FROM answers WHERE question_id = :question
    UNION ALL SELECT 1 FROM verdicts WHERE thread_id = :thread AND turn_id > :put AND final = 1 LIMIT 1"""
_TRANSCRIPT = """
    SELECT m.turn_id, 0 AS place, m.id, 'person' AS who, m.kind, m.author, m.author_name, m.text,
        m.sent_at AS at FROM messages AS m WHERE m.thread_id = :thread
    UNION ALL
    SELECT coalesce(o.turn_id, 0), 1, o.id, 'bot', 'reply', '', '', o.body, o.queued_at
        FROM outbox AS o WHERE o.thread_id = :thread
    ORDER BY 1, 2, 3"""
_LAST_WORKER = "SELECT worker FROM inbox WHERE thread_id = :thread ORDER BY id DESC LIMIT 1"
_LAST_OPEN = f"""SELECT t.* FROM threads AS t
    JOIN (SELECT thread_id, max(id) AS last FROM turns GROUP BY thread_id) AS u ON u.thread_id = t.id
    WHERE t.platform = :platform AND (:by = '' OR t.opened_by = :by)
        AND NOT EXISTS (SELECT 1 FROM decisions AS d WHERE d.thread_id = t.id
            AND d.turn_id >= {COUNTS_FROM.replace(":thread", "t.id")})
        AND (NOT EXISTS (SELECT 1 FROM decisions AS d WHERE d.thread_id = t.id)
            OR EXISTS (SELECT 1 FROM evidence AS e WHERE e.thread_id = t.id
                AND e.turn_id >= {COUNTS_FROM.replace(":thread", "t.id")}))
    ORDER BY u.last DESC LIMIT 1"""  # noqa: S608
_SPEAKERS = f"""SELECT e.factor, e.certainty, m.author, m.author_name FROM evidence AS e
    JOIN messages AS m ON m.turn_id = e.turn_id
    WHERE e.thread_id = :thread AND e.turn_id >= {COUNTS_FROM} ORDER BY e.id"""  # noqa: S608
_AT = """SELECT id FROM threads WHERE platform = :platform AND workspace = :workspace
    AND channel = :channel AND key = :key"""
_TOOK = """SELECT t.* FROM inbox AS i JOIN threads AS t ON t.id = i.thread_id
    WHERE i.platform = :platform AND i.workspace = :workspace AND i.platform_id = :message"""
_MOVED_IN = """SELECT t.* FROM threads AS t WHERE t.platform = :platform AND t.workspace = :workspace
    AND t.channel = :channel AND EXISTS (SELECT 1 FROM turns WHERE thread_id = t.id)
    ORDER BY (SELECT max(id) FROM turns WHERE thread_id = t.id) DESC LIMIT :limit"""
_CHOSEN = """SELECT e.value FROM evidence AS e JOIN turns AS t ON t.id = e.turn_id
    WHERE t.key = :turn AND e.factor = :factor ORDER BY e.id"""
_ANSWER_TO = """SELECT t.key AS turn, m.author_name AS by FROM answers AS a
    JOIN turns AS t ON t.id = a.turn_id LEFT JOIN messages AS m ON m.turn_id = t.id
    JOIN questions AS q ON q.id = a.question_id JOIN turns AS p ON p.id = q.turn_id
    WHERE p.key = :turn ORDER BY a.turn_id DESC LIMIT 1"""
_OPEN_OF = f"""SELECT t.* FROM threads AS t
    WHERE t.platform = :platform AND t.workspace = :workspace AND t.opened_by = :by
        AND EXISTS (SELECT 1 FROM evidence AS e WHERE e.thread_id = t.id
            AND e.turn_id >= {COUNTS_FROM.replace(":thread", "t.id")})
        AND NOT EXISTS (SELECT 1 FROM decisions AS d WHERE d.thread_id = t.id
            AND d.turn_id >= {COUNTS_FROM.replace(":thread", "t.id")})
    ORDER BY (SELECT max(id) FROM turns WHERE thread_id = t.id) DESC LIMIT :limit"""  # noqa: S608
_MODEL_TURNS = """SELECT count(*) AS n FROM turns AS t JOIN threads AS h ON h.id = t.thread_id
    WHERE t.by = :person AND h.platform = :platform AND h.workspace = :workspace
        AND t.model <> '' AND t.tokens_out > 0 AND t.recorded_at >= :since"""
_USED = """SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(tokens_in), 0) AS tokens_in,
    coalesce(sum(tokens_cached), 0) AS tokens_cached, coalesce(sum(tokens_out), 0) AS tokens_out,
    coalesce(sum(cost_usd), 0.0) AS cost_usd FROM turns WHERE recorded_at >= :since"""
_WAITING = """SELECT id FROM threads AS t WHERE platform = :platform AND opened_by = :by
    AND (EXISTS (SELECT 1 FROM inbox WHERE thread_id = t.id AND done_at IS NULL)
        OR EXISTS (SELECT 1 FROM outbox WHERE thread_id = t.id AND done_at IS NULL))
    ORDER BY opened_at, id"""
_COUNTS = """SELECT
    (SELECT count(*) FROM threads) AS threads,
    (SELECT count(*) FROM turns) AS turns,
    (SELECT count(*) FROM decisions) AS decisions,
    (SELECT count(*) FROM gaps) AS gaps,
    (SELECT count(*) FROM inbox WHERE done_at IS NULL) AS inbox_waiting,
    (SELECT count(*) FROM inbox WHERE done_at IS NOT NULL AND error <> '') AS inbox_given_up,
    (SELECT count(*) FROM outbox WHERE done_at IS NULL) AS outbox_waiting,
    (SELECT count(*) FROM outbox WHERE dead = 1) AS outbox_dead,
    (SELECT min(since) FROM (
        SELECT min(received_at) AS since FROM inbox WHERE done_at IS NULL
        UNION ALL SELECT min(queued_at) FROM outbox WHERE done_at IS NULL)) AS waiting_since"""


class Queries:
    """Reads one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def begun(self, thread_id: str) -> bool:
        """Whether there was a turn in a thread."""
        return self._file.row(_LAST_TURN, {"thread": thread_id}) is not None

    def case(self, thread_id: str) -> Case:
        """The case of a thread: what was said and asked since the last "start over"."""
        return cases.of_thread(self._file, thread_id)

    def last_said(self, thread_id: str) -> tuple[Evidence, ...]:
        """What was read from the newest message of a thread that said anything about its case."""
        return cases.last_said(self._file, thread_id)

    def judged(self, turn: str) -> Case | None:
        """The case as the turn with this key judged it; None when there is no such turn, or no whole case.

        A question that stayed open was not yet counted as asked, so that it could be put again. A case is
        not whole when evidence that its verdict rested on was deleted since.
        """
        return cases.judged(self._file, turn)

    def thread(self, thread_id: str) -> Thread | None:
        """The thread with this id."""
        row = self._file.row("SELECT * FROM threads WHERE id = :id", {"id": thread_id})
        return _thread(row) if row else None

    def waiting_threads(self, platform: str, opened_by: str) -> list[str]:
        """The threads that a person opened and in which a message or a reply still waits, oldest first."""
        rows = self._file.rows(_WAITING, {"platform": platform, "by": opened_by})
        return [str(row["id"]) for row in rows]

    def last_worker(self, thread_id: str) -> str:
        """The process that handled the newest message of a thread; empty when none did yet."""
        row = self._file.row(_LAST_WORKER, {"thread": thread_id})
        return str(row["worker"]) if row else ""

    def last_open_thread(self, platform: str, opened_by: str = "") -> Thread | None:
        """The thread of a platform that moved last and in which nothing was decided yet.

        One that was started over after a decision counts once something was said about the new case.
        """
        wanted = {"platform": platform, "by": opened_by, "until": LATEST}
        row = self._file.row(_LAST_OPEN, wanted)
        return _thread(row) if row else None

    def at(self, place: Place) -> str | None:
        """The id of the thread at a place, or None when there is none."""
        wanted = {"platform": place.platform, "workspace": place.workspace, "channel": place.channel}
        row = self._file.row(_AT, {**wanted, "key": place.key})
        return str(row["id"]) if row else None

    def took(self, platform: str, workspace: str, message: str) -> Thread | None:
        """The thread that took in a message with the platform's id; None when none did."""
        row = self._file.row(_TOOK, {"platform": platform, "workspace": workspace, "message": message})
        return _thread(row) if row else None

    def waiting_in(self, place: Place, limit: int = 10) -> Thread | None:
        """The thread of a place's channel that moved last and waits for an answer or for its decision."""
        wanted = {"platform": place.platform, "workspace": place.workspace, "channel": place.channel}
        for row in self._file.rows(_MOVED_IN, {**wanted, "limit": limit}):
            given = self.last_verdict(row["id"])
            if self.open_question(row["id"]) or (given is not None and given.decision is None):
                return _thread(row)
        return None

    def said_by(self, thread_id: str, certainty: float = 0.75) -> dict[str, tuple[str, str]]:
        """Who said last, and firmly, what counts for each factor: their id and their name."""
        rows = self._file.rows(_SPEAKERS, {"thread": thread_id, "until": LATEST})
        return {
            row["factor"]: (row["author"], row["author_name"] or row["author"])
            for row in rows
            if row["certainty"] >= certainty
        }

    def answer_to(self, turn: str, factor: str) -> Answer | None:
        """The newest answer to the question that was put in the turn with this key."""
        row = self._file.row(_ANSWER_TO, {"turn": turn})
        if row is None:
            return None
        chosen = self._file.rows(_CHOSEN, {"turn": row["turn"], "factor": factor})
        return Answer(row["by"] or "", tuple(one["value"] for one in chosen))

    def open_threads(self, platform: str, workspace: str, opened_by: str, limit: int = 10) -> list[Thread]:
        """The threads of a person that hold a case without a decision, the one that moved last first."""
        wanted = {
            "platform": platform,
            "workspace": workspace,
            "by": opened_by,
            "until": LATEST,
            "limit": limit,
        }
        return [_thread(row) for row in self._file.rows(_OPEN_OF, wanted)]

    def open_question(self, thread_id: str) -> PutQuestion | None:
        """The newest question; None once answered, dropped by "start over" or closed by a final verdict."""
        row = self._at_last_turn("questions", thread_id)
        if row is None:
            return None
        closed = {"question": row["id"], "thread": thread_id, "put": row["turn_id"]}
        return None if self._file.row(_CLOSED, closed) else _question(row)

    def question(self, turn: str) -> PutQuestion | None:
        """The question that a button of the turn with this key is about."""
        row = self._file.row(newest("questions"), {"turn": turn})
        return _question(row) if row else None

    def last_verdict(self, thread_id: str) -> GivenVerdict | None:
        """The newest verdict of a thread since the last "start over", final or not."""
        row = self._at_last_turn("verdicts", thread_id)
        return self._verdict(row) if row else None

    def verdict(self, turn: str) -> GivenVerdict | None:
        """The verdict that a button of the turn with this key is about."""
        row = self._file.row(newest("verdicts"), {"turn": turn})
        return self._verdict(row) if row else None

    def transcript(self, thread_id: str) -> list[Line]:
        """All that was said in a thread, in the order of its turns."""
        return [
            Line(
                who=row["who"],
                kind=row["kind"],
                author=row["author"],
                author_name=row["author_name"],
                text=row["text"],
                at=from_text(row["at"]),
            )
            for row in self._file.rows(_TRANSCRIPT, {"thread": thread_id})
        ]

    def gaps(self, limit: int = 50) -> list[Gap]:
        """The newest questions that the guidance could not answer, newest first."""
        rows = self._file.rows(
            "SELECT g.thread_id, g.text, t.recorded_at FROM gaps AS g JOIN turns AS t ON t.id = g.turn_id "
            "ORDER BY g.turn_id DESC LIMIT :limit",
            {"limit": limit},
        )
        return [Gap(row["thread_id"], row["text"], from_text(row["recorded_at"])) for row in rows]

    def voices(self, thread_id: str) -> int:
        """How many people spoke in a thread so far, to the bot or to each other; taps do not count."""
        return int(self._file.rows(VOICES, {"thread": thread_id})[0]["voices"])

    def reachable(self) -> None:
        """Read a little. Raises StorageError when the database cannot be read."""
        self._file.row("SELECT max(number) FROM storage_migrations")

    def counts(self) -> Counts:
        """How much there is, and what waits or failed."""
        row = self._file.rows(_COUNTS)[0]
        since = row["waiting_since"]
        return Counts(**{**dict(row), "waiting_since": from_text(since) if since else None})

    def spent_since(self, moment: datetime) -> float:
        """US dollars that the model cost since a moment."""
        return self.used_since(moment).cost_usd

    def used_since(self, moment: datetime) -> Usage:
        """What all turns since a moment took of the model: calls, tokens and US dollars."""
        return Usage(**dict(self._file.rows(_USED, {"since": to_text(moment)})[0]))

    def model_turns_of(self, platform: str, workspace: str, person: str, since: datetime) -> int:
        """How many turns of a person the model had a part in since a moment."""
        wanted = {"platform": platform, "workspace": workspace, "person": person, "since": to_text(since)}
        return int(self._file.rows(_MODEL_TURNS, wanted)[0]["n"])

    def _at_last_turn(self, table: str, thread_id: str) -> Row | None:
        last = self._file.row(_LAST_TURN, {"thread": thread_id})
        return self._file.row(newest(table), {"turn": last["turn"]}) if last else None

    def _verdict(self, row: Row) -> GivenVerdict:
        decision = self._file.row("SELECT id FROM decisions WHERE verdict_id = :id", {"id": row["id"]})
        return GivenVerdict(
            turn=row["turn"],
            thread_id=row["thread_id"],
            verdict=verdict_from(row["body"]),
            decision=decision["id"] if decision else None,
            evidence_removed=moment_of(row, "evidence_removed_at"),
        )


def _thread(row: Row) -> Thread:
    return Thread(row["id"], place_of(row), row["title"], row["opened_by"], from_text(row["opened_at"]))


def _question(row: Row) -> PutQuestion:
    return PutQuestion(row["turn"], row["thread_id"], question_from(row["body"]))
