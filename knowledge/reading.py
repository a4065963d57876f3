"""What runs in the process apart: it is told of one file after another, and answers each with a line."""

import json
import sys
from pathlib import Path
from typing import Any

from knowledge.apart import TOO_LARGE, told
from knowledge.files import UnreadableFileError, outline_of


def main() -> None:
    """Read files until nobody asks any more."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while head := source.readline():
        asked = json.loads(head)
        content = source.read(asked["size"])
        _bound(asked["seconds"], asked["memory"])
        target.write(json.dumps(_answer(asked["suffix"], content)).encode() + b"\n")
        target.flush()


def _answer(suffix: str, content: bytes) -> dict[str, Any]:
    try:
        return {"outline": told(outline_of(Path(f"file{suffix}"), content))}
    except UnreadableFileError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": TOO_LARGE}
    except Exception as error:  # a parser that is lost in it may fail in any way
        return {"refused": f"it cannot be read ({type(error).__name__})"}


def _bound(seconds: int, memory: int) -> None:
    """Let the system end this process when it computes for so long, and give it no more memory than that."""
    try:
        import resource
    except ImportError:  # there is none on Windows, where only the clock of the other process holds it
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    ends = int(used.ru_utime + used.ru_stime) + seconds + 1
    _, hardest = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (ends, hardest))
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
