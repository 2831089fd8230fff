"""What a user may choose about notifications: whom to tell, and of what."""

import base64
import binascii
from enum import StrEnum
from typing import Self

from pydantic import AnyHttpUrl, BaseModel, Field, SecretStr, field_validator, model_validator

LEAST_SECRET_BYTES = 24
"""What the Standard Webhooks specification asks for (section "Signature scheme"): 24 to 64."""

SECRET_PREFIX = "whsec_"  # noqa: S105 - a prefix, no secret


class Event(StrEnum):
    """What a message may be about."""

    BATCH_COMPLETE = "batch_complete"
    FAILURES = "failures"
    STUCK = "stuck"
    FIXITY_ALARM = "fixity_alarm"


class NotifySettings(BaseModel, frozen=True, extra="forbid"):
    """Where messages go. Nothing is sent, and nothing kept to be sent, while no target is set."""

    urls: SecretStr | None = Field(
        default=None,
        description="Addresses as Apprise writes them (mailto://..., slack://...), with spaces "
        "between them: from the environment only.",
    )
    events: tuple[Event, ...] = Field(
        default=tuple(Event), description="What is told: all of it, unless some are named."
    )
    webhook_url: AnyHttpUrl | None = Field(
        default=None, description="An address of your own that gets each message as signed JSON."
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="Signs them: base64 of 24 bytes or more, with or without whsec_ before it: "
        "from the environment only.",
    )

    @field_validator("webhook_url")
    @classmethod
    def _without_secrets(cls, url: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if url and (url.username or url.password or url.query):
            raise ValueError(
                "must hold neither a password nor a query: messages are signed instead, with "
                "MEDIA_NOTIFY__WEBHOOK_SECRET"
            )
        return url

    @field_validator("webhook_secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and len(key_of(secret)) < LEAST_SECRET_BYTES:
            raise ValueError(
                f"must be base64 of {LEAST_SECRET_BYTES} bytes or more: openssl rand -base64 32"
            )
        return secret

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.webhook_url is None) != (self.webhook_secret is None):
            raise ValueError("webhook_url and webhook_secret belong together: set both or neither")
        return self

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses for Apprise, secrets in them."""
        return tuple(self.urls.get_secret_value().split()) if self.urls else ()


def key_of(secret: SecretStr) -> bytes:
    """The key that a webhook's secret stands for; empty when it is no base64."""
    text = secret.get_secret_value().removeprefix(SECRET_PREFIX)
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
