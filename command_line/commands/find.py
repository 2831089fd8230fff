"""``media find TEXT``: images and other sources that hold a stretch of text, as they are now."""

from command_line.queries.media_columns import without_media
from command_line.queries.tables import Record, Tables
from command_line.terminal.console import err, show_json, show_records
from resources.search.plain_words import holds

MOST_FOUND = 200

IMAGE_TEXTS = """
select image_id as source_id, concat_ws(
    ' ', image_id, file_name, batch, format, title, description,
    array_to_string(keywords, ' '), array_to_string(people, ' '), camera_make,
    camera_model, seen.paths
) as text
from images
left join (
    select source_id as image_id, string_agg(path_display, ' ') as paths
    from sightings
    group by source_id
) as seen using (image_id)
order by landed_at desc, image_id
"""
IMAGES = """
select
    'image' as medium, image_id as source_id, image_id, file_name, batch, outcome, format, width_px,
    height_px, taken_at_text as taken_at
from images
where image_id in (select unnest(?::varchar[]))
order by landed_at desc, image_id
"""
HAS_OTHERS = "select 1 from stg_ingest__sources where medium != 'image' limit 1"
OTHER_TEXTS = """
select source_id, concat_ws(' ', source_id, file_name, batch, seen.paths) as text
from sources
left join (
    select source_id, string_agg(path_display, ' ') as paths from sightings group by source_id
) as seen using (source_id)
where medium != 'image' and not is_superseded
order by landed_at desc, source_id
"""
OTHERS = """
select
    medium, source_id, null::varchar as image_id, file_name, batch, outcome,
    null::varchar as format, null::bigint as width_px, null::bigint as height_px,
    null::varchar as taken_at
from sources
where source_id in (select unnest(?::varchar[]))
order by landed_at desc, source_id
"""
"""Asked only where there are other media: it costs as much as the question for images."""


def find_sources(text: str, *, as_json: bool) -> None:
    """Print what holds ``text`` in an id, name, text, keyword, person or camera."""
    records = found(Tables.open(), text)
    if as_json:
        show_json(records)
        return
    show_records(without_media(records), empty=f"No source mentions {text!r}.")
    if not records:
        err.print("By words in any order, by meaning and by looks: media search TEXT")
    if len(records) >= MOST_FOUND:
        err.print(f"The newest {MOST_FOUND} are shown.")


def found(tables: Tables, text: str) -> list[Record]:
    """The sources that mention ``text``, newest first, images before others."""
    images = tables.records(IMAGES, [matching(tables, IMAGE_TEXTS, text)])
    if not tables.rows(HAS_OTHERS):
        return images
    return [*images, *tables.records(OTHERS, [matching(tables, OTHER_TEXTS, text)])]


def matching(tables: Tables, texts: str, typed: str) -> list[str]:
    """The ids of the newest sources whose text holds what was typed."""
    is_held = holds(typed)
    ids = [str(source_id) for source_id, text in tables.rows(texts) if is_held(str(text))]
    return ids[:MOST_FOUND]
