"""What only one person wants to know is told to them alone where many read, and leaves the thread quiet."""

from storage.records import Place
from tests.slack_loopback import TEAM, Fault
from tests.slack_serving import COMPLAINT, element, played
from tests.test_slack_taps import asked, decided, first_label, words


async def clicks(served, channel, post, label, by="UADA", times=1):
    """One click, delivered so often."""
    click = served.slack.click(channel, post, element(post, label), by)
    for _ in range(times):
        await served.slack.push(click, "interactive")
    await served.idle()


async def told(served, count=1):
    """What was told to people alone, once it is so much."""
    await served.slack.until(lambda: len(served.slack.ephemerals) >= count)
    return served.slack.ephemerals


def test_why_is_told_to_the_one_who_tapped_alone_and_kept_in_the_log(tmp_path):
    async def play(served):
        ts, post = await asked(served)
        await clicks(served, "C1", post, "Why?", "UBOB", times=3)
        (alone,) = await told(served)
        assert (alone["user"], alone["thread_ts"]) == ("UBOB", ts)
        assert "Why I ask" in words(alone)
        assert "Question 1" not in words(alone)
        assert len(served.slack.posts("C1", ts)) == 1
        thread = served.app.turns.queries.at(Place("slack", TEAM, "C1", ts))
        last = served.app.turns.queries.transcript(thread)
        assert "Bob" in [line.author_name for line in last]
        assert "explain_question" in last[-1].text

    played(tmp_path, play)


def test_who_asks_why_again_is_told_again_since_what_is_told_alone_does_not_stay(tmp_path):
    async def play(served):
        _, post = await asked(served)
        for count in (1, 2):
            await clicks(served, "C1", post, "Why?")
            assert len(await told(served, count)) == count

    played(tmp_path, play)


def test_in_a_direct_message_why_is_said_there_without_the_question_again(tmp_path):
    async def play(served):
        ts = await served.says("DADA", "UADA", COMPLAINT)
        (post,) = served.slack.posts("DADA", ts)
        await clicks(served, "DADA", post, "Why?")
        said = words(served.slack.posts("DADA", ts)[-1])
        assert "Why I ask" in said
        assert "Question 1" not in said
        assert not served.slack.ephemerals

    played(tmp_path, play)


def test_who_taps_too_late_is_told_alone_who_was_first(tmp_path):
    async def play(served):
        ts, post = await asked(served)
        late = served.slack.click("C1", post, element(post, "Not sure"), "UBOB")
        await served.taps("C1", post, first_label(post))
        await served.slack.push(late, "interactive")
        await served.idle()
        (alone,) = await told(served)
        assert alone["user"] == "UBOB"
        assert "too late" in words(alone)
        assert "Ada chose" in words(alone)
        assert len(served.slack.posts("C1", ts)) == 2

    played(tmp_path, play)


def test_who_logs_what_somebody_else_logged_is_told_alone(tmp_path):
    async def play(served):
        ts, post = await decided(served)
        late = served.slack.click("C1", post, element(post, "Log this decision"), "UBOB")
        await served.taps("C1", post, "Log this decision")
        count = len(served.slack.posts("C1", ts))
        await served.slack.push(late, "interactive")
        await served.idle()
        (alone,) = await told(served)
        assert "logged already" in words(alone)
        assert len(served.slack.posts("C1", ts)) == count

    played(tmp_path, play)


def test_where_slack_tells_nobody_alone_it_is_said_in_the_thread_once(tmp_path):
    async def play(served):
        ts, post = await asked(served)
        served.slack.faults["chat.postEphemeral"] = [Fault(error="user_not_in_channel")] * 2
        served.slack.faults["chat.postMessage"] = [Fault(cut=True)]
        await clicks(served, "C1", post, "Why?")
        await served.slack.until(lambda: len(served.slack.called("conversations.replies")) == 1)
        await served.idle()
        assert ["Why I ask" in words(one) for one in served.slack.posts("C1", ts)] == [False, True]

    played(tmp_path, play)
