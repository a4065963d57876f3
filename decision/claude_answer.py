"""What a server answered, as ours. Nothing is taken on trust: a server may leave out or confuse anything.

The vendor's library builds its messages without checking them, so each part is looked at before it is used.
"""

from typing import Any

from decision.claude_call import Block, Cited, Said
from decision.claude_cost import spent
from decision.claude_trouble import TroubleError

_ENDED = ("end_turn", "stop_sequence")


def said_of(message: Any, model: str, prompt: str) -> Said:
    """The whole answer.

    Raises:
        TroubleError: it was refused, broken off, or has no text.
    """
    usage = getattr(message, "usage", None)
    counted = (
        _count(usage, "input_tokens"),
        _count(usage, "cache_creation_input_tokens"),
        _count(usage, "cache_read_input_tokens"),
        _count(usage, "output_tokens"),
    )
    used = spent(model, prompt, *counted)
    why = getattr(message, "stop_reason", None)
    if why == "refusal":
        raise TroubleError("refused", used)
    if why not in _ENDED:
        raise TroubleError("cut" if why is None else "garbled", used)
    blocks = blocks_of(message)
    if not any(block.text.strip() for block in blocks):
        raise TroubleError("garbled", used)
    return Said(blocks, used)


def blocks_of(message: Any) -> tuple[Block, ...]:
    """The pieces of text; what the model thought beside them is left out."""
    found = []
    for block in _listed(message, "content"):
        text = getattr(block, "text", None)
        if getattr(block, "type", None) == "text" and isinstance(text, str):
            citations = map(_cited, _listed(block, "citations"))
            found.append(Block(text, tuple(one for one in citations if one is not None)))
    return tuple(found)


def _cited(citation: Any) -> Cited | None:
    result = getattr(citation, "search_result_index", None)
    start = getattr(citation, "start_block_index", None)
    end = getattr(citation, "end_block_index", None)
    text = getattr(citation, "cited_text", None)
    if not isinstance(result, int) or not isinstance(start, int) or not isinstance(end, int):
        return None
    return Cited(result, start, end, text) if isinstance(text, str) else None


def _listed(owner: Any, name: str) -> list[Any]:
    found = getattr(owner, name, None)
    return found if isinstance(found, list) else []


def _count(usage: Any, name: str) -> int:
    number = getattr(usage, name, None)
    return number if isinstance(number, int) and number > 0 else 0
