"""What the API answers when it cannot: the same few statuses everywhere, described once.

The guard stands before the API and answers in plain text; what the API says itself is a Problem.
"""

from typing import Any

from pydantic import BaseModel

TEXT = {"text/plain": {"schema": {"type": "string"}}}


class Problem(BaseModel):
    """Why there is no answer, and what to do, in a sentence."""

    detail: str


EVERYWHERE: dict[int | str, dict[str, Any]] = {
    400: {"description": "This cannot be understood.", "model": Problem, "content": TEXT},
    401: {"description": "Log in with a name and a password.", "content": TEXT},
    403: {"description": "A page of another site asked, or no proxy of ours.", "content": TEXT},
    429: {"description": "Too much at once: wait.", "model": Problem, "content": TEXT},
    503: {"description": "No tables yet, or too busy: ask again later.", "model": Problem},
}
GONE: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such image (any more).", "model": Problem}
}
