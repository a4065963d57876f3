"""What a part of Sextant may lack, as everybody who asks is told: a closed list of our own sentences.

An adapter's own word for the operator may name a workspace or a platform's code; these name nothing.
"""

from collections.abc import Mapping
from typing import Literal

Lack = Literal["", "start", "connection", "token", "permission", "stopped", "database"]
"""What a part lacks; empty when it lacks nothing."""

SAYS: Mapping[Lack, str] = {
    "": "",
    "start": "It is not connected yet.",
    "connection": "It is out of reach; it is tried again.",
    "token": "It does not take our token; set a new one or install the app again, as “sextant doctor” says.",
    "permission": "It refuses something that the bot needs; “sextant doctor” says what to allow.",
    "stopped": "It is disconnected, as Sextant is stopping.",
    "database": "The database cannot be used. “sextant doctor” says why, and so does the log.",
}
