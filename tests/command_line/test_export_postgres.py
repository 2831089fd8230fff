"""An exported batch goes into a bare PostgreSQL table as docs/export.md shows it."""

import json
import re
from pathlib import Path

import psycopg2

from tests.command_line.conftest import Media
from tests.support.main_job import MainJob

DOCUMENT = Path(__file__).parents[2] / "docs" / "export.md"
NASTY = "a \"b\" \\ 'c' \u0001\u0002 <é大> \\n"
TITLE = "select title from media_titles where image_id = %s"
KEYWORDS = """
select record -> 'catalogue' -> 'keywords' ? 'mill' from media where record ->> 'image_id' = %s
"""


def documented_sql() -> str:
    """The SQL of the chapter on PostgreSQL."""
    found = re.search(r"## Into PostgreSQL.*?```sql\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert found
    return found[1]


def test_the_documented_import_keeps_every_record(
    finished: MainJob, media: Media, database_url: str, tmp_path: Path
) -> None:
    media("edit", "picture2", "--field", f"title={NASTY}", "--field", "keywords=mill")
    lines = tmp_path / "holiday.jsonl"
    assert media("export", "--batch", "small", "--embedding", "-o", str(lines)).exit_code == 0
    before, copy, after = re.split(r"\\copy (.*)\n", documented_sql())
    statement = re.sub(r"from '.*?'", "from stdin", copy)

    connection = psycopg2.connect(database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(before)
            with lines.open(encoding="utf-8") as file:
                cursor.copy_expert(f"copy {statement}", file)
            cursor.execute(after)
            cursor.execute("select record from media")
            stored = [record for (record,) in cursor.fetchall()]
            image_id = finished.image_of("picture2.png")
            cursor.execute(TITLE, [image_id])
            titles = cursor.fetchall()
            cursor.execute(KEYWORDS, [image_id])
            has_keyword = cursor.fetchall()
    finally:
        connection.close()

    exported = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    by_name = {record["file_name"]: record for record in exported}
    assert {record["file_name"]: record for record in stored} == by_name
    assert len(by_name) == 4
    assert titles == [(NASTY.replace("\u0001\u0002", ""),)]
    assert has_keyword == [(True,)]
    record = by_name["picture2.png"]
    (source,) = [one for one in record["catalogue"]["sources"] if one["field"] == "title"]
    assert (source["source"], source["asset"]) == ("human", "human_record")
    assert len(record["embedding"]["vector"]) > 10
    assert {"caption", "human_record"} <= {made["asset"] for made in record["provenance"]}
    assert record["sightings"][0]["path"] == "small/picture2.png"
