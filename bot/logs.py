"""The log: one line an event, with a stable name and ids, and nothing of what anybody wrote.

Our own calls log a template, `name key=%s key=%s`, so each line is taken apart into its name and its values.
What libraries say may be anybody's words, or a token: of their lines only the place in the code is told.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import TextIO

OURS = ("bot", "decision", "knowledge", "storage")
TEMPLATE = re.compile(r"[a-z][a-z0-9_]*(?: [a-z][a-z0-9_]*=%s)*")
"""How our own calls look; a test reads all of them."""

UNNAMED, OF_A_LIBRARY, UNHANDLED = "unnamed", "library", "unhandled"
_PLAIN = re.compile(r"[\w.:/,+<>-]+")
_MOST = 300
"""Characters of a value: what is longer is nothing that we log."""

Value = str | int | float | bool | None


class Lines(logging.Formatter):
    """Writes a record as one line: as text, `time level logger name key=value …`, or as a JSON object."""

    def __init__(self, as_json: bool = False) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        name, values = told(record)
        head = {"at": at.replace("+00:00", "Z"), "level": record.levelname, "logger": _word(record.name)}
        if self._as_json:
            return json.dumps({**head, "name": name, **values}, ensure_ascii=False)
        return " ".join([*head.values(), name, *(f"{key}={_quoted(value)}" for key, value in values.items())])


def told(record: logging.LogRecord) -> tuple[str, dict[str, Value]]:
    """The name of a record, and what may be told of it."""
    if record.name.partition(".")[0] not in OURS:
        return OF_A_LIBRARY, {"at_line": f"{record.module}:{record.lineno}", **_error(record)}
    if not isinstance(record.msg, str) or not TEMPLATE.fullmatch(record.msg):
        return UNNAMED, {"at_line": f"{record.module}:{record.lineno}", **_error(record)}
    name, *keys = record.msg.replace("=%s", "").split(" ")
    given = record.args if isinstance(record.args, tuple) else (record.args,)
    values = dict(zip(keys, map(_plain, given), strict=False))
    return name, {**values, **_error(record)}


def set_up(stream: TextIO, level: str, as_json: bool = False) -> None:
    """Log to a stream, from a level on (`debug`, `info`, `warning`, `error`), libraries from warnings on.

    At `debug` libraries are logged from there too. What nobody handled is told the same way.
    """
    shown = logging.StreamHandler(stream)
    shown.setFormatter(Lines(as_json))
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one.formatter, Lines)]:
        root.removeHandler(old)
    root.addHandler(shown)
    wanted = getattr(logging, level.upper())
    root.setLevel(wanted if wanted == logging.DEBUG else max(wanted, logging.WARNING))
    for package in OURS:
        logging.getLogger(package).setLevel(wanted)
    logging.captureWarnings(True)


def own_up() -> None:
    """Log what ends the process or a thread by its type and place: its words may be a person's."""

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        logging.getLogger("bot").critical("unhandled error=%s at_line=%s", kind.__name__, _where(trace))

    def thread_ended(told: threading.ExceptHookArgs) -> None:
        if told.exc_type is not SystemExit:
            logging.getLogger("bot").critical(
                "unhandled error=%s at_line=%s", told.exc_type.__name__, _where(told.exc_traceback)
            )

    sys.excepthook = ended
    threading.excepthook = thread_ended


def _where(trace: TracebackType | None) -> str:
    frames = extract_tb(trace)[-4:] if trace is not None else []
    return "<".join(f"{Path(frame.filename).stem}:{frame.lineno}" for frame in reversed(frames)) or "-"


def _error(record: logging.LogRecord) -> Mapping[str, Value]:
    kind = record.exc_info[0] if record.exc_info else None
    return {"raised": kind.__name__} if kind is not None else {}


def _plain(value: object) -> Value:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = "".join(_shown(str(value)))
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def _shown(text: str) -> Iterator[str]:
    return (sign if sign.isprintable() else " " for sign in text)


def _quoted(value: Value) -> str:
    text = "-" if value is None else str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _word(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else OF_A_LIBRARY
