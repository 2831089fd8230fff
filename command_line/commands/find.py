"""``media find TEXT``: images by the words known about them."""

from command_line.queries.tables import Tables
from command_line.terminal.console import show_json, show_records

QUERY = """
select image_id, file_name, batch, outcome, format, width_px, height_px, taken_at
from images
where contains(
    lower(concat_ws(
        ' ', image_id, file_name, batch, format, title, description,
        array_to_string(keywords, ' '), camera_make, camera_model
    )),
    lower(?)
)
or image_id in (select image_id from sightings where contains(lower(path_display), lower(?)))
order by landed_at desc, image_id
limit 200
"""


def find_images(text: str, *, as_json: bool) -> None:
    """Print images whose id, names, batch, title, description, keywords or camera hold ``text``."""
    records = Tables.open().records(QUERY, [text, text])
    if as_json:
        show_json(records)
    else:
        show_records(records, empty=f"No image mentions {text!r}.")
