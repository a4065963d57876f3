"""Shows what Sextant posts in Slack, as a page to look at: python -m tests.slack_preview preview.html

It draws each kind of block the way Slack does on a telephone and on a desk: a label is cut where Slack cuts
it, and markup that Slack would not take as markup stays as it is. Given a folder, it makes a picture of each.
"""

import base64
import html
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot import replies
from bot.bootstrap import Application
from bot.chart import levers_by_week
from bot.chat_reviews import Waiting
from bot.digest import brief
from bot.news import Where
from bot.posts import Parts
from bot.slack import reviews
from bot.slack.around import Around
from bot.slack.modals import Origin, not_right, other_lever, share
from bot.slack.render import post
from bot.slack.standing import home
from bot.told import Heard, OpenThread, Precedent
from storage.records import Incoming, Place
from tests.bot_fixtures import app
from tests.console_browser import browser
from tests.weekly_fixtures import NEWS

EMOJI = {"white_check_mark": "✅", "warning": "⚠️", "heavy_minus_sign": "➖", "arrow_heading_down": "⤵️"}
CHART = "F00000001"
STYLE = """
body{font:15px/1.46668 Lato,'Noto Sans',system-ui,sans-serif;color:#1d1c1d;background:#f4f4f4;margin:20px}
.row{display:flex;gap:24px;align-items:flex-start;margin-bottom:28px}
.post{background:#fff;border:1px solid #ddd;border-radius:10px;padding:12px 16px;width:640px;
box-sizing:border-box}
.post.phone{width:375px}
.who{font-weight:900;margin-bottom:4px}.who span{background:#e8e8e8;font-size:10px;padding:1px 3px;
border-radius:2px;margin-left:4px;color:#555}
h2{font:700 13px/1 system-ui;color:#666;margin:0 0 6px}
.header{font-weight:900;font-size:18px;line-height:1.33;margin:10px 0 6px}
.section,.markdown{margin:8px 0;white-space:pre-wrap;overflow-wrap:anywhere}
.section .button{max-width:none;font-weight:400}
.context{font-size:13px;color:#616061;margin:6px 0;white-space:pre-wrap;overflow-wrap:anywhere}
.quote{border-left:4px solid #ddd;padding-left:8px;margin:2px 0;display:block}
.actions{display:flex;flex-wrap:wrap;gap:8px;margin:8px 0}
.button{border:1px solid #bbb;border-radius:4px;padding:4px 12px;font-weight:700;font-size:14px;
background:#fff;max-width:220px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.primary{background:#007a5a;color:#fff;border-color:#007a5a}.danger{background:#e01e5a;color:#fff}
img{max-width:min(100%,480px);border-radius:8px;border:1px solid #ddd;display:block;margin:8px 0}
.divider{border-top:1px solid #ddd;margin:10px 0}
.boxes label{display:block;margin:3px 0}
code{background:#f6f6f6;border:1px solid #ddd;color:#e01e5a;padding:0 3px}
.note{font:12px/1.3 system-ui;color:#888;border-top:1px dashed #ddd;margin-top:8px;padding-top:4px}
"""


def page(pieces: list[tuple[str, list[dict[str, Any]], str]]) -> str:
    """A page with each piece at the width of a desk and of a telephone."""
    rows = "".join(_row(title, blocks, text) for title, blocks, text in pieces)
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{rows}"


def _row(title: str, blocks: list[dict[str, Any]], text: str) -> str:
    body = "".join(drawn(block) for block in blocks)
    who = "<div class=who>Sextant<span>APP</span></div>"
    note = f"<div class=note>notification: {html.escape(text[:240])}</div>" if text else ""
    posts = "".join(f"<div class='post {kind}'>{who}{body}{note}</div>" for kind in ("", "phone"))
    return f"<h2>{html.escape(title)}</h2><div class=row>{posts}</div>"


def drawn(block: dict[str, Any]) -> str:
    """A block as HTML. Raises LookupError for a kind that Slack shows and this does not."""
    match block["type"]:
        case "header":
            return f"<div class=header>{html.escape(block['text']['text'])}</div>"
        case "section":
            return f"<div class=section>{_text(block['text'])}</div>"
        case "context":
            return f"<div class=context>{' '.join(map(_text, block['elements']))}</div>"
        case "markdown":
            return f"<div class=markdown>{_marked(block['text'].replace('**', '*'))}</div>"
        case "image":
            assert block["slack_file"]["id"] == CHART
            shown = base64.b64encode(levers_by_week(NEWS.levers)).decode()
            return f"<img src='data:image/png;base64,{shown}' alt='{html.escape(block['alt_text'])}'>"
        case "divider":
            return "<div class=divider></div>"
        case "actions":
            return f"<div class=actions>{''.join(map(_element, block['elements']))}</div>"
        case "input":
            label = html.escape(block["label"]["text"])
            return f"<div class=section><b>{label}</b>\n{_element(block['element'])}</div>"
    raise LookupError(block["type"])


