"""Long text is cut without breaking code, and only what is for the bot is heard."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord.gating import DIRECT, Heard, alone, wanted
from bot.discord.split import FENCE, split


def heard(text="case", **more):
    return Heard(**{"id": "10", "channel": "2", "text": text, "me": "1", "guild": "3", **more})


def test_a_code_block_that_is_cut_is_closed_and_opened_again_with_its_language():
    code = "\n".join(f"line {number}" for number in range(60))
    pieces = split(f"before\n```python\n{code}\n```\nafter", 120)
    assert len(pieces) > 3
    assert all(piece.count(FENCE) % 2 == 0 for piece in pieces)
    assert all(piece.startswith("```python\n") for piece in pieces[1:-1])
    assert [*re.findall(r"line \d+", "".join(pieces))] == code.split("\n")


def test_short_text_is_one_piece_and_no_text_is_none():
    assert split("short") == ["short"]
    assert "".join(split("x" * 2000)) == "x" * 2000
    assert split("") == split(" \n ") == []


def test_a_limit_without_room_is_refused():
    with pytest.raises(ValueError, match="no room"):
        split("text", 10)


@given(st.text(st.sampled_from("ab `\n"), max_size=600), st.integers(64, 200))
def test_every_piece_fits_and_nothing_but_fences_and_breaks_is_added_or_lost(text, limit):
    pieces = split(text, limit)
    assert all(len(piece) <= limit for piece in pieces)

    def bare(shown):
        return re.sub(r"[`\s]", "", shown)

    assert bare("".join(pieces)) == bare(text)


@given(st.lists(st.sampled_from(["word " * 30, "```", "```py", "x" * 150, "", "short"]), max_size=12))
def test_no_piece_ends_within_a_code_block_unless_the_text_does(lines):
    text = "\n".join(lines)
    pieces = split(text, 120)
    open_ends = [piece for piece in pieces if piece.count(FENCE) % 2]
    assert len(open_ends) <= (1 if text.count(FENCE) % 2 else 0)


def test_a_mention_begins_a_thread_with_the_id_of_its_message():
    found = wanted(heard("<@1> case", names_me=True))
    assert (found.place.channel, found.place.key, found.text) == ("2", "10", "case")
    assert found.surely


def test_a_mention_within_a_thread_belongs_to_that_thread():
    assert wanted(heard("<@!1> case", names_me=True, thread="7")).place.key == "7"


def test_a_direct_message_channel_is_one_private_thread():
    place = wanted(heard(guild="", channel="5")).place
    assert (place.workspace, place.channel, place.key, place.private) == (DIRECT, "5", "5", True)


def test_a_reply_to_a_post_beside_a_message_belongs_to_that_messages_case():
    assert wanted(heard(replies_to_me=True, replied_case="4")).place.key == "4"


@pytest.mark.parametrize(
    "more",
    [
        {"human": False},
        {"ordinary": False},
        {},
        {"thread": "7", "names_others": True},
        {"thread": "7", "replies_to_other": True},
        {"thread": "7", "text": "  "},
        {"replies_to_me": True, "text": ""},
        {"guild": "", "human": False},
    ],
)
def test_what_is_not_for_the_bot_is_let_go(more):
    assert wanted(heard(**more)) is None


def test_a_plain_message_in_a_thread_counts_only_while_one_person_speaks_there():
    assert not wanted(heard(thread="7")).surely
    assert [alone(voices) for voices in (0, 1, 2)] == [False, True, False]


def test_other_people_are_named_and_the_bot_is_not():
    said = heard("<@1>  ask <@4> and <@5>, <@&9>", names_me=True, role="9", names={"4": "Bob"})
    assert wanted(said).text == "ask @Bob and @somebody,"


def test_a_mention_alone_asks_for_help():
    assert wanted(heard("<@1>", names_me=True)).text == "help"
