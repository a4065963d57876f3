"""Several workspaces: installation, work, removal."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from storage.errors import StorageError
from storage.installations import Installations
from tests.slack_loopback import TEAM, Fault, texts
from tests.slack_serving import COMPLAINT, MENTION, played

SEVERAL = {
    "slack_bot_token": None,
    "slack_app_token": None,
    "slack_client_id": "1.2",
    "slack_client_secret": "client-secret",
    "secret": "a secret that nobody can guess, at least 32",
    "public_url": "https://sextant.example/",
}


async def begun(served):
    """Where the browser is sent, and the state that it keeps."""
    async with served.client.get(f"{served.url}/slack/install", allow_redirects=False) as found:
        assert found.status == 302
        cookie = found.headers["set-cookie"].partition(";")[0]
        return found.headers["location"], cookie


async def finished(served, state, cookie, code="good"):
    query = f"code={code}&state={state}" if code else f"error=access_denied&state={state}"
    address = f"{served.url}/slack/oauth_redirect?{query}"
    async with served.client.get(address, headers={"Cookie": cookie}) as found:
        return found.status, await found.text()


def state_of(location):
    return parse_qs(urlsplit(location).query)["state"][0]


async def installed(served):
    location, cookie = await begun(served)
    status, page = await finished(served, state_of(location), cookie)
    assert status == 200, page
    return location, cookie, page


def test_an_installed_workspace_is_answered_and_its_token_is_sealed(tmp_path):
    async def play(served):
        event = served.slack.envelope(served.slack.say("C1", "UADA", MENTION + COMPLAINT))
        assert (await served.post(event)).status == 200
        assert not served.slack.posts("C1")
        location, _, page = await installed(served)
        assert "Acme" in page
        assert location.startswith(served.slack.url.removesuffix("api/") + "oauth/v2/authorize?")
        assert "redirect_uri=https%3A%2F%2Fsextant.example%2Fslack%2Foauth_redirect" in location
        await served.post(event)
        await served.idle()
        assert len(served.slack.posts("C1")) == 1
        assert b"xoxb-1" not in served.app.settings.db.read_bytes()
        row = served.app.file.row("SELECT sealed FROM installations")
        assert b"xoxb-1" not in row["sealed"]

    slack = played(tmp_path, play, http=True, **SEVERAL)
    assert len(slack.called("auth.test")) == 1
    assert "Question" in " ".join(texts(slack.posts("C1")[0]["blocks"]))


@pytest.mark.parametrize("change", ["again", "no cookie", "another state", "forged", "cancelled", "bad code"])
def test_only_the_browser_that_began_an_installation_ends_it_once(tmp_path, change):
    async def play(served):
        location, cookie = await begun(served)
        state = state_of(location)
        code = "good"
        match change:
            case "again":
                await finished(served, state, cookie)
                served.app.file.connection.execute("DELETE FROM installations")
                served.app.file.connection.commit()
            case "no cookie":
                cookie = "a=b"
            case "another state":
                state = state_of((await begun(served))[0])
            case "forged":
                state = state[:-4] + "0000"
                cookie = f"sextant_install={state}"
            case "cancelled":
                code = ""
            case "bad code":
                code = "bad"
        status, page = await finished(served, state, cookie, code)
        assert status in (400, 502)
        assert "invalid_code" not in page
        assert served.app.file.row("SELECT 1 FROM installations") is None

    played(tmp_path, play, http=True, **SEVERAL)


@pytest.mark.parametrize(
    "event",
    [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["UBOT"]}}],
)
def test_removing_the_app_deletes_the_token_and_ends_what_waits(tmp_path, event):
    async def play(served):
        await installed(served)
        said = served.slack.envelope(served.slack.say("C1", "UADA", MENTION + COMPLAINT))
        await served.post(said)
        await served.idle()
        for _ in range(2):
            told = served.slack.envelope(event, event_time=int(time.time()) + 60)
            assert (await served.post(told)).status == 200
        assert served.app.file.row("SELECT 1 FROM installations") is None
        later = served.slack.envelope(served.slack.say("C1", "UADA", MENTION + COMPLAINT))
        assert (await served.post(later)).status == 200
        await served.idle()
        assert len(served.slack.posts("C1")) == 1

    played(tmp_path, play, http=True, **SEVERAL)


def test_a_late_word_of_a_removal_leaves_the_app_that_was_installed_again(tmp_path):
    async def play(served):
        await installed(served)
        gone = served.slack.envelope({"type": "app_uninstalled"}, event_time=int(time.time()) - 60)
        assert (await served.post(gone)).status == 200
        assert served.app.file.row("SELECT 1 FROM installations") is not None

    played(tmp_path, play, http=True, **SEVERAL)


def test_an_installation_that_cannot_be_kept_is_said_on_the_page(tmp_path, monkeypatch):
    def full(*given):
        raise StorageError("The disk is full.")

    async def play(served):
        location, cookie = await begun(served)
        monkeypatch.setattr(Installations, "save", full)
        status, page = await finished(served, state_of(location), cookie)
        assert (status, "start it again" in page) == (503, True)

    played(tmp_path, play, http=True, **SEVERAL)


def test_a_revoked_token_of_one_person_removes_nothing(tmp_path):
    async def play(served):
        await installed(served)
        event = {"type": "tokens_revoked", "tokens": {"oauth": ["UADA"], "bot": []}}
        await served.post(served.slack.envelope(event))
        assert served.app.file.row("SELECT 1 FROM installations") is not None

    played(tmp_path, play, http=True, **SEVERAL)


def test_a_workspaces_revoked_token_is_named_until_it_is_installed_again(tmp_path):
    async def play(served):
        await installed(served)
        served.slack.faults["users.info"] = [Fault(error="token_revoked")]
        said = served.slack.envelope(served.slack.say("C1", "UADA", MENTION + COMPLAINT))
        assert (await served.post(said)).status == 500
        assert TEAM in served.adapter.trouble()
        await installed(served)
        assert not served.adapter.trouble()

    played(tmp_path, play, http=True, **SEVERAL)


def test_uninstalling_the_one_workspace_is_said(tmp_path):
    async def play(served):
        await served.slack.until(lambda: not served.adapter.trouble())
        await served.slack.push(served.slack.envelope({"type": "app_uninstalled"}))
        assert "install the app again" in served.adapter.trouble()

    played(tmp_path, play)
