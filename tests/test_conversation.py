import pytest

from bot import replies, wording
from bot.exchange import State
from bot.names import LEVERS
from bot.terminal.render import render
from decision.evidence import NOT_SURE, Case, Evidence
from tests.bot_fixtures import OUTDATED, app, said

STALE = {"human_fix": "document", "facts_test": "always", "retrieval_state": "none", "change_rate": "weekly"}
"""What a team whose bot lacks the newest document would answer; they are not sure of anything else."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with app(tmp_path_factory.mktemp("conversation")) as built:
        yield built


@pytest.fixture(scope="module")
def opened(shared):
    """What OUTDATED does as the first message of a thread."""
    return shared.conversation.receive(State(), OUTDATED)


@pytest.fixture(scope="module")
def first(opened):
    """The question that OUTDATED opens, whichever the policy puts first."""
    return opened.asked


def open_at(factor, told: tuple[Evidence, ...]) -> State:
    """A thread that told so much, in which the question about a factor is open."""
    return State(Case(told, (factor,)), factor)


def answers(turn, factor) -> tuple[str | None, list[str]]:
    return turn.answered, [item.value for item in turn.evidence if item.factor == factor]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_description_is_read_aloud_and_followed_by_one_question(shared):
    (text,) = said(shared, OUTDATED)
    assert "What I read:" in text
    assert "Question 1:" in text
    assert "Question 2:" not in text


@pytest.mark.parametrize("answer", ["1", "the right document", "1."])
def test_a_number_and_the_words_of_an_option_answer_alike(shared, opened, answer):
    turn = shared.conversation.receive(open_at("human_fix", opened.evidence), answer)
    assert answers(turn, "human_fix") == ("human_fix", ["document"])


def test_every_option_of_the_open_question_can_be_numbered_or_named(shared, opened, first):
    for number, option in enumerate(first.options, 1):
        for typed in (str(number), f"{number}.", option.label):
            turn = shared.conversation.receive(open_at(first.factor, opened.evidence), typed)
            assert answers(turn, first.factor) == (first.factor, [option.value]), typed


@pytest.mark.parametrize("answer", ["1", "1.", "label"])
def test_an_answered_question_is_not_put_again(shared, first, answer):
    text = said(shared, OUTDATED, first.options[0].label if answer == "label" else answer)[1]
    assert "Choose from the answers" not in text
    assert first.text not in flat(text)
    assert "Question 2:" in text or "Verdict:" in text


def test_answered_question_by_question_the_case_ends_in_a_verdict(shared, opened):
    state, turn, put = State(), opened, []
    while turn.asked is not None:
        put.append(turn.asked.factor)
        state = State(state.case.adding(*turn.evidence).asking(put[-1]), put[-1])
        turn = shared.conversation.answer(state, put[-1], (STALE.get(put[-1], NOT_SURE),))
    assert 1 <= len(put) == len(set(put)) <= 7
    assert turn.verdict.final
    assert turn.verdict.lever == "rag"


@pytest.mark.parametrize("answer", ["9", "1 3", "purple", "🙂", "0"])
def test_what_answers_nothing_keeps_the_question_open(shared, opened, answer):
    turn = shared.conversation.receive(open_at("human_fix", opened.evidence), answer)
    puzzled, again = turn.replies
    assert puzzled == replies.Puzzled(puzzled.language, asking=True, hint=puzzled.hint)
    assert (again.question.factor, again.number) == ("human_fix", 1)
    assert (turn.evidence, turn.answered) == ((), None)


def test_a_chat_says_how_to_answer_and_puts_the_same_question_again(shared, first):
    text = said(shared, OUTDATED, "purple")[1]
    assert "Choose one of the answers" in text
    assert f"Question 1: {first.text}" in flat(text)


@pytest.mark.parametrize(
    "aside", ["why do you ask?", "can fine-tuning replace RAG?", "that's wrong", "hello there"]
)
def test_after_an_aside_the_same_question_stands_again(shared, first, aside):
    text = said(shared, OUTDATED, aside)[1]
    assert f"Question 1: {first.text}" in flat(text)
    assert "Question 2:" not in text


def test_a_fact_told_in_between_is_read_beside_the_open_question(shared):
    text = said(shared, OUTDATED, "we have 300 labelled examples")[1]
    assert "300 labelled examples" in text
    assert "Choose from the answers" not in text
    assert text.count("Question ") == 1


def test_a_fact_told_in_between_keeps_the_open_question_unless_another_is_better_now(shared, opened, first):
    told, kept = opened.evidence, 0
    for factor in sorted(set(shared.policy.factors) - {first.factor}):
        value = next(iter(shared.policy.factors[factor].options))
        best = shared.conversation.answer(State(Case(told)), factor, (value,)).asked
        turn = shared.conversation.answer(open_at(first.factor, told), factor, (value,))
        assert turn.answered is None
        if best is not None and best.factor == first.factor:
            kept += 1
            assert turn.asked is None
            assert [(ask.question.factor, ask.number) for ask in turn.replies] == [(first.factor, 1)]
        else:
            assert (turn.asked and turn.asked.factor) == (best and best.factor)
    assert kept


def test_several_answers_in_one_message_are_all_read(shared):
    text = said(
        shared, OUTDATED, "It changes weekly, we have 40 test examples and about 2 million requests a month."
    )[1]
    assert "change weekly" in text
    assert "test set" in text
    assert "volume" in text


def test_why_quotes_the_guidance(shared, first):
    text = flat(said(shared, OUTDATED, "why?")[1])
    assert f"({first.why.citation.passage.id})" in text
    assert first.why.citation.quote in text


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
    assert "no verdict to log yet" in texts[0]
    assert all("verdict is not final" in texts[index] and "decide now" in texts[index] for index in (2, 3))


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
    assert (newest.by_name, newest.note, newest.own) == ("Ada", "X", False)


def test_a_person_may_log_another_lever(shared, opened):
    given = opened.verdict.lever
    own = "prompting" if given == "workflow" else "workflow"
    texts = said(shared, OUTDATED, "decide now", "log as pizza", f"log as {own} by Ada")
    assert "I know no lever “pizza”" in texts[2]
    assert f"{own} instead of {LEVERS[given]}, by Ada." in flat(texts[3])


def test_new_facts_after_logging_give_a_verdict_that_can_be_logged_again(shared):
    texts = said(shared, OUTDATED, "decide now", "log it", "the facts change weekly", "decide now", "log it")
    assert "Logged as" in texts[2]
    assert "Logged as" in texts[5]


def test_a_tap_on_an_older_question_leaves_the_open_one_open(shared):
    state = State(Case(asked=("task_scope", "human_fix")), asking="human_fix")
    assert shared.conversation.answer(state, "task_scope", ("narrow",)).answered is None
    assert shared.conversation.answer(state, "human_fix", ("document",)).answered == "human_fix"


def test_whoever_comes_back_finds_the_open_question_or_the_verdict(shared):
    assert shared.conversation.standing(State()) == (replies.Greet(),)
    case = shared.reader.read(OUTDATED, Case(), None).evidence
    (standing,) = shared.conversation.standing(State(Case(case, ("human_fix",)), "human_fix"))
    assert isinstance(standing, replies.Ask)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("the first", "document"), ("I'd say the 4th one", "instructions"), ("the last one", NOT_SURE)],
)
def test_an_ordinal_chooses_like_its_number(shared, opened, typed, value):
    turn = shared.conversation.receive(open_at("human_fix", opened.evidence), typed)
    assert answers(turn, "human_fix") == ("human_fix", [value])


@pytest.mark.parametrize(
    ("typed", "hint"), [("1 and 3", "takes one answer"), ("9", "from 1 to 6"), ("0", "from 1 to 6")]
)
def test_a_number_that_answers_nothing_is_met_with_what_can_be_typed(shared, opened, typed, hint):
    puzzled, _ = shared.conversation.receive(open_at("human_fix", opened.evidence), typed).replies
    assert hint in wording.notice(puzzled)[0]


def test_what_would_change_a_leaning_is_not_called_a_verdict(shared):
    before, after, logged = (
        said(shared, OUTDATED, "what would change this?", "log this by Ada")[1:]
        + said(shared, OUTDATED, "decide now", "what would change this?")[2:]
    )
    assert "There is no verdict yet; so far it leans to" in flat(before)
    assert "not final" in flat(after)
    assert "It is " in flat(logged)


def test_deciding_again_says_that_nothing_is_new_and_does_not_repeat_the_verdict(shared):
    again = said(shared, OUTDATED, "decide now", "decide now")[2]
    assert "Nothing new was said since the verdict" in flat(again)
    assert "Next steps" not in again


def test_a_question_is_answered_before_it_is_declined_and_declined_when_nothing_answers(shared):
    answered, declined = said(shared, "How many days of holiday are there?", "How big is the moon?")
    assert "does not seem" in flat(answered)
    assert "does not seem" in flat(declined)
    shared.library.add(_holidays(shared.settings.db.parent))
    assert "27 days" in said(shared, "How many days of holiday are there?")[0]
    shared.library.remove("holidays")


def _holidays(folder):
    path = folder / "holidays.md"
    path.write_text("# Holidays\n\n## Days of holiday\n\nEverybody has 27 days of holiday a year.\n", "utf-8")
    return path


def test_costs_are_shown_for_one_model_with_what_was_assumed(shared):
    told = (
        Evidence("volume", "1m_to_10m", "2M a month on Haiku"),
        Evidence("prompt_size", "4k_to_20k", "9k"),
    )
    turn = shared.conversation.decide_now(State(Case(told)))
    (given,) = turn.replies
    assert [bill.model.split(" (")[0] for bill in given.bills] == ["a small base model"]
    assert "3 million requests a month, 9,000 tokens of fixed prompt" in given.assumed
    text = " ".join(line.text for line in render(given))
    assert "pays from about" in text or "never pays" in text