def _element(one: dict[str, Any]) -> str:
    match one["type"]:
        case "button":
            return f"<span class='button {one.get('style', '')}'>{html.escape(one['text']['text'])}</span>"
        case "checkboxes" | "radio_buttons":
            mark = "☐" if one["type"] == "checkboxes" else "○"
            boxes = (
                f"<label>{mark} {html.escape(option['text']['text'])}</label>" for option in one["options"]
            )
            return f"<div class=boxes>{''.join(boxes)}</div>"
        case (
            "static_select"
            | "datepicker"
            | "multi_static_select"
            | "conversations_select"
            | "plain_text_input"
        ):
            hint = one.get("placeholder", {}).get("text", "")
            return f"<span class=button>{html.escape(hint)} ▾</span>"
    raise LookupError(one["type"])


def _text(text: dict[str, Any]) -> str:
    return _marked(text["text"]) if text["type"] == "mrkdwn" else html.escape(text["text"])


def _marked(text: str) -> str:
    """Slack's markup as HTML; everything in angle brackets that is left over would be live in Slack."""
    text = re.sub(r"<(https?://[^|>]+)\|([^>]*)>", r"[[a \1]]\2[[/a]]", text)
    text = re.sub(r"<([#@!][^>]*)>", r"[[live]]\1[[/live]]", text)
    text = re.sub(r":([a-z_]+):", lambda found: EMOJI.get(found[1], found[0]), text)
    text = re.sub(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])", r"<b>\1</b>", text)
    text = re.sub(r"(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)", r"<i>\1</i>", text)
    text = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", text)
    text = re.sub(r"^(?:&gt;|>)(.*)\n?", r"<span class=quote>\1</span>", text, flags=re.MULTILINE)
    text = re.sub(r"\[\[a ([^\]]+)\]\]", r"<a href='\1'>", text).replace("[[/a]]", "</a>")
    return text.replace("[[live]]", "<mark>").replace("[[/live]]", "</mark>")


def talk(built: Application, *messages: str) -> Iterator[tuple[str, Parts]]:
    """What is replied to each message of a triage."""
    place = Place("slack", "T1", "C1", "1700000000.000100")
    for number, said in enumerate(messages):
        built.turns.receive(Incoming(place, f"C1:{number}", "UADA", said, author_name="Ada"))
        built.turns.handle_next("slack")
        going = built.outbound.claim("slack")
        assert going is not None
        built.outbound.delivered(going.sending, f"1700000001.00000{number}")
        yield said, going.parts


TALK = (
    "Our support bot gives outdated answers about our refund policy. The prices change every week, 200k "
    "requests a month, and the CEO wants us to fine-tune <!channel> *now* & fast.",
    "why",
    "the right page is never found",
    "decide now",
    "what would change this?",
    "log this decision",
    "can fine-tuning replace RAG?",
    "that's wrong",
    "log this decision",
    "what is the weather in Paris?",
    "help",
)


HERE = Where("slack", "C1", "1700000000.000100")
AROUND = Around("turnturnturn", "https://acme.slack.com/", "C1", HERE.key)

Piece = tuple[str, list[dict[str, Any]], str]
"""A title, blocks, and the text of their notification."""


def pieces() -> Iterator[Piece]:
    """Everything that is posted, at least once."""
    with tempfile.TemporaryDirectory() as folder, app(Path(folder)) as built:
        for said, parts in talk(built, *TALK):
            yield from _shown(said, parts)
            for part in parts:
                yield from _later(part)
        for title, reply in _replies(built):
            yield from _shown(title, (reply,))
        past = built.people.standing("slack", "T1", "UADA").decisions
    yield from _shown(
        "digest with its picture", (replies.Digest(brief(NEWS)),), replace(AROUND, picture=CHART)
    )
    yield from views(past)


