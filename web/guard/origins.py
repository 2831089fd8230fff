"""Which requests a browser may send: to a known host name, and from our own pages only.

Everything else could come from any page that the user has open, or from a page whose name was made
to resolve to this machine (DNS rebinding). Clients that are no browsers send neither ``Origin`` nor
``Sec-Fetch-Site`` and pass.

An origin is a scheme, a host and a port (RFC 6454), and all three count. This server speaks HTTP:
pages that it shows at its own port or by a name of this machine have ``http`` origins. Another name
or port may be a proxy's, whose scheme the server cannot see: there ``media.example.org`` stands for
http and https, and ``https://media.example.org`` in the settings for https alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from starlette.requests import HTTPConnection

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognized here, not bound
OWN_PAGES = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site for a request of our own page, or typed in by the user."""

DEFAULT_PORTS = {"http": "80", "https": "443"}
SCHEME = re.compile(r"^(https?)://")
HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?", re.ASCII)


def host_names(host: str, configured: Sequence[str] = ()) -> list[str]:
    """The names under which a server bound to ``host`` answers: loopback, its own, configured."""
    own = [] if host in EVERY_ADDRESS else [f"[{host}]" if ":" in host else host]
    return [*dict.fromkeys([*LOOPBACK_NAMES, *own, *configured])]


@dataclass(frozen=True)
class OwnNames:
    """The names under which a server answers, each with ``http://`` or ``https://`` or neither."""

    names: Sequence[str]

    @cached_property
    def hosts(self) -> list[str]:
        """The names without schemes, as the header ``Host`` has them."""
        return [*dict.fromkeys(SCHEME.sub("", name) for name in self.names)]

    def is_known(self, host: str) -> bool:
        """Whether the header ``Host`` names this server."""
        asked = HOST.fullmatch(host.lower())
        known = [name.lower() for name in self.hosts]
        return asked is not None and any(covers(name, asked["name"]) for name in known)

    def is_foreign(self, connection: HTTPConnection) -> bool:
        """Whether a browser says that another site's page sent this."""
        sites = connection.headers.getlist("sec-fetch-site")
        origins = connection.headers.getlist("origin")
        host = connection.headers.get("host", "").lower()
        return not (
            all(site in OWN_PAGES for site in sites)
            and len(origins) <= 1
            and all(self.is_own(origin.lower(), host, own_port(connection)) for origin in origins)
        )

    def is_own(self, origin: str, host: str, port: str) -> bool:
        """Whether a page of this ``Host`` has this origin, both in lower case; ``port`` is ours."""
        scheme, separator, place = origin.partition("://")
        asked, sent = HOST.fullmatch(host), HOST.fullmatch(place)
        if not separator or asked is None or sent is None:
            return False
        if scheme not in self._schemes(asked["name"], is_direct=asked["port"] == port):
            return False
        default = DEFAULT_PORTS[scheme]
        is_same_port = (asked["port"] or default) == (sent["port"] or default)
        return asked["name"] == sent["name"] and is_same_port

    def _schemes(self, name: str, *, is_direct: bool) -> set[str]:
        """The schemes of our pages by this name; ``is_direct``: at our own port, not a proxy's."""
        known = [one for one in self.names if covers(SCHEME.sub("", one).lower(), name)]
        pinned = {scheme[1] for one in known if (scheme := SCHEME.match(one))}
        if pinned or not known:
            return pinned
        is_http = is_direct or name in LOOPBACK_NAMES
        return {"http"} if is_http else set(DEFAULT_PORTS)


def own_port(connection: HTTPConnection) -> str:
    """The port at which this server was asked."""
    _, port = connection.scope.get("server") or ("", "")
    return str(port)


def is_foreign(connection: HTTPConnection) -> bool:
    """Whether a browser says that another site's page sent this; the guard has put our names in."""
    own: OwnNames = connection.scope["own_names"]
    return own.is_foreign(connection)


def covers(pattern: str, name: str) -> bool:
    """Whether a configured name is this one, or ``*.`` before the end of it."""
    return pattern == name or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def is_link(connection: HTTPConnection) -> bool:
    """Whether the user follows a link: the answer is shown as a page of its own, not embedded."""
    headers = connection.headers
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == (
        "document"
    )
