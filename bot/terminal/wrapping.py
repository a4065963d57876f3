"""Text for a terminal: free of control characters, and wrapped by the cells it takes on the screen."""

import unicodedata

REPLACED = "\N{REPLACEMENT CHARACTER}"
_TURNS_TEXT_AROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str, keep: str = "") -> str:
    """The text without what could move the cursor, colour the screen or reorder a line.

    Such a character becomes visible as U+FFFD, white space becomes a space; those in `keep` stay.
    """
    return "".join(char if char in keep else _cleaned(char) for char in text)


def _cleaned(char: str) -> str:
    if char.isascii() and char.isprintable():
        return char
    if char.isspace():
        return " "
    unsafe = unicodedata.category(char) in ("Cc", "Cs") or char in _TURNS_TEXT_AROUND
    return REPLACED if unsafe else char


def cells(text: str) -> int:
    """How many columns the text takes: two for a wide character, none for one that joins its neighbour."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def wrap(text: str, width: int, first: str = "", after: str = "") -> list[str]:
    """The text in rows of at most `width` cells, broken at spaces and within a word only if it must be.

    The first row begins with `first`, the others with `after`.
    """
    rows: list[str] = []
    row, empty = first, True
    for word in text.split():
        rest = word
        if not empty and cells(row) + 1 + cells(rest) > width:
            rows.append(row)
            row, empty = after, True
        while empty and cells(row) + cells(rest) > width:
            head = _beginning(rest, width - cells(row))
            rows.append(row + head)
            row, rest = after, rest[len(head) :]
        row += rest if empty else f" {rest}"
        empty = False
    return [*rows, row] if not empty else [""]


def _beginning(word: str, room: int) -> str:
    taken = 0
    for index, char in enumerate(word):
        taken += _cells(char)
        if taken > room and index:
            return word[:index]
    return word


def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
