"""One picture: its viewing copy, what it is called, and its original as a download."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from web.gallery.base.gallery import gallery_of
from web.gallery.base.page import page
from web.gallery.grid.pictures import NO_THUMBNAIL, pictures_of_ids, rendition_address

VIEWING_COPY = "select viewing_copy_path from images where image_id = ?"
GONE = "There is no picture with this id (any more)."


def picture_page(request: Request) -> Response:
    """The page of one picture; 404 for an id that is none."""
    published = gallery_of(request).published()
    image_id = str(request.path_params["image_id"])
    found = pictures_of_ids(published, [image_id])
    if not found:
        raise HTTPException(404, GONE)
    ((copy,),) = published.rows(VIEWING_COPY, [image_id]).rows
    values = {"picture": found[0], "source": rendition_address(copy) or NO_THUMBNAIL}
    return page(request, "pages/picture.html", values)


ROUTES: tuple[BaseRoute, ...] = (
    Route("/gallery/pictures/{image_id}", picture_page, name="picture"),
)
