"""Vectors of pictures without any weights: colors, their layout, and the directions of edges.

256 numbers in three parts of equal weight, each with L2 norm 1 before they are joined:

- 64 of the color layout: the picture as 8 x 8 CIELAB means, their cosine transform, low
  frequencies first (Kasutani and Yamada 2001, the MPEG-7 color layout descriptor);
- 64 of the colors: a 4 x 4 x 4 CIELAB histogram (Swain and Ballard 1991, Color indexing);
- 128 of the edges: 8 gradient directions in 4 x 4 cells (Dalal and Triggs 2005, histograms of
  oriented gradients; Oliva and Torralba 2001 for the grid).

Histograms are rooted, so that the cosine is Hellinger's (Arandjelovic and Zisserman 2012). Pictures
that look alike are near each other; what they mean is not seen, and no text can be compared.
"""

import io
import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resources.embedding.builtin_spaces import VISUAL_SPACE
from resources.models.failures import ModelUnavailable

Floats = NDArray[np.float64]

SPACE = VISUAL_SPACE
VERSION = "1"
DIMENSIONS = 256

SIDE_PX = 64
GRID, CELLS, DIRECTIONS, BINS = 8, 4, 8, 4
LUMINANCE_TERMS, CHROMA_TERMS = 28, 18
"""Cosine terms kept, lowest frequencies first: the eye sees fewer details of color."""

LAB_LOW, LAB_SPAN = np.array([0.0, -60.0, -60.0]), np.array([100.0, 120.0, 120.0])
"""The range of CIELAB that photographs fill; what is outside goes to the last bin."""


class BuiltinImageEncoder:
    """The descriptor in the form of an image encoder."""

    space = SPACE
    model = "builtin"
    dimensions = DIMENSIONS
    reads_text = False
    context_tokens: int | None = 0

    def encode_images(self, pictures: Sequence[bytes]) -> NDArray[np.float32]:
        """(N, 256) float32, L2 norm 1, for the JPEGs or PNGs. Raises OSError for a bad picture."""
        found = [describe(picture) for picture in pictures]
        return np.array(found, dtype=np.float32).reshape(-1, DIMENSIONS)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Always raises ModelUnavailable: pixels and words have nothing in common here."""
        del texts
        raise ModelUnavailable(
            "the built-in visual descriptor compares pictures only: for text, fetch a model with "
            "media models get NAME/TAG"
        )


def describe(picture: bytes) -> Floats:
    """(256,) of L2 norm 1 for one JPEG or PNG."""
    from PIL import Image  # decoders: a search that describes no picture does without

    from resources.decoding.colors import lab_of

    with Image.open(io.BytesIO(picture), formats=["JPEG", "PNG"]) as opened:
        opened.draft("RGB", (4 * SIDE_PX, 4 * SIDE_PX))
        small = opened.convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    lab = lab_of(np.asarray(small))
    parts = [color_layout(lab), color_histogram(lab), edge_histograms(lab[..., 0])]
    joined = np.concatenate([normalized(part) for part in parts])
    return np.asarray(joined / np.sqrt(len(parts)))


def color_layout(lab: Floats) -> Floats:
    """(64,) signed: cosine transforms of the 8 x 8 means of L, a and b, low frequencies first."""
    block = SIDE_PX // GRID
    means = lab.reshape(GRID, block, GRID, block, 3).mean(axis=(1, 3)) - [50, 0, 0]
    basis = cosine_basis()
    terms = np.einsum("ui,ijc,vj->uvc", basis, means, basis).reshape(GRID * GRID, 3)[low_first()]
    kept = [terms[:LUMINANCE_TERMS, 0], terms[:CHROMA_TERMS, 1], terms[:CHROMA_TERMS, 2]]
    return np.concatenate(kept)


def cosine_basis() -> Floats:
    """(8, 8) orthonormal DCT-II: row = frequency."""
    place = (np.arange(GRID) + 0.5) * np.pi / GRID
    basis: Floats = np.cos(np.outer(np.arange(GRID), place)) * np.sqrt(2 / GRID)
    basis[0] /= np.sqrt(2)
    return basis


def low_first() -> NDArray[np.int64]:
    """(64,) places of the two-dimensional terms by rising frequency, ties from left to right."""
    rows, columns = np.divmod(np.arange(GRID * GRID), GRID)
    return np.argsort(rows + columns, kind="stable")


def color_histogram(lab: Floats) -> Floats:
    """(64,) rooted shares of 4 x 4 x 4 CIELAB bins; a color counts in the bins on both sides.

    Without that a slightly brighter copy could fall into other bins altogether.
    """
    place = np.clip((lab.reshape(-1, 3) - LAB_LOW) / LAB_SPAN, 0, 1) * (BINS - 1)
    below = np.minimum(place.astype(np.int64), BINS - 2)
    part_above = place - below
    shares = np.zeros(BINS**3)
    for corner in itertools.product((0, 1), repeat=3):
        codes = (below + corner) @ [BINS * BINS, BINS, 1]
        weights = np.where(corner, part_above, 1 - part_above).prod(axis=1)
        shares += np.bincount(codes, weights, minlength=BINS**3)
    return np.sqrt(shares / len(place))


def edge_histograms(luminance: Floats) -> Floats:
    """(128,) rooted gradient strength by direction (undirected, 8) in 4 x 4 cells."""
    down, across = np.gradient(luminance)
    strength = np.hypot(down, across)
    turn = np.arctan2(down, across) % np.pi
    direction = np.minimum((turn / np.pi * DIRECTIONS).astype(np.int64), DIRECTIONS - 1)
    cell = np.arange(SIDE_PX) * CELLS // SIDE_PX
    codes = (cell[:, None] * CELLS + cell[None, :]) * DIRECTIONS + direction
    sums = np.bincount(codes.ravel(), strength.ravel(), minlength=CELLS * CELLS * DIRECTIONS)
    return np.sqrt(sums)


def normalized(values: Floats) -> Floats:
    """``values`` with L2 norm 1; a part in which nothing is to be seen gives equal numbers."""
    norm = np.linalg.norm(values)
    return values / norm if norm > 1e-9 else np.full(len(values), 1 / np.sqrt(len(values)))
