"""Time zones by the names that people give them."""

from functools import lru_cache
from zoneinfo import available_timezones


def zone_named(text: str) -> str | None:
    """The zone that a name means, such as `Europe/Berlin`, `europe/berlin` or `Berlin`; None for no zone."""
    wanted = "_".join(text.split()).lower()
    return _names().get(wanted) if wanted else None


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Zones by their names in lower case, and by their city where no two zones share it."""
    zones = sorted(available_timezones())
    names: dict[str, str] = {}
    shared: set[str] = set()
    for zone in zones:
        area, _, city = zone.rpartition("/")
        if area and "/" not in area and area not in ("Etc", "SystemV", "US", "posix", "right"):
            shared.update({city.lower()} if city.lower() in names else ())
            names[city.lower()] = zone
    kept = {name: zone for name, zone in names.items() if name not in shared}
    return {**kept, **{zone.lower(): zone for zone in zones}}
