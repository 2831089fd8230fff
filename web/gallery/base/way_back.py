"""Where somebody was who sends a form, so that the answer can lead back there."""

from urllib.parse import urlsplit

from starlette.requests import Request

FIELD = "back"
PICTURES = "/gallery"
LISTS = (PICTURES, "/gallery/search")
PICTURE = "/gallery/pictures/"
LONGEST = 4000


def way_back(request: Request) -> str:
    """The list or the picture that the form names, which ``whole_form`` has read before.

    All pictures for anything else: a form may say what it likes, and no link of ours leads out.
    """
    named = str(request.state.whole_form.get(FIELD) or "")
    if len(named) > LONGEST:
        return PICTURES
    parts = urlsplit(named)
    is_ours = not parts.scheme and not parts.netloc
    if not is_ours or not (parts.path in LISTS or parts.path.startswith(PICTURE)):
        return PICTURES
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
