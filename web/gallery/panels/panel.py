"""What a panel is: a section of a picture's page, which says for which derivative it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.requests import Request

from resources.warehouse.published_file import PublishedFile
from web.gallery.base.gallery import Gallery, gallery_of
from web.gallery.grid.view import View

Values = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """The picture that a page shows: ``facts`` is its row of ``images``.

    ``view`` and ``question`` are the grid or the search that one came from.
    """

    request: Request
    gallery: Gallery
    published: PublishedFile
    view: View
    facts: Mapping[str, Any]
    question: str = ""

    def address(self, path: str, **more: str) -> str:
        """An address that keeps in mind where one came from."""
        return self.view.address(path, q=self.question, **more)

    @property
    def trail(self) -> list[tuple[str, str]]:
        """Name and value of each parameter of such an address."""
        asked = [("q", self.question)] if self.question else []
        return self.view.pairs + asked

    @property
    def image_id(self) -> str:
        """Its id."""
        return str(self.facts["image_id"])

    @cached_property
    def artifacts(self) -> list[dict[str, Any]]:
        """Every derivative that was tried, upstream before downstream: rows of ``artifacts``."""
        sql = "select * from artifacts where source_id = ? order by position, asset"
        return self.published.records(sql, [self.image_id])

    def row_of(self, asset: str) -> dict[str, Any] | None:
        """The picture's row of a derivative, ``image.<asset>``; None while it is not made."""
        if asset not in {one["asset"] for one in self.artifacts}:
            return None
        sql = f'select * from image."{asset}" where image_id = ?'  # noqa: S608 - names of ours
        return next(iter(self.published.records(sql, [self.image_id])), None)


@dataclass(frozen=True)
class Panel:
    """One section.

    ``read`` returns the values for the template ``panels/NAME.html``, None when there is nothing to
    show. ``asset`` is the derivative that it shows: the section names it and links to it in
    Dagster's UI; None for what is no derivative. ``overlay`` is a label: then there is a template
    ``panels/NAME_overlay.html`` with SVG that can be laid over the picture, in px of the upright
    image; it gets the same values.
    ``is_wide`` sections stand below the picture, the others beside it.
    """

    name: str
    title: str
    read: Callable[[Shown], Values | None]
    asset: str | None = None
    overlay: str | None = None
    is_wide: bool = False

    @property
    def template(self) -> str:
        """Where the section's template is."""
        return f"panels/{self.name}.html"

    @property
    def overlay_template(self) -> str:
        """Where the template of what is laid over the picture is."""
        return f"panels/{self.name}_overlay.html"


def panel(
    file: str,
    title: str,
    read: Callable[[Shown], Values | None],
    *,
    asset: str | None = None,
    overlay: str | None = None,
    is_wide: bool = False,
) -> Panel:
    """A panel that is called as its file is, which gives its own ``__file__``."""
    return Panel(Path(file).stem, title, read, asset, overlay, is_wide)


@dataclass(frozen=True)
class Section:
    """A panel with the values of one picture."""

    panel: Panel
    values: Values


def sections(panels: Sequence[Panel], shown: Shown) -> list[Section]:
    """Those panels that have something to show of this picture, in their order."""
    read = ((panel, panel.read(shown)) for panel in panels)
    return [Section(panel, values) for panel, values in read if values is not None]


def shown_picture(request: Request, image_id: str, view: View, question: str = "") -> Shown | None:
    """The picture with this id, None when there is none."""
    gallery = gallery_of(request)
    published = gallery.published()
    found = published.records("select * from images where image_id = ?", [image_id])
    return Shown(request, gallery, published, view, found[0], question) if found else None
