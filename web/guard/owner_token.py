"""How commands on this machine get past the login: a token that only the service's user can read.

The web server writes a new one at each start, into a file with mode 0600 below MEDIA_HOME. It is
accepted from this machine alone, and not from a proxy that passes on what others send.
"""

import hmac
import secrets
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from starlette.requests import HTTPConnection

from resources.configuration.media_home import MediaHome
from web.guard.login import Login, Visitor
from web.guard.private_file import write_private
from web.guard.refusal import Refusal
from web.guard.roles import Role

SCHEME = "Bearer "
PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Headers by which proxies say that somebody else is asking."""


def token_file(home: MediaHome) -> Path:
    """Where the token of the running service is. It is in no backup."""
    return home.locks / "web_token"


def write_token(home: MediaHome) -> str:
    """Make a new token, and let only this user read it."""
    token = secrets.token_urlsafe(32)
    write_private(token_file(home), token.encode())
    return token


@dataclass(frozen=True)
class OwnerLogin:
    """The token's bearer is an editor; everybody else has to log in as before."""

    token: str
    others: Login

    async def visitor(self, connection: HTTPConnection) -> Visitor | Refusal:
        """Who asks."""
        given = connection.headers.getlist("authorization")
        expected = f"{SCHEME}{self.token}".encode()
        is_token = len(given) == 1 and hmac.compare_digest(given[0].encode(), expected)
        if is_token and is_from_here(connection):
            return Visitor("", Role.EDITOR)
        return await self.others.visitor(connection)


def is_from_here(connection: HTTPConnection) -> bool:
    """Whether this machine sent it, and sent it for itself.

    A connection from an address of our own to the same address has not left the machine.
    """
    if connection.client is None or any(name in connection.headers for name in PASSED_ON):
        return False
    try:
        sender = ip_address(connection.client.host)
    except ValueError:
        return False
    own, _ = connection.scope.get("server") or ("", None)
    return sender.is_loopback or str(sender) == own
