"""A home with a webhook, on a server that a test scripts."""

import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from resources.configuration.notify_settings import Event, NotifySettings
from resources.configuration.settings import Settings
from resources.notifications.outbox import Announcement, Delivery

SECRET = "whsec_" + "c2VjcmV0LWtleS1vZi0yNC1ieXRlcy1vci1tb3Jl"
KEY = b"secret-key-of-24-bytes-or-more"


def notified(home: Path, **notify: object) -> Settings:
    """Settings whose locks folder exists."""
    settings = Settings(home=home, notify=NotifySettings.model_validate(notify))
    settings.media_home.create()
    return settings


def with_webhook(home: Path, url: str) -> Settings:
    return notified(home, webhook_url=url, webhook_secret=SecretStr(SECRET))


def announcement(occasion: str = "holiday", **facts: str) -> Announcement:
    return Announcement(
        Event.BATCH_COMPLETE, occasion, f"{occasion} is complete", "All 3 images are ready.", facts
    )


def message(target: str = "webhook", facts: Mapping[str, str] | None = None) -> Delivery:
    return Delivery("a" * 32, target, 0, "failures", "Title", "Text", time.time(), facts or {})
