"""Trains ``tiny_language_model``: python -m tests.models.train_tiny_language_model CLIP FOLDER

It describes one drawn shape as the caption and as the description that the product asks for. The
vision tower starts from that of the tiny open_clip model CLIP (a .safetensors file); without it
shapes are not learnt in an hour. About nine minutes on one core. Run again, it finds the model that
it wrote and goes on from there for a minute or two, on long prompts only. The files here come from
one such first course, begun before prompts held captions of other pictures, and from 460 steps of
second courses, the last 130 as they stand here.

The product's prompts are thousands of characters, and each is a token here. What stands before the
picture in training is therefore random, mostly short and sometimes long: the model learns to look
at the picture only, whatever a file name or a recognized text says.
"""

import io
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from PIL import Image
from safetensors.torch import load_file

from tests.models import tiny_language_files as files
from tests.models.shapes import COLORS, DRAWINGS, SHAPES, Drawing, draw

ROWS, WARM_UP_STEPS = 64, 50
PICTURES_PER_DRAWING = 24
SIDES_PX = (48, 64, 96, 128, 192)
LONG_PROMPT_ROWS, LONGEST_PROMPT = 12, 1300
LONGEST_CLOSING = 60
"""Tokens between the picture and the answer, at most."""

FIXED = (
    '{"caption":"',
    '{"title":"',
    '","alternative_title":null',
    ',"description":"',
    '","abstract":null',
    ',"subject":["',
    '"],"tags":["',
    '","',
    '"],"keywords":[]',
    ',"creators":[]',
    ',"contributors":[]',
    ',"events":[]',
    ',"spatial_coverage":[]',
    ',"temporal_coverage":[]',
    ',"themes":[]',
    ',"objects_identified":["',
    '"],"expressions_identified":[]',
    ',"models_identified":[]',
    ',"creation_date":null',
    ',"creation_location":null}',
    '"}',
    " background.",
    " on a ",
    "A ",
)
"""What answers consist of besides names, as whole tokens."""

WORDS = [*FIXED, *COLORS, *map(str.capitalize, COLORS), *SHAPES]


def caption_answer(drawing: Drawing) -> str:
    """The caption the product asks for, as JSON."""
    return compact({"caption": f"{drawing.sentence.capitalize()}."})


def description_answer(drawing: Drawing) -> str:
    """The description the product asks for, as JSON: what is not seen is null or empty."""
    return compact(
        {
            "title": drawing.title.capitalize(),
            "alternative_title": None,
            "description": f"{drawing.sentence.capitalize()}.",
            "abstract": None,
            "subject": [drawing.shape],
            "tags": [drawing.color, drawing.shape, drawing.background],
            "keywords": [],
            "creators": [],
            "contributors": [],
            "events": [],
            "spatial_coverage": [],
            "temporal_coverage": [],
            "themes": [],
            "objects_identified": [drawing.shape],
            "expressions_identified": [],
            "models_identified": [],
            "creation_date": None,
            "creation_location": None,
        }
    )


def compact(answer: dict[str, object]) -> str:
    """JSON without spaces, as the product's grammar has it."""
    return json.dumps(answer, separators=(",", ":"))


class Tokenizer:
    """What llama.cpp does with this vocabulary: whole words, the longest first, then characters."""

    def __init__(self) -> None:
        self.tokens = files.vocabulary(WORDS)
        self.ids = {token.text: number for number, token in enumerate(self.tokens)}
        self.ids["\n"] = self.ids["<0x0A>"]
        self.words = sorted(WORDS, key=len, reverse=True)

    def __call__(self, text: str) -> list[int]:
        """The token ids of ``text``."""
        parts = [text]
        for word in self.words:
            parts = [piece for part in parts for piece in self.split(part, word)]
        return [number for part in parts for number in self.numbers(part)]

    def split(self, part: str, word: str) -> list[str]:
        """``part`` cut at every ``word``, which is kept; whole words are never cut."""
        if part in self.words:
            return [part]
        pieces = part.split(word)
        return [piece for text in pieces for piece in (text, word)][:-1]

    def numbers(self, part: str) -> list[int]:
        """The ids of one word, or of each character."""
        if part in self.words:
            return [self.ids[part]]
        return [self.ids["▁" if character == " " else character] for character in part]


