"""A tiny vision-language model as two GGUF files: a llama text model and its LLaVA-style projector.

Every key and tensor here is one that llama.cpp asks for. With random weights it answers nonsense,
which is what a grammar has to hold; ``train_tiny_language_model`` passes trained ones.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

WIDTH, LAYERS, HEADS, INNER, CONTEXT_TOKENS = 64, 2, 4, 128, 8192
VISION_WIDTH, VISION_LAYERS, VISION_HEADS, VISION_INNER = 64, 3, 2, 128
"""The inner width must differ from the width, or llama.cpp swaps the two matrices."""

SIDE_PX, PATCH_PX = 48, 8
EPSILON = 1e-5

FIRST_CHARACTER = 3 + 256
"""Token ids: 3 special ones, 256 bytes, then the printable characters, then whole words."""

CHAT_TEMPLATE = (
    "{% for m in messages %}{{ m.role }}: "
    "{% if m.content is string %}{{ m.content }}"
    "{% else %}{% for p in m.content %}{{ p.text }}{% endfor %}{% endif %}"
    "\n{% endfor %}assistant: "
)

Shapes = dict[str, tuple[int, ...]]
Tensors = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Token:
    """One entry of the vocabulary. A text of more than 32 bytes would be lost in answers."""

    text: str
    kind: gguf.TokenType


def vocabulary(words: Sequence[str] = ()) -> list[Token]:
    """Special tokens, bytes (for all else), space, printable ASCII, then ``words``.

    Words are found before characters, the longest first.
    """
    kind = gguf.TokenType
    specials = [
        Token("<unk>", kind.UNKNOWN),
        Token("<s>", kind.CONTROL),
        Token("</s>", kind.CONTROL),
    ]
    single_bytes = [Token(f"<0x{value:02X}>", kind.BYTE) for value in range(256)]
    characters = [Token(text, kind.NORMAL) for text in ("▁", *map(chr, range(33, 127)))]
    return specials + single_bytes + characters + [Token(text, kind.USER_DEFINED) for text in words]


def text_shapes(vocabulary_size: int) -> Shapes:
    """Name -> shape of the text model's tensors; the output is tied to the embedding."""
    shapes: Shapes = {
        "token_embd.weight": (vocabulary_size, WIDTH),
        "output_norm.weight": (WIDTH,),
    }
    for block in (f"blk.{layer}." for layer in range(LAYERS)):
        shapes |= {f"{block}{name}.weight": (WIDTH,) for name in ("attn_norm", "ffn_norm")}
        attention = ("attn_q", "attn_k", "attn_v", "attn_output")
        shapes |= {f"{block}{name}.weight": (WIDTH, WIDTH) for name in attention}
        shapes |= {f"{block}{name}.weight": (INNER, WIDTH) for name in ("ffn_gate", "ffn_up")}
        shapes[f"{block}ffn_down.weight"] = (WIDTH, INNER)
    return shapes


def vision_shapes() -> Shapes:
    """Name -> shape of the tensors of the vision tower and of the projector."""
    shapes: Shapes = {
        "v.patch_embd.weight": (VISION_WIDTH, 3, PATCH_PX, PATCH_PX),
        "v.position_embd.weight": ((SIDE_PX // PATCH_PX) ** 2, VISION_WIDTH),
    }
    blocks = [f"v.blk.{layer}." for layer in range(VISION_LAYERS)]
    norms = [f"{block}{name}" for block in blocks for name in ("ln1", "ln2")]
    for name in ("v.pre_ln", "v.post_ln", *norms):
        shapes |= {f"{name}.weight": (VISION_WIDTH,), f"{name}.bias": (VISION_WIDTH,)}
    linear = {"mm.0": (WIDTH, VISION_WIDTH), "mm.2": (WIDTH, WIDTH)}
    for block in blocks:
        attention = ("attn_q", "attn_k", "attn_v", "attn_out")
        linear |= {f"{block}{name}": (VISION_WIDTH, VISION_WIDTH) for name in attention}
        linear[f"{block}ffn_up"] = (VISION_INNER, VISION_WIDTH)
        linear[f"{block}ffn_down"] = (VISION_WIDTH, VISION_INNER)
    for name, (outputs, inputs) in linear.items():
        shapes |= {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
    return shapes


def random_tensors(shapes: Shapes, seed: int) -> dict[str, np.ndarray]:
    """Untrained weights: normal for matrices, ones for norms, zeros for biases."""
    rng = np.random.default_rng(seed)

    def tensor(name: str, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) == 1:
            return np.zeros(shape) if name.endswith("bias") else np.ones(shape)
        return rng.standard_normal(shape) / math.sqrt(math.prod(shape[1:]))

    return {name: tensor(name, shape) for name, shape in shapes.items()}


def write_text_model(path: Path, tensors: Tensors, tokens: Sequence[Token]) -> None:
    """Write the text model with its vocabulary and chat template."""
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("tiny-language-model")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_context_length(CONTEXT_TOKENS)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token.text for token in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([int(token.kind) for token in tokens])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHAT_TEMPLATE)
    finish(writer, tensors)


def write_projector(path: Path, tensors: Tensors) -> None:
    """Write the vision tower and the projector ("mmproj")."""
    writer = gguf.GGUFWriter(str(path), "clip")
    writer.add_name("tiny-language-model-projector")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_bool("clip.use_gelu", True)
    sizes = {
        "image_size": SIDE_PX,
        "patch_size": PATCH_PX,
        "embedding_length": VISION_WIDTH,
        "feed_forward_length": VISION_INNER,
        "block_count": VISION_LAYERS,
        "projection_dim": WIDTH,
        "attention.head_count": VISION_HEADS,
    }
    for name, size in sizes.items():
        writer.add_uint32(f"clip.vision.{name}", size)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", EPSILON)
    writer.add_array("clip.vision.image_mean", [0.5] * 3)
    writer.add_array("clip.vision.image_std", [0.5] * 3)
    writer.add_array("clip.vision.feature_layer", [VISION_LAYERS])  # else the last is left out
    finish(writer, tensors)


def finish(writer: gguf.GGUFWriter, tensors: Tensors) -> None:
    """Write the file: large matrices in half precision, all else in single."""
    for name, tensor in tensors.items():
        is_matrix = tensor.ndim == 2 and "position" not in name
        writer.add_tensor(
            name, np.ascontiguousarray(tensor, np.float16 if is_matrix else np.float32)
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_random_model(folder: Path, seed: int = 0) -> tuple[Path, Path]:
    """An untrained model: the paths of its text model and its projector."""
    folder.mkdir(parents=True, exist_ok=True)
    model, projector = folder / "text.gguf", folder / "projector.gguf"
    tokens = vocabulary()
    write_text_model(model, random_tensors(text_shapes(len(tokens)), seed), tokens)
    write_projector(projector, random_tensors(vision_shapes(), seed + 1))
    return model, projector
