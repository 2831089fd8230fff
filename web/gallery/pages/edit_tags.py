"""Keywords of many pictures at once: each gets an edit of its own, as with ``media edit``."""

from collections.abc import Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from media_assets.curation.human_record import Edit, current_record, edit_record
from resources.configuration.media_home import MediaHome
from resources.rows.row_store import RowStore
from resources.warehouse.published_file import PublishedFile
from web.gallery.actions.action import chosen_ids
from web.gallery.base.changes import change, form_values
from web.gallery.base.edits import decider, note_in, renew_records, typed
from web.gallery.base.gallery import gallery_of
from web.gallery.base.page import page
from web.gallery.base.way_back import way_back

FIELD = "keywords"
KEYWORDS = "select image_id, keywords from images where image_id in (select unnest(?::varchar[]))"
MOST_AT_ONCE = 1000
TOO_MANY = f"Keywords of at most {MOST_AT_ONCE:,} pictures can be changed at a time."
NOTHING = "Say which keywords to add or to remove."
GONE = "None of these pictures is there (any more)."


async def edit_tags(request: Request) -> Response:
    """Record the edits for the fields ``id``, ``add`` and ``remove`` of the form."""
    ids = await chosen_ids(request)
    return await run_in_threadpool(edited, request, ids, await form_values(request))


def edited(request: Request, ids: Sequence[str], fields: Mapping[str, str]) -> Response:
    """Record an edit for each picture whose keywords change, and say how many that are."""
    if len(ids) > MOST_AT_ONCE:
        raise HTTPException(413, TOO_MANY)
    add, remove = (words_in(fields.get(name, "")) for name in ("add", "remove"))
    if not add and not remove:
        raise HTTPException(400, NOTHING)
    home = gallery_of(request).settings.media_home
    before = keywords_now(home, gallery_of(request).published(), ids)
    if not before:
        raise HTTPException(404, GONE)
    by, note, changed = decider(request), note_in(fields), []
    for image_id, words in before.items():
        after = with_words(words, add, remove)
        if after != words:
            edit_record(home, image_id, Edit({FIELD: after or None}, by, note))
            changed.append(image_id)
    runs = renew_records(request, changed) if changed else []
    counts = {"changed": len(changed), "unchanged": len(before) - len(changed)}
    values = {**counts, "runs": runs, "back": way_back(request)}
    return page(request, "pages/edit_tags.html", values)


def words_in(text: str) -> list[str]:
    """The keywords that were typed. Raises HTTPException (400) for what cannot be one."""
    lines = [line for line in text.splitlines() if line.strip()]
    return typed(FIELD, lines) if lines else []


def keywords_now(
    home: MediaHome, published: PublishedFile, ids: Sequence[str]
) -> dict[str, list[str]]:
    """Picture -> its keywords, also those that people have set since the last publication."""
    found = {one: list(words or ()) for one, words in published.rows(KEYWORDS, [list(ids)]).rows}
    store = RowStore(home.rows)
    for image_id in found:
        record = current_record(store, image_id)
        for field in record.fields if record else ():
            if field.name == FIELD:
                found[image_id] = list(field.values)
    return found


def with_words(words: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> list[str]:
    """The keywords afterwards, each once; removed ones are compared without regard to case."""
    gone = {word.casefold() for word in remove}
    return list(dict.fromkeys(w for w in (*words, *add) if w.casefold() not in gone))


ROUTES: tuple[BaseRoute, ...] = (change("/gallery/edit_tags", edit_tags),)