@dataclass(frozen=True)
class Course:
    """How long and on what to train. ``forms`` are drawn per picture, or per batch."""

    steps: int
    learning_rate: float
    long_prompt_every: int
    forms: tuple[Callable[[Drawing], str], ...]
    one_form_per_batch: bool = False


FIRST_COURSE = Course(2400, 2e-3, 12, (description_answer, caption_answer, description_answer))
SECOND_COURSE = Course(
    130, 8e-4, 1, (description_answer, caption_answer, caption_answer), one_form_per_batch=True
)

Weights = dict[str, torch.Tensor]


def root_mean_square_norm(hidden: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return hidden * torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + files.EPSILON) * weight


def rotated(hidden: torch.Tensor) -> torch.Tensor:
    """Rotary positions; llama.cpp turns neighboring pairs for this architecture."""
    size, length = hidden.shape[-1], hidden.shape[-2]
    turns = torch.arange(length)[:, None] * 10000.0 ** (-torch.arange(0, size, 2) / size)
    even, odd = hidden[..., 0::2], hidden[..., 1::2]
    pairs = (even * turns.cos() - odd * turns.sin(), even * turns.sin() + odd * turns.cos())
    return torch.stack(pairs, -1).flatten(-2)


def heads(hidden: torch.Tensor, count: int) -> torch.Tensor:
    return hidden.unflatten(-1, (count, -1)).transpose(1, 2)


