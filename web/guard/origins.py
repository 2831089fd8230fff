"""Which requests a browser may send: to a known host name, and from our own pages only.

Everything else could come from any page that the user has open, or from a page whose name was made
to resolve to this machine (DNS rebinding). Clients that are no browsers send neither ``Origin`` nor
``Sec-Fetch-Site`` and pass.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognized here, not bound
OWN_PAGES = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site for a request of our own page, or typed in by the user."""


def host_names(host: str, configured: Sequence[str] = ()) -> list[str]:
    """The names under which a server bound to ``host`` answers: loopback, its own, configured."""
    own = [] if host in EVERY_ADDRESS else [f"[{host}]" if ":" in host else host]
    return [*dict.fromkeys([*LOOPBACK_NAMES, *own, *configured])]


def is_foreign(connection: HTTPConnection) -> bool:
    """Whether a browser says that another site's page sent this."""
    sites = connection.headers.getlist("sec-fetch-site")
    origins = connection.headers.getlist("origin")
    host = connection.headers.get("host", "")
    return not (
        all(site in OWN_PAGES for site in sites)
        and all(is_same(origin, host) for origin in origins)
    )


def is_same(origin: str, host: str) -> bool:
    """Whether the origin names this host and port; a malformed one does not."""
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def is_link(connection: HTTPConnection) -> bool:
    """Whether the user follows a link: the answer is shown as a page of its own, not embedded."""
    headers = connection.headers
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == (
        "document"
    )
