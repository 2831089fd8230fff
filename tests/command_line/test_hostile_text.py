"""A file whose name and metadata attack whoever looks at them, through the real main job.

Terminals obey escape sequences, Dagster's UI renders Markdown, spreadsheets run formulas, and a
reversed reading direction shows ``gpj.exe`` as ``exe.jpg``. None of it comes out anywhere.
"""

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.command_line.conftest import Media
from tests.support.main_job import MainJob, main_job
from tests.support.metadata_pictures import plain, tagged

ESCAPES = "\x1b[31m\x1b]0;pwned\x07\x9b2J"
BIDI = "\u202egpj.exe\u2066\u200f"
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>[link](javascript:alert(1))"
FORMULA = '=HYPERLINK("http://evil.example","x")'
RICH = "[bold red]rich[/] [link=http://evil.example]x[/link]"
NAMES = {
    "escapes": f"a{ESCAPES}b.jpg",
    "bidi": f"c{BIDI}.jpg",
    "markup": "<img src=x onerror=alert(1)>.jpg",
    "formula": "=cmd|' calc'!A0.jpg",
    "lines": "one\nINFO forged line\r.jpg",
    "rich": "[bold red]rich[].jpg",
    "bytes": b"\xff\xfe caf\xe9.jpg",
    "broken": "'); DROP TABLE images;--.jpg",
}
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
METADATA = " ".join((MARKUP, RICH, BIDI))


@pytest.fixture(scope="module")
def hostile_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the hostile files are done."""
    home = tmp_path_factory.mktemp("hostile") / "home"
    with main_job(home) as job:
        folder = job.settings.media_home.landing / "=2+3"
        folder.mkdir()
        for number, name in enumerate(NAMES.values()):
            content = tagged(
                plain(),
                f"-XMP-dc:Identifier={number}",
                f"-EXIF:Artist={FORMULA}",
                f"-XMP-dc:Title={METADATA}",
                f"-XMP-dc:Description={ESCAPES.replace(chr(0x1B), 'ESC')}{METADATA}",
                f"-IPTC:Keywords={MARKUP[:60]}",
            )
            (folder / os.fsdecode(name)).write_bytes(content)
        (folder / f"broken{ESCAPES}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 40)
        job.work()
    return home


@pytest.fixture
def hostile(hostile_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainJob]:
    monkeypatch.setenv("MEDIA_HOME", str(hostile_home))
    with main_job(hostile_home) as job:
        yield job


def images(job: MainJob) -> list[str]:
    return [str(row[0]) for row in job.sql("select image_id from images order by all")]


COMMANDS = [
    ["status"],
    ["status", "--json"],
    ["failures"],
    ["failures", "--json"],
    ["find", "a"],
    ["find", "script"],
    ["find", "a", "--json"],
    ["show", "{image}"],
    ["show", "{image}", "--json"],
    ["versions", "{image}"],
    ["export"],
    ["sql", "from images"],
    ["sql", "from sightings", "--format", "json"],
    ["sql", "select * from image.embedded_metadata"],
    ["sql", "select error(title) from images"],
    ["sql", "select {image}"],
    ["sql", f"select '{ESCAPES}'"],
    ["find", ESCAPES],
    ["show", ESCAPES],
    ["export", "--batch", ESCAPES],
    ["retry", ESCAPES],
    ["doctor"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_command_prints_a_control_character(
    hostile: MainJob, media: Media, arguments: list[str]
) -> None:
    image = images(hostile)[0] if "{image}" in arguments else ""
    said = media(*(word.format(image=image) if "{" in word else word for word in arguments))

    assert CONTROL.findall(said.output) == []


def test_csv_has_no_cell_that_a_spreadsheet_would_run(hostile: MainJob, media: Media) -> None:
    del hostile
    said = media("export", "--format", "csv").stdout
    cells = [cell for row in csv.reader(io.StringIO(said)) for cell in row]

    assert any("HYPERLINK" in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))] == []
    assert [cell for cell in cells if re.match(r"-(?!\d)", cell)] == []


def test_json_means_what_was_found(hostile: MainJob, media: Media) -> None:
    """Made harmless by escapes, which a program reads back as they were."""
    del hostile
    rows = json.loads(media("sql", "select title from images", "--format", "json").stdout)

    assert METADATA in {row["title"] for row in rows}


def test_the_ui_is_given_text_and_no_markdown_of_strangers(hostile: MainJob) -> None:
    for event in materializations(hostile):
        for name, value in event.metadata.items():
            shown = value.value if isinstance(value, dg.MarkdownMetadataValue) else ""
            assert "<" not in str(shown), (event.asset_key, name)
            assert "javascript:" not in str(shown), (event.asset_key, name)
            if isinstance(value, dg.TextMetadataValue):
                assert CONTROL.findall(value.value or "") == [], (event.asset_key, name)


def test_the_log_of_a_run_has_no_forged_line(hostile: MainJob) -> None:
    for run in hostile.runs():
        for entry in hostile.instance.all_logs(run.run_id):
            assert CONTROL.findall(entry.message) == []
            assert not re.search(r"^INFO forged", entry.message, flags=re.MULTILINE)


def materializations(job: MainJob) -> list[dg.AssetMaterialization]:
    """All that Dagster's UI shows of every image."""
    found = [
        entry.asset_materialization
        for run in job.runs()
        for entry in job.instance.all_logs(run.run_id)
        if entry.asset_materialization
    ]
    assert len(found) > len(NAMES)
    return found


def test_tags_and_keys_are_plain(hostile: MainJob) -> None:
    keys = hostile.keys()
    assert len(keys) > len(NAMES)
    for key in keys:
        assert re.fullmatch(r"[a-z0-9_-]+", key)
    for run in hostile.runs():
        assert CONTROL.findall("".join(run.tags.values())) == []