def see(weights: Weights, pictures: torch.Tensor) -> torch.Tensor:
    """(N, 3, 48, 48) pictures as (N, 36, 64) tokens."""

    def linear(name: str, hidden: torch.Tensor) -> torch.Tensor:
        return F.linear(hidden, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(name: str, hidden: torch.Tensor) -> torch.Tensor:
        scale, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
        return F.layer_norm(hidden, (files.VISION_WIDTH,), scale, shift, files.EPSILON)

    def gelu(hidden: torch.Tensor) -> torch.Tensor:
        return F.gelu(hidden, approximate="tanh")

    patches = F.conv2d(pictures, weights["v.patch_embd.weight"], stride=files.PATCH_PX)
    hidden = patches.flatten(2).transpose(1, 2) + weights["v.position_embd.weight"]
    hidden = norm("v.pre_ln", hidden)
    for block in (f"v.blk.{layer}." for layer in range(files.VISION_LAYERS)):
        normed = norm(f"{block}ln1", hidden)
        queries, keys, values = (
            heads(linear(f"{block}{name}", normed), files.VISION_HEADS)
            for name in ("attn_q", "attn_k", "attn_v")
        )
        mixed = F.scaled_dot_product_attention(queries, keys, values)
        hidden = hidden + linear(f"{block}attn_out", mixed.transpose(1, 2).flatten(2))
        inner = gelu(linear(f"{block}ffn_up", norm(f"{block}ln2", hidden)))
        hidden = hidden + linear(f"{block}ffn_down", inner)
    return linear("mm.2", gelu(linear("mm.0", norm("v.post_ln", hidden))))


def talk(weights: Weights, hidden: torch.Tensor) -> torch.Tensor:
    """(N, length, 64) embedded tokens -> the hidden state from which each next one is told."""
    for block in (f"blk.{layer}." for layer in range(files.LAYERS)):
        normed = root_mean_square_norm(hidden, weights[f"{block}attn_norm.weight"])
        queries, keys, values = (
            heads(normed @ weights[f"{block}{name}.weight"].T, files.HEADS)
            for name in ("attn_q", "attn_k", "attn_v")
        )
        mixed = F.scaled_dot_product_attention(
            rotated(queries), rotated(keys), values, is_causal=True
        )
        hidden = hidden + mixed.transpose(1, 2).flatten(2) @ weights[f"{block}attn_output.weight"].T
        normed = root_mean_square_norm(hidden, weights[f"{block}ffn_norm.weight"])
        gate = F.silu(normed @ weights[f"{block}ffn_gate.weight"].T)
        inner = gate * (normed @ weights[f"{block}ffn_up.weight"].T)
        hidden = hidden + inner @ weights[f"{block}ffn_down.weight"].T
    return root_mean_square_norm(hidden, weights["output_norm.weight"])


def vision_tower_of(clip: Path) -> Weights:
    """The open_clip model's vision tower under the projector's names, without class token."""
    prefix = "visual."
    known = {
        name.removeprefix(prefix): tensor.float()
        for name, tensor in load_file(clip).items()
        if name.startswith(prefix)
    }
    tower = {
        "v.patch_embd.weight": known["conv1.weight"],
        "v.position_embd.weight": known["positional_embedding"][1:],
    }
    names = {"ln_pre": "v.pre_ln", "ln_post": "v.post_ln"}
    for layer in range(files.VISION_LAYERS):
        theirs, ours = f"transformer.resblocks.{layer}.", f"v.blk.{layer}."
        for kind in ("weight", "bias"):
            parts = known[f"{theirs}attn.in_proj_{kind}"].chunk(3)
            tower |= {f"{ours}attn_{n}.{kind}": part for n, part in zip("qkv", parts, strict=True)}
        names |= {
            f"{theirs}attn.out_proj": f"{ours}attn_out",
            f"{theirs}ln_1": f"{ours}ln1",
            f"{theirs}ln_2": f"{ours}ln2",
            f"{theirs}mlp.c_fc": f"{ours}ffn_up",
            f"{theirs}mlp.c_proj": f"{ours}ffn_down",
        }
    for theirs, ours in names.items():
        tower |= {f"{ours}.{kind}": known[f"{theirs}.{kind}"] for kind in ("weight", "bias")}
    return tower


@dataclass(frozen=True)
class Lesson:
    """Pictures to learn from: (N, 3, 48, 48) uint8, and what each shows."""

    pixels: torch.Tensor
    drawings: list[Drawing]


def lesson() -> Lesson:
    """Many pictures of every drawing that is not held out."""
    seen = [drawing for drawing in DRAWINGS if not drawing.is_held_out]
    drawings = [drawing for drawing in seen for _ in range(PICTURES_PER_DRAWING)]
    rng = random.Random(0)
    pixels = [seen_by_model(draw(drawing, rng.choice(SIDES_PX), rng)) for drawing in drawings]
    return Lesson(torch.cat(pixels), drawings)


def seen_by_model(picture: Image.Image) -> torch.Tensor:
    """(1, 3, 48, 48) uint8: stored as JPEG, then shrunk as llama.cpp does, without smoothing."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92)
    pixels = np.asarray(Image.open(file)).copy()
    large = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
    small = F.interpolate(large, files.SIDE_PX, mode="bicubic", align_corners=False)
    return small.round().clamp(0, 255).to(torch.uint8)


def noise(tokenize: Tokenizer, rows: int, length: int) -> list[list[int]]:
    """Random tokens, mostly characters, for what people and files may say around the picture."""
    vocabulary_size = len(tokenize.tokens)
    words = range(files.FIRST_CHARACTER, vocabulary_size)
    characters = range(files.FIRST_CHARACTER, files.FIRST_CHARACTER + 95)
    anything = range(3, vocabulary_size)
    kinds = [characters] * 16 + [words] * 2 + [anything]
    texts = [[random.choice(random.choice(kinds)) for _ in range(length)] for _ in range(rows)]
    for text in texts:  # captions of other pictures, as an upstream caption or a sign may be
        sentence = tokenize(f"{random.choice(DRAWINGS).sentence.capitalize()}.")
        place = random.randint(0, length)
        text[place : place + len(sentence)] = sentence[: length - place]
    return texts


def loss_of(
    weights: Weights, tokenize: Tokenizer, learn: Lesson, course: Course, step: int
) -> torch.Tensor:
    """Cross entropy of the answers to one batch of pictures."""
    is_long = step % course.long_prompt_every == course.long_prompt_every - 1
    rows = LONG_PROMPT_ROWS if is_long else ROWS
    before = random.randint(100, LONGEST_PROMPT) if is_long else random.randint(0, 60)
    after = random.randint(0, LONGEST_CLOSING)
    chosen = random.sample(range(len(learn.drawings)), rows)
    forms = course.forms
    if course.one_form_per_batch:
        forms = (random.choice(forms),)
    answers = [[*tokenize(random.choice(forms)(learn.drawings[index])), 2] for index in chosen]
    width = max(map(len, answers))
    target = torch.tensor([answer + [-100] * (width - len(answer)) for answer in answers])
    opening = [tokenize("user: ") + text for text in noise(tokenize, rows, before)]
    closing = [text + tokenize("\nassistant: ") for text in noise(tokenize, rows, after)]
    pictures = (learn.pixels[chosen].float() + torch.randn(rows, 3, 1, 1) * 6) / 127.5 - 1
    table = weights["token_embd.weight"]
    parts = [table[torch.tensor(opening)], see(weights, pictures), table[torch.tensor(closing)]]
    hidden = talk(weights, torch.cat([*parts, table[target.clamp(min=0)]], 1))
    logits = hidden[:, -width - 1 : -1] @ table.T
    return F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=-100)


def initial_weights(vocabulary_size: int, clip: Path) -> Weights:
    """Random weights, the vision tower taken from the open_clip model."""
    tensors = files.random_tensors(files.text_shapes(vocabulary_size), 0)
    tensors |= files.random_tensors(files.vision_shapes(), 1)
    weights = {name: torch.tensor(value, dtype=torch.float32) for name, value in tensors.items()}
    weights["token_embd.weight"] *= 0.3
    weights |= vision_tower_of(clip)
    return {name: value.clone().requires_grad_() for name, value in weights.items()}


def known_weights(folder: Path, vocabulary_size: int) -> Weights:
    """The weights of a model that was written before."""
    shapes = files.text_shapes(vocabulary_size) | files.vision_shapes()
    return {
        tensor.name: torch.tensor(tensor.data.reshape(shapes[tensor.name]), dtype=torch.float32)
        .clone()
        .requires_grad_()
        for name in ("text.gguf", "projector.gguf")
        for tensor in gguf.GGUFReader(folder / name).tensors
    }


def train(weights: Weights, tokenize: Tokenizer, course: Course) -> None:
    """Train on every drawing that is not held out."""
    learn = lesson()
    optimizer = torch.optim.AdamW(weights.values(), lr=course.learning_rate, weight_decay=0.02)
    started = time.process_time()
    for step in range(course.steps):
        rate = min(1, (step + 1) / WARM_UP_STEPS) * max(0.02, 1 - step / course.steps)
        optimizer.param_groups[0]["lr"] = course.learning_rate * rate
        loss = loss_of(weights, tokenize, learn, course, step)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
        optimizer.step()
        if step % 50 == 0:
            used = time.process_time() - started
            told = f"step {step} of {course.steps}: loss {loss.item():.4f}, {used:.0f} s"
            sys.stdout.write(f"{told}\n")
            sys.stdout.flush()


def main(clip: Path, folder: Path) -> None:
    """Train and write the two files of the model, or train those that are there further."""
    random.seed(0)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    tokenize = Tokenizer()
    if (folder / "projector.gguf").exists():
        weights = known_weights(folder, len(tokenize.tokens))
        train(weights, tokenize, SECOND_COURSE)
    else:
        weights = initial_weights(len(tokenize.tokens), clip)
        train(weights, tokenize, FIRST_COURSE)
    trained = {name: value.detach().numpy() for name, value in weights.items()}
    text = {name: trained[name] for name in files.text_shapes(len(tokenize.tokens))}
    folder.mkdir(parents=True, exist_ok=True)
    files.write_text_model(folder / "text.gguf", text, tokenize.tokens)
    vision = {name: trained[name] for name in files.vision_shapes()}
    files.write_projector(folder / "projector.gguf", vision)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
