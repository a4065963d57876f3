"""The console: paths, queries, forms and headers, from somebody signed in and from somebody who is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

from hypothesis import strategies as st

from tests.console_fixtures import LEAD, demo, visiting
from tests.fuzz.entries import Entry, Feed, UnhandledError, listening
from tests.fuzz.mutating import TEXTS

PATHS = st.sampled_from(
    (
        *("/", "/sign-in", "/decisions", "/decisions/export", "/decisions/{id}", "/threads", "/threads/{id}"),
        *(
            "/guidance",
            "/guidance/faq",
            "/digests",
            "/digests/preview",
            "/calibration",
            "/health",
            "/static/style.css",
        ),
        *(
            "/readyz",
            "/metrics",
            "/decisions/{id}/review",
            "/decisions/{id}/outcome",
            "/decisions/{id}/look",
            "/{id}",
        ),
    )
)
NAMES = st.sampled_from(
    (
        *(
            "q",
            "text",
            "lever",
            "state",
            "outcome",
            "since",
            "until",
            "page",
            "offset",
            "limit",
            "sort",
            "format",
        ),
        *(
            "what",
            "reason",
            "reviews",
            "result",
            "note",
            "day",
            "measure",
            "before",
            "after",
            "link",
            "failure",
            "by",
        ),
    )
)
FORMS = st.dictionaries(
    NAMES, TEXTS | st.sampled_from(("approved", "overridden", "rag", "1", "2026-11-24", "csv")), max_size=4
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ("Cookie", "Host", "Origin", "Accept-Language", "If-None-Match", "Range", "Content-Length")
    ),
    TEXTS.map(lambda text: "".join(char for char in text if " " <= char < "\x7f")[:3000]),
    max_size=1,
)
WANTED = st.tuples(PATHS, TEXTS, FORMS, st.booleans(), HEADERS)


@contextmanager
def _console(folder: Path) -> Iterator[Feed]:
    with demo(folder) as made, visiting(made.app, LEAD) as (client,), listening() as quiet:
        known = made.app.archive.decisions()[0].id

        def feed(given: tuple[str, str, dict[str, str], bool, dict[str, str]]) -> None:
            path, word, form, sends, headers = given
            name = quote((word[:2000] or known).encode("utf-8", "replace"), safe="")
            place = path.replace("{id}", name)
            fields = "&".join(
                f"{key}={quote(value[:4000].encode('utf-8', 'replace'))}" for key, value in form.items()
            )
            cookie = client.cookie
            try:
                if sends:
                    own = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{client.host}"}
                    status = client._ask("POST", place, fields, own | headers).status
                else:
                    status = client._ask("GET", f"{place}?{fields}", "", headers).status
            except (HTTPException, OSError):  # the server hung up on what is no request
                status = 400
            client.cookie = cookie
            quiet()
            if status >= 500 and not (path == "/readyz" and status == 503):
                raise UnhandledError(f"status {status}")

        yield feed


ENTRIES = (Entry("the console", WANTED, _console, 0.4),)
