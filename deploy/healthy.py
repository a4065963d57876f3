"""Whether the bot beside this answers: for a container's health check, which has no other tool at hand."""

import os
import sys
from http.client import HTTPConnection, HTTPException

SECONDS = 4.0


def answers(bind: str) -> bool:
    """Whether `/healthz` is well at the address that SEXTANT_BIND names."""
    host, _, port = bind.rpartition(":")
    everywhere = not host.strip("[]:0.")
    asked = "localhost" if everywhere else host.strip("[]")
    connection = HTTPConnection(asked, int(port), timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if answers(os.environ.get("SEXTANT_BIND", "127.0.0.1:8321")) else 1)
