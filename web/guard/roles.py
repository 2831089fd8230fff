"""What people may do in the web UI. Light to import: the command line names the roles, too."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do in the UI."""

    VIEWER = "viewer"
    EDITOR = "editor"
