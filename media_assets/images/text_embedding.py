"""Text embedding: what is said of the picture and written in it, as a vector.

Made of the catalogue record (title and caption, description, subjects, place) and the recognized
text; each part counts alike, however long it is. By default the text half of the model that embeds
the pictures reads it, so that texts and pictures share one `space`; `text_embedding.model` names a
sentence-transformers folder instead. Without a model words and parts of words are compared. The
vector is null when nothing is said of a picture.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

import polars as pl

from media_assets.images.catalogue_record import CatalogueRecord
from media_assets.images.medium import images
from media_assets.images.ocr_text import OcrText
from resources.embedding.text_encoder import TextEncoder, choose_text_encoder, encode_documents
from resources.outcomes import ImageProblem
from resources.sources.originals import Source


@dataclass(frozen=True)
class TextEmbedding:
    """One picture's texts as a vector.

    `space` names the model; `model` is what to open to encode a query for it. `parts` says which
    texts there were: "names", "description", "subjects", "place", "writing". `vector` has
    `dimensions` numbers and L2 norm 1, or is null when there were none.
    """

    space: str
    model: str
    dimensions: int
    parts: list[str]
    vector: Annotated[list[float] | None, pl.List(pl.Float32)]


def make_text_embedding(
    images: Sequence[Source],
    catalogue_record: Sequence[CatalogueRecord],
    ocr_text: Sequence[OcrText | None],
    *,
    model: TextEncoder,
) -> Sequence[TextEmbedding | ImageProblem]:
    """Encode the texts of the images together; no picture is read. Raises OutOfMemory."""
    del images
    texts = [
        texts_of(record, page) for record, page in zip(catalogue_record, ocr_text, strict=True)
    ]
    vectors = encode_documents(model, [list(parts.values()) for parts in texts])
    return [
        TextEmbedding(
            model.space,
            model.model,
            model.dimensions,
            list(parts),
            None if vector is None else vector.tolist(),
        )
        for parts, vector in zip(texts, vectors, strict=True)
    ]


def texts_of(record: CatalogueRecord, page: OcrText | None) -> dict[str, str]:
    """Part -> its text, of those that say anything."""
    lists = (record.subject, record.keywords, record.tags, record.events, record.themes)
    parts = {
        "names": joined(". ", [record.title, record.caption]),
        "description": joined(" ", [record.description, record.abstract]),
        "subjects": joined(", ", [text for one in lists for text in one]),
        "place": joined(", ", [record.creation_location, *record.spatial_coverage]),
        "writing": page.text if page else "",
    }
    return {name: text for name, text in parts.items() if text.strip()}


def joined(separator: str, texts: Iterable[str | None]) -> str:
    """The texts that say anything, each once."""
    return separator.join(dict.fromkeys(text.strip() for text in texts if text and text.strip()))


text_embedding = images.model_asset(
    make_text_embedding,
    group_name="recognition",
    kinds={"torch"},
    code_version="1",
    choose=choose_text_encoder,
)
