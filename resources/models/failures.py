"""Failures of an engine, not of a source: the batched execution knows what to do about each."""


class OutOfMemory(MemoryError):
    """An engine ran out of memory, or of its device's: fewer images at a time may do."""


class ModelUnavailable(RuntimeError):
    """A model that the settings ask for cannot be opened; the message says why and what to do."""
