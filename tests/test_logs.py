"""Each line of the log has a stable name, and says which and never what; of libraries only where they are."""

import ast
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from bot import logs
from bot.logs import OURS, TEMPLATE, Lines, set_up
from tests.bot_fixtures import ROOT, environment

LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}
RESERVED = {"at", "level", "logger", "name", "raised"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a logger in our own code, and where it stands."""
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    whose = ast.unparse(node.func.value)
                    if node.func.attr in LEVELS and ("logger" in whose or "getLogger" in whose):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_line_of_ours_has_a_name_and_values_by_name():
    found = list(calls())
    assert len(found) > 40
    names = {}
    for where, call in found:
        template = call.args[0]
        assert isinstance(template, ast.Constant), f"{where}: the template must stand there as it is"
        assert TEMPLATE.fullmatch(template.value), f"{where}: {template.value!r}"
        keys = template.value.replace("=%s", "").split(" ")[1:]
        assert not RESERVED.intersection(keys), where
        assert not call.keywords, f"{where}: a trace would tell the error's words"
        names.setdefault(template.value.split(" ")[0], []).append(where)
    assert len(names) > 30


def test_no_line_of_ours_tells_an_error_in_its_own_words_but_where_they_are_ours():
    told = {
        where.partition(":")[0]
        for where, call in calls()
        for value in call.args[1:]
        if ast.unparse(value) in ("error", "str(error)", "repr(error)", "e", "str(e)", "error.args")
    }
    # Trouble with the database, in a sentence of ours.
    assert told == {
        "bot/keeping.py",
        "bot/lanes.py",
        "bot/schedule.py",
        "bot/serve.py",
        "bot/slack/listeners/actions.py",
        "bot/slack/listeners/promptly.py",
        "bot/slack/workspaces.py",
    }


def line(record_args, as_json=False, name="bot.somewhere", message="said_so thread=%s count=%s note=%s"):
    record = logging.LogRecord(name, logging.INFO, "x.py", 7, message, record_args, None)
    return Lines(as_json).format(record)


def test_a_line_is_the_time_the_level_where_and_what_with_its_values():
    at, level, logger, name, *values = line(("t-1", 3, 'a "b"\nc')).split(" ", 6)
    assert at.endswith("Z")
    assert (level, logger, name) == ("INFO", "bot.somewhere", "said_so")
    assert values == ["thread=t-1", "count=3", 'note="a \\"b\\" c"']
    document = json.loads(line(("t-1", 3, 'a "b"\nc'), as_json=True))
    assert document["name"] == "said_so"
    assert (document["thread"], document["count"], document["note"]) == ("t-1", 3, 'a "b" c')


def test_what_is_no_template_and_what_a_library_says_is_told_by_its_place_alone():
    for name, message in (
        ("bot.x", "Ada said hello"),
        ("aiohttp.client", "GET %s"),
        ("discord.gateway", "s3"),
    ):
        for as_json in (True, False):
            told = line(("secret",), as_json, name, message)
            assert not any(word in told for word in ("secret", "hello", "GET", "s3"))
            assert "x:7" in told


def test_an_error_is_told_by_its_type():
    try:
        raise ValueError("Ada's words")
    except ValueError:
        record = logging.LogRecord("lib", logging.ERROR, "x.py", 7, "went wrong", (), sys.exc_info())
    told = Lines().format(record)
    assert "raised=ValueError" in told
    assert "words" not in told


def test_a_value_without_an_end_is_cut():
    assert len(line(("x" * 10_000, 1, ""))) < 500


@pytest.fixture
def as_before():
    """What the log was set to, afterwards."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    held = (list(root.handlers), root.level, {name: logging.getLogger(name).level for name in OURS})
    yield
    root.handlers[:], level, levels = held
    root.setLevel(level)
    for name, one in levels.items():
        logging.getLogger(name).setLevel(one)
    logging.captureWarnings(False)
    sys.excepthook, threading.excepthook = hooks


def test_libraries_are_heard_from_warnings_on_unless_everything_is_wanted(as_before):
    out = io.StringIO()
    for level, heard in (("info", ["said_so"]), ("debug", ["library", "said_so"]), ("error", [])):
        out.seek(0)
        out.truncate()
        set_up(out, level)
        logging.getLogger("somebody.else").info("hello")
        logging.getLogger("bot.x").info("said_so")
        assert [one.split(" ")[3] for one in out.getvalue().splitlines()] == heard


def test_what_nobody_handled_is_logged_by_type_and_place(as_before):
    out = io.StringIO()
    set_up(out, "info")
    logs.own_up()

    def ends():
        raise KeyError("Ada's words")

    running = threading.Thread(target=ends)
    running.start()
    running.join()
    assert "unhandled error=KeyError at_line=test_logs:" in out.getvalue()
    assert "words" not in out.getvalue()


def test_serve_logs_in_the_form_that_is_set(tmp_path):
    settings = environment(tmp_path, SEXTANT_BIND="127.0.0.1:0", SEXTANT_LOG="json")
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"], stderr=subprocess.PIPE, env=settings, cwd=tmp_path, text=True
    )
    assert running.stderr is not None
    first = next(one for one in iter(running.stderr.readline, "") if one.startswith("{"))
    running.terminate()
    running.communicate(timeout=30)
    assert json.loads(first)["name"] == "listening"
