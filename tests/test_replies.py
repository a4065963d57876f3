from pathlib import Path
from typing import get_args

import pytest

import bot.conversation
from bot import replies
from bot.posts import from_json, to_json
from bot.replies import Reply
from bot.terminal.render import render
from bot.told import Changed, Explained, Heard, OpenThread, Precedent, Told
from decision.assess import assess
from decision.economics import bills
from decision.evidence import Case, Evidence
from tests.bot_fixtures import app
from tests.weekly_fixtures import NEWS


@pytest.fixture(scope="module")
def every(tmp_path_factory) -> list[Reply]:
    case = Case(
        (
            Evidence("change_rate", "weekly", "it changes weekly"),
            Evidence("volume", "over_10m", "20 million"),
            Evidence("prompt_size", "4k_to_20k", "5000 tokens"),
        )
    )
    with app(tmp_path_factory.mktemp("replies")) as built:
        verdict = assess(built.policy, case, built.passage, decide_now=True).verdict
        question = built.conversation.question("tried")
    heard = Heard((Told("a", "b", False),), (Changed("now", "before"),), "de", True)
    past = Precedent("d-7f3k", "Refunds", "rag", "approved", "worked", "2026-11-02T10:00:00Z")
    return [
        replies.Ask(question, 1, heard),
        replies.Answered(question, ("Weekly",), "Ada"),
        replies.GiveVerdict(verdict, heard, (past,), bills(case), (Explained("So.", question.why.citation),)),
        replies.SharedVerdict(verdict, "Refunds", "Ada"),
        replies.ExplainQuestion(question, question.why),
        replies.ShowFlips(verdict.lever, verdict.flips),
        replies.ShowFlips(verdict.lever, ()),
        replies.ShowHeard(heard.told),
        replies.ShowHeard(()),
        replies.AnswerFromGuidance((question.why.citation,)),
        replies.AnswerFromGuidance(()),
        replies.Decline(),
        replies.Puzzled("en"),
        replies.Puzzled("ja", asking=True),
        replies.Logged("d-7f3k", "rag", "Ada", "workflow"),
        replies.AlreadyLogged("d-7f3k"),
        replies.NothingToLog(),
        replies.UnknownLever("pizza"),
        replies.StartedOver(),
        replies.Greet(),
        replies.Stale("Ada", ("Weekly",)),
        replies.KeptFeedback(),
        replies.Shared("C1"),
        replies.ShowStanding(
            (OpenThread("Refunds", "C1", "1", "2026-11-02", "Why?", "rag"),), (past,), (past,)
        ),
        replies.ShowStanding((), ()),
        replies.Forgotten(3, 1),
        replies.Digest(NEWS),
        replies.Digest(NEWS, whole=True),
        replies.AskOutcome("d-7f3k", "Refunds", "rag", "Ada", 30, 2),
        replies.AskOutcome("d-7f3k", "Refunds", "rag", "Ada", 30, 1, "Ada: it helped."),
        replies.KeptOutcome("d-7f3k", "rag", "worked", "Ada", "", "solved", "61 %", "83 %"),
        replies.KeptOutcome("d-7f3k", "rag", "too_early", "Ada"),
        replies.Reviewed("d-7f3k", "Refunds", "approved", "rag", "Lea"),
        replies.Reviewed("d-7f3k", "Refunds", "overridden", "prompt", "Lea", "rag", "no owner"),
        replies.Reviewed("d-7f3k", "", "commented", "rag", "Lea", None, "see C2"),
        replies.Subscribed("active", "2026-11-30T09:00:00+01:00", "Europe/Berlin", True, False),
        replies.Subscribed("paused"),
        replies.Subscribed("ended"),
        replies.Subscribed("none"),
        replies.UnknownTime("monday 25:00"),
        replies.UnknownDecision("d-7f3k"),
        replies.DigestHalted("C1", "gone"),
        replies.UnknownDecision(""),
        replies.Failed("abcdef"),
    ]


def test_every_kind_of_reply_is_rendered(every):
    assert {type(reply) for reply in every} == set(get_args(Reply))
    assert all(any(line.text.strip() for line in render(reply)) for reply in every)


def test_every_kind_of_reply_survives_the_outbox(every):
    assert from_json(to_json(tuple(every))) == tuple(every)


def test_a_kept_reply_whose_quote_does_not_stand_is_refused(every):
    explained = next(reply for reply in every if isinstance(reply, replies.ExplainQuestion))
    text = to_json((explained,)).replace(explained.why.citation.quote, "Invented.", 1)
    with pytest.raises(ValueError, match="does not say"):
        from_json(text)


@pytest.mark.parametrize("word", ["button", "block", "embed", "modal", "ephemeral"])
def test_conversation_and_replies_know_no_widgets(word):
    assert not [f for m in (bot.conversation, replies) if word in Path(f := m.__file__).read_text().lower()]
