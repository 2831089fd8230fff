"""What the API answers when it cannot: the same few statuses everywhere, described once."""

from typing import Any

from pydantic import BaseModel

PLAIN = {"text/plain": {"schema": {"type": "string"}}}


class Problem(BaseModel):
    """Why there is no answer, and what to do, in a sentence."""

    detail: str


EVERYWHERE: dict[int | str, dict[str, Any]] = {
    401: {"description": "Log in with a name and a password.", "content": PLAIN},
    503: {"description": "Nothing is published yet: ask again later.", "model": Problem},
}
BAD: dict[int | str, dict[str, Any]] = {
    400: {"description": "The question cannot be understood.", "model": Problem}
}
GONE: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such image (any more).", "model": Problem}
}
