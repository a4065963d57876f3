"""Checks everything that can be wrong with an installation, and says how to mend each."""

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.finding import Finding
from bot.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from decision.policy import Policy
    from knowledge.library import Library
    from storage.database import DatabaseFile

WITHOUT_ENCODER = (3, 14)
"""From this Python on the wheel with the encoder's weights does not install."""
OLD_PRICES = 180
"""Days after which the price list is too old to go by; vendors change prices every few months."""


def check(environment: Mapping[str, str], dotenv: Path) -> list[Finding]:
    """Every finding. The database is opened as a start would: made if missing, brought up to date."""
    try:
        settings = read_settings(environment, dotenv)
    except SettingsError as error:
        return [Finding("settings", False, problem) for problem in error.problems]
    return [Finding("settings", True, f"database {settings.db}, reader {settings.reader}"), *_parts(settings)]


def _parts(settings: Settings) -> Iterator[Finding]:
    from bot.reading import load_policy
    from decision.policy import PolicyError

    policy = None
    try:
        policy = load_policy(settings.policy)
    except PolicyError as error:
        yield Finding("policy", False, str(error))
    else:
        yield Finding("policy", True, f"version {policy.version}, {len(policy.factors)} factors")
    yield from _database(settings, policy)
    yield _encoder()
    yield from _model(settings)
    yield from _platforms(settings)
    yield _prices(datetime.now(UTC).date())


def _database(settings: Settings, policy: "Policy | None") -> Iterator[Finding]:
    from bot.bootstrap import database
    from knowledge.library import Library
    from knowledge.schema import NewerIndexError
    from storage.errors import StorageError
    from storage.queries import Queries

    try:
        with database(settings) as file:
            counts = Queries(file).counts()
            yield Finding("database", True, f"{counts.threads} threads, {counts.decisions} decisions")
            waiting = counts.inbox_waiting + counts.outbox_waiting
            late = f"{waiting} waiting since {counts.waiting_since}" if waiting else "nothing waits"
            yield Finding("queues", True, late)
            yield from _leads(settings, file)
            library = Library(file.connection)
            documents = library.documents()
            yield Finding("guidance", True, f"{len(documents)} documents")
            if policy is not None:
                yield _citations(policy, library)
    except (StorageError, NewerIndexError) as error:
        yield Finding("database", False, str(error))


def _leads(settings: Settings, file: "DatabaseFile") -> Iterator[Finding]:
    """Who reviews more than they may be meant to: a lead without a workspace is one in each of several."""
    from bot.access import NO_WORKSPACE
    from storage.installations import workspaces_of

    for platform in ("slack", "discord"):
        bare = [one for one in settings.leads if one.startswith(f"{platform}:") and one.count(":") == 1]
        count = len([one for one in workspaces_of(file, platform) if one != NO_WORKSPACE])
        if bare and count > 1:
            named = (
                f"{', '.join(bare)} {'counts' if len(bare) == 1 else 'count'} in each of {count} workspaces"
            )
            says = f"{named}; for one of them write {platform}:WORKSPACE:{bare[0].partition(':')[2]}"
            yield Finding("leads", True, says)


def _citations(policy: "Policy", library: "Library") -> Finding:
    missing = sorted(cited for cited in policy.passages if library.passage(cited) is None)
    if missing:
        mend = "mend the policy file or reinstall"
        return Finding("citations", False, f"the policy cites {missing[0]}, which the guidance lacks; {mend}")
    return Finding("citations", True, "every passage that the policy cites exists")


def _encoder() -> Finding:
    from bot.reading import encoder

    if encoder() is not None:
        return Finding("reader", True, "the local encoder is there and its weights are the pinned ones")
    if sys.version_info >= WITHOUT_ENCODER:
        return Finding(
            "reader",
            True,
            f"messages are read by phrases alone, because the local encoder does not install on Python "
            f"{sys.version_info.major}.{sys.version_info.minor} yet; Python 3.11 to 3.13 read by meaning too",
        )
    return Finding(
        "reader",
        False,
        "the local encoder is missing or altered, so messages are read by phrases "
        "alone; install the locked requirements again",
    )


def _model(settings: Settings) -> Iterator[Finding]:
    from contextlib import closing

    from bot import claude

    if claude.wanted(settings):
        with closing(claude.connected(settings)) as line:
            yield Finding("model", *claude.check(line))


def _platforms(settings: Settings) -> Iterator[Finding]:
    """What each configured platform says of its tokens and of what the bot may do there."""
    if settings.slack:
        from bot.slack import doctor as slack

        yield from slack.check(settings)
    if settings.discord:
        from bot.discord import doctor as discord

        yield from discord.check(settings)


def _prices(today: date) -> Finding:
    from decision.economics import packaged

    days = (today - date.fromisoformat(packaged().as_of)).days
    says = f"price list of {packaged().as_of}, {max(days, 0)} days old"
    return Finding(
        "prices", True, f"{says}; update Sextant, for costs may be off" if days > OLD_PRICES else says
    )
