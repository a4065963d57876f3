"""Builds the application from its settings: the only place that knows every concrete class."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.asides import Asides
from bot.budget import Budget
from bot.conversation import Conversation
from bot.links import Links
from bot.outgoing import Outbound
from bot.people import People
from bot.process import this_process
from bot.reviewing import Reviewing
from bot.settings import Settings
from bot.turns import Turns
from bot.weekly import Weekly
from bot.writing import Writer
from decision import policy as policies
from decision.citation import Citation, Passage
from decision.offline import OfflineReader
from decision.policy import Policy
from decision.reader import Reader
from knowledge.library import Library
from storage.access import Access
from storage.archive import Archive
from storage.database import DatabaseFile
from storage.digests import Digests
from storage.errors import explained
from storage.log import Log
from storage.looks import Looks
from storage.outcomes import Outcomes
from storage.posts import Posts
from storage.queries import Queries
from storage.subscriptions import Subscriptions
from storage.week import Weeks

if TYPE_CHECKING:
    from bot.serve import Adapter
    from decision.gist import Encode


MOST_FOUND = 5
"""Passages from which a model answers a question about the guidance."""


@dataclass(frozen=True)
class Application:
    """Everything that a command may need, wired together."""

    settings: Settings
    file: DatabaseFile
    library: Library
    policy: Policy
    reader: Reader
    conversation: Conversation
    archive: Archive
    turns: Turns
    outbound: Outbound
    people: People
    weekly: Weekly
    reviewing: Reviewing
    links: Links

    def passage(self, pid: str) -> Passage:
        """A passage by its id. Raises LookupError when the guidance has none of that id."""
        return _passage(self.library, pid)


@contextmanager
def application(settings: Settings) -> Iterator[Application]:
    """The application over the settings' database, closed at the end."""
    with database(settings) as file, ExitStack() as stack:
        library = Library(file.connection)
        policy = load_policy(settings.policy)
        archive = Archive(file)
        log, queries = Log(file), Queries(file)
        budget = Budget(
            queries.spent_since, queries.model_turns_of, now, settings.monthly_budget, settings.person_rate
        )
        reader, writer = _reading(settings, policy, library, budget, stack)
        conversation = Conversation(
            reader,
            policy,
            lambda pid: _passage(library, pid),
            lambda question: _quotes(library, question),
            writer,
        )
        weekly = weekly_of(file)
        asides = Asides(weekly, Subscriptions(file), Outcomes(file), archive, now)
        turns = Turns(conversation, log, queries, archive, this_process(), budget.speaking, asides)
        outbound = Outbound(log, Posts(file), this_process(), now)
        people = People(file, queries, archive)
        yield Application(
            settings,
            file,
            library,
            policy,
            reader,
            conversation,
            archive,
            turns,
            outbound,
            people,
            weekly,
            reviewing=Reviewing(log, archive, Looks(file), lambda: now().date()),
            links=links_of(settings, file),
        )


def weekly_of(file: DatabaseFile) -> Weekly:
    """Digests and outcomes over a database; they need neither reader nor guidance."""
    return Weekly(
        Weeks(file), Subscriptions(file), Digests(file), Outcomes(file), Log(file), this_process(), now
    )


def links_of(settings: Settings, file: DatabaseFile) -> Links:
    """What signs people in to the console."""
    secret = settings.secret.get_secret_value() if settings.secret else ""
    return Links(Access(file), secret, settings.public_url or f"http://{settings.bind}", now)


def _reading(
    settings: Settings, policy: Policy, library: Library, budget: Budget, stack: ExitStack
) -> tuple[Reader, Writer]:
    """Who reads and writes: a model where there is one, with the offline reader behind it."""
    from bot import claude

    offline = OfflineReader(encoder)
    if not claude.wanted(settings):
        return offline, Writer()
    from decision.claude_explainer import Explainer, cited
    from decision.claude_reader import ClaudeReader

    line = stack.enter_context(closing(claude.connected(settings)))
    line.warm_up()
    explainer = Explainer(line, policy, budget.refusal)
    return ClaudeReader(line, policy, offline, budget.refusal), Writer(
        explain=lambda verdict, case: explainer.explain(verdict, case, cited(verdict)),
        answer=lambda question: explainer.answer(question, _found(library, question)),
    )


def _found(library: Library, question: str) -> tuple[Passage, ...]:
    return tuple(hit.passage for hit in library.search(question, MOST_FOUND))


def adapters(app: Application) -> list["Adapter"]:
    """The platforms that the settings configure, none of them connected yet."""
    found: list[Adapter] = []
    if app.settings.slack:
        from bot.slack.adapter import SlackAdapter

        found.append(SlackAdapter(app.settings, app))
    if app.settings.discord:
        from bot.discord.adapter import DiscordAdapter

        found.append(DiscordAdapter(app.settings, app))
    return found


@contextmanager
def database(settings: Settings) -> Iterator[DatabaseFile]:
    """The settings' database file, opened and migrated."""
    with explained(settings.db), DatabaseFile(settings.db, now) as file:
        yield file


def load_policy(path: Path | None) -> Policy:
    """The team's own policy, or the packaged one."""
    if path is None:
        return policies.packaged()
    try:
        return policies.parse(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise policies.PolicyError(f"{path} cannot be read as UTF-8 text; mend it or unset it") from error


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def encoder() -> "Encode | None":
    """The local encoder, loaded when it is first needed; None when it cannot be had."""
    from knowledge.encoder import load

    loaded = load()
    return loaded.encode if loaded is not None else None


def _passage(library: Library, pid: str) -> Passage:
    found = library.passage(pid)
    if found is None:
        raise LookupError(f"the guidance has no passage {pid!r}; reinstall Sextant, or mend the policy file")
    return found


def _quotes(library: Library, question: str) -> tuple[Citation, ...]:
    answer = library.answer(question)
    return answer.citations if answer is not None else ()
