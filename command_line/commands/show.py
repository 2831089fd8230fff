"""``media show IMAGE``: everything known about one image, with the lineage of every derivative."""

import json
from collections.abc import Mapping, Sequence

from rich.text import Text
from rich.tree import Tree

from command_line.queries.tables import Record, Tables
from command_line.terminal.console import (
    CommandError,
    cell,
    human_bytes,
    out,
    show_json,
    show_table,
)

LABEL_WIDTH = 24


def show_image(image: str, *, as_json: bool) -> None:
    """Print the image's facts, sightings and derivatives. Raises CommandError for none or many."""
    tables = Tables.open()
    facts = one_image(tables, image)
    image_id = str(facts["image_id"])
    sightings = tables.records(
        "select * from sightings where image_id = ? order by seen_at", [image_id]
    )
    artifacts = tables.records(
        "select * from artifacts where image_id = ? order by position, asset", [image_id]
    )
    metadata = tables.records(
        "select * exclude (files) from image.embedded_metadata where image_id = ?", [image_id]
    )
    described = tables.records("select * from descriptions where image_id = ?", [image_id])
    if as_json:
        parts = {
            "sightings": sightings,
            "catalogue": described[0] if described else None,
            "artifacts": artifacts,
            "embedded_metadata": metadata,
        }
        show_json({**facts, **parts})
        return
    show_facts(facts)
    show_table(
        ["seen as", "root", "batch", "seen at"],
        [[s["path_display"], s["root"], s["batch"], s["seen_at"]] for s in sightings],
        title="Sightings",
    )
    for record in described:
        show_catalogue(record)
    out.print(lineage(image_id, artifacts))


def show_catalogue(record: Record) -> None:
    """Print what is said of the image, and by whom; all versions: media versions."""
    sources = record["sources"]
    show_table(
        ["field", "says", "source"],
        [
            [one["field"], "(removed)" if one["is_deleted"] else record[one["field"]], one["asset"]]
            for one in (sources if isinstance(sources, list) else [])
        ],
        title="Said of it",
    )


def one_image(tables: Tables, image: str) -> Record:
    """The row of ``images`` whose id is, or alone begins with, ``image``."""
    found = tables.records("select * from images where starts_with(image_id, ?)", [image])
    exact = [record for record in found if record["image_id"] == image]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise CommandError(
            f"no image id begins with {image!r}", hint="see ids with: media find TEXT"
        )
    some = ", ".join(str(record["image_id"]) for record in found[:5])
    raise CommandError(f"{len(found)} image ids begin with {image!r}", hint=f"for example {some}")


def show_facts(facts: Mapping[str, object]) -> None:
    """Print what is known, one fact a line; unknown facts are left out."""
    for name, value in facts.items():
        if value not in (None, [], ""):
            label = Text(f"{name:<{LABEL_WIDTH}}", style="bold")
            out.print(label + Text(cell(value)), soft_wrap=True)


def lineage(image_id: str, artifacts: Sequence[Record]) -> Tree:
    """The derivatives as a tree: each below the asset it was made from."""
    tree = Tree(Text(f"{image_id} (original)", style="bold"))
    branches: dict[str, Tree] = {}
    for artifact in artifacts:
        upstream = list(json.loads(str(artifact["inputs"] or "{}")))
        parent = branches.get(upstream[-1], tree) if upstream else tree
        branches[str(artifact["asset"])] = parent.add(describe(artifact))
    return tree


def describe(artifact: Record) -> Text:
    """One derivative in a line or two: outcome, engine, time, size, where the file is."""
    text = Text(f"{artifact['asset']} ", style="bold")
    text.append(
        f"{artifact['outcome']}", style="green" if artifact["outcome"] == "ok" else "yellow"
    )
    engine_version = str(artifact["engine_version"]).split(",")[0]
    text.append(f"  {artifact['engine']} {engine_version}, code v{artifact['code_version']}")
    text.append(
        f", {float(str(artifact['seconds'] or 0)) * 1000:.0f} ms, run {str(artifact['run_id'])[:8]}"
    )
    if artifact["path"]:
        text.append(f"\n{cell(artifact['path'])} ({human_bytes(int(str(artifact['bytes'])))})")
    if artifact["reason"]:
        text.append(f"\n{cell(artifact['reason'])}")
    return text
