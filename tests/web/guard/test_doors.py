"""What can be reached from where: the UI from this machine, the files of the home from nowhere."""

from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from resources.configuration.settings import Settings
from tests.support.guarded_ui import GuardedUi
from tests.support.running_service import RunningService
from web.guard.roles import Role
from web.guard.users import WebUsers
from web.guarded_webserver import LoginMissing, is_loopback, require_login


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "photos.lan"])  # noqa: S104
def test_nothing_listens_beyond_loopback_without_a_login(tmp_path: Path, host: str) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(LoginMissing) as refused:
        require_login(host, settings)
    assert "media user add" in refused.value.hint

    WebUsers(settings.media_home).add("anna", "long enough", Role.EDITOR)
    require_login(host, settings)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *(("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True)),
        *(("10.0.0.1", False), ("localhost.evil.example", False), ("", False)),
    ],
)
def test_loopback_is_known(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_the_service_listens_on_loopback_only(service: RunningService) -> None:
    processes = [psutil.Process(service.process.pid)]
    processes += processes[0].children(recursive=True)
    listening = {
        (one.laddr.ip, one.laddr.port)
        for process in processes
        for one in process.net_connections(kind="inet")
        if one.status == psutil.CONN_LISTEN
    }

    assert listening == {("127.0.0.1", service.settings.port)}


def test_no_file_of_the_home_is_served(ui: GuardedUi, editor: Mapping[str, str]) -> None:
    home = ui.settings.home
    (home / "originals").mkdir(exist_ok=True)
    (home / "originals" / "evil.svg").write_text("<svg><script>alert(1)</script></svg>")
    for path in (
        "/originals/evil.svg",
        f"{home}/originals/evil.svg",
        "/logs/../originals/evil.svg",
    ):
        answer = ui.request("GET", path, {**editor, "Accept": "text/html"})
        assert b"alert(1)" not in answer.body
        assert "svg" not in answer.headers["Content-Type"]
