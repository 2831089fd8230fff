"""Trains the open_clip model in ``tiny_clip``: python -m tests.models.train_tiny_clip FOLDER

A vision transformer of 48 px and a text transformer, 64 wide, trained on the drawings of
``shapes`` and saved as an open_clip "local-dir": the product loads it as it loads any other model.
About three minutes on one core; the same versions on the same processor give the same weights.

Two facts decide whether it learns: the shape has to be near the middle, and several captions of a
batch fit one picture, so the targets of the contrastive loss are spread over all that fit.
"""

import gzip
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from safetensors.torch import save_file

from resources.embedding.torchvision_fallback import import_torchvision
from tests.models.shapes import COLORS, DRAWINGS, SHAPES, Drawing, draw

SIZE_PX, CONTEXT_TOKENS, WIDTH = 48, 16, 64
PICTURES_PER_DRAWING, BATCH, STEPS, LEARNING_RATE = 24, 128, 1600, 2e-3
WARM_UP_STEPS = 50


@dataclass(frozen=True)
class CaptionForm:
    """A way to speak of a drawing, the facts that it states, and how often it is used."""

    words: str
    facts: tuple[str, ...]
    weight: int


FORMS = (
    CaptionForm(
        "a {color} {shape} on a {background} background", ("color", "shape", "background"), 3
    ),
    CaptionForm(
        "a picture of a {color} {shape} on a {background} background",
        ("color", "shape", "background"),
        2,
    ),
    CaptionForm("{color} {shape}", ("color", "shape"), 1),
    CaptionForm("a {color} {shape}", ("color", "shape"), 3),
    CaptionForm("a {shape}", ("shape",), 6),
    CaptionForm("a {shape} on {background}", ("shape", "background"), 2),
    CaptionForm("something {color}", ("color",), 2),
    CaptionForm("a {background} background", ("background",), 1),
)


def write_merges(path: Path) -> int:
    """Write a byte-pair merge list that makes each known word one token; return the vocabulary.

    Other words are spelled in bytes.
    """
    words = {word for form in FORMS for word in form.words.split() if "{" not in word}
    merges: list[str] = []
    for word in sorted(words | COLORS.keys() | set(SHAPES)):
        parts = [*word[:-1], f"{word[-1]}</w>"]
        while len(parts) > 1:
            merges += [merge for merge in [f"{parts[0]} {parts[1]}"] if merge not in merges]
            parts[:2] = [parts[0] + parts[1]]
    text = "\n".join(["#version: tiny", *merges])
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    return 2 * 256 + len(merges) + 2  # bytes, bytes that end a word, merges, start and end


def config(vocabulary: int) -> dict[str, object]:
    """What ``open_clip_config.json`` says: the architecture and the preprocessing."""
    vision = {"image_size": SIZE_PX, "patch_size": 8, "width": WIDTH, "layers": 3}
    text = {"context_length": CONTEXT_TOKENS, "vocab_size": vocabulary, "width": WIDTH}
    return {
        "model_cfg": {
            "embed_dim": WIDTH,
            "vision_cfg": {**vision, "head_width": 32, "mlp_ratio": 2.0},
            "text_cfg": {**text, "heads": 2, "layers": 1},
        },
        "preprocess_cfg": {
            "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5],
            "size": SIZE_PX,
            "interpolation": "bicubic",
            "resize_mode": "squash",
        },
    }


def say(drawing: Drawing) -> tuple[str, dict[str, str]]:
    """A caption that is true of the drawing, and the facts that it states."""
    (form,) = random.choices(FORMS, [form.weight for form in FORMS])
    facts = {name: str(getattr(drawing, name)) for name in form.facts}
    return form.words.format(**facts), facts


def matches(facts: Sequence[dict[str, str]], drawings: Sequence[Drawing]) -> torch.Tensor:
    """(captions, drawings) float32: 1 where the caption is true of the drawing."""
    return torch.tensor(
        [
            [float(all(getattr(shown, k) == v for k, v in said.items())) for shown in drawings]
            for said in facts
        ]
    )


def contrastive_loss(logits: torch.Tensor, match: torch.Tensor) -> torch.Tensor:
    """Cross entropy in both directions, spread evenly over everything that matches."""
    to_images = F.log_softmax(logits, 1) * match / match.sum(1, keepdim=True)
    to_texts = F.log_softmax(logits.T, 1) * match.T / match.T.sum(1, keepdim=True).clamp(min=1)
    return -to_images.sum(1).mean() - to_texts.sum(1).mean()


def train(model: Any, tokenize: Any) -> None:
    """Train on every drawing that is not held out."""
    seen = [drawing for drawing in DRAWINGS if not drawing.is_held_out]
    pool = [drawing for drawing in seen for _ in range(PICTURES_PER_DRAWING)]
    rng = random.Random(0)
    drawn = np.stack([np.asarray(draw(drawing, SIZE_PX, rng)) for drawing in pool])
    pixels = torch.from_numpy(drawn).permute(0, 3, 1, 2).contiguous()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.2)
    model.train()
    for step in range(STEPS):
        rate = min(1, (step + 1) / WARM_UP_STEPS) * max(0.02, 1 - step / STEPS)
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * rate
        chosen = random.sample(range(len(pool)), BATCH)
        texts, facts = zip(*(say(pool[index]) for index in chosen), strict=True)
        images = (pixels[chosen].float() + torch.randn(BATCH, 3, 1, 1) * 6) / 127.5 - 1
        image_vectors = model.encode_image(images.flip(3) if step % 2 else images, normalize=True)
        text_vectors = model.encode_text(tokenize(list(texts)), normalize=True)
        logits = text_vectors @ image_vectors.T * model.logit_scale.exp().clamp(max=50)
        loss = contrastive_loss(logits, matches(facts, [pool[index] for index in chosen]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            sys.stdout.write(f"step {step} of {STEPS}: loss {loss.item():.3f}\n")
            sys.stdout.flush()


def main(folder: Path) -> None:
    """Train and write the four files of the model."""
    import_torchvision()
    import open_clip

    random.seed(0)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    merges = folder / "bpe.txt.gz"
    described = config(write_merges(merges))
    (folder / "open_clip_config.json").write_text(json.dumps(described, indent=2) + "\n")
    name = f"local-dir:{folder}"
    model, _, _ = open_clip.create_model_and_transforms(name, load_weights=False)
    train(model, open_clip.get_tokenizer(name, bpe_path=str(merges)))
    weights = {
        key: value.half() if value.dtype == torch.float32 else value
        for key, value in model.state_dict().items()
    }
    save_file(weights, str(folder / "open_clip_model.safetensors"))
    (folder / "open_clip_model.safetensors").chmod(0o644)  # safetensors writes 0600


if __name__ == "__main__":
    main(Path(sys.argv[1]))
