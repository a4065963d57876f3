"""Builds the application from its settings: the only place that knows every concrete class."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from bot import tracing
from bot.budget import Budget
from bot.conversation import Conversation
from bot.process import this_process
from bot.reading import conversation_of, load_policy, passage_of, reading_of
from bot.settings import Settings
from bot.watching import Watch
from decision.citation import Passage
from decision.policy import Policy
from decision.reader import Reader
from knowledge.library import Library
from storage.database import DatabaseFile
from storage.errors import explained
from storage.queries import Queries

if TYPE_CHECKING:
    from bot.console.probes import Numbers, Troubles
    from bot.keeping import Keeping
    from bot.links import Links
    from bot.outgoing import Outbound
    from bot.people import People
    from bot.reviewing import Reviewing
    from bot.serve import Adapter
    from bot.turns import Turns
    from bot.weekly import Weekly
    from storage.archive import Archive
    from storage.listened import Listened
    from storage.log import Log
    from storage.outcomes import Outcomes
    from storage.posts import Posts
    from storage.servers import Servers


LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Application:
    """Everything that a command may need, wired together; each part is loaded when it is first asked for."""

    settings: Settings
    file: DatabaseFile
    library: Library
    policy: Policy
    reader: Reader
    conversation: Conversation
    budget: Budget
    queries: Queries
    watch: Watch

    def passage(self, pid: str) -> Passage:
        """A passage by its id. Raises LookupError when the guidance has none of that id."""
        return passage_of(self.library, pid)

    @cached_property
    def log(self) -> "Log":
        """All that is written down."""
        from storage.log import Log

        return Log(self.file)

    @cached_property
    def archive(self) -> "Archive":
        """The read side of decisions."""
        from storage.archive import Archive

        return Archive(self.file)

    @cached_property
    def turns(self) -> "Turns":
        """Turns messages into turns."""
        from bot.asides import Asides
        from bot.turns import Turns
        from storage.subscriptions import Subscriptions

        asides = Asides(self.weekly, Subscriptions(self.file), self.outcomes, self.archive, now)
        return Turns(
            self.conversation,
            self.log,
            self.queries,
            self.archive,
            this_process(),
            self.budget.speaking,
            asides,
            self.watch,
        )

    @cached_property
    def outbound(self) -> "Outbound":
        """What goes out to a platform."""
        from functools import partial

        from bot.outgoing import Outbound
        from bot.weekly_halts import halt
        from storage.subscriptions import Subscriptions

        halts = partial(halt, Subscriptions(self.file))
        return Outbound(self.log, self.posts, this_process(), now, halts, self.watch)

    @cached_property
    def posts(self) -> "Posts":
        """What stands on the platforms."""
        from storage.posts import Posts

        return Posts(self.file)

    @cached_property
    def outcomes(self) -> "Outcomes":
        """How decisions turned out, and who is asked."""
        from storage.outcomes import Outcomes

        return Outcomes(self.file)

    @cached_property
    def servers(self) -> "Servers":
        """How the bot behaves on each server."""
        from storage.servers import Servers

        return Servers(self.file)

    @cached_property
    def listened(self) -> "Listened":
        """Until when each platform was listened to."""
        from storage.listened import Listened

        return Listened(self.file)

    @cached_property
    def people(self) -> "People":
        """What one person has with the bot."""
        from bot.people import People

        return People(self.file, self.queries, self.archive)

    @cached_property
    def weekly(self) -> "Weekly":
        """Digests, and what became of the decisions."""
        return weekly_of(self.file)

    @cached_property
    def keeping(self) -> "Keeping":
        """What is kept no longer is looked for once a day."""
        from bot.keeping import Keeping, keeps_of
        from storage.clearing import Clearing
        from storage.duties import Duties
        from storage.retention import Retention

        return Keeping(
            Retention(self.file),
            Duties(self.file),
            Clearing(self.file),
            keeps_of(self.settings),
            this_process(),
            now,
        )

    def tick(self, platforms: Collection[str]) -> None:
        """Do what is due by itself: post digests and ask for outcomes there, and delete what is due."""
        try:
            self.weekly.tick(platforms)
        finally:
            self.keeping.tick()

    @cached_property
    def reviewing(self) -> "Reviewing":
        """Leads' reviews."""
        from bot.reviewing import Reviewing

        return Reviewing(self.log, self.archive, lambda: now().date())

    @cached_property
    def links(self) -> "Links":
        """What signs people in to the console."""
        return links_of(self.settings, self.file)


@contextmanager
def application(settings: Settings) -> Iterator[Application]:
    """The application over the settings' database, closed at the end."""
    with database(settings) as file, ExitStack() as stack:
        library = Library(file.connection)
        policy = load_policy(settings.policy)
        queries = Queries(file)
        budget = Budget(
            queries.spent_since, queries.model_turns_of, now, settings.monthly_budget, settings.person_rate
        )
        watch = Watch(lambda: file.now(), tracing.connected(settings.otlp_endpoint))
        stack.callback(watch.close)
        reader, writer = reading_of(settings, policy, library, budget, watch, stack)
        conversation = conversation_of(policy, library, reader, writer)
        yield Application(settings, file, library, policy, reader, conversation, budget, queries, watch)


def weekly_of(file: DatabaseFile) -> "Weekly":
    """Digests and outcomes over a database; they need neither reader nor guidance."""
    from bot.weekly import Weekly
    from storage.digests import Digests
    from storage.log import Log
    from storage.outcomes import Outcomes
    from storage.subscriptions import Subscriptions
    from storage.week import Weeks

    return Weekly(
        Weeks(file), Subscriptions(file), Digests(file), Outcomes(file), Log(file), this_process(), now
    )


def links_of(settings: Settings, file: DatabaseFile) -> "Links":
    """What signs people in to the console."""
    from bot.links import Links
    from storage.access import Access

    secret = settings.secret.get_secret_value() if settings.secret else ""
    return Links(Access(file), secret, settings.public_url or f"http://{settings.bind}", now)


def numbers_of(app: Application, troubles: "Troubles") -> "Numbers":
    """What `/metrics` tells. Without a token it is open where nobody but this machine can ask."""
    from bot.console.probes import Numbers
    from storage.queues import Queues

    settings, queues = app.settings, Queues(app.file)
    return Numbers(
        text=lambda: app.watch.metrics.text(queues.waiting, troubles()),
        token=settings.metrics_token.get_secret_value() if settings.metrics_token else "",
        open=settings.host in LOOPBACK and not settings.public_url,
    )


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


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)
