"""Groups of duplicates: which there are, and what their copies look like."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from media_assets.curation.duplicate_verdict import Verdict
from resources.warehouse.published_file import PublishedFile
from web.gallery.grid.pictures import NO_THUMBNAIL, pictures_of_ids

GROUPS_PER_PAGE = 20
MOST_COPIES = 60
"""Shown of one group; the number of all is told."""

GROUPS = """
select tier, group_id, bool_and(verdict is not null) as is_decided
from duplicates
group by tier, group_id
having count(*) filter (where verdict is distinct from 'different') > 1
    or bool_and(verdict is not null)
order by tier, group_id
"""
COPIES = f"""
select
    tier, group_id, copies, place, why, image_id, file_name, root, path, size_bytes,
    verdict, best_id, decided_by
from duplicates
where (tier, group_id) in (
    select unnest(?::varchar[]), unnest(?::varchar[])
)
qualify row_number() over (partition by tier, group_id order by place, path) <= {MOST_COPIES}
order by tier, group_id, place, path
"""  # noqa: S608 - a number of ours
MEMBERS = "select distinct image_id from duplicates where tier = ? and group_id = ?"

TIERS = {
    "same_bytes": "the same file under several names",
    "same_pixels": "other files with the same pixels",
    "near": "alike, but not identical",
}

Key = tuple[str, str]
"""The tier and the id of a group."""

Said = Mapping[tuple[str, str, str], tuple[str, str]]
"""(tier, group id, image id) -> verdict and who said it, newer than the tables."""


@dataclass(frozen=True)
class Copy:
    """One copy of a group."""

    image_id: str
    file_name: str
    where: str
    size_bytes: int
    size_px: str
    source: str
    alt: str
    is_best: bool
    why: str | None
    verdict: str | None
    decided_by: str | None


@dataclass(frozen=True)
class Group:
    """Copies of one picture, the suggested best first."""

    tier: str
    group_id: str
    count: int
    copies: list[Copy]

    @property
    def anchor(self) -> str:
        """Its place in the page."""
        return anchor_of(self.tier, self.group_id)

    @property
    def how_alike(self) -> str:
        """In words."""
        return TIERS[self.tier]

    @property
    def decision(self) -> Copy | None:
        """A copy that says what was decided, None while something is undecided."""
        undecided = [copy for copy in self.copies if copy.verdict is None]
        return None if undecided or not self.copies else self.copies[0]


def anchor_of(tier: str, group_id: str) -> str:
    """Where in the page a group is, as part of an address."""
    return f"group-{tier}-{quote(group_id, safe='')}"


def group_keys(published: PublishedFile, *, is_decided: bool) -> list[Key]:
    """All groups that are (not) decided: ``published.remembered(group_keys, is_decided=...)``."""
    found = published.rows(GROUPS).rows
    return [(tier, group) for tier, group, decided in found if decided is is_decided]


def keys_after(keys: Sequence[Key], after: Key | None) -> Sequence[Key]:
    """One page of groups: those that follow ``after``."""
    first = bisect_right(keys, after) if after else 0
    return keys[first : first + GROUPS_PER_PAGE]


def groups_of(published: PublishedFile, keys: Sequence[Key], said: Said) -> list[Group]:
    """These groups; what was said since the tables were published counts."""
    rows = copies_of(published, keys)
    pictures = {
        one.image_id: one
        for one in pictures_of_ids(published, list({row["image_id"] for row in rows}))
    }
    by_key: dict[Key, list[Copy]] = {key: [] for key in keys}
    counts = {(row["tier"], row["group_id"]): row["copies"] for row in rows}
    for row in rows:
        by_key[row["tier"], row["group_id"]].append(
            copy_of(row, pictures.get(row["image_id"]), said)
        )
    return [Group(*key, counts[key], copies) for key, copies in by_key.items() if copies]


def copies_of(published: PublishedFile, keys: Sequence[Key]) -> list[dict[str, Any]]:
    """The rows of the copies of these groups."""
    tiers, groups = [tier for tier, _ in keys], [group for _, group in keys]
    return published.records(COPIES, [tiers, groups]) if keys else []


def copy_of(row: dict[str, Any], picture: Any, said: Said) -> Copy:
    """One copy with its picture, None when that has no row."""
    key = (row["tier"], row["group_id"], row["image_id"])
    verdict, by = said.get(key, (row["verdict"], row["decided_by"]))
    has_size = picture is not None and picture.width_px
    return Copy(
        row["image_id"],
        row["file_name"],
        place_of(row["root"], row["path"]),
        row["size_bytes"],
        f"{picture.width_px} x {picture.height_px}" if has_size else "",
        picture.source if picture else NO_THUMBNAIL,
        picture.alt if picture else row["file_name"],
        row["image_id"] == row["best_id"] if row["best_id"] else row["place"] == 1,
        row["why"],
        None if verdict == Verdict.UNDECIDED else verdict,
        by,
    )


def place_of(root: str, path: str) -> str:
    """Where the file came from; its place among our originals is no news to anybody."""
    return root if path.startswith("originals/") else f"{root}: {path}"


def members_of(published: PublishedFile, key: Key) -> list[str]:
    """The pictures of a group; none for a group that is not there."""
    return [str(one) for (one,) in published.rows(MEMBERS, list(key)).rows]


def ids_of(rows: Iterable[dict[str, Any]]) -> list[str]:
    """The ids of the pictures, each once."""
    return list(dict.fromkeys(row["image_id"] for row in rows))
