"""Files are read in a process apart, within a bound on time and memory: one may be built to take for ever.

A PDF of a few kilobytes can unpack to gigabytes, and tables can be nested until a parser is lost in them. The
process is begun with the first file, reads one after another, and is begun anew when one was too much for it.
"""

import json
import subprocess
import sys
from dataclasses import asdict
from threading import Timer
from types import TracebackType
from typing import Any, Self

from knowledge.files import UnreadableFileError
from knowledge.outline import Block, Outline, Section

CPU_SECONDS = 120
"""Of computing for one file. A machine that is busy with other things may take longer by the clock."""
PATIENCE = 4
"""So many times as long a file may take by the clock."""
MEMORY = 2_000_000_000
"""Bytes that the process may take in all, where the system can hold it to that."""
MOST_ANSWER = 200_000_000

TOO_LONG = "it takes too long to read; simplify or split it"
TOO_LARGE = "it takes more memory to read than it may; simplify or split it"

_BEGIN = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from knowledge.reading import main; main()"


class Apart:
    """The process that reads. Use it with `with`; it is not safe for several threads."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def outline(self, suffix: str, content: bytes) -> Outline:
        """What a file holds. Raises UnreadableFileError with the reason when it cannot be read."""
        used = self._process is not None
        answer = self._asked(suffix, content)
        if used and answer.get("refused") == TOO_LARGE:  # perhaps what it read before filled it
            answer = self._asked(suffix, content)
        if "refused" in answer:
            raise UnreadableFileError(str(answer["refused"]))
        return _outline(answer["outline"])

    def _asked(self, suffix: str, content: bytes) -> dict[str, Any]:
        process = self._process or self._begin()
        assert process.stdin is not None
        assert process.stdout is not None
        timer = Timer(CPU_SECONDS * PATIENCE, process.kill)
        timer.daemon = True
        timer.start()
        try:
            limits = {"seconds": CPU_SECONDS, "memory": MEMORY}
            head = {"suffix": suffix, "size": len(content), **limits}
            process.stdin.write(json.dumps(head).encode() + b"\n" + content)
            process.stdin.flush()
            line = process.stdout.readline(MOST_ANSWER)
        except OSError:  # it ended while it was told
            line = b""
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            self._end()
            return {"refused": TOO_LONG}
        answer: dict[str, Any] = json.loads(line)
        if answer.get("refused") == TOO_LARGE:
            self._end()
        return answer

    def _begin(self) -> subprocess.Popen[bytes]:
        """Begin it without the surroundings of this one, but with its packages."""
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and our own words
            [sys.executable, "-I", "-S", "-c", _BEGIN, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _outline(told: dict[str, Any]) -> Outline:
    sections = [
        Section(tuple(one["path"]), [Block(**block) for block in one["blocks"]]) for one in told["sections"]
    ]
    return Outline(told["title"], sections)


def told(outline: Outline) -> dict[str, Any]:
    """An outline as it is handed over: its title, and its sections that are filled."""
    sections = outline.filled()
    return {"title": outline.title, "sections": [asdict(section) for section in sections]}
