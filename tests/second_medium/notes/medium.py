"""Notes: texts whose first line is NOTE. Each line ``picture COLOR`` is a picture in the note."""

from media_assets.execution.medium import Medium


def begins_like_a_note(head: bytes) -> bool:
    """A note says what it is in its first line."""
    return head.startswith(b"NOTE\n")


notes = Medium("note", "source_notes", "process_notes", begins=begins_like_a_note)
