"""Who reads, who writes, by which policy and from which guidance: what a conversation is made of."""

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from bot.budget import Budget
from bot.conversation import Conversation
from bot.settings import Settings
from bot.watching import Watch
from bot.writing import Writer
from decision import policy as policies
from decision.citation import Citation, Passage
from decision.offline import OfflineReader
from decision.policy import Policy
from decision.reader import Reader
from knowledge.library import Library

if TYPE_CHECKING:
    from decision.gist import Encode

MOST_FOUND = 5
"""Passages from which a model answers a question about the guidance."""


def conversation_of(policy: Policy, library: Library, reader: Reader, writer: Writer) -> Conversation:
    """A conversation over one policy and one body of guidance."""
    return Conversation(
        reader,
        policy,
        lambda pid: passage_of(library, pid),
        lambda question: _quotes(library, question),
        writer,
    )


def reading_of(
    settings: Settings, policy: Policy, library: Library, budget: Budget, watch: Watch, stack: ExitStack
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
    return ClaudeReader(line, policy, offline, budget.refusal, watch.metrics.fell_back), Writer(
        explain=lambda verdict, case, hear: explainer.explain(verdict, case, cited(verdict), hear),
        answer=lambda question, hear: explainer.answer(question, _found(library, question), hear),
    )


def _found(library: Library, question: str) -> tuple[Passage, ...]:
    return tuple(hit.passage for hit in library.search(question, MOST_FOUND))


def load_policy(path: Path | None) -> Policy:
    """The team's own policy, or the packaged one."""
    if path is None:
        return policies.packaged()
    try:
        return policies.parse(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise policies.PolicyError(f"{path} cannot be read as UTF-8 text; mend it or unset it") from error


def encoder() -> "Encode | None":
    """The local encoder, loaded when it is first needed; None when it cannot be had."""
    from knowledge.encoder import load

    loaded = load()
    return loaded.encode if loaded is not None else None


def passage_of(library: Library, pid: str) -> Passage:
    """A passage by its id. Raises LookupError when the guidance has none of that id."""
    found = library.passage(pid)
    if found is None:
        raise LookupError(f"the guidance has no passage {pid!r}; reinstall Sextant, or mend the policy file")
    return found


def _quotes(library: Library, question: str) -> tuple[Citation, ...]:
    answer = library.answer(question)
    return answer.citations if answer is not None else ()
