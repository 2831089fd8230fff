"""Uploads over real connections: whole, broken, resumed, refused; nothing half is ever seen."""

import base64
import itertools
import os
import re
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from resources.configuration.settings import Limits, Settings
from resources.landing.exclusions import Exclusions
from resources.landing.scan import FoundFile, walk
from resources.landing.uploads import remove_abandoned_uploads
from tests.support.guarded_ui import GuardedUi, basic, guarded_ui
from tests.support.running_service import Answer, wait_until
from tests.web.gallery.conftest import users_of

ANNA = basic("anna", "an editor's password")
BEN = basic("ben", "a viewer's password")
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {"Content-Type": "application/offset+octet-stream"}
MOST_BYTES = 100_000


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    """The pages of an empty home whose files have at most 100,000 bytes."""
    users_of(home := tmp_path_factory.mktemp("uploads") / "home")
    settings = Settings(home=home, limits=Limits(max_file_bytes=MOST_BYTES), reserve_bytes=0)
    settings.media_home.create()
    with guarded_ui(settings) as running:
        yield running


def token_of(ui: GuardedUi, who: Mapping[str, str] = ANNA) -> dict[str, str]:
    """Login, cookie and token of a page that this person loaded."""
    answer = ui.request("GET", "/gallery/upload", who)
    token = re.search(r'data-form-token="([0-9a-f]+)"', answer.body.decode())
    assert token
    cookie = answer.headers["set-cookie"].partition(";")[0]
    return {**who, "Cookie": cookie, "X-Form-Token": token[1]}


def begin(
    ui: GuardedUi, name: str, size: int, batch: str = "summer", who: Mapping[str, str] | None = None
) -> Answer:
    said = {"filename": name, "batch": batch, "modified": "1000000000000"}
    pairs = (f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in said.items())
    told = {"Upload-Length": str(size), "Upload-Metadata": ",".join(pairs)}
    return ui.request("POST", "/gallery/uploads", {**(who or token_of(ui)), **TUS, **told})


def append(
    ui: GuardedUi, address: str, offset: int, piece: bytes, who: Mapping[str, str] | None = None
) -> Answer:
    headers = {**(who or token_of(ui)), **TUS, **PIECE, "Upload-Offset": str(offset)}
    return ui.request("POST", address, headers, piece)


def offset_of(ui: GuardedUi, address: str) -> int:
    return int(ui.request("HEAD", address, {**ANNA, **TUS}).headers["Upload-Offset"])


def landing(ui: GuardedUi) -> Path:
    return ui.settings.media_home.landing


def seen(ui: GuardedUi) -> dict[str, int]:
    """What the watch sees of the landing folder: path -> size."""
    found = walk("landing", bytes(landing(ui)), Exclusions())
    return {
        one.path.decode(): one.signature.size_bytes for one in found if isinstance(one, FoundFile)
    }


def test_a_file_is_seen_when_it_is_whole_and_not_before(ui: GuardedUi) -> None:
    content = os.urandom(5000)
    address = begin(ui, "mill Ωβ.jpg", 5000).headers["location"]
    assert append(ui, address, 0, content[:3000]).headers["upload-offset"] == "3000"
    assert "summer/mill Ωβ.jpg" not in seen(ui)
    last = append(ui, address, 3000, content[3000:])

    assert (last.status, last.headers["upload-complete"]) == (204, "?1")
    file = landing(ui) / "summer" / "mill Ωβ.jpg"
    assert file.read_bytes() == content
    assert file.stat().st_mtime == 1_000_000_000
    assert offset_of(ui, address) == 5000


