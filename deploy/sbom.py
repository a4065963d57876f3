"""Print what the bot consists of when it runs, as CycloneDX JSON: `make sbom`.

Made from the lock: every package with its version, what needs it, where only some Pythons take it, and its
licence as far as it is installed. The hashes of the files are in the lock.
"""

import hashlib
import sys
import tomllib
import uuid
from importlib.metadata import PackageNotFoundError, metadata

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from deploy.locked import BOT, ROOT, Pin, direct, from_here


def sbom() -> Bom:
    """The bot and what it needs, from this checkout's lock."""
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    found = from_here({BOT})
    of = {pin: _component(pin) for pin in found}
    ours = tomllib.loads(project)["project"]
    bot = Component(
        type=ComponentType.APPLICATION,
        name=BOT,
        version=ours["version"],
        bom_ref=BOT,
        licenses=[LicenseFactory().make_from_string(ours["license"])],
    )
    digest = hashlib.sha256("".join(pin.text for pin in found).encode()).hexdigest()
    bom = Bom(components=of.values(), serial_number=uuid.uuid5(uuid.NAMESPACE_OID, digest))
    bom.metadata.component = bot
    bom.register_dependency(bot, [of[pin] for pin in found if pin.name in direct(project)])
    for asking in found:
        bom.register_dependency(of[asking], [of[pin] for pin in found if asking.name in pin.asked_by])
    return bom


def _component(pin: Pin) -> Component:
    return Component(
        type=ComponentType.LIBRARY,
        name=pin.name,
        version=pin.version,
        bom_ref=f"{pin.name}=={pin.version}",
        purl=PackageURL("pypi", None, pin.name, pin.version),
        licenses=[LicenseFactory().make_from_string(licence)] if (licence := _licence(pin)) else None,
        properties=[Property(name="sextant:only-where", value=pin.marker)] if pin.marker else None,
    )


def _licence(pin: Pin) -> str:
    """The licence as the installed package tells it, when it is the one that is pinned."""
    try:
        told = metadata(pin.name)
    except PackageNotFoundError:
        return ""
    return str(told.get("License-Expression") or "") if told["Version"] == pin.version else ""


if __name__ == "__main__":
    sys.stdout.write(JsonV1Dot6(sbom()).output_as_string(indent=2) + "\n")
