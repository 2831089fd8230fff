"""The parameters by which the API narrows down and orders images: those of the grid's address."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from web.gallery.grid.facets import FACETS, Facet
from web.gallery.grid.view import GROUPS, LONGEST_VALUE, MOST_VALUES, SORTS

Value = Annotated[str, StringConstraints(max_length=LONGEST_VALUE)]


class KnownParameters(BaseModel):
    """A parameter that does not exist is refused: a misspelled filter would show everything."""

    model_config = ConfigDict(extra="forbid")


def facet_parameter(facet: Facet) -> Any:
    """The type and description of one facet; several values mean one of them."""
    text = f"{facet.label}: images with one of these values, as the facets of the grid show them."
    return (list[Value], Field(default_factory=list, max_length=MOST_VALUES, description=text))


def choice(names: Any, usual: str, description: str) -> Any:
    """One of some names."""
    return (Literal[tuple(names)], Field(usual, description=description))


FacetParameters: Any = create_model(
    "FacetParameters",
    __base__=KnownParameters,
    **{facet.name: facet_parameter(facet) for facet in FACETS},
)
ViewParameters: Any = create_model(
    "ViewParameters",
    __base__=FacetParameters,
    sort=choice(SORTS, "newest", "Order of the images."),
    group=choice(GROUPS, "auto", "Headings of the grid; by batch, images are ordered by it."),
)
