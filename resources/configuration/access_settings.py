"""What a user may choose about who opens the web UI and reads the files."""

from typing import Self

from pydantic import BaseModel, Field, IPvAnyNetwork, model_validator


class Access(BaseModel, frozen=True):
    """Who may open the web UI when a reverse proxy has done the login, and read the files."""

    proxy_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9-]{1,64}$",
        description="Header in which a trusted proxy names the user, as X-Forwarded-User.",
    )
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description="Addresses or networks from which that header is believed."
    )
    editors: tuple[str, ...] = Field(
        default=(), description="Users of the proxy who may change things; all others only read."
    )
    group_may_read: bool = Field(
        default=False,
        description="New files below the home, and of backups, may be read by their group too.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.proxy_header is None) != (not self.trusted_proxies):
            raise ValueError("access.proxy_header and access.trusted_proxies go together: set both")
        return self
