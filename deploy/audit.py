"""Ask whether a version that is locked has a known weakness: `make audit`.

    python -m deploy.audit [OPTIONS OF PIP-AUDIT]       such as --ignore-vuln ID, or -s osv

Exit 1: some have, each named with the version that mends it, or pip-audit is not installed. Exit 0: none has,
or the advisory data cannot be had here, which it then says; that alone fails nothing.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from deploy.locked import ROOT, pins

WAITS = 5
"""Seconds for each answer."""
LONGEST = 300.0
"""Seconds for all."""
UNREACHED = "The advisory data cannot be had here; nothing was audited."


def audit(requirements: Sequence[str], options: Sequence[str]) -> tuple[int, list[str]]:
    """The exit code, and what to say of entries of the lock."""
    if _asked(requirements[:1], options) is None:  # one first: where none can be asked, a hundred cannot
        return 0, [UNREACHED]
    found = _asked(requirements, options)
    if found is None:
        return 0, [UNREACHED]
    weak = [_weakness(one, known) for one in found for known in one["vulns"]]
    if weak:
        return 1, weak
    return 0, [f"No known weakness in {len(found)} locked packages."]


def _asked(requirements: Sequence[str], options: Sequence[str]) -> list[dict[str, Any]] | None:
    """What is known of each package; None where nobody answers."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text("".join(requirements), "utf-8")
        words = ["-r", str(listed), "--no-deps", "--disable-pip", "--require-hashes", "--format", "json"]
        words += ["--progress-spinner", "off", "--timeout", str(WAITS), *options]
        try:
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-m", "pip_audit", *words], capture_output=True, timeout=LONGEST
            )
            told: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
        except (subprocess.TimeoutExpired, ValueError):
            return None
    known = [one for one in told if "skip_reason" not in one]
    return known or None


def _weakness(package: dict[str, Any], known: dict[str, Any]) -> str:
    mended = ", ".join(known["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {known['id']}, mended by {mended}"


def main(options: Sequence[str]) -> int:
    if find_spec("pip_audit") is None:
        sys.exit("pip-audit is not installed here; `make setup` installs it.")
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    code, said = audit([pin.text for pin in pins(lock)], options)
    (sys.stderr if code else sys.stdout).writelines(f"{line}\n" for line in said)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
