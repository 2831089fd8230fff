"""``media show SOURCE``: all that is known about one source, with its family and its lineage."""

from collections.abc import Mapping, Sequence

from rich.text import Text

from command_line.commands.lineage import show_lineage
from command_line.commands.show_summary import show_summary
from command_line.queries.media_columns import IMAGE_MEDIUM
from command_line.queries.selection import only_source
from command_line.queries.tables import Record, Tables
from command_line.terminal.console import out, show_json, show_labeled, show_table
from media_assets.search.answers.place_text import place_of, place_text

LABEL_WIDTH = 24
CHILDREN_SHOWN = 20
"""A film may have hundreds; --json and the table ``children`` have all."""

PARENT = """
select parent_id as source_id, parent_medium as medium, place, is_current
from children
where child_id = ?
order by is_current desc, parent_id, place
limit 1
"""
CHILDREN = """
select child_id as source_id, child_medium as medium, place, is_current
from children
where parent_id = ?
order by is_current desc, place, child_id
"""


def show_source(source: str, *, as_json: bool) -> None:
    """Print its facts, family, sightings and derivatives. Raises CommandError for none or many."""
    tables = Tables.open()
    facts = one_source(tables, source)
    source_id = str(facts["source_id"])
    parent = next(iter(related(tables, PARENT, source_id)), None)
    children = sorted(related(tables, CHILDREN, source_id), key=reading_order)
    sightings = tables.records(
        "select * from sightings where source_id = ? order by seen_at", [source_id]
    )
    artifacts = tables.records(
        "select * from artifacts where source_id = ? order by position, asset", [source_id]
    )
    metadata = tables.records(
        "select * exclude (files) from image.embedded_metadata where image_id = ?", [source_id]
    )
    described = tables.records("select * from descriptions where image_id = ?", [source_id])
    if as_json:
        parts = {
            "parent": parent,
            "children": children,
            "sightings": sightings,
            "catalogue": described[0] if described else None,
            "artifacts": artifacts,
            "embedded_metadata": metadata,
        }
        show_json({**facts, **parts})
        return
    show_summary(facts, described[0] if described else None, recognized_text(tables, source_id))
    show_family(parent, children)
    if sightings or not parent:
        show_sightings(sightings)
    for record in described:
        show_catalogue(record)
    out.print(Text("\nFacts", style="italic"))
    show_facts({name: value for name, value in facts.items() if name not in hidden(facts)})
    show_lineage(source_id, artifacts)


def recognized_text(tables: Tables, source_id: str) -> str | None:
    """What is written in the picture, as far as it was read."""
    found = tables.rows("select text from image.ocr_text where image_id = ?", [source_id])
    return str(found[0][0]) if found and found[0][0] else None


def one_source(tables: Tables, source: str) -> Record:
    """What is known of the source whose id is, or alone begins with, ``source``; or its name.

    Of an image that is its row of ``images``, of others that of ``sources``.
    """
    medium, source_id = only_source(tables, source)
    images = tables.records("select * from images where image_id = ?", [source_id])
    facts = images or tables.records("select * from sources where source_id = ?", [source_id])
    return {"medium": medium, "source_id": source_id, **facts[0]}


def one_image(tables: Tables, image: str) -> Record:
    """The row of ``images`` whose id is, or alone begins with, ``image``; or its name."""
    image_id = only_source(tables, image, IMAGE_MEDIUM).source_id
    return tables.records("select * from images where image_id = ?", [image_id])[0]


def related(tables: Tables, query: str, source_id: str) -> list[Record]:
    """Sources that were made of one another, each with its place as a mapping."""
    return [
        {**record, "place": place_of(str(record["place"] or "") or None)}
        for record in tables.records(query, [source_id])
    ]


def reading_order(child: Record) -> tuple[bool, list[tuple[bool, object]]]:
    """A key that sorts children by their places, superseded ones last: page 2 before page 10."""
    place = child["place"]
    values = place.values() if isinstance(place, dict) else []
    return not child["is_current"], [(isinstance(value, str), value) for value in values]


def hidden(facts: Record) -> set[str]:
    """Facts that are shown in another way: by their family, by the image's id."""
    of_images = {"medium", "source_id"} if "image_id" in facts else set()
    superseded = set() if facts.get("is_superseded") else {"is_superseded"}
    return {"parent_id", "parent_medium", "place", *of_images, *superseded}


def show_family(parent: Record | None, children: Sequence[Record]) -> None:
    """Print what the source was made of, and what was made of it."""
    if parent:
        named = f"{parent['source_id']} ({parent['medium']})"
        show_facts({"made of": ", ".join(filter(None, (named, where(parent))))})
    if not children:
        return
    show_table(
        ["child", "medium", "where"],
        [[one["source_id"], one["medium"], where(one)] for one in children[:CHILDREN_SHOWN]],
        title="Made of it",
    )
    if len(children) > CHILDREN_SHOWN:
        out.print(f"{len(children)} in all; the first {CHILDREN_SHOWN} are shown. All: --json")


def where(relative: Record) -> str:
    """The place in words, and whether the newest result of the parent still names it."""
    place = relative["place"]
    words = place_text(place) if isinstance(place, dict) else ""
    return words if relative["is_current"] else f"{words} (superseded)".strip()


def show_sightings(sightings: Sequence[Record]) -> None:
    """Print the files in which the source was seen."""
    show_table(
        ["seen as", "root", "batch", "seen at"],
        [[s["path_display"], s["root"], s["batch"], s["seen_at"]] for s in sightings],
        title="Sightings",
    )


def show_catalogue(record: Record) -> None:
    """Print what is said of the image, and by whom; all versions: media versions."""
    sources = record["sources"]
    show_table(
        ["field", "says", "source"],
        [
            [one["field"], "(removed)" if one["is_deleted"] else record[one["field"]], one["asset"]]
            for one in (sources if isinstance(sources, list) else [])
        ],
        title="Catalogue record",
    )


def show_facts(facts: Mapping[str, object]) -> None:
    """Print what is known, one fact a line; unknown facts are left out."""
    for name, value in facts.items():
        if value not in (None, [], ""):
            show_labeled(name, value, width=LABEL_WIDTH)
