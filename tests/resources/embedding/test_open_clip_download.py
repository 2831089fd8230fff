"""Fetching a model: from a hub on this machine that speaks as much of its protocol as is needed."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from resources.configuration.media_home import MediaHome
from resources.embedding.open_clip_download import DownloadFailed, fetch_model, known_models
from resources.embedding.open_clip_models import ModelMissing, fetched_models
from resources.embedding.torchvision_fallback import import_torchvision
from resources.models.failures import ModelUnavailable
from tests.models.drawn_pictures import TINY_CLIP

WEIGHTS = (TINY_CLIP / "open_clip_model.safetensors").read_bytes()
CONFIG = json.loads((TINY_CLIP / "open_clip_config.json").read_text())


class Hub(BaseHTTPRequestHandler):
    """Serves the tiny model's weights in one repository; everything else is not there."""

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, *, with_body: bool) -> None:
        is_there = self.path == "/tiny/shapes/resolve/main/open_clip_model.safetensors"
        body = WEIGHTS if is_there else b"{}"
        self.send_response(200 if is_there else 404)
        self.send_header("Content-Length", str(len(body)))
        if is_there:
            self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
            self.send_header("X-Repo-Commit", "a" * 40)
        else:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The hub's URL; huggingface_hub and open_clip know it and its one model."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        url + "/{repo_id}/resolve/{revision}/{filename}",
    )
    model = json.loads(json.dumps(CONFIG["model_cfg"]))
    model["text_cfg"]["tokenizer_kwargs"] = {"bpe_path": str(TINY_CLIP / "bpe.txt.gz")}
    monkeypatch.setitem(architectures(), "Tiny", model)
    published = {**CONFIG["preprocess_cfg"], "hf_hub": "tiny/shapes/", "url": ""}
    monkeypatch.setitem(published_models(), "Tiny", {"drawn": published})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    try:
        yield url
    finally:
        server.shutdown()
        server.server_close()


def architectures() -> dict[str, object]:
    """Those that open_clip knows, by name."""
    import_torchvision()
    import open_clip.factory

    known: dict[str, object] = open_clip.factory._MODEL_CONFIGS
    return known


def published_models() -> dict[str, object]:
    """Where open_clip finds weights, by name and tag."""
    import open_clip.pretrained

    known: dict[str, object] = open_clip.pretrained._PRETRAINED
    return known


@pytest.fixture
def home(tmp_path: Path) -> MediaHome:
    return MediaHome(tmp_path / "home")


@pytest.mark.usefixtures("hub")
def test_a_fetched_model_needs_nothing_else(home: MediaHome) -> None:
    assert "Tiny/drawn" in known_models()
    model = fetch_model("Tiny/drawn", home)

    assert model.folder == home.models / "Tiny--drawn"
    assert model.weights.read_bytes() == WEIGHTS
    assert model.preprocessing["resize_mode"] == "squash"
    assert fetched_models(home) == ["Tiny/drawn"]
    assert sorted(path.name for path in home.models.iterdir()) == ["Tiny--drawn", "remembered.json"]
    assert fetch_model("Tiny/drawn", home) == model  # without the hub


def test_what_the_hub_does_not_have_is_told_with_another_way(
    hub: str, home: MediaHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {"hf_hub": "tiny/other/", "url": ""}
    monkeypatch.setitem(published_models(), "Tiny", {"drawn": elsewhere})
    with pytest.raises(DownloadFailed, match=f"tiny/other cannot be fetched from {hub}"):
        fetch_model("Tiny/drawn", home)
    assert fetched_models(home) == []


@pytest.mark.usefixtures("hub")
def test_without_a_network_the_way_by_hand_is_told(
    home: MediaHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadFailed, match=r"Without a network: fetch .*Tiny--drawn"):
        fetch_model("Tiny/drawn", home)


@pytest.mark.usefixtures("hub")
def test_weights_of_another_network_are_refused_and_not_kept(
    home: MediaHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = json.loads(json.dumps(architectures()["Tiny"]))
    model["vision_cfg"]["layers"] = 2
    monkeypatch.setitem(architectures(), "Tiny", model)
    with pytest.raises(ModelUnavailable, match="cannot be opened"):
        fetch_model("Tiny/drawn", home)
    assert fetched_models(home) == []


def test_an_unknown_name_is_answered_with_close_ones(home: MediaHome) -> None:
    with pytest.raises(ModelMissing, match=r"Close to it: .*ViT-B-32/laion2b_s34b_b79k"):
        fetch_model("ViT-B-32/laion2b", home)
