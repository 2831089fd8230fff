"""Embedding: the asset against the plainest open_clip loop, on the same pictures and network.

ViT-B-32 with random weights, saved and loaded as any model is: speed does not depend on what it has
learnt. Both read the model inputs of 12 MP photographs, eight at a time, on the CPU; the network is
open and warm. Ours also plans, fingerprints, commits rows durably and keeps one bad picture apart.
Halves of the pictures are timed in turn, so that other work on the machine disturbs both alike.
"""

import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from benchmarks.bars import check, note
from benchmarks.end_to_end import media_add
from benchmarks.photographs import make_photographs
from benchmarks.processes import cost_of_work
from command_line.queries.tables import prepare
from media_assets.execution.batched_execution import commit_rows, portions, process_sources
from media_assets.execution.model_runner import ModelRunner, begin_with_model
from media_assets.execution.plans import Mode, Order
from media_assets.execution.workbench import Workbench
from media_assets.media import image_recipes
from resources.configuration.settings import Settings
from resources.embedding.image_encoder import IMAGES_PER_CALL_CPU
from resources.embedding.open_clip_encoder import quiet_logs
from resources.embedding.torchvision_fallback import import_torchvision
from resources.orchestration.dagster_home import environment
from resources.rows.row_store import RowStore

ARCHITECTURE = "ViT-B-32"
PICTURES, PARTS = 200, 4
BAR = 1.15
"""Times the loop's CPU-seconds."""


def save_random_model(folder: Path) -> None:
    """Write an open_clip "local-dir" of the architecture with random weights."""
    import_torchvision()
    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    with quiet_logs():  # it warns that the weights are random
        network = open_clip.create_model(ARCHITECTURE)
    folder.mkdir()
    config = {"model_cfg": open_clip.get_model_config(ARCHITECTURE), "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    save_file(network.state_dict(), str(folder / "open_clip_model.safetensors"))


def plain_loop(folder: Path) -> Callable[[Sequence[bytes]], None]:
    """What a script would do: decode, preprocess and encode, eight pictures at a time."""
    import open_clip
    import torch

    network, _, preprocess = open_clip.create_model_and_transforms(
        f"local-dir:{folder}", require_pretrained=True
    )
    network.eval()

    def encode(pictures: Sequence[bytes]) -> None:
        with torch.inference_mode():
            for at in range(0, len(pictures), IMAGES_PER_CALL_CPU):
                opened = [Image.open(io.BytesIO(one)) for one in pictures[at:][:8]]
                pixels = [preprocess(one.convert("RGB")) for one in opened]
                network.encode_image(torch.stack(pixels), normalize=True).numpy()

    return encode


def asset_on(settings: Settings, asset: str) -> Callable[[Sequence[str]], None]:
    """The product's way from image ids to committed rows of an asset that a model makes."""
    store = prepare(settings.media_home)
    today = image_recipes()[asset].today()
    choice = today.terms.model
    if choice is None:
        raise RuntimeError(f"{asset} is made by no model")
    bench = Workbench(settings.media_home, store, ModelRunner(today.recipe, choice), "benchmark")

    def make(image_ids: Sequence[str]) -> None:
        orders = [Order(today, Mode.REMAKE)]
        for results in portions(process_sources(orders, bench, begin_with_model, image_ids)):
            commit_rows(today, bench, results)
            if wrong := [one.row["reason"] for one in results if one.row["outcome"] != "ok"]:
                raise RuntimeError(f"{asset} was not made of every picture: {wrong[0]}")

    return make


def model_inputs(store: RowStore, home: Path, asset: str = "model_input") -> dict[str, bytes]:
    """Image id -> the picture that models get."""
    rows = store.scan(f"image/{asset}").collect().iter_rows(named=True)
    return {row["image_id"]: (home / row["files"][0]["path"]).read_bytes() for row in rows}


def main(pictures: int = PICTURES) -> bool:
    """Print what a picture costs both; return whether the bar is met."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        save_random_model(root / "model")
        make_photographs(root / "photographs", pictures)
        with environment({"MEDIA_EMBEDDING__MODEL": "builtin"}):
            media_add(root / "photographs", root / "home", os.cpu_count() or 1)
        chosen = {"MODEL": str(root / "model"), "DEVICE": "cpu"}
        settings = {f"MEDIA_EMBEDDING__{name}": value for name, value in chosen.items()}
        with environment({"MEDIA_HOME": str(root / "home"), **settings}):
            return report(pictures, *timed(Settings(), root / "model"))


def timed(settings: Settings, model: Path) -> tuple[float, float]:
    """CPU-seconds of the plain loop and of the asset, for all pictures."""
    store = prepare(settings.media_home)
    inputs = model_inputs(store, settings.home)
    plain, ours = plain_loop(model), asset_on(settings, "embedding")
    ids = sorted(inputs)
    plain([inputs[image_id] for image_id in ids[:IMAGES_PER_CALL_CPU]])  # warm up
    ours(ids[:IMAGES_PER_CALL_CPU])
    plain_seconds = our_seconds = 0.0
    for part in (ids[start::PARTS] for start in range(PARTS)):
        plain_seconds += cpu_seconds_of(lambda part=part: plain([inputs[one] for one in part]))  # type: ignore[misc]  # bound now
        our_seconds += cpu_seconds_of(lambda part=part: ours(part))  # type: ignore[misc]  # bound now
    return plain_seconds, our_seconds


def cpu_seconds_of(work: Callable[[], None]) -> float:
    """CPU-seconds of ``work``, of all threads."""
    return cost_of_work(work).cpu_seconds


def report(pictures: int, plain_seconds: float, our_seconds: float) -> bool:
    """Print the figures; return whether the bar is met."""
    print(f"Embedding of {pictures} pictures, {ARCHITECTURE}, CPU-ms per picture")
    note("open_clip loop", plain_seconds * 1000 / pictures, "ms")
    note("our asset, rows committed", our_seconds * 1000 / pictures, "ms")
    return check("times the loop's", our_seconds / plain_seconds, BAR)


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
