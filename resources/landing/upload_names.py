"""The names that a browser gives: of a file, and of the batch that it goes into.

A file keeps its name wherever the file system allows it; a batch is a folder, whose name a person
types and can type again.
"""

import os
import unicodedata
from pathlib import PurePath

from resources.configuration.settings import LandingRoot
from resources.landing.exclusions import Exclusions
from resources.sources.source_identity import BATCH_NAME_LENGTH

LONGEST_NAME = 230
"""Bytes. File systems allow 255; a number before the suffix needs some of them."""

LONGEST_GIVEN = 4096
NO_TEXT = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's categories of control characters, lone surrogates and separators of lines."""


class BadName(ValueError):
    """The name is none for a file or batch here; the message says why."""


def file_name_of(given: str) -> str:
    """The name under which a file that a browser calls ``given`` is kept.

    Folders before it are left out, control characters become ``_``, and what is too long is cut
    before the suffix. Raises BadName when nothing is left.
    """
    last = given[-LONGEST_GIVEN:].rpartition("/")[2]
    name = "".join("_" if unicodedata.category(c) in NO_TEXT else c for c in last).strip()
    if name in ("", ".", ".."):
        raise BadName("The file has no name: give it one, then add it again.")
    return shortened(name)


def shortened(name: str) -> str:
    """The name with at most LONGEST_NAME bytes in UTF-8, the suffix kept where it is short."""
    if len(name.encode()) <= LONGEST_NAME:
        return name
    suffix = PurePath(name).suffix
    suffix = suffix if len(suffix.encode()) <= LONGEST_NAME // 4 else ""
    stem = name.removesuffix(suffix).encode()[: LONGEST_NAME - len(suffix.encode())]
    return stem.decode(errors="ignore") + suffix


def batch_folder_of(given: str) -> str:
    """The name of the folder for a batch that a person calls ``given``. Raises BadName."""
    name = given.strip()
    if not name:
        raise BadName("The batch has no name: type one.")
    if len(name) > BATCH_NAME_LENGTH or len(name.encode(errors="replace")) > LONGEST_NAME:
        raise BadName(f"The name of a batch has at most {BATCH_NAME_LENGTH} characters.")
    if "/" in name or any(unicodedata.category(c) in NO_TEXT for c in name):
        raise BadName("The name of a batch has no slash and no control characters.")
    if name.startswith("."):
        raise BadName("The name of a batch does not begin with a dot.")
    return name


def refuse_passed_over(root: LandingRoot, batch: str, name: str) -> None:
    """Raise BadName for what the watch would leave where it is, with its reason."""
    rules = Exclusions(root.exclude, root.include)
    folder = os.fsencode(batch)
    if reason := rules.why(folder, is_folder=True):
        raise BadName(f"A batch of this name is passed over: {reason}.")
    if reason := rules.why(folder + b"/" + os.fsencode(name)):
        raise BadName(f"{name} is left out: {reason}.")
