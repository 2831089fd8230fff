"""Duplicates in three tiers, kept apart, each group with a suggested best copy and the reason.

`same_bytes`: one file under several names (read from the sightings, in SQL). `same_pixels`: other
bytes, the same decoded picture, as when a PNG is saved as TIFF; proven by decoding both in full.
`near`: looks the same and is not, as after scaling or saving again; found by perceptual hash, then
looked at in color and, where an image model is in use, confirmed by its embedding. Of images with
the same pixels only the best takes part in the tier `near`. Blank pictures are no near-duplicates.
Nothing is ever deleted: `duplicates` in SQL is a suggestion.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from media_assets.search.comparing.alike_images import Judge, Picture, alike_pairs, connected
from media_assets.search.comparing.best_copy import (
    NEAR_DUPLICATES,
    SAME_PIXELS,
    Criterion,
    best_first,
    why_best,
)
from media_assets.search.comparing.duplicate_inputs import DuplicateInputs, open_inputs
from media_assets.search.comparing.search_tables import (
    DUPLICATES,
    PIXEL_DIGESTS,
    SIMILAR_PAIRS,
    append_rows,
    changed_rows,
)
from resources.decoding.decoder_pool import DecoderPool, Task
from resources.decoding.decoder_pool_resource import DecoderPoolResource
from resources.decoding.pixel_digest import PixelDigest, make_pixel_digest
from resources.orchestration.media_resource import MediaResource
from resources.outcomes import USABLE, Outcome
from resources.sources.originals import Source

READ = ("image/perceptual_hash", "image/thumbnails", "image/source_record", "image/embedding")

DIGESTS_PER_COMMIT = 100
"""Decoding is the expensive part: a crash loses at most so many."""


@dg.asset(
    key_prefix="search",
    group_name="search",
    kinds={"python"},
    owners=["team:media"],
    code_version="1",
    deps=[dg.AssetKey(key.split("/")) for key in READ],
    description=__doc__,
    metadata={"dagster/table_name": "search.duplicates"},
)
def duplicates(
    context: dg.AssetExecutionContext, media: MediaResource, decoders: DecoderPoolResource
) -> dg.MaterializeResult:
    """Find the groups and write the rows that have changed."""
    for table in (DUPLICATES, SIMILAR_PAIRS, PIXEL_DIGESTS):
        media.store.declare(table)
    with open_inputs(media.home) as inputs:
        found = find(media, decoders.pool, inputs, context.run.run_id)
    return dg.MaterializeResult(metadata=found)


def find(
    media: MediaResource, pool: DecoderPool, inputs: DuplicateInputs, run_id: str
) -> dict[str, int]:
    """Judge, decode, group, write what has changed; return the numbers of it."""
    store = media.store
    judge = Judge(media.home.root, inputs.known_pairs, inputs.embeddings)
    groups = connected(inputs.pictures, list(alike_pairs(inputs.pictures, judge)))
    append_rows(store, SIMILAR_PAIRS, judge.fresh_rows, run_id=run_id)
    digests = dict(inputs.digests)
    for rows in new_digests(pool, inputs, groups):
        append_rows(store, PIXEL_DIGESTS, rows, run_id=run_id)
        digests |= {row["image_id"]: row["digest"] for row in rows}
    identical = same_pixels(groups, digests)
    alike = near(groups, identical, judge)
    wanted = [
        *rows_of(identical, "same_pixels", SAME_PIXELS),
        *rows_of(alike, "near", NEAR_DUPLICATES),
    ]
    changed = changed_rows(wanted, inputs.known_duplicates, DUPLICATES)
    append_rows(store, DUPLICATES, changed, run_id=run_id)
    return {
        "dagster/row_count": len(wanted),
        "same_pixels_groups": len(identical),
        "near_groups": len(alike),
        "pairs_compared": len(judge.fresh_rows),
        "changed_rows": len(changed),
    }


def new_digests(
    pool: DecoderPool, inputs: DuplicateInputs, groups: Sequence[Sequence[Picture]]
) -> Iterator[list[dict[str, Any]]]:
    """Rows with the digests that are needed and not known yet, some at a time."""
    needed = [
        picture
        for group in groups
        for same in by_kind(group)
        for picture in same
        if picture.image_id not in inputs.digests
    ]
    for start in range(0, len(needed), DIGESTS_PER_COMMIT):
        some = needed[start : start + DIGESTS_PER_COMMIT]
        sources = inputs.sources([picture.image_id for picture in some])
        tasks = [digest_task(picture, sources[picture.image_id]) for picture in some]
        yield [
            {"image_id": task.source.source_id, "digest": digest, "reason": attempt.reason}
            for task, attempt in pool.run(tasks)
            if attempt.outcome != Outcome.FAILED
            for digest in [digest_of(attempt.value) if attempt.outcome in USABLE else None]
        ]


def digest_task(picture: Picture, source: Source) -> Task:
    """The decoding of one original in full."""
    inputs = {
        "bit_depth": picture.bit_depth,
        "frame_count": picture.frame_count,
        "format": picture.format,
    }
    return Task(make_pixel_digest, source, inputs)


def digest_of(value: object) -> str | None:
    """The digest that a decoder process sent."""
    return value.digest if isinstance(value, PixelDigest) else None


def by_kind(group: Sequence[Picture]) -> list[list[Picture]]:
    """The images of a group that could have the same pixels: two and more of one size and depth."""
    kinds: dict[tuple[int, int, int], list[Picture]] = defaultdict(list)
    for picture in group:
        kinds[picture.pixel_kind].append(picture)
    return [same for same in kinds.values() if len(same) > 1]


def same_pixels(
    groups: Sequence[Sequence[Picture]], digests: dict[str, str | None]
) -> list[list[Picture]]:
    """Groups of images with one digest, the best copy first."""
    found: dict[str, list[Picture]] = defaultdict(list)
    for picture in (picture for group in groups for picture in group):
        digest = digests.get(picture.image_id)
        if digest:
            found[digest].append(picture)
    return [best_first(group, SAME_PIXELS) for group in found.values() if len(group) > 1]


def near(
    groups: Sequence[Sequence[Picture]], identical: Sequence[Sequence[Picture]], judge: Judge
) -> list[list[Picture]]:
    """Groups of images that only look the same, the best copy first."""
    represented = {picture.image_id for group in identical for picture in group[1:]}
    candidates = (
        [picture for picture in group if picture.image_id not in represented] for group in groups
    )
    return [
        best_first(group, NEAR_DUPLICATES)
        for group in candidates
        if len(group) > 1 and not judge.is_blank(group[0])
    ]


def rows_of(
    groups: Sequence[Sequence[Picture]], tier: str, criteria: Sequence[Criterion]
) -> Iterator[dict[str, Any]]:
    """One row per image; a group is named after its image that landed first."""
    for group in groups:
        first = min(group, key=lambda picture: (picture.landed_at, picture.image_id))
        for place, picture in enumerate(group, 1):
            yield {
                "image_id": picture.image_id,
                "tier": tier,
                "group_id": first.image_id,
                "place": place,
                "why": why_best(group, criteria) if place == 1 else None,
            }
