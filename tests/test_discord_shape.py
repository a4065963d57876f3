"""What Discord's gateway tells is looked at before the library takes its parts for granted."""

import pytest

from bot.discord.shape import well_built

USER = {"id": "7", "username": "ada", "discriminator": "0", "avatar": None}


def asked(*options):
    data = {"id": "1", "name": "ask", "type": 1, "options": list(options)}
    kept = {"id": "2", "application_id": "3", "type": 2, "token": "t", "version": 1, "channel_id": "4"}
    return {**kept, "channel": {"id": "4", "type": 1}, "user": USER, "data": data}


QUESTION = {"name": "question", "type": 3, "value": "Can RAG help?"}


def test_a_command_with_its_values_is_let_in():
    assert well_built("INTERACTION_CREATE", asked(QUESTION))
    assert well_built("INTERACTION_CREATE", asked({"name": "here", "type": 1, "options": [QUESTION]}))


@pytest.mark.parametrize("within", [False, True])
def test_an_option_without_its_value_is_not_let_in(within):
    bare = {"name": "visible", "type": 5}
    option = {"name": "here", "type": 1, "options": [bare]} if within else bare
    assert not well_built("INTERACTION_CREATE", asked(QUESTION, option))