def test_an_upload_goes_on_where_the_connection_broke(ui: GuardedUi) -> None:
    content = os.urandom(60_000)
    address = begin(ui, "broken.jpg", 60_000).headers["location"]
    lines = {
        **token_of(ui),
        **TUS,
        **PIECE,
        "Upload-Offset": "0",
        "Content-Length": "60000",
        "Host": f"localhost:{ui.port}",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection(("127.0.0.1", ui.port)) as connection:
        connection.sendall(f"POST {address} HTTP/1.1\r\n{head}\r\n".encode() + content[:20_000])
        wait_until(lambda: offset_of(ui, address) == 20_000)
        second = append(ui, address, 20_000, b"x")
        assert second.status == 423, "one at a time"

    def went_on() -> bool:
        return append(ui, address, 20_000, content[20_000:]).status == 204

    wait_until(went_on)
    assert (landing(ui) / "summer" / "broken.jpg").read_bytes() == content


def test_two_files_of_one_name_at_once_are_both_kept(ui: GuardedUi) -> None:
    one, other = (begin(ui, "same.jpg", 3, "twice").headers["location"] for _ in range(2))
    assert append(ui, one, 0, b"one").status == append(ui, other, 0, b"two").status == 204

    kept = sorted((landing(ui) / "twice").iterdir())
    assert [file.name for file in kept] == ["same (2).jpg", "same.jpg"]
    assert {file.read_bytes() for file in kept} == {b"one", b"two"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../escaped.jpg", "escaped.jpg"),
        ("/etc/passwd", "passwd"),
        ("a\nb\x00c\x7f.jpg", "a_b_c_.jpg"),
        ("n" * 500 + ".jpg", "n" * 226 + ".jpg"),
        ("ö" * 300 + ".jpg", "ö" * 113 + ".jpg"),
        ("back\\slash 'quote\".jpg", "back\\slash 'quote\".jpg"),
        ("<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
    ],
)
def test_a_name_stays_in_its_batch(ui: GuardedUi, given: str, kept: str) -> None:
    batch = f"names-{abs(hash(given))}"
    address = begin(ui, given, 1, batch).headers["location"]
    assert append(ui, address, 0, b"x").status == 204
    assert [file.name for file in (landing(ui) / batch).iterdir()] == [kept]


@pytest.mark.parametrize("name", ["", "..", "/", "a/..", ".mediaignore", "Thumbs.db", "x.part"])
def test_a_name_that_is_none_or_is_passed_over_is_refused(ui: GuardedUi, name: str) -> None:
    assert begin(ui, name, 1).status == 422


@pytest.mark.parametrize(
    "batch", ["", "..", "a/b", ".uploads", "a\nb", "x" * 81, "\u0085", "@eaDir"]
)
def test_a_batch_that_cannot_be_a_folder_is_refused(ui: GuardedUi, batch: str) -> None:
    assert begin(ui, "a.jpg", 1, batch).status == 422


def test_a_file_above_the_limit_is_refused_before_and_while_it_comes(ui: GuardedUi) -> None:
    refused = begin(ui, "large.jpg", MOST_BYTES + 1)
    assert (refused.status, b"100,000 are allowed" in refused.body) == (413, True)
    address = begin(ui, "more.jpg", 10).headers["location"]
    assert append(ui, address, 0, b"x" * 11).status == 413
    assert offset_of(ui, address) == 0
    assert append(ui, address, 5, b"x").status == 409


def test_an_empty_file_is_whole_at_once(ui: GuardedUi) -> None:
    assert begin(ui, "empty.jpg", 0, "empty").status == 201
    assert seen(ui)["empty/empty.jpg"] == 0


def test_without_room_on_the_disk_nothing_is_begun(tmp_path: Path) -> None:
    """The reserve is 5 % of the disk at most, so a size near the whole disk's stands for it."""
    users_of(tmp_path / "home")
    settings = Settings(home=tmp_path / "home", limits=Limits(max_file_bytes=2**60))
    settings.media_home.create()
    with guarded_ui(settings) as running:
        refused = begin(running, "all.jpg", 10**14)
        assert (refused.status, b"no room" in refused.body) == (507, True)
        assert list((settings.media_home.landing / ".uploads").iterdir()) == []


def test_room_that_goes_while_a_piece_comes_is_noticed(
    ui: GuardedUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many uploads at once find room at the beginning, each for itself, and none in the end."""
    address = begin(ui, "late.jpg", 1000).headers["location"]
    login = token_of(ui)
    free = itertools.chain([10**12], itertools.repeat(0))
    usage = "resources.stores.free_space.shutil.disk_usage"
    monkeypatch.setattr(usage, lambda _: SimpleNamespace(total=10**12, free=next(free)))
    refused = append(ui, address, 0, b"x" * 1000, login)
    monkeypatch.undo()

    assert (refused.status, b"no room" in refused.body) == (507, True)
    assert offset_of(ui, address) == 0
    assert append(ui, address, 0, b"x" * 1000).headers["upload-complete"] == "?1"


def test_a_viewer_and_a_forged_token_change_nothing(ui: GuardedUi) -> None:
    address = begin(ui, "mine.jpg", 3).headers["location"]
    forged = {**token_of(ui), "X-Form-Token": "0" * 64}
    for who in (token_of(ui, BEN), forged, {**ANNA}):
        assert begin(ui, "no.jpg", 1, who=who).status == 403
        assert append(ui, address, 0, b"abc", who=who).status == 403
        assert sent_form(ui, who, "no.jpg", b"x").status == 403
    assert ui.request("HEAD", address, {**BEN, **TUS}).status == 403
    assert offset_of(ui, address) == 0
    assert "summer/no.jpg" not in seen(ui)


@pytest.mark.parametrize("upload_id", ["0" * 32, "..%2f..%2fx", "x"])
def test_an_upload_that_nobody_began_is_not_found(ui: GuardedUi, upload_id: str) -> None:
    assert append(ui, f"/gallery/uploads/{upload_id}", 0, b"x").status == 404


def sent_form(
    ui: GuardedUi, who: Mapping[str, str], name: str, content: bytes, *, batch: str = "forms"
) -> Answer:
    """What a browser without scripts sends."""
    fields = {"form_token": who.get("X-Form-Token", ""), "batch": batch}
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    file = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = b"".join([*parts, file.encode(), content, b"\r\n--edge--\r\n"])
    headers = {name: value for name, value in who.items() if name != "X-Form-Token"}
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    return ui.request("POST", "/gallery/upload", {**headers, **kind}, body)


def test_without_scripts_a_form_takes_one_file(ui: GuardedUi) -> None:
    content = os.urandom(90_000)
    answer = sent_form(ui, token_of(ui), "form.jpg", content)

    assert answer.status == 303
    assert (landing(ui) / "forms" / "form.jpg").read_bytes() == content
    assert b"form.jpg was added" in ui.request("GET", answer.headers["location"], ANNA).body


@pytest.mark.parametrize(
    ("name", "size", "status"), [("large.jpg", MOST_BYTES + 1, 413), ("", 0, 400), ("..", 5, 422)]
)
def test_a_form_that_cannot_be_taken_leaves_nothing(
    ui: GuardedUi, name: str, size: int, status: int
) -> None:
    before = set((landing(ui) / ".uploads").iterdir())
    assert sent_form(ui, token_of(ui), name, b"x" * size, batch="none").status == status
    assert set((landing(ui) / ".uploads").iterdir()) == before
    assert not (landing(ui) / "none" / name).is_file()


def test_what_nobody_went_on_with_is_removed(ui: GuardedUi) -> None:
    address = begin(ui, "left.jpg", 10).headers["location"]
    append(ui, address, 0, b"half")
    assert remove_abandoned_uploads(landing(ui), datetime.now(UTC) - timedelta(days=1)) == 0
    assert offset_of(ui, address) == 4

    assert remove_abandoned_uploads(landing(ui), datetime.now(UTC) + timedelta(seconds=1)) >= 2
    assert append(ui, address, 4, b"x").status == 404
