"""What a model wrote is shown as words alone."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision.neutral import LEFT_OUT, neutral

PIECES = [
    *("https://", "evil.com", "www.", "[x](", ")", "<@U1>", "<!here>", "<", ">", "@", "everyone", "`", "**"),
    *("~~", "\u202e", "\u200b", "\n", "# ", "> ", "javascript:", "ada@evil.test", "10.0.0.1/x", "||", "\\"),
    *("\ud800", "＠", "|", "plain words", " ", "!", "(", "://", "_", "__", "data:text/html,x"),
]
ACTIVE = re.compile(r"://\S|www\.\S|[<>`*|~\\]|@\w|\]\(|__|(?:javascript|data|mailto):\S", re.IGNORECASE)


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
    | st.text(st.characters(codec=None), max_size=80)
)
def test_nothing_in_it_links_mentions_formats_or_hides(text: str) -> None:
    flat = neutral(text)
    assert not ACTIVE.search(flat), flat
    assert "\n" not in flat
    assert all(unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co") for letter in flat)
    flat.encode()


@pytest.mark.parametrize(
    "prose",
    [
        "Retrieval comes first, e.g. for prices that change weekly (see step 3).",
        "A model such as gpt-4.1 or node.js code costs $0.31 per 1,000 requests, i.e. 8 % more.",
        "It’s “the facts”, not the style; A/B tests show 3.5 points.",
        "Pick a tool and/or a prompt, e.g./i.e. the model or node.js, for 24/7 use.",
        "Zwei Leute beschriften dieselben 20 Beispiele, über Nacht.",
        "价格每周都会变化。",
    ],
)
def test_plain_prose_stays_as_it_is(prose: str) -> None:
    assert neutral(prose) == prose


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test/a?b=c",
        "evil.com/login",
        "www.evil",
        "a@evil.test",
        "10.1.2.3",
        "evil.site/login",
        "evil.cloud/a",
        "//evil.site/a",
    ],
)
def test_an_address_is_named_as_left_out(address: str) -> None:
    assert neutral(f"Look at {address} now.") in (f"Look at {LEFT_OUT} now.", f"Look at {LEFT_OUT}")
