"""The read side for what stands on a platform: earlier posts, and their questions that were closed since."""

from storage.bodies import question_from
from storage.database import DatabaseFile, Row
from storage.findings import ClosedQuestion, Post
from storage.standing import COUNTS_FROM

_CLOSED_BY = f"""SELECT q.id, q.turn_id AS put_at, q.body, coalesce(m.author_name, '') AS by,
        a.turn_id IS NOT NULL AS answered
    FROM turns AS t
    JOIN questions AS q ON q.thread_id = t.thread_id AND q.turn_id < t.id
    LEFT JOIN answers AS a ON a.turn_id = t.id AND a.question_id = q.id
    LEFT JOIN messages AS m ON m.turn_id = t.id
    WHERE t.key = :turn AND (a.turn_id IS NOT NULL
        OR (NOT EXISTS (SELECT 1 FROM answers AS x WHERE x.question_id = q.id)
            AND NOT EXISTS (SELECT 1 FROM questions AS n WHERE n.thread_id = t.thread_id
                AND n.turn_id > q.turn_id AND n.turn_id < t.id)
            AND NOT EXISTS (SELECT 1 FROM verdicts AS v WHERE v.thread_id = t.thread_id AND v.final = 1
                AND v.turn_id > q.turn_id AND v.turn_id < t.id)
            AND (EXISTS (SELECT 1 FROM verdicts AS v WHERE v.turn_id = t.id AND v.final = 1)
                OR EXISTS (SELECT 1 FROM questions AS n WHERE n.turn_id = t.id)
                OR EXISTS (SELECT 1 FROM resets AS r WHERE r.turn_id = t.id))
            AND q.turn_id >= {COUNTS_FROM.replace(":thread", "t.thread_id").replace(":until", "t.id - 1")}))
    ORDER BY q.id"""  # noqa: S608
_CHOSEN = """SELECT e.value FROM evidence AS e JOIN turns AS t ON t.id = e.turn_id
    WHERE t.key = :turn AND e.factor = :factor ORDER BY e.id"""
_SAME_POST = """substr(n.platform_message_id, 1, instr(n.platform_message_id || ',', ',') - 1)
    = substr(o.platform_message_id, 1, instr(o.platform_message_id || ',', ',') - 1)"""
_POSTS = f"""SELECT o.platform_message_id AS message, o.body,
        EXISTS (SELECT 1 FROM verdicts AS v JOIN decisions AS d ON d.verdict_id = v.id
            WHERE v.turn_id = o.turn_id) AS logged
    FROM outbox AS o
    WHERE o.thread_id = :thread AND o.turn_id >= :since AND o.id < :before
        AND o.dead = 0 AND o.platform_message_id <> ''
        AND NOT EXISTS (SELECT 1 FROM outbox AS n WHERE n.thread_id = o.thread_id AND n.id > o.id
            AND {_SAME_POST})
    ORDER BY o.id"""  # noqa: S608
_REPLY_TO = f"""SELECT o.platform_message_id AS message, o.body FROM outbox AS o
    JOIN turns AS t ON t.id = o.turn_id JOIN inbox AS i ON i.id = t.inbox_id
    WHERE o.thread_id = :thread AND o.id < :before AND o.platform_message_id <> ''
        AND (i.platform_id = :message OR json_extract(i.body, '$.edits') = :message)
        AND NOT EXISTS (SELECT 1 FROM outbox AS n WHERE n.thread_id = o.thread_id
            AND n.id > o.id AND n.id < :before AND n.dead = 0 AND n.platform_message_id <> ''
            AND NOT {_SAME_POST})
    ORDER BY o.id DESC LIMIT 1"""  # noqa: S608


class Posts:
    """Reads the posts of one database file, from any thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def closed_by(self, turn: str) -> list[ClosedQuestion]:
        """The questions that the turn with this key answered, replaced, or closed with a verdict."""
        return [
            ClosedQuestion(question_from(row["body"]), row["put_at"], self._chosen(turn, row), row["by"])
            for row in self._file.rows(_CLOSED_BY, {"turn": turn})
        ]

    def standing(self, thread_id: str, since: int, before: int) -> list[Post]:
        """What stands in a thread on its platform, from a turn's number on and before an outbox number.

        A post that shows a later reply by now is not among them.
        """
        wanted = {"thread": thread_id, "since": since, "before": before}
        return [
            Post(row["message"], row["body"], bool(row["logged"])) for row in self._file.rows(_POSTS, wanted)
        ]

    def reply_to(self, thread_id: str, message: str, before: int) -> Post | None:
        """The reply to a message of a person, as it stands; None unless it is its thread's last."""
        wanted = {"thread": thread_id, "message": message, "before": before}
        row = self._file.row(_REPLY_TO, wanted)
        return Post(row["message"], row["body"]) if row else None

    def _chosen(self, turn: str, row: Row) -> tuple[str, ...]:
        if not row["answered"]:
            return ()
        question = question_from(row["body"])
        chosen = self._file.rows(_CHOSEN, {"turn": turn, "factor": question.factor})
        return tuple(one["value"] for one in chosen)
