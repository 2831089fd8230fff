"""Which runs chosen sources need: for the command line and the pages alike."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import dagster as dg

from media_assets.execution.medium import Medium
from media_assets.execution.repair import repair_requests, with_inputs
from resources.language.hints import Hint
from resources.sources.selected import Selected

MISSING = """
select distinct medium, source_id, asset
from gaps
where gap = 'missing' and source_id in (select unnest(?::varchar[]))
"""

Assets = Mapping[str, Collection[str]]
"""Medium -> the derivatives to make."""

Media = Mapping[str, Medium]
"""Name -> medium: all there are."""

Ask = Callable[[str, Sequence[object]], Iterable[Sequence[object]]]
"""The rows of a query with these values, on the tables."""


def requests_for(
    instance: dg.DagsterInstance,
    media: Media,
    sources: Iterable[Selected],
    assets: Assets,
    *,
    force: bool = False,
    leave_stale: bool = False,
    leave_out: Collection[str] = (),
    hint: Hint | None = None,
    tags: Mapping[str, str] | None = None,
) -> Iterator[dg.RunRequest]:
    """The runs that the sources need, medium by medium; arguments as of ``repair_requests``."""
    chosen = list(sources)
    for medium in media.values():
        mine = [source.source_id for source in chosen if source.medium == medium.name]
        if mine and (names := assets.get(medium.name)):
            keys = partitions_with(instance, medium, mine)
            yield from repair_requests(
                medium,
                keys,
                mine,
                assets=names,
                force=force,
                leave_stale=leave_stale,
                leave_out=leave_out,
                hint=hint,
                tags=tags,
            )


def partitions_with(
    instance: dg.DagsterInstance, medium: Medium, source_ids: Sequence[str]
) -> Sequence[str]:
    """The medium's partitions in Dagster's order, those of the sources among them.

    A source whose partition was deleted in the UI gets it back: no run can be about it otherwise.
    """
    keys = instance.get_dynamic_partitions(medium.partitions_name)
    known = set(keys)
    absent = [source_id for source_id in source_ids if source_id not in known]
    if not absent:
        return keys
    instance.add_dynamic_partitions(medium.partitions_name, absent)
    return instance.get_dynamic_partitions(medium.partitions_name)


def with_missing_inputs(
    ask: Ask, media: Media, sources: Collection[Selected], assets: Assets
) -> Assets:
    """``assets``, and what they are made from where one of the sources lacks it."""
    ids = [source.source_id for source in sources]
    missing = {(str(medium), str(asset)) for medium, _, asset in ask(MISSING, [ids])}
    return {
        medium.name: [
            name
            for name in medium.recipes
            if name in assets[medium.name]
            or ((medium.name, name) in missing and name in with_inputs(medium, assets[medium.name]))
        ]
        for medium in media.values()
        if medium.name in assets
    }


def without_parts(media: Iterable[Medium], assets: Assets) -> list[str]:
    """Those of the derivatives that have no numbered parts."""
    return [
        name
        for medium in media
        for name in assets[medium.name]
        if not medium.recipes[name].has_parts
    ]
