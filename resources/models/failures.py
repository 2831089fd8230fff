"""Troubles of an engine, not of an image: what the batched execution knows how to answer."""


class OutOfMemory(MemoryError):
    """An engine ran out of memory, or of its device's: fewer images at a time may do."""


class ModelUnavailable(RuntimeError):
    """A model that the settings ask for cannot be opened; the message says why and what to do."""
