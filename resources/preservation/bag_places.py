"""The places that a backup may fill: whatever else a bag names is refused, and never written.

A place is relative to the home. Models, caches, ``dagster.yaml``, logs, locks and landing folders
are none: they are made again, and could carry code or settings of somebody else. All places are in
small ASCII letters, so no two of them differ by case alone.
"""

import re

PAYLOAD = "data"
STATE = re.compile(r"state-\d{8}T\d{6}\.\d{6}Z")
"""The folder of what changes from one backup to the next."""

LONGEST_NAME = 250
"""Characters of a name in a bag; the longest place has 150."""

SHA256 = r"(?P<a>[0-9a-f]{2})/(?P<b>[0-9a-f]{2})/(?P<sha256>(?P=a)(?P=b)[0-9a-f]{60})"
TABLE = r"rows/[a-z][a-z0-9_]{0,62}/[a-z][a-z0-9_]{0,62}"

STORED = re.compile(rf"(?:originals|derivatives)/{SHA256}(?:\.[a-z0-9]{{1,8}})?")
"""Files that are named after the SHA-256 of their bytes."""

ROWS = re.compile(rf"{TABLE}/(?:inbox|base)/\d{{20}}-[0-9a-f]{{8}}\.parquet")
DECLARATION = re.compile(rf"{TABLE}/inbox/_declared\.parquet")
DATABASE = re.compile(
    r"dagster/(?:schedules/schedules|history/runs|history/runs/(?:index|[0-9a-f-]{36}))\.db"
)
"""Dagster's own storage: schedules and sensors, runs, events of all runs and of single old ones."""

SETTINGS = "settings.toml"
USERS = "users.json"
CHOSEN_BY_PEOPLE = (SETTINGS, USERS)
"""Files of the home itself that cannot be made again; passwords are in it as hashes only."""


def is_lasting(place: str) -> bool:
    """Whether a file of this place never changes, so that a backup holds it once."""
    return bool(STORED.fullmatch(place) or ROWS.fullmatch(place))


def is_state(place: str) -> bool:
    """Whether it is in the state folder of each backup."""
    known = DECLARATION.fullmatch(place) or DATABASE.fullmatch(place)
    return place in CHOSEN_BY_PEOPLE or bool(known)


def sha256_in(place: str) -> str | None:
    """The hash that the bytes of a file must have by its name; None where the name says nothing."""
    found = STORED.fullmatch(place)
    return found["sha256"] if found else None


def place_of(name: str) -> str | None:
    """Where a file of the bag belongs in the home; None for what no backup holds."""
    payload, _, inside = name.partition("/")
    if payload != PAYLOAD or len(name) > LONGEST_NAME:
        return None
    if is_lasting(inside):
        return inside
    state, _, place = inside.partition("/")
    return place if STATE.fullmatch(state) and is_state(place) else None


def state_of(name: str) -> str | None:
    """The state folder that a file of the bag lies in; None for lasting files."""
    state = name.split("/")[1]
    return state if STATE.fullmatch(state) else None
