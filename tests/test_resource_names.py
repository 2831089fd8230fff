"""No name of an asset, a row table of assets, a mart or a staging model inside ``resources/**``.

``resources`` is told which tables and derivatives to work on. An import of ``media_assets`` would
break the test of imports; a name in a string (SQL above all) ties the two together unseen. What
there is, is read from the code location and the SQL models, so a new derivative or mart is covered
by itself. Found are:

- ``image/caption``, ``image.caption``, ``image_history.caption`` and their like, in any string,
  docstrings too: the row table or asset behind them belongs to somebody else. Tables that
  ``resources`` defines (``ingest/original``) are its own.
- in a string that is SQL, a mart or staging model after FROM or JOIN; ``stg_...`` anywhere.
- a constant that is the name of a derivative and nothing else. A name of two words
  (``viewing_copy``) says nothing else. One word (``caption``) is also the key of an answer, a
  column, a setting: it counts in a ``Literal``, in a comparison and as an argument, and not as the
  key of a mapping, the element of a tuple or the argument of ``get`` and ``pop``.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import definitions
from dbt_like_sql.models import load_models
from media_assets.tables import all_tables

ROOT = Path(__file__).parent.parent
RESOURCES = sorted((ROOT / "resources").rglob("*.py"))

SQL = re.compile(r"\bselect\b|^\s*from\s", re.IGNORECASE)
READ = re.compile(r"\b(?:from|join)\s+\"?(\w+)\"?(?![\w.])", re.IGNORECASE)
QUALIFIED = re.compile(r"\b([a-z]+?)(?:_history)?\"?[./]\"?(\w+)")
OF_MAPPINGS = {"get", "pop", "setdefault"}


@dataclass(frozen=True)
class Names:
    """``tables`` as "schema/name", ``derivatives`` and ``models`` by their bare names."""

    tables: frozenset[str]
    derivatives: frozenset[str]
    models: frozenset[str]


@cache
def names() -> Names:
    """All that ``resources`` must not know."""
    keys = definitions.defs.resolve_asset_graph().materializable_asset_keys
    assets = {"/".join(key.path) for key in keys}
    tables = assets | {table.name for table in all_tables()}
    derivatives = {name.partition("/")[2] for name in assets if not name.startswith("sql/")}
    own = {name for path in RESOURCES for name in defined_tables(ast.parse(path.read_text()))}
    return Names(frozenset(tables - own), frozenset(derivatives), frozenset(load_models()))


def defined_tables(tree: ast.Module) -> Iterator[str]:
    """The names of the tables that a module defines: ``Table("ingest/original", ...)``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            first = node.args[0] if node.args else None
            if node.func.id == "Table" and isinstance(first, ast.Constant):
                yield str(first.value)


def foreign_names(source: str, known: Names) -> set[str]:
    """What a module names that it must not know."""
    tree = ast.parse(source)
    found = {name for text in texts(tree) for name in named_in_text(text, known)}
    found |= {name for name in constants(tree) if name in known.derivatives and "_" in name}
    return found | {name for name in telling_constants(tree) if name in known.derivatives}


def named_in_text(text: str, known: Names) -> Iterator[str]:
    """Tables and models in one string."""
    for schema, name in QUALIFIED.findall(text):
        if f"{schema}/{name}" in known.tables:
            yield f"{schema}/{name}"
    words = READ.findall(text) if SQL.search(text) else []
    words += re.findall(r"\bstg_\w+", text)
    yield from (word for word in words if word in known.models)


def texts(tree: ast.Module) -> Iterator[str]:
    """Every string; of an f-string all of it, with ? for what is put in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (one.value if isinstance(one, ast.Constant) else "?" for one in node.values)
            yield "".join(map(str, parts))
    yield from constants(tree)


def constants(tree: ast.AST) -> Iterator[str]:
    """Every string constant below a node."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def telling_constants(tree: ast.Module) -> Iterator[str]:
    """Strings of a ``Literal``, strings compared, and strings given to a function as they are."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("Literal"):
            yield from constants(node.slice)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            yield from strings(node.left, *node.comparators)
        if isinstance(node, ast.Call) and not is_of_mapping(node.func):
            yield from strings(*node.args, *(keyword.value for keyword in node.keywords))


def is_of_mapping(function: ast.expr) -> bool:
    """Whether it is ``get`` or ``pop`` of something, whose argument is a key."""
    return isinstance(function, ast.Attribute) and function.attr in OF_MAPPINGS


def strings(*nodes: ast.expr) -> Iterator[str]:
    """Those of the nodes that are string constants."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("path", RESOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_resources_name_no_asset_and_no_model(path: Path) -> None:
    assert foreign_names(path.read_text(), names()) == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('sql = "select vector from image_history.embedding"', {"image/embedding"}),
        ('sql = \'from "image"."caption"\'', {"image/caption"}),
        ('"""Reads image/thumbnails."""', {"image/thumbnails"}),
        ('store.scan("search/similar_pairs")', {"search/similar_pairs"}),
        ('sql = "select 1 from a join search_documents using (image_id)"', {"search_documents"}),
        ('sql = f"select {x} from images where y"', {"images"}),
        ('view = "stg_image__captions"', {"stg_image__captions"}),
        ('KINDS = ("text_embedding",)', {"text_embedding"}),
        ('Kind = Literal["caption"]', {"caption"}),
        ('serving("embedding")', {"embedding"}),
        ('if asset == "caption": pass', {"caption"}),
    ],
)
def test_names_are_found_wherever_they_hide(source: str, found: set[str]) -> None:
    assert foreign_names(source, names()) == found


@pytest.mark.parametrize(
    "source",
    [
        'media_type = "image/png"',
        'ORIGINAL = "ingest/original"',
        'answer["caption"] = data.get("description")',
        'FIELDS = {"caption": TEXT, "description": TEXT}',
        'kept = {k: schema[k] for k in ("type", "description")}',
        '"""Thumbnails are made from images, captions from thumbnails."""',
        'sql = "select * from image where sha256 = ?"',
        'INDEX = "index"',
    ],
)
def test_words_that_are_no_names_are_left_alone(source: str) -> None:
    assert foreign_names(source, names()) == set()
