"""Images: photographs, scans, drawings; also every file that no other medium claims.

What cannot be read as a picture is kept too, and its outcome is ``unsupported``.
"""

from media_assets.execution.medium import Medium


def claims_none(head: bytes) -> bool:
    """No file has to look like an image to become one."""
    del head
    return False


images = Medium("image", "source_images", "process_images", begins=claims_none)
"""The medium of every file that no other medium claims by its first bytes."""
