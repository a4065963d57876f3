"""What is locked, what of it is shipped, what is known of it, and what the threat model claims."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.audit import UNREACHED, audit
from deploy.locked import BOT, ROOT, direct, from_here, needed, pins

LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text("utf-8")


def installed_needs(wanted: set[str]) -> set[str]:
    """What packages need on this machine, as they say themselves once they are installed."""
    seen: set[str] = set()
    waiting = {(name, "") for name in wanted}
    while waiting:
        name, extra = waiting.pop()
        seen.add(name)
        try:
            asked = [Requirement(one) for one in requires(name) or ()]
        except PackageNotFoundError:
            continue
        for one in asked:
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                found = canonicalize_name(one.name)
                waiting |= {(found, more) for more in (one.extras or {""}) if found not in seen}
    return seen


def test_what_is_shipped_is_all_that_the_bot_needs_and_no_tool_of_its_makers():
    shipped = {pin.name for pin in from_here({BOT})}
    assert installed_needs(direct(PROJECT)) <= shipped
    assert shipped.isdisjoint({"hypothesis", "mypy", "pip-audit", "playwright", "pytest", "ruff", "scipy"})


def test_every_pin_has_hashes_and_names_no_place_to_get_it_from():
    found = pins(LOCK)
    assert "".join(pin.text for pin in found) == LOCK
    assert [pin.name for pin in found if not pin.hashes] == []
    assert not re.search(r"https?://|index-url|find-links", LOCK)


def test_a_package_that_is_not_locked_is_said():
    for wanted, says in (("nonsense", "no nonsense"), ("sextant-bot[nonsense]", "no extra nonsense")):
        with pytest.raises(LookupError, match=says):
            needed({wanted}, LOCK, PROJECT)


def test_what_an_extra_needs_comes_on_top():
    project = '[project]\ndependencies = ["Run.Time<2"]\n[project.optional-dependencies]\notel = ["traces"]\n'
    lock = "".join(
        f"{name}==1 \\\n    --hash=sha256:{'0' * 64}\n    # via {via}\n"
        for name, via in (
            ("dev-only", "sextant-bot (pyproject.toml)"),
            ("run-time", "sextant-bot (pyproject.toml)"),
            ("traces", "sextant-bot (pyproject.toml)"),
            ("wire", "traces"),
        )
    )
    assert [pin.name for pin in needed({BOT}, lock, project)] == ["run-time"]
    assert [pin.name for pin in needed({f"{BOT}[otel]"}, lock, project)] == ["run-time", "traces", "wire"]


@contextmanager
def advisories(weak: str) -> Iterator[str]:
    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            known = {
                "id": "PYSEC-2026-1",
                "summary": "It is weak.",
                "details": "It is weak.",
                "affected": [
                    {
                        "package": {"name": weak, "ecosystem": "PyPI"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
                    }
                ],
            }
            body = json.dumps({"vulns": [known]} if asked["package"]["name"] == weak else {}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


needs_audit = pytest.mark.skipif(find_spec("pip_audit") is None, reason="pip-audit is not installed")


@needs_audit
def test_an_audit_names_what_is_weak_and_what_mends_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    of = {pin.name: pin for pin in pins(LOCK)}
    asked = [of[name].text for name in ("click", "h11", "idna")]
    with advisories("idna") as url:
        code, said = audit(asked, ["-s", "osv", "--osv-url", url])
    assert code == 1
    assert said == [f"idna {of['idna'].version}: PYSEC-2026-1, mended by 99.1"]


@needs_audit
def test_an_audit_that_reaches_nobody_says_so_and_fails_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with advisories("none") as url:
        gone = url
    assert audit([pins(LOCK)[0].text], ["-s", "osv", "--osv-url", gone]) == (0, [UNREACHED])


@pytest.mark.skipif(find_spec("cyclonedx") is None, reason="cyclonedx-python-lib is not installed")
def test_the_bill_of_materials_keeps_to_its_schema_and_names_what_is_shipped():
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    made = subprocess.run(
        [sys.executable, "-m", "deploy.sbom"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made) is None
    document = json.loads(made)
    listed = {(one["name"], one["version"]) for one in document["components"]}
    assert listed == {(pin.name, pin.version) for pin in from_here({BOT})}
    needs = {one["ref"]: one.get("dependsOn", []) for one in document["dependencies"]}
    assert any(ref.startswith("onnxruntime==") for ref in needs[BOT])
    assert any(
        ref.startswith("huggingface-hub==")
        for ref in needs[next(r for r in needs if r[:11] == "tokenizers=")]
    )


def test_every_test_that_the_threat_model_names_is_there_and_every_row_names_one():
    rows = SECURITY.partition("which test shows it")[2].partition("\n## ")[0].splitlines()[4:]
    shown = [re.findall(r"`(test_\w+\.py)::(test_\w+)`", row) for row in rows if row]
    assert len(shown) > 30
    assert [row for row, tests in zip(rows, shown, strict=False) if not tests] == []
    missing = [
        f"{file}::{name}"
        for row in shown
        for file, name in row
        if not re.search(rf"(?m)^(async )?def {name}\(", (ROOT / "tests" / file).read_text("utf-8"))
    ]
    assert missing == []
