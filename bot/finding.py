"""What a check of the installation found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked, and what was found."""

    what: str
    ok: bool
    says: str
