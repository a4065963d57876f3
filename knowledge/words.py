"""Words as the index sees them: tokens, stems, stop words and near-synonyms.

Stems come from SQLite itself, through a private index in memory, because only the tokenizer that built the
index knows what it made of a word. No text of a user is ever FTS syntax: a query is built from bare tokens.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from threading import Lock

from knowledge.schema import TOKENIZER

TOKEN = re.compile(r"[^\W_]+")
MOST_TOKENS = 400
LONGEST_TOKEN = 40
THESAURUS = Path(__file__).with_name("thesaurus.txt")

STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    a about after again all also am an and any are as at be because been before being both but by can
    could d did do does doing don done down each else even ever few for from further get gets getting go
    goes going got had has have having he her here hers him his how i if in into is it its itself just
    ll let lets like m make makes many may me might mine more most much must my need needs no nor not
    now of off on once one only or other our ours out over own please put re s same say she should so
    some something still such t take than that the their them then there these they thing things this
    those through to too under until up us use used using ve very want wants was way we well were what
    when where which while who whom why will with without won would yes yet you your yours yourself
    really actually simply anything everything something someone anyone does doesn isn aren wasn didn
    couldn shouldn
    """,
    )
)


def tokens(text: str) -> list[str]:
    """The text's words in lower case."""
    found = TOKEN.findall(text[: MOST_TOKENS * LONGEST_TOKEN].replace("\0", " ").lower())
    return [token for token in found[:MOST_TOKENS] if len(token) <= LONGEST_TOKEN]


def telling(text: str) -> list[str]:
    """The words that say what the text is about, once each; all words where only stop words stand."""
    words = list(dict.fromkeys(tokens(text)))
    return [word for word in words if word not in STOP_WORDS] or words


class _Stemmer:
    """Asks SQLite's own tokenizer for stems."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._connection.execute(f"CREATE VIRTUAL TABLE said USING fts5(word, tokenize='{TOKENIZER}')")
        self._connection.execute("CREATE VIRTUAL TABLE stems USING fts5vocab(said, 'instance')")
        self._known: dict[str, str] = {}

    def stems(self, words: Iterable[str]) -> dict[str, str]:
        """The stem of each word; a word that the index splits or drops is its own stem."""
        words = list(words)
        with self._lock:
            if len(self._known) > 200_000:
                self._known.clear()
            new = [word for word in dict.fromkeys(words) if word not in self._known]
            if new:
                self._learn(new)
            return {word: self._known[word] for word in words}

    def _learn(self, words: list[str]) -> None:
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO said(rowid, word) VALUES (?, ?)", list(enumerate(words, 1)))
        found = self._connection.execute("SELECT doc, term FROM stems WHERE offset = 0").fetchall()
        self._connection.execute("ROLLBACK")
        self._known.update({word: word for word in words})
        self._known.update({words[row - 1]: term for row, term in found})


@lru_cache(maxsize=1)
def _stemmer() -> _Stemmer:
    return _Stemmer()


def stems(words: Iterable[str]) -> dict[str, str]:
    """The stem of each word, as the index keeps it."""
    return _stemmer().stems(words)


@lru_cache(maxsize=1)
def _thesaurus() -> dict[str, list[str]]:
    """Stem to the words of the same meaning, from the packaged list."""
    lines = THESAURUS.read_text("utf-8").splitlines()
    groups = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    known = stems(word for group in groups for word in group)
    near: dict[str, list[str]] = defaultdict(list)
    for group in groups:
        for word in group:
            near[known[word]].extend(other for other in group if known[other] != known[word])
    return dict(near)


def near_words(words: Iterable[str]) -> list[str]:
    """Words that mean nearly the same as the given ones and are not among them."""
    known = stems(words)
    given = set(known.values())
    found = dict.fromkeys(other for stem in known.values() for other in _thesaurus().get(stem, ()))
    return [word for word, stem in stems(found).items() if stem not in given]


def match_any(words: Iterable[str]) -> str:
    """A full-text query for any of the words, each quoted."""
    return " OR ".join(f'"{word}"' for word in words)
