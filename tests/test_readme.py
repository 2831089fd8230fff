"""What the README says is true: its settings, its tables, and its derivative in one file."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pydantic import BaseModel

from dbt_like_sql.models import load_models
from resources.configuration.settings import Settings
from tests.support.program_copy import copy_program

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


VIEW = """
from resources.configuration.settings import Settings
from resources.warehouse.published_file import PublishedFiles
from web.gallery.base.page import environment
from web.gallery.contents import PANELS
from web.gallery.grid.view import View
from web.gallery.panels.panel import Shown

published = PublishedFiles(Settings().media_home.warehouse).current()
shown = Shown(None, None, published, View(), published.records("select * from images")[0])
panel = PANELS[-1]
print(environment().get_template(panel.template).render(panel.read(shown)))
"""


def setting_names() -> Iterator[str]:
    """Every setting as the table writes it: ``limits.max_pixels``."""
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            yield from (f"{name}.{inner}" for inner in group.model_fields)
        else:
            yield name


@pytest.mark.parametrize("name", list(setting_names()))
def test_every_setting_is_in_the_table(name: str) -> None:
    cells = re.findall(r"^\| (.*?) \|", README, flags=re.MULTILINE)
    assert name in {word for cell in cells for word in re.findall(r"`(.+?)`", cell)}


def test_every_table_named_exists() -> None:
    section = README.partition("| table | one row per")[2].partition("\n\n")[0]
    named = set(re.findall(r"^\| (.*?) \|", section, flags=re.MULTILINE)) - {"---"}
    tables = {name for cell in named for name in re.findall(r"`(\w+)`", cell)}
    assert tables
    assert tables <= load_models().keys()


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"make (demo|test|up|bench)\b", README))
    assert targets == {"demo", "test", "up", "bench"}
    assert all(re.search(rf"^{name}:", (ROOT / "Makefile").read_text(), re.M) for name in targets)


def test_the_readmes_derivative_is_made_by_adding_its_one_file(tmp_path: Path) -> None:
    """In a copy of the program: table, lineage and SQL follow from it alone.

    Its view follows from two files more, panel and template, and a line in the list of panels.
    """
    program = copy_program(tmp_path)
    code, panel = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    (template,) = re.findall(r"```html\n(.*?)```", README, flags=re.DOTALL)
    (program.folder / "media_assets" / "images" / "sharpness.py").write_text(code)
    Image.linear_gradient("L").save(tmp_path / "gradient.png")

    program.media("add", str(tmp_path / "gradient.png"), "--wait")
    rows = program.sql("select outcome, variance from image.sharpness")
    assert rows == [{"outcome": "ok", "variance": pytest.approx(rows[0]["variance"])}]
    assert rows[0]["variance"] > 0
    assert program.sql("select 1 from artifacts where asset = 'sharpness'")

    web = program.folder / "web" / "gallery"
    (web / "panels" / "sharpness.py").write_text(panel)
    (web / "panels" / "sharpness.html").write_text(template)
    contents = (web / "contents.py").read_text()
    listed = contents.replace("    lineage.PANEL,\n", "    lineage.PANEL,\n    sharpness.PANEL,\n")
    imported = listed.replace("    similar,\n", "    sharpness,\n    similar,\n")
    (web / "contents.py").write_text(imported)
    assert f"Laplacian: {rows[0]['variance']:.1f}" in program.python(VIEW)
