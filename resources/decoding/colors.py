"""Colors of decoded pixels in a space in which distances are those that people see."""

import numpy as np
import pyvips
from numpy.typing import NDArray


def lab_of(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The (H, W, 3) uint8 sRGB pixels in CIELAB (D65), float64: L 0 to 100."""
    pixels = pyvips.Image.new_from_array(rgb).copy(interpretation="srgb")
    return np.asarray(pixels.colourspace("lab").numpy(), dtype=np.float64).reshape(rgb.shape)
