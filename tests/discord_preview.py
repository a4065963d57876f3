"""Turns Discord messages into a page that looks as they do in Discord, for a person to look at.

`python -m tests.discord_preview FILE.html` plays a conversation on the stand-in and writes the page.
"""

import html
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

STYLE = """
body { background: #313338; color: #dbdee1; font: 16px/1.375 "gg sans", "Noto Sans", Arial, sans-serif;
  margin: 0; padding: 24px; width: 760px; }
.message { display: grid; grid-template-columns: 40px 1fr; column-gap: 16px; margin: 0 0 22px; }
.face { width: 40px; height: 40px; border-radius: 50%; background: #5865f2; color: #fff; font-weight: 600;
  display: grid; place-items: center; }
.who { font-weight: 500; color: #f2f3f5; } .who b { background: #5865f2; color: #fff; font-size: 11px;
  border-radius: 4px; padding: 1px 5px; margin-left: 5px; } .who i { color: #949ba4; font-size: 12px;
  font-style: normal; margin-left: 8px; }
.container { background: #2b2d31; border: 1px solid #3f4147; border-left: 4px solid #3f4147;
  border-radius: 8px; padding: 14px 16px; margin: 6px 0; max-width: 600px; }
.container > * + *, .bare > * + * { margin-top: 8px; }
.rule { border: 0; border-top: 1px solid #4e5058; margin: 12px 0; }
.row { display: flex; flex-wrap: wrap; gap: 8px; }
button { border: 0; border-radius: 8px; padding: 7px 15px; color: #fff; font: 500 14px/18px inherit;
  font-family: inherit; background: #4e5058; } button.s1 { background: #5865f2; }
button.s3 { background: #248046; } button.s4 { background: #da373c; }
.select { background: #1e1f22; border: 1px solid #3f4147; border-radius: 8px; padding: 10px 12px;
  width: 400px; color: #949ba4; }
.select ul { margin: 8px 0 0; padding: 0; list-style: none; color: #dbdee1; }
.select li { padding: 7px 4px; border-top: 1px solid #2b2d31; }
.picture { background: #fff; color: #555; border-radius: 8px; height: 225px; width: 400px; padding: 12px; }
h1, h2, h3 { color: #f2f3f5; margin: 8px 0 6px; line-height: 1.375; } h1 { font-size: 24px; }
h2 { font-size: 20px; } h3 { font-size: 16px; } p { margin: 0; min-height: 4px; }
.small { font-size: 13px; color: #949ba4; } .text ul { margin: 0; padding-left: 22px; }
blockquote { margin: 1px 0; padding: 0 8px 0 12px; border-left: 4px solid #4e5058; border-radius: 2px; }
code { background: #1e1f22; border-radius: 4px; padding: 1px 4px; font-size: 14px; }
"""
BUTTONS = {1: "s1", 2: "s2", 3: "s3", 4: "s4"}
_INLINE = re.compile(
    r"\\(?P<plain>[!-/:-@\[-`{-~])|`(?P<code>[^`]+)`|\*\*(?P<bold>.+?)\*\*|\*(?P<italic>[^*]+?)\*"
    r"|\[(?P<label>[^\]]+)\]\((?P<link>[^)]+)\)|<(?P<sign>#|@&)(?P<named>\d+)>"
)


def page(messages: Iterable[dict[str, Any]]) -> str:
    """The page that shows the messages."""
    shown = "".join(map(_message, messages))
    return f"<!doctype html><meta charset=utf-8><title>Discord</title><style>{STYLE}</style>{shown}"


def _message(message: dict[str, Any]) -> str:
    author = message["author"]
    name = html.escape(author.get("global_name") or author["username"])
    app = "<b>APP</b>" if author["bot"] else ""
    only = "<i>Only you can see this</i>" if message["flags"] & 64 else ""
    shown = (
        "".join(map(component, message["components"]))
        or f"<div class=text>{markdown(message['content'])}</div>"
    )
    face = f"<div class=face>{name[0]}</div>"
    said = f"<div class=who>{name}{app}{only}</div><div class=bare>{shown}</div>"
    return f"<div class=message>{face}<div>{said}</div></div>"


def component(one: dict[str, Any]) -> str:
    """One component as HTML. Raises ValueError for one that the bot does not use."""
    inner = one.get("components", ())
    match one["type"]:
        case 1:
            return f"<div class=row>{''.join(map(component, inner))}</div>"
        case 2:
            return f"<button class={BUTTONS[one['style']]}>{html.escape(one['label'])}</button>"
        case 3:
            options = "".join(f"<li>{html.escape(option['label'])}</li>" for option in one["options"])
            return f"<div class=select>{html.escape(one['placeholder'])} ▾<ul>{options}</ul></div>"
        case 6 | 8:
            sign = "@" if one["type"] == 6 else "#"
            chosen = " ".join(
                f"<code>{sign}{held['id'][-4:]}</code>" for held in one.get("default_values", ())
            )
            return f"<div class=select>{chosen or html.escape(one['placeholder'])} ▾</div>"
        case 10:
            return f"<div class=text>{markdown(one['content'])}</div>"
        case 12:
            return f"<div class=picture>{html.escape(one['items'][0]['description'])}</div>"
        case 14:
            return "<hr class=rule>"
        case 17:
            edge = f"border-left-color: #{one['accent_color']:06x}"
            return f'<div class=container style="{edge}">{"".join(map(component, inner))}</div>'
        case kind:
            raise ValueError(f"a component of type {kind}")


