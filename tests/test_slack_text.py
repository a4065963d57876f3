"""Escaping and splitting for Slack: whatever the text, nothing in it is live and nothing of it is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import blocks as kit
from bot.slack.mrkdwn import escape, inline, markdown, mentions, readable
from bot.slack.split import MOST_BLOCKS, MOST_CHARACTERS, characters, pieces, posts

TEXTS = st.lists(
    st.sampled_from(["word", " ", "\n", "\n\n", ". ", "<!here>", "&lt;", "&", "é", "🙂", "x" * 40]),
    max_size=120,
).map("".join)


@given(TEXTS)
def test_what_is_escaped_is_read_back_as_it_was(text):
    shown = " ".join(text.replace("\n", " ").split())
    assert readable(inline(text)) == shown
    assert not re.search(r"[<>]", escape(text))


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("&amp;lt;", "&lt;"),
        ("<https://a.example|our page>", "our page"),
        ("<https://a.example>", "https://a.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<@U1|ada> and <@U2>", "@ada and @somebody"),
        ("<#C1|general> <#C2>", "#general #channel"),
        ("<!here> <!subteam^S1|@team> <!channel>", "@here @team @channel"),
        ("<@UBOT>: hello", "hello"),
        ("hello <@UBOT|sextant>", "hello"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_what_slack_sends_is_read_as_it_was_typed(sent, typed):
    assert readable(sent, "UBOT") == typed


def test_people_who_are_called_are_known():
    assert mentions("<@U1> <@W2|x> <#C1> &lt;@U3&gt;") == {"U1", "W2"}


def test_markdown_of_a_model_makes_no_link_and_calls_nobody():
    said = markdown("**so** [click](https://evil.example) <!channel> ![x](y)")
    assert said == "**so** \\[click\\](https://evil.example) &lt;!channel&gt; !\\[x\\](y)"


@given(TEXTS, st.integers(60, 300))
def test_pieces_fit_and_hold_every_word(text, most):
    found = list(pieces(text, most))
    assert all(0 < len(piece) <= most for piece in found)
    assert re.sub(r"\s", "", "".join(found)) == re.sub(r"\s", "", text)


@given(TEXTS, st.integers(60, 300))
def test_no_escape_is_cut_in_two(text, most):
    for piece in pieces(escape(text), most):
        assert re.sub(r"&(?!(amp|lt|gt);)", "", piece) == piece


@pytest.mark.parametrize("language", ["", "python"])
def test_a_fence_that_is_cut_is_closed_and_opened_again(language):
    code = "\n".join(f"line {number}" for number in range(60))
    found = list(pieces(f"Before\n```{language}\n{code}\n```\nAfter", 200))
    assert len(found) > 2
    for piece in found:
        assert piece.count("```") % 2 == 0
        assert len(piece) <= 200
    assert all(piece.startswith(f"```{language}\n") for piece in found[1:-1])


SECTION = st.integers(1, 3000).map(lambda size: {"type": "section", "text": kit.mrkdwn("x" * size)})
ACTIONS = st.just(next(kit.actions([kit.button("Yes", "a_1", "answer:t:1")])))


GROUPS = st.tuples(SECTION, st.lists(ACTIONS, max_size=2)).map(lambda pair: [pair[0], *pair[1]])


@given(st.lists(st.one_of(GROUPS, st.just([kit.divider()])), max_size=90))
def test_posts_keep_to_slacks_limits_lose_nothing_and_keep_buttons_with_their_text(groups):
    blocks = [block for group in groups for block in group]
    found = posts(blocks)
    assert [block for post in found for block in post] == blocks
    for post in found:
        assert len(post) <= MOST_BLOCKS
        assert sum(map(characters, post)) <= MOST_CHARACTERS
    for after in found[1:]:
        assert after[0]["type"] != "actions"


def test_builders_cut_labels_to_what_slack_takes():
    assert len(kit.button("x" * 200, "a", "b")["text"]["text"]) <= kit.BUTTON
    assert len(kit.option("x" * 200, "b")["text"]["text"]) <= kit.OPTION
    assert len(kit.header("x" * 200)["text"]["text"]) <= kit.HEADER
    assert kit.header("x" * kit.HEADER)["text"]["text"] == "x" * kit.HEADER
    assert len(list(kit.sections("x" * 7000))) == 3
    assert len(list(kit.actions([kit.button("x", str(n), "b") for n in range(60)]))) == 3


@pytest.mark.parametrize("opening", ["```" + "x" * 3100, "`" * 3100, "```" + "long " * 700])
def test_pieces_fit_whatever_a_fence_opens_with(opening):
    found = list(pieces(f"{opening}\n{'code ' * 2000}", 3000))
    assert len(found) < 10
    assert all(len(piece) <= 3000 for piece in found)
