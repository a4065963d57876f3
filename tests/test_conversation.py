import pytest

from bot import replies
from bot.conversation import State
from decision.evidence import Case
from tests.bot_fixtures import OUTDATED, app, said


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with app(tmp_path_factory.mktemp("conversation")) as built:
        yield built


def test_a_description_is_read_aloud_and_followed_by_one_question(shared):
    (text,) = said(shared, OUTDATED)
    assert "What I read:" in text
    assert "Question 1:" in text
    assert "Question 2:" not in text


@pytest.mark.parametrize("answer", ["1", "the right document", "1."])
def test_a_number_and_the_words_of_an_option_answer_alike(shared, answer):
    assert "Verdict: retrieval" in said(shared, OUTDATED, answer)[1]


@pytest.mark.parametrize("answer", ["9", "1 3", "purple", "🙂", "0"])
def test_what_answers_nothing_keeps_the_question_open(shared, answer):
    text = said(shared, OUTDATED, answer)[1]
    assert "Choose from the answers" in text
    assert "Question 1:" in text


@pytest.mark.parametrize(
    "aside", ["why do you ask?", "can fine-tuning replace RAG?", "that's wrong", "hello there"]
)
def test_after_an_aside_the_same_question_stands_again(shared, aside):
    text = said(shared, OUTDATED, aside)[1]
    assert "Question 1: If a careful colleague" in text


def test_a_fact_told_in_between_does_not_lose_the_open_question(shared):
    text = said(shared, OUTDATED, "we have 300 labelled examples")[1]
    assert "300 labelled examples" in text
    assert "Question 1: If a careful colleague" in text


def test_several_answers_in_one_message_are_all_read(shared):
    text = said(
        shared, OUTDATED, "It changes weekly, we have 40 test examples and about 2 million requests a month."
    )[1]
    assert "change weekly" in text
    assert "test set" in text
    assert "volume" in text


def test_why_quotes_the_guidance(shared):
    text = said(shared, OUTDATED, "why?")[1]
    assert "(factors/human_fix)" in text


def test_a_guidance_question_is_answered_with_quotes_only(shared):
    assert "(faq/replace-retrieval)" in said(shared, "can fine-tuning replace RAG?")[0]


def test_what_the_guidance_does_not_answer_is_said_and_kept_as_a_gap(shared):
    assert "The guidance does not say." in said(shared, "which model won the chess trophy in Oslo?")[0]
    assert shared.turns.queries.gaps()[0].text == "which model won the chess trophy in Oslo?"


def test_a_correction_is_named_and_the_newest_counts(shared):
    texts = said(shared, OUTDATED + " It changes monthly.", "actually it's weekly")
    assert "Changed:" in texts[1]
    assert "weekly" in texts[1]


def test_decide_now_gives_a_final_verdict_with_cited_reasons(shared):
    text = said(shared, OUTDATED, "decide now")[1]
    assert "Verdict:" in text
    assert "could still change it" not in text
    assert "Why\n1. " in text


@pytest.mark.parametrize("message", ["decide now", "what would change this?", "that's wrong"])
def test_before_any_description_there_is_nothing_to_judge(shared, message):
    assert "I hold nothing about your case yet" in said(shared, message)[0]


def test_not_sure_is_an_answer(shared):
    assert "Question 1:" not in said(shared, OUTDATED, "not sure")[1]


def test_start_over_forgets_the_case(shared):
    texts = said(shared, OUTDATED, "start over", "decide now")
    assert "Started over" in texts[1]
    assert "I hold nothing" in texts[2]


@pytest.mark.parametrize(
    "message", ["what is the weather in Paris tomorrow", "😀😀😀", "my bike has a flat tyre"]
)
def test_off_topic_is_declined_politely(shared, message):
    assert "does not seem to be about" in said(shared, message)[0]


def test_a_greeting_explains_what_the_bot_does(shared):
    assert "Tell me about an AI feature" in said(shared, "hello")[0]


def test_only_a_given_verdict_can_be_logged_not_a_leaning(shared):
    texts = said(shared, "log this", OUTDATED, "log this", "log as workflow by Ada")
    assert all("no verdict to log yet" in texts[index] for index in (0, 2, 3))


def test_a_decision_is_logged_once_by_whom_it_says(shared):
    texts = said(
        shared,
        OUTDATED,
        "decide now",
        "log this decision by Ada: because X",
        "log this",
        "decide now",
        "log it",
    )
    assert ", by Ada." in texts[2]
    assert "logged already" in texts[3]
    assert "logged already" in texts[5]
    newest = shared.archive.decisions(limit=1)[0]
    assert (newest.by, newest.note, newest.own) == ("Ada", "X", False)


def test_a_person_may_log_another_lever(shared):
    texts = said(shared, OUTDATED, "decide now", "log as pizza", "log as workflow by Ada")
    assert "I know no lever “pizza”" in texts[2]
    assert "workflow instead of retrieval, by Ada." in texts[3]


def test_new_facts_after_logging_give_a_verdict_that_can_be_logged_again(shared):
    texts = said(shared, OUTDATED, "1", "log it", "the facts change weekly", "log it")
    assert "Logged as" in texts[2]
    assert "Logged as" in texts[4]


def test_a_tap_on_an_older_question_leaves_the_open_one_open(shared):
    state = State(Case(asked=("task_scope", "human_fix")), asking="human_fix")
    assert shared.conversation.answer(state, "task_scope", ("narrow",)).answered is None
    assert shared.conversation.answer(state, "human_fix", ("document",)).answered == "human_fix"


def test_whoever_comes_back_finds_the_open_question_or_the_verdict(shared):
    assert shared.conversation.standing(State()) == (replies.Greet(),)
    case = shared.reader.read(OUTDATED, Case(), None).evidence
    (standing,) = shared.conversation.standing(State(Case(case, ("human_fix",)), "human_fix"))
    assert isinstance(standing, replies.Ask)
