"""Logs as JSON, one object a line, with the setting ``log_format = "json"``.

Every line has ``timestamp`` (ISO 8601, UTC), ``level``, ``logger``, ``event``, and what is known of
its cause: ``request_id``, ``run_id``, ``job_name``, ``step_key``. Loggers of libraries (uvicorn,
Dagster) write the same lines, since all of them end in one handler. The secrets of the settings are
replaced by *** wherever they would show. As text, which is the default, nothing of this is active.
"""

import json
import logging
import sys
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from resources.configuration.settings import Settings
from resources.configuration.settings_file import SECRETS

HIDDEN = "***"
SHORTEST_SECRET = 4
"""A shorter part of an address would hide half of every line."""

DAGSTER_FIELDS = ("run_id", "job_name", "step_key")
REQUEST_TAG = "media/request_id"
"""On runs that a request asked for."""

LOUD = {"alembic": logging.WARNING, "uvicorn.access": logging.WARNING}
"""Loggers that say what nobody needs, or what ``web.guard.request_counts`` says better."""


def write_json_lines(settings: Settings, **cause: str) -> None:
    """Make every logger of this process write JSON lines to standard error from now on.

    Each line holds ``cause``, such as which service wrote it.
    """
    root = logging.getLogger()
    root.handlers = [json_handler(settings, **cause)]
    root.setLevel(logging.INFO)
    for name, least in LOUD.items():
        logging.getLogger(name).setLevel(least)
    logging.captureWarnings(capture=True)


def json_handler(settings: Settings, **cause: str) -> logging.Handler:
    """Writes JSON lines to standard error, ``cause`` in each."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        with_cause(cause),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(default=str, ensure_ascii=True),
                without(secrets_of(settings)),
            ],
        )
    )
    return handler


def with_cause(cause: Mapping[str, str]) -> Processor:
    """Adds the cause, and of what Dagster knows of a record the few fields that name its own."""

    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        known = event.pop("dagster_meta", None) or {}
        event.update(cause)
        event.update({name: known[name] for name in DAGSTER_FIELDS if known.get(name)})
        if request_id := (known.get("job_tags") or {}).get(REQUEST_TAG):
            event["request_id"] = request_id
        return event

    return add


def without(secrets: Iterable[str]) -> Processor:
    """Replaces the secrets in a rendered line."""
    as_json = [json.dumps(secret)[1:-1] for secret in secrets]

    def replace(_: WrappedLogger, __: str, line: Any) -> Any:
        return hide(line, as_json)

    return replace


def secrets_of(settings: Settings) -> set[str]:
    """The values of all secret settings, and the passwords and tokens in those that are URLs."""
    values = [text for name in SECRETS for text in words_of(settings, name)]
    return {secret for value in values for secret in secrets_in(value)}


def secrets_in(value: str) -> set[str]:
    """The value of a secret setting, and what of it is a secret by itself."""
    return {text for text in {value, *parts_of(value)} if len(text) >= SHORTEST_SECRET}


def hide(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def words_of(settings: Settings, name: str) -> list[str]:
    """The value of one setting; several addresses are several values."""
    value: Any = settings
    for key in name.split("."):
        value = getattr(value, key)
    return value.get_secret_value().split() if value else []


def parts_of(address: str) -> set[str]:
    """What of a URL is a secret: the password, and all of the path of an address for Apprise."""
    if "://" not in address:
        return set()
    found = urlsplit(address)
    named = [found.password or "", *([] if found.scheme.startswith("postgres") else tokens(found))]
    return {form for text in named if text for form in (text, unquote(text), quote(text))}


def tokens(found: Any) -> list[str]:
    """Services of Apprise have their tokens at any place but the scheme."""
    return [found.username or "", found.hostname or "", *found.path.split("/"), found.query]
