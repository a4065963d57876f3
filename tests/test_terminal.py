import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import replies
from bot.terminal.lines import Line
from bot.terminal.show import coloured, show, styled
from bot.terminal.wrapping import cells, clean, wrap
from tests.bot_fixtures import OUTDATED, app, said


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@given(st.text())
def test_no_control_character_reaches_the_terminal(text):
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in clean(text))


@given(st.text(), st.integers(40, 100), st.integers(0, 11))
def test_no_row_is_wider_than_the_screen(text, width, indent):
    rows = wrap(clean(text), width, " " * indent, " " * indent)
    assert all(cells(row) <= width for row in rows)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P"]), max_size=300))
def test_wrapping_loses_no_character(text):
    assert "".join(wrap(text, 40)) == text


def test_wide_characters_take_two_columns():
    assert cells("退款政策") == 8
    assert wrap("退" * 30, 40) == ["退" * 20, "退" * 10]


def test_emoji_and_accents_are_kept():
    assert clean("naïve 👩‍💻 café") == "naïve 👩‍💻 café"


def test_what_follows_a_list_mark_stands_under_its_text():
    assert styled(Line("1. " + "word " * 10), 40, False).split("\n")[1].startswith("   word")


def test_escape_codes_in_a_name_are_shown_and_not_obeyed():
    out = io.StringIO()
    show(replies.Logged("d-7f3k", "rag", "\x1b[31mEve\x1b]0;x\x07", None), out)
    assert "\x1b" not in out.getvalue()
    assert "Eve" in out.getvalue()


def test_colour_is_only_for_a_terminal_that_wants_it(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert coloured(Screen())
    assert not coloured(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured(Screen())


def test_colour_only_repeats_what_the_words_say(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    show(replies.Greet(), screen)
    assert "\x1b[2m" in screen.getvalue()
    assert "Tell me about" in screen.getvalue()


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    messages = (
        OUTDATED,
        "why?",
        "退款" * 60,
        "x" * 10_000,
        "decide now",
        "what would change this?",
        "log it",
    )
    with app(tmp_path_factory.mktemp("talk")) as built:
        return said(built, *messages)


def test_no_line_is_wider_than_80_columns(talk):
    assert max(cells(line) for text in talk for line in text.split("\n")) <= 80


def test_a_verdict_reads_in_order_for_a_screen_reader(talk):
    titles = [
        "Verdict: ",
        "sure. Where it fails",
        "\nWhy\n",
        "\nNext steps\n",
        "\nWhat would change this\n",
        "Say “log",
    ]
    places = [talk[4].index(title) for title in titles]
    assert places == sorted(places)


def test_without_hints_nothing_is_offered_that_nobody_can_answer():
    out = io.StringIO()
    with_hints = io.StringIO()
    for target, hints in ((out, False), (with_hints, True)):
        show(replies.NothingToLog(), target, hints)
    assert out.getvalue() == with_hints.getvalue()
