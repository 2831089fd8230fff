"""The outcome of one source in one asset: exactly one, with a reason that a person understands.

``rejected`` and ``unsupported`` are answers about the file: a rerun cannot change them, so they
count as done. ``failed`` is ours (or the machine's) and is tried again.
"""

from enum import StrEnum

from resources.stores.content_store import StoredFile

PARTIAL_PREVIEW = "partial_preview"
"""Role, among a refused row's files, of the picture that shows what is there of the source.

It is no rendition: nothing is made of it, and the row carries no payload.
"""


class Outcome(StrEnum):
    """The six words; every (source, asset) pair has exactly one at a time."""

    OK = "ok"
    DEGRADED = "degraded"  # usable, but worse than the file promises: see the row's warnings
    UNSUPPORTED = "unsupported"  # kept safe; no decoder here reads this format
    REJECTED = "rejected"  # damaged or hostile: the file's fault
    FAILED = "failed"  # our fault or the machine's: retried
    SKIPPED = "skipped"  # an asset above has no usable result for this source


USABLE = frozenset({Outcome.OK, Outcome.DEGRADED})
"""Outcomes whose row carries a payload that other assets may read."""


class ImageProblem(Exception):
    """Base of what a pure function raises to say that *this source* cannot be done.

    The message is shown to the user as the row's ``reason``: it says what is wrong with the file,
    in words, without the file's name. ``partial_preview`` is a picture of what is there.
    """

    outcome: Outcome
    partial_preview: StoredFile | None = None


class UnsupportedImage(ImageProblem):
    """The bytes may be fine, but no decoder here reads them."""

    outcome = Outcome.UNSUPPORTED


class RejectedImage(ImageProblem):
    """The bytes are damaged, or would need more time, memory or pixels than the limits allow."""

    outcome = Outcome.REJECTED
