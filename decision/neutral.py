"""Text that a model wrote, made unable to do anything where it is shown: no links, mentions or markup."""

import re
import unicodedata

_LABELLED_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,2000}\)")
_ANGLED = re.compile(r"<(?:[@#!:/a-z][^<>\n]{0,2000})>", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,20}://|\bwww\.|\b(?:mailto|javascript|data|tel|file|slack|discord):)\S+"
    r"|\b(?:[a-z0-9-]{1,63}\.){1,8}(?:com|net|org|io|ai|app|dev|co|gg|me|info|biz|xyz|ru|cn|de|uk|eu|us|ly|to)\b(?:[/:?#]\S*)?"
    r"|(?://)?\b(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,30}/\S*"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?:[/:]\S*)?|[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.IGNORECASE,
)
_MENTION = re.compile(r"[@＠﹫]+(?=\w)")
_MARKUP = re.compile(
    r"[*`~|<>\\{}\[\]^]|_{2,}|(?<!\w)[_#](?=\w)|(?<=\w)_(?!\w)|^\s*(?:[>#-]|\d+\.)\s+", re.MULTILINE
)
_BEGINS = re.compile(r"(://|www\.|(?:mailto|javascript|data|tel|file|slack|discord):)(?=\S)", re.IGNORECASE)
"""What is left of addresses that the patterns did not know as such; a space makes them words."""

_KEPT_FORMAT = frozenset("\u200d")

LEFT_OUT = "(link left out)"


def neutral(text: str) -> str:
    """The words alone, on one line: what could link, mention, format or hide is taken out or spelled flat."""
    flat = "".join(map(_shown, unicodedata.normalize("NFKC", text)))
    for _ in range(2):  # the second time for what the markup had kept apart
        flat = _LABELLED_LINK.sub(r"\1", flat)
        flat = _ANGLED.sub(" ", flat)
        flat = _ADDRESS.sub(LEFT_OUT, flat)
        flat = _MENTION.sub("", flat)
        flat = _MARKUP.sub("", flat)
    return " ".join(_BEGINS.sub(r"\1 ", flat).split())


def _shown(letter: str) -> str:
    """Without control and format characters: they turn text around, hide a part of it, or split a word."""
    category = unicodedata.category(letter)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in ("Cf", "Cs", "Co", "Cn") and letter not in _KEPT_FORMAT else letter
