"""Imports torchvision where its compiled operators do not fit the torch that is installed.

pip may offer a CPU-only torch while the torchvision beside it was built for a CUDA one: importing
it then fails with "operator torchvision::nms does not exist". open_clip needs torchvision's
transforms, never those operators; it is enough that their names exist while it is imported. They
are defined only after the import has failed: beside a torch that fits, defining them twice aborts
the process.
"""

import importlib
import sys
from functools import cache
from typing import Any

OPERATORS = ("nms", "qnms")
"""Those that torchvision 0.28 registers a Python implementation for when it is imported."""

SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@cache
def import_torchvision() -> None:
    """Make ``import torchvision`` work in this process. Raises ImportError when it is missing."""
    if fits_torch():
        return
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    define_operators()
    importlib.import_module("torchvision")


def fits_torch() -> bool:
    """Whether torchvision can be imported as it is.

    Nothing else is imported while the error is handled: a module that keeps an error of its own
    would keep this one as its context, and with it every object of the calling functions.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
        return False
    return True


@cache
def define_operators() -> object:
    """Declare the operators without an implementation; the library object keeps them alive."""
    import torch

    make_library: Any = torch.library.Library  # untyped in torch
    library = make_library("torchvision", "DEF")
    for name in OPERATORS:
        library.define(name + SIGNATURE)
    return library
