"""Shows what Sextant posts in Slack, as a page to look at: python -m tests.slack_preview preview.html

It draws each kind of block the way Slack does on a telephone and on a desk: a label is cut where Slack cuts
it, and markup that Slack would not take as markup stays as it is.
"""

import html
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot import replies
from bot.bootstrap import Application
from bot.posts import Parts
from bot.slack.around import Around
from bot.slack.modals import Origin, not_right, other_lever, share
from bot.slack.render import post
from bot.slack.standing import home
from bot.told import Heard, OpenThread
from storage.records import Incoming, Place
from tests.bot_fixtures import app
from tests.weekly_fixtures import NEWS

EMOJI = {"white_check_mark": "✅", "warning": "⚠️", "heavy_minus_sign": "➖"}
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
        case "static_select" | "multi_static_select" | "conversations_select" | "plain_text_input":
            return f"<span class=button>{html.escape(one['placeholder']['text'])} ▾</span>"
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


def main(target: Path) -> None:
    """Write the page."""
    pieces: list[tuple[str, list[dict[str, Any]], str]] = []

    def show(title: str, parts: Parts) -> None:
        for one in post(parts, Around("turnturnturn", "https://acme.slack.com/")):
            pieces.append((title, list(one.blocks), one.text))

    with tempfile.TemporaryDirectory() as folder, app(Path(folder)) as built:
        for said, parts in talk(built, *TALK):
            show(said, parts)
        tried = built.conversation.question("tried")
        show("several answers", (replies.Ask(tried, 3, Heard()),))
        pages = built.conversation.question("human_fix")
        show("answered", (replies.Answered(pages, ("The right document or fact",), "Ada"),))
        show("closed", (replies.Answered(pages, (), ""),))
        show("too late", (replies.Stale("Bob", ("Weekly",)),))
        stands = built.people.standing("slack", "T1", "UADA", lead=True)
        stands = replies.ShowStanding(
            (
                OpenThread("Our bot | is <slow>", "C1", "1700000000.000100", "", pages.text, "rag"),
                OpenThread("Invented prices", "C1", "1700000000.000200", "", "", "prompt"),
            ),
            stands.decisions,
            stands.waiting,
        )
        show("weekly digest", (replies.Digest(NEWS),))
        show(
            "did it help?", (replies.AskOutcome("d-7f3k", "Support bot invents rules", "rag", "Ada", 14, 1),)
        )
        pieces.append(("App Home", home(stands, Around("", "https://acme.slack.com/")), ""))
    origin = Origin("C1", "1.2", "turnturnturn")
    for view in (other_lever(origin, "rag"), not_right(origin), share(origin)):
        pieces.append((f"modal: {view['title']['text']}", view["blocks"], ""))
    target.write_text(page(pieces), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