def _shown(title: str, parts: Parts, around: Around = AROUND) -> Iterator[Piece]:
    for one in post(parts, around):
        yield title, list(one.blocks), one.text


def _later(part: replies.Reply) -> Iterator[Piece]:
    """What a post looks like after something happened to it."""
    match part:
        case replies.GiveVerdict():
            yield from _shown(
                "the same, logged", (replace(part, logged="d-7f3k: workflow instead of retrieval, by Ada"),)
            )
            yield from _shown("the same, replaced", (replace(part, replaced="1700000001.000900"),))
            yield from _shown(
                "shared", (replies.SharedVerdict(part.verdict, "Outdated refund rules", "Ada"),)
            )
        case replies.ExplainQuestion():
            yield from _shown("why, told to one alone", (part,))
        case replies.Ask():
            yield from _shown("asked among several people", (replace(part, crowded=True),))


def _replies(built: Application) -> Iterator[tuple[str, replies.Reply]]:
    asks = built.conversation.question
    yield "several answers", replies.Ask(asks("tried"), 3, Heard())
    yield "short answers", replies.Ask(asks("change_rate"), 2, Heard())
    yield "answered", replies.Answered(asks("human_fix"), ("The right document or fact",), "Ada")
    yield "closed", replies.Answered(asks("human_fix"), (), "")
    yield "too late", replies.Stale("Bob", ("Weekly",))
    yield "no answer in the guidance", replies.AnswerFromGuidance(())
    yield "digest in words", replies.Digest(brief(NEWS))
    yield "digest, the whole of it", replies.Digest(NEWS, whole=True)
    for why in ("shared", "wide", "gone"):
        yield f"digest halted, {why}", replies.DigestHalted("C1", why)  # type: ignore[arg-type]
    yield "digest wished", replies.Subscribed("active", "2026-11-30T09:00:00+01:00", "Europe/Berlin")
    ask = replies.AskOutcome("d-7f3k", "Support bot invents rules", "rag", "Ada", 14, 1)
    yield "did it help?", ask
    yield "it helped", replace(ask, answered="Bob: it helped.")
    yield "outcome kept", replies.KeptOutcome("d-7f3k", "rag", "worked", "Bob")
    yield (
        "overridden",
        replies.Reviewed("d-7f3k", "Refunds", "overridden", "prompt", "Lea", "rag", "labels first"),
    )
    yield "forgotten", replies.Forgotten(3, 1)
    yield "failed", replies.Failed("abcdef")


def views(past: tuple[Precedent, ...]) -> Iterator[Piece]:
    """App Home, with somebody's past decisions, and every modal."""
    threads = (
        OpenThread("Our bot | is <slow>", "C1", HERE.key, "2026-11-20", "What is needed?", "rag"),
        OpenThread("Invented prices", "C1", HERE.key, "", "", "prompt"),
    )
    why = "Get the right facts in front of the model: retrieval first. Do not fine-tune on documents."
    waiting = (
        Waiting("d-7f3k", "Support bot invents refund rules", "rag", why, "Ada", "logged", 0, HERE),
        Waiting("d-8g4m", "Invoice parser drops totals", "workflow", "add a check", "Bob", "logged", 0, HERE),
    )
    more = (*reviews.reviewable(waiting, AROUND), *reviews.console(lead=True))
    yield "App Home of a lead", home(replies.ShowStanding(threads, past), AROUND, more), ""
    yield "App Home, new", home(replies.ShowStanding((), ()), AROUND, reviews.console(lead=False)), ""
    origin = Origin("C1", "1.2", "turnturnturn")
    for view in (
        *(other_lever(origin, "rag"), not_right(origin), share(origin)),
        *(reviews.modal("overridden", waiting[0]), reviews.modal("commented", waiting[0])),
        *(reviews.way_in("https://sextant.example.com/x"), reviews.sorry("That decision is no longer here.")),
    ):
        yield f"modal: {view['title']['text']}", view["blocks"], ""


def pictures(shown: list[Piece], folder: Path) -> None:
    """A picture of each piece, in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        window = chromium.new_page(viewport={"width": 1100, "height": 50})
        for number, piece in enumerate(shown):
            window.set_content(page([piece]))
            name = re.sub(r"\W+", "-", piece[0].lower())[:40].strip("-")
            window.screenshot(path=folder / f"{number:02}-{name}.png", full_page=True)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    if target.suffix == ".html":
        target.write_text(page(list(pieces())), "utf-8")
    else:
        pictures(list(pieces()), target)
