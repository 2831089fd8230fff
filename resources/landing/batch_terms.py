"""What a batch says of itself in ``batch.toml`` or ``batch.json``: one checked model.

The file comes from strangers: it is bounded, read as data only, and refused in words.
"""

import json
import tomllib
from collections.abc import Mapping
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
)
from pydantic_core import to_jsonable_python

from resources.configuration.priority_names import Priority
from resources.display_text import plain_text
from resources.sources.purposes import Purpose

MAX_BATCH_FILE_BYTES = 64 * 1024
"""A page of metadata is 4 KiB."""

LONGEST_SHOWN = 120
"""Characters of a reason."""

FORMS = {
    "toml": tomllib.loads,
    "json": json.loads,
}


class BadBatchFile(ValueError):
    """The file is none, in words that say where and why."""


class BatchTerms(BaseModel):
    """What a batch asks for. Everything may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purposes: frozenset[Purpose] | None = Field(
        default=None, description="What its pictures are for; none: as its landing root says."
    )
    priority: Priority | None = Field(
        default=None, description="How soon it is wanted; none: as its landing root says."
    )
    title: Annotated[str, Field(max_length=300)] | None = Field(
        default=None, description="What people call it, at most 300 characters."
    )
    metadata: dict[Annotated[str, Field(max_length=100)], JsonValue] = Field(
        default_factory=dict, description="Anything else: kept and shown as it is.", max_length=200
    )

    @field_validator("title")
    @classmethod
    def _plain(cls, title: str | None) -> str | None:
        return None if title is None else plain_text(title)

    @field_validator("metadata", mode="before")
    @classmethod
    def _as_json(cls, metadata: object) -> object:
        """Dates of TOML as text. Raises ValueError for numbers that JSON does not have."""
        plain = to_jsonable_python(metadata)
        json.dumps(plain, allow_nan=False)
        return plain

    @property
    def metadata_json(self) -> str | None:
        """The metadata in JSON; None when there is none."""
        if not self.metadata:
            return None
        return json.dumps(self.metadata, ensure_ascii=False, sort_keys=True)


def terms_in(content: bytes, form: str) -> BatchTerms:
    """The terms in a file's ``content``; ``form`` is "toml" or "json". Raises BadBatchFile."""
    try:
        found = FORMS[form](content.decode("utf-8-sig"))
        if not isinstance(found, Mapping):
            raise BadBatchFile("it must hold names and values")
        return BatchTerms.model_validate(found)
    except ValidationError as error:
        raise BadBatchFile(reason_of(error)) from error
    except RecursionError as error:
        raise BadBatchFile("its values are nested too deeply") from error
    except UnicodeDecodeError as error:
        raise BadBatchFile("it is not text in UTF-8") from error
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        what = plain_text(str(error), longest=LONGEST_SHOWN)
        raise BadBatchFile(f"it is no {form.upper()}: {what}") from error


def reason_of(error: ValidationError) -> str:
    """The first thing that is wrong: where, and why."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = ", ".join(BatchTerms.model_fields)
        return plain_text(f"{where}: not known; there are {known}", longest=LONGEST_SHOWN)
    return plain_text(f"{where}: {first['msg']}", longest=LONGEST_SHOWN)
