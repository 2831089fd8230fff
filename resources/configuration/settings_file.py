"""``settings.toml``, and which settings must not be in it."""

from pydantic_settings import SettingsError, TomlConfigSettingsSource

SECRETS = (
    "postgres_url",
    "language_model.endpoint_key",
    "notify.urls",
    "notify.webhook_secret",
)
"""They come from the environment only, and no error message shows what was set."""


class SettingsFile(TomlConfigSettingsSource):
    """``settings.toml``, which holds no keys: files are copied, shown and backed up."""

    def __call__(self) -> dict[str, object]:
        """The file's values. Raises SettingsError when a key is among them."""
        values: dict[str, object] = super().__call__()
        for name in SECRETS:
            group, _, key = name.rpartition(".")
            found = values.get(group, {}) if group else values
            if isinstance(found, dict) and key in found:
                variable = "MEDIA_" + name.replace(".", "__").upper()
                raise SettingsError(
                    f"settings.toml must not hold {name}: remove it there and set {variable} in "
                    "the environment"
                )
        return values
