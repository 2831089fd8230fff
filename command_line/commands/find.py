"""``media find TEXT``: images and other sources by the words known about them."""

from command_line.queries.media_columns import without_media
from command_line.queries.tables import Record, Tables
from command_line.terminal.console import show_json, show_records

IMAGES = """
select
    'image' as medium, image_id as source_id, image_id, file_name, batch, outcome, format, width_px,
    height_px, taken_at_text as taken_at
from images
where contains(
    lower(concat_ws(
        ' ', image_id, file_name, batch, format, title, description,
        array_to_string(keywords, ' '), array_to_string(people, ' '), camera_make, camera_model
    )),
    lower(?)
)
or image_id in (select source_id from sightings where contains(lower(path_display), lower(?)))
order by landed_at desc, image_id
limit 200
"""
HAS_OTHERS = "select 1 from stg_ingest__sources where medium != 'image' limit 1"
OTHERS = """
select
    medium, source_id, null::varchar as image_id, file_name, batch, outcome,
    null::varchar as format, null::bigint as width_px, null::bigint as height_px,
    null::varchar as taken_at
from sources
where medium != 'image' and not is_superseded and (
    contains(lower(concat_ws(' ', source_id, file_name, batch)), lower(?))
    or source_id in (select source_id from sightings where contains(lower(path_display), lower(?)))
)
order by landed_at desc, source_id
limit 200
"""
"""Asked only where there are other media: it costs as much as the question for images."""


def find_sources(text: str, *, as_json: bool) -> None:
    """Print what holds ``text`` in an id, name, text, keyword, person or camera."""
    records = found(Tables.open(), text)
    if as_json:
        show_json(records)
    else:
        show_records(without_media(records), empty=f"No source mentions {text!r}.")


def found(tables: Tables, text: str) -> list[Record]:
    """The sources that mention ``text``, newest first, images before others."""
    images = tables.records(IMAGES, [text, text])
    others = tables.records(OTHERS, [text, text]) if tables.rows(HAS_OTHERS) else []
    return [*images, *others]