def markdown(text: str) -> str:
    """Discord's markdown, as far as the bot uses it."""
    return "".join(_blocks(text.split("\n")))


def _blocks(lines: list[str]) -> Iterator[str]:
    while lines:
        taken = list(_leading(lines, "> "))
        if taken:
            yield f"<blockquote>{''.join(_blocks([line[2:] for line in taken]))}</blockquote>"
            lines = lines[len(taken) :]
            continue
        yield _line(lines[0])
        lines = lines[1:]


def _leading(lines: list[str], start: str) -> Iterator[str]:
    for line in lines:
        if not line.startswith(start):
            return
        yield line


def _line(line: str) -> str:
    if found := re.match(r"(#{1,3}) (.*)", line):
        level = len(found[1])
        return f"<h{level}>{_inline(found[2])}</h{level}>"
    if found := re.match(r"(\s*)- (.*)", line):
        return f"<ul><li>{_inline(found[2])}</li></ul>"
    if found := re.match(r"(\s*)-# (.*)", line):
        indent = "padding-left:22px" if found[1] else ""
        return f'<p class=small style="{indent}">{_inline(found[2])}</p>'
    return f"<p>{_inline(line)}</p>"


def _inline(text: str) -> str:
    shown, at = [], 0
    for found in _INLINE.finditer(text):
        shown.append(html.escape(text[at : found.start()]))
        shown.append(_styled(found))
        at = found.end()
    return "".join(shown) + html.escape(text[at:])


def _styled(found: re.Match[str]) -> str:
    if found["plain"]:
        return html.escape(found["plain"])
    if found["code"]:
        return f"<code>{html.escape(found['code'])}</code>"
    if found["bold"]:
        return f"<b>{_inline(found['bold'])}</b>"
    if found["italic"]:
        return f"<i>{_inline(found['italic'])}</i>"
    if found["named"]:
        return f"<code>{'#' if found['sign'] == '#' else '@'}{found['named'][-4:]}</code>"
    return f'<a href="#">{_inline(found["label"])}</a>'


def conversation() -> list[dict[str, Any]]:
    """A triage from the first mention to the log, one with a select, and what only one person sees."""
    from tests.bot_fixtures import OUTDATED
    from tests.discord_parts import buttons
    from tests.discord_play import Bot, opened, play, tapped

    found: list[dict[str, Any]] = []

    async def scene(bot: Bot) -> None:
        discord = bot.discord
        case = f"{OUTDATED} They change every week. Two people agreed on 18 of 20 labels."
        nasty = f"It *forgets* @everyone <@1>. {case}"
        await discord.command(discord.bob, discord.general, "triage", describe=nasty)
        thread = await opened(bot, case)
        alone = [await tapped(bot, thread, "Why?")]
        await tapped(bot, thread, "Decide now")
        alone.append(await tapped(bot, thread, "What would change this?"))
        for said in ("actually they rarely change", "decide now"):
            await discord.mention(discord.ada, thread, said)
            await bot.settled()
        await tapped(bot, thread, "Log this decision")
        for said in ("outcome", "digest preview", "actually they rarely change. asdf qwer"):
            await discord.mention(discord.ada, thread, said)
            await bot.settled()
        maths = await opened(
            bot, "The chatbot makes mistakes with maths, 2M requests a month, 15k token prompt."
        )
        await tapped(bot, maths, next(iter(buttons(discord.by_bot(maths)[0]))))
        for _ in range(2):
            await tapped(bot, maths, "Not sure")
        await discord.mention(discord.ada, maths, "asdf qwer")
        await bot.settled()
        named = (
            ("help", {}),
            ("ask", {"question": "Can fine-tuning replace RAG?"}),
            ("decisions", {}),
            ("forget", {}),
            ("settings", {}),
        )
        used = [await discord.command(discord.ada, discord.general, name, **given) for name, given in named]
        await bot.settled()
        changed = deepcopy(used[-1].original)
        for carried, values in (
            ("server:threads:private", None),
            ("server:channels", [discord.general["id"]]),
            ("server:lead_roles", [discord.new_role(discord.guild, "Leads")]),
        ):
            await discord.click(discord.ada, used[-1].original, carried, values)
            await bot.settled()
        private = [one.original for one in (*alone, *used) if one.original is not None] + [changed]
        for place in (discord.general, thread, maths):
            found.extend(discord.in_channel(place))
        found.extend(private)

    with tempfile.TemporaryDirectory() as folder:
        play(Path(folder), scene)
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(conversation()), "utf-8")
