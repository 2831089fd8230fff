"""An origin is a scheme, a host and a port: pages of any other are foreign."""

import pytest
from starlette.requests import HTTPConnection

from web.guard.origins import OwnNames, host_names, is_foreign

OWN = OwnNames(
    tuple(host_names("127.0.0.1", ["media.example.org", "https://safe.example.org", "*.lan"]))
)


def foreign(host: str, *origins: str, sites: tuple[str, ...] = ()) -> bool:
    headers = [(b"host", host.encode())]
    headers += [(b"origin", origin.encode("latin-1")) for origin in origins]
    headers += [(b"sec-fetch-site", site.encode()) for site in sites]
    server = ("127.0.0.1", 3000)
    return is_foreign(
        HTTPConnection({"type": "http", "headers": headers, "server": server, "own_names": OWN})
    )


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:3000", "http://localhost:3000"),
        ("LOCALHOST:3000", "http://localhost:3000"),
        ("localhost", "http://localhost"),
        ("localhost:80", "http://localhost"),
        ("localhost", "http://localhost:80"),
        ("[::1]:3000", "http://[::1]:3000"),
        ("media.example.org", "https://media.example.org"),
        ("media.example.org", "http://media.example.org"),
        ("media.example.org:443", "https://media.example.org"),
        ("media.example.org:8443", "https://media.example.org:8443"),
        ("safe.example.org", "https://safe.example.org:443"),
        ("photos.lan", "https://photos.lan"),
    ],
)
def test_a_page_of_ours_may_ask(host: str, origin: str) -> None:
    assert not foreign(host, origin)
    assert not foreign(host)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:3000", "https://localhost:3000"),
        ("localhost:3000", "x://localhost:3000"),
        ("localhost:3000", "ws://localhost:3000"),
        ("localhost:3000", "file://localhost:3000"),
        ("localhost:3000", "//localhost:3000"),
        ("localhost:3000", "localhost:3000"),
        ("localhost:3000", "://localhost:3000"),
        ("localhost:3000", "null"),
        ("localhost:3000", ""),
        ("localhost:3000", "http://localhost"),
        ("localhost:3000", "http://localhost:3001"),
        ("localhost:3000", "http://localhost:3000/"),
        ("localhost:3000", "http://localhost:3000#"),
        ("localhost:3000", "http://localhost.:3000"),
        ("localhost.:3000", "http://localhost.:3000"),
        ("localhost:3000", "http://user@localhost:3000"),
        ("localhost:3000", "http://localhost:3000@evil.example"),
        ("localhost:3000", "http://localhost:3000 http://evil.example"),
        ("localhost:3000", "http://localhost:03000"),
        ("localhost:3000", "http://127.0.0.1:3000"),
        ("localhost:3000", "http://localhost:3000\xa0"),
        ("localhost", "https://localhost"),
        ("localhost:443", "https://localhost"),
        ("localhost", "http://localhost:443"),
        ("media.example.org:3000", "https://media.example.org:3000"),
        ("media.example.org", "x://media.example.org"),
        ("media.example.org", "https://media.example.org:80"),
        ("safe.example.org", "http://safe.example.org"),
        ("lan", "http://lan"),
    ],
)
def test_a_page_of_another_origin_may_not(host: str, origin: str) -> None:
    assert foreign(host, origin)


def test_one_origin_and_each_site_count() -> None:
    own = "http://localhost:3000"

    assert foreign("localhost:3000", own, own)
    assert foreign("localhost:3000", own, "https://evil.example")
    assert foreign("localhost:3000", own, sites=("same-origin", "cross-site"))
    assert foreign("localhost:3000", own, sites=("same-origin, cross-site",))
    assert not foreign("localhost:3000", own, sites=("same-origin",))
