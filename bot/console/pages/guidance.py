"""The guidance: its documents, a search, what verdicts rest on most, and what it could not answer."""

from starlette.responses import Response

from bot.console.visit import NOT_HERE, Visit
from decision.citation import Passage

HITS = 10
MOST_SHOWN = 500


def index(visit: Visit) -> Response:
    """All documents, or what a search finds."""
    site, asked = visit.site, visit.asked("text")
    cited = []
    if visit.me.lead and not asked:
        for passage_id, count in site.looks.cited(visit.me.sight):
            passage = site.library.passage(passage_id)
            if passage is not None:
                cited.append((_linked(passage), passage, count))
    return visit.show(
        "guidance.html",
        asked=asked,
        hits=[(_linked(hit.passage), hit.passage) for hit in site.library.search(asked, HITS)]
        if asked
        else [],
        documents=site.library.documents(),
        cited=cited,
        unanswered=site.looks.unanswered(visit.me.sight) if visit.me.lead else [],
    )


def document(visit: Visit) -> Response:
    """One document, all its passages in order."""
    name = visit.request.path_params["name"]
    found = next((one for one in visit.site.library.documents() if one.name == name), None)
    if found is None:
        raise NOT_HERE
    passages = visit.site.library.passages_of(name, MOST_SHOWN)
    return visit.show(
        "document.html",
        document=found,
        passages=[(anchor(passage.id), passage) for passage in passages],
        left=max(found.passages - len(passages), 0),
    )


def anchor(passage_id: str) -> str:
    """A passage's place in its document's page."""
    return passage_id.partition("/")[2] or passage_id


def _linked(passage: Passage) -> str:
    return f"{passage.document}#{anchor(passage.id)}"
