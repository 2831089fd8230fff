"""Who sends the request: nobody in particular, a user with a password, or a user of a proxy.

Without users and without a proxy the UI has no login: everybody who can reach it is an editor, so
it is reachable from this machine alone (``guarded_webserver`` refuses anything else). Whether there
is a login is known at the start. One that begins while the server runs does not end before the
server does: when the users are missing or cannot be read, nobody gets in.

Wrong passwords are counted per name and per address; after too many no further one is tried for a
while, which bounds guessing. A login that was right once is remembered, as a keyed hash, until the
users change, so it costs nothing and goes on while somebody else guesses.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Protocol

import anyio.to_thread
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection

from resources.configuration.access_settings import Access
from resources.configuration.settings import Settings
from web.guard.refusal import Refusal
from web.guard.roles import Role
from web.guard.users import WebUser, WebUserError, WebUsers, is_password_of

FAILURES_PER_NAME = RateLimitItemPerMinute(10)
FAILURES_PER_ADDRESS = RateLimitItemPerMinute(30)
HASHES_AT_A_TIME = 2
"""Each takes 64 MiB; more at once would let strangers use up the memory."""

LONGEST_NAME = 256
ASK = {"WWW-Authenticate": 'Basic realm="media", charset="UTF-8"'}
MISSING = Refusal(
    503,
    "users.json is missing, so nobody can log in: restore it from a backup, or add the users "
    "again. To end the login, stop the service before you remove the file.",
)
LOG_IN = Refusal(401, "Log in with a name and password of media user add.", ASK)


@dataclass(frozen=True)
class Visitor:
    """Who asks; ``name`` is empty where there is no login."""

    name: str
    role: Role


class Login(Protocol):
    """A way to find out who asks."""

    async def visitor(self, connection: HTTPConnection) -> Visitor | Refusal:
        """Who it is, or why that is not known."""


def login_of(settings: Settings) -> Login:
    """The login that the settings ask for; a proxy's, once configured, is the only one."""
    if settings.access.proxy_header is not None:
        return ProxyLogin(settings.access.proxy_header, settings.access)
    return PasswordLogin(WebUsers(settings.media_home))


@dataclass(frozen=True)
class ProxyLogin:
    """The name that a trusted proxy gives: believed from its address, and only if sent once."""

    header: str
    access: Access

    async def visitor(self, connection: HTTPConnection) -> Visitor | Refusal:
        """Who the proxy says it is."""
        if not self._is_trusted(connection.client.host if connection.client else ""):
            return Refusal(403, "Only the login proxy may ask here: see access.trusted_proxies.")
        names = [
            value.decode("latin-1").strip()
            for key, value in connection.scope["headers"]
            if as_variable(key.decode("latin-1")) == as_variable(self.header)
        ]
        if len(names) != 1:
            return Refusal(401, f"The proxy must send {self.header} once; it came {len(names)}x.")
        return self._named(connection, names[0])

    def _named(self, connection: HTTPConnection, name: str) -> Visitor | Refusal:
        spelt_otherwise = self.header.lower() not in connection.headers
        is_one_name = name.isascii() and name.isprintable() and not set(name) & set(" ,;\"'")
        if spelt_otherwise or not is_one_name or not 0 < len(name) <= LONGEST_NAME:
            return Refusal(401, f"The proxy's {self.header} must hold one user name.")
        return Visitor(name, Role.EDITOR if name in self.access.editors else Role.VIEWER)

    def _is_trusted(self, address: str) -> bool:
        try:
            peer = ip_address(address)
        except ValueError:
            return False
        return any(peer in network for network in self.access.trusted_proxies)


def as_variable(header: str) -> str:
    """The form in which many servers fold header names, so that spellings cannot be mixed."""
    return header.lower().replace("_", "-")


@dataclass
class PasswordLogin:
    """HTTP's Basic scheme against the users of MEDIA_HOME; no login as long as there were none."""

    users: WebUsers
    is_needed: bool = False
    limiter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )
    remembered: dict[bytes, str] = field(default_factory=dict)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    hashing: anyio.CapacityLimiter = field(
        default_factory=lambda: anyio.CapacityLimiter(HASHES_AT_A_TIME)
    )

    def __post_init__(self) -> None:
        self.is_needed = self.is_needed or self.users.are_kept

    async def visitor(self, connection: HTTPConnection) -> Visitor | Refusal:
        """The user whose password came with the request."""
        try:
            users = self.users.read()
        except FileNotFoundError:
            return MISSING if self.is_needed else Visitor("", Role.EDITOR)
        except WebUserError as error:
            self.is_needed = True
            return Refusal(503, str(error))
        self.is_needed = True
        credentials = basic_credentials(connection)
        if isinstance(credentials, Refusal):
            return credentials
        address = connection.client.host if connection.client else ""
        return await self._check(users, *credentials, address)

    async def _check(
        self, users: Mapping[str, WebUser], name: str, password: str, address: str
    ) -> Visitor | Refusal:
        user = users.get(name)
        proof = hashlib.blake2b(f"{name}:{password}".encode(), key=self.key).digest()
        if user and self.remembered.get(proof) == user.password:
            return Visitor(name, user.role)
        async with self.hashing:
            if not self._may_try(name, address):
                return Refusal(
                    429, "Too many wrong passwords: wait a minute.", {"Retry-After": "60"}
                )
            is_right = await anyio.to_thread.run_sync(is_password_of, user, password)
            if not (is_right and user):
                self._count_failure(name, address)
                return LOG_IN
        self.remembered[proof] = user.password
        return Visitor(name, user.role)

    def _may_try(self, name: str, address: str) -> bool:
        return self.limiter.test(FAILURES_PER_NAME, "name", name) and self.limiter.test(
            FAILURES_PER_ADDRESS, "address", address
        )

    def _count_failure(self, name: str, address: str) -> None:
        self.limiter.hit(FAILURES_PER_NAME, "name", name)
        self.limiter.hit(FAILURES_PER_ADDRESS, "address", address)


def basic_credentials(connection: HTTPConnection) -> tuple[str, str] | Refusal:
    """Name and password of the one ``Authorization: Basic`` header (RFC 7617, UTF-8)."""
    given = connection.headers.getlist("authorization")
    if not given:
        return LOG_IN
    scheme, _, encoded = given[0].partition(" ")
    try:
        name, colon, password = (
            base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        )
    except ValueError:
        return LOG_IN
    is_whole = len(given) == 1 and scheme.lower() == "basic" and colon and len(name) <= LONGEST_NAME
    return (name, password) if is_whole else LOG_IN
