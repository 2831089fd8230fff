"""What all pages share, as ``request.app.state.gallery``."""

from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from resources.configuration.settings import Settings
from resources.warehouse.published_file import PublishedFile, PublishedFiles
from web.guard.dagster_ui import VisitorContext
from web.guard.login import Visitor
from web.guard.roles import Role


@dataclass(frozen=True)
class Link:
    """An entry of the navigation."""

    path: str
    label: str


@dataclass(frozen=True, eq=False)
class Gallery:
    """The settings, the tables as they are published, Dagster, and the navigation.

    ``dagster`` is what Dagster's UI works with: its instance and its code server. ``key`` signs
    the tokens that forms carry.
    """

    settings: Settings
    files: PublishedFiles
    dagster: VisitorContext
    key: bytes = field(repr=False)
    navigation: tuple[Link, ...] = ()

    def published(self) -> PublishedFile:
        """The tables of this moment: ask once per request. Raises NotPublished."""
        return self.files.current()


def gallery_of(connection: HTTPConnection) -> Gallery:
    """What the pages share."""
    gallery = connection.app.state.gallery
    assert isinstance(gallery, Gallery)  # noqa: S101 - set by ``app`` and nowhere else
    return gallery


def visitor_of(connection: HTTPConnection) -> Visitor:
    """Who asks, as the guard found; without a guard everybody may look."""
    visitor = connection.scope.get("visitor")
    return visitor if isinstance(visitor, Visitor) else Visitor("", Role.VIEWER)


def may_change(connection: HTTPConnection) -> bool:
    """Whether who asks is an editor."""
    return visitor_of(connection).role is Role.EDITOR
