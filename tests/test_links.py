"""A link signs in one person, once, for ten minutes; whatever else it is, it is refused and logged."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.access import KEEPER, keeper_link, viewer
from bot.links import LinkRefusedError, Links
from storage.access import Access, Guest
from storage.database import DatabaseFile
from storage.forgetting import forget
from tests.console_fixtures import LEAD, MEMBER

SECRET = "s" * 32


class Clock:
    """Moved by hand."""

    def __init__(self):
        self.now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path, clock: Clock):
    with DatabaseFile(tmp_path / "s.db", clock) as opened:
        yield opened


def made(file, clock, secret=SECRET) -> Links:
    return Links(Access(file), secret, "https://sextant.example/", clock)


def token(links: Links, guest: Guest = LEAD) -> str:
    address = links.link_for(guest.platform, guest.workspace, guest.person, guest.name)
    assert address.startswith("https://sextant.example/sign-in?link=")
    return address.rpartition("=")[2]


def refused(links: Links, held: str, caplog) -> str:
    with caplog.at_level(logging.WARNING), pytest.raises(LinkRefusedError) as error:
        links.sign_in(held)
    assert f"link_refused why={error.value.why}" in caplog.text
    assert held not in caplog.text
    return error.value.why


def test_a_link_signs_its_person_in_and_nobody_a_second_time(file, clock, caplog):
    links = made(file, clock)
    held = token(links)
    assert links.holder(held) == LEAD
    known = links.sign_in(held)
    assert links.signed_in(known) == LEAD
    assert refused(links, held, caplog) == "used"
    with pytest.raises(LinkRefusedError):
        links.holder(held)


def test_to_look_at_a_link_does_not_use_it_up(file, clock):
    links = made(file, clock)
    held = token(links)
    for _ in range(3):
        links.holder(held)
    assert links.signed_in(links.sign_in(held)) == LEAD


def test_a_link_ends_after_ten_minutes(file, clock, caplog):
    links = made(file, clock)
    held = token(links)
    clock.now += timedelta(minutes=9, seconds=59)
    links.holder(held)
    clock.now += timedelta(seconds=1)
    assert refused(links, held, caplog) == "ended"


@pytest.mark.parametrize("place", [0, 5, 31, 33, 40, 75])
def test_a_link_with_one_sign_changed_is_refused(file, clock, caplog, place):
    links = made(file, clock)
    held = token(links)
    other = "A" if held[place] != "A" else "B"
    assert refused(links, held[:place] + other + held[place + 1 :], caplog) in ("unknown", "altered")


@pytest.mark.parametrize("held", ["", ".", "x", "a" * 32 + ".", "\0" * 76, "é" * 32 + "." + "é" * 43])
def test_what_is_no_link_is_refused(file, clock, caplog, held):
    links = made(file, clock)
    with pytest.raises(LinkRefusedError):
        links.sign_in(held)


def test_a_link_is_tied_to_its_person(file, clock, caplog):
    links = made(file, clock)
    held = token(links, MEMBER)
    with file.transaction() as tables:
        tables.execute("UPDATE sign_in_links SET person = 'ULEAD'")
    assert refused(links, held, caplog) == "altered"


def test_a_link_of_another_secret_is_refused(file, clock, caplog):
    held = token(made(file, clock))
    assert refused(made(file, clock, "t" * 32), held, caplog) == "altered"
    assert refused(made(file, clock, ""), held, caplog) == "altered"


def test_of_two_who_use_a_link_at_once_one_is_signed_in(file, clock):
    links = made(file, clock)
    held = token(links)

    def use(_):
        try:
            return links.sign_in(held)
        except LinkRefusedError:
            return ""

    with ThreadPoolExecutor(8) as many:
        assert sum(bool(known) for known in many.map(use, range(8))) == 1


def test_a_sign_in_ends_by_leaving_by_leaving_everywhere_and_by_itself(file, clock):
    links = made(file, clock)
    here, there, other = (links.sign_in(token(links)) for _ in range(3))
    unused = token(links)
    member = links.sign_in(token(links, MEMBER))
    links.leave(here)
    assert links.signed_in(here) is None
    assert links.signed_in(there) == LEAD
    links.leave_everywhere(LEAD)
    assert links.signed_in(there) is links.signed_in(other) is None
    with pytest.raises(LinkRefusedError):
        links.sign_in(unused)
    assert links.signed_in(member) == MEMBER
    clock.now += timedelta(hours=13)
    assert links.signed_in(member) is None


def test_the_file_holds_nothing_that_signs_anybody_in(file, clock):
    links = made(file, clock)
    held = token(links)
    known = links.sign_in(held)
    kept = [
        str(value)
        for table in ("sign_in_links", "sign_ins")
        for row in file.rows(f"SELECT * FROM {table}")
        for value in row
    ]
    assert not any(part in value for value in kept for part in (known, *held.split(".")))


def test_whoever_is_forgotten_is_signed_out(file, clock):
    links = made(file, clock)
    known, unused = links.sign_in(token(links)), token(links)
    forget(file, LEAD.platform, LEAD.workspace, LEAD.person)
    assert links.signed_in(known) is None
    with pytest.raises(LinkRefusedError):
        links.sign_in(unused)
    assert not file.rows("SELECT * FROM sign_ins") + file.rows("SELECT * FROM sign_in_links")


def test_leads_are_whom_the_settings_name_and_the_keeper(file, clock):
    assert viewer(LEAD, ("slack:ULEAD",)).lead
    assert not viewer(LEAD, ("discord:ULEAD",)).lead
    assert not viewer(MEMBER, ("slack:ULEAD",)).lead
    links = made(file, clock)
    assert links.holder(keeper_link(links).rpartition("=")[2]) == KEEPER
    assert viewer(KEEPER, ()).lead
