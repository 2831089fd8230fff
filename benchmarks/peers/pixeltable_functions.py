"""The column's function for ``pixeltable_work``: Pixeltable wants it in a module of its own."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import pixeltable as pxt
from picture_work import derive

THREADS = ThreadPoolExecutor(os.cpu_count() or 1)
"""Pillow lets go of the interpreter's lock while it decodes and encodes."""


@pxt.udf
async def derived(path: str, target: str) -> pxt.Json:
    """What is made of one picture."""
    return await asyncio.get_running_loop().run_in_executor(THREADS, derive, path, target)
