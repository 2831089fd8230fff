"""Everything a user may choose, with a default for each: no file and no variable is needed.

Order of precedence: environment (``MEDIA_...``), then ``settings.toml`` in MEDIA_HOME, then the
defaults below. Nested values use two underscores: ``MEDIA_LIMITS__DECODE_SECONDS=20``.
"""

import os
import re
from pathlib import Path
from typing import Literal

from pydantic import (
    BaseModel,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from resources.configuration.access_settings import Access
from resources.configuration.embedding_settings import (
    EmbeddingSettings,
    TagsSettings,
    TextEmbeddingSettings,
)
from resources.configuration.fixity_settings import FixitySettings
from resources.configuration.language_settings import LanguageModelSettings
from resources.configuration.media_home import DEFAULT_HOME, MediaHome
from resources.configuration.notify_settings import NotifySettings
from resources.configuration.ocr_settings import OcrSettings
from resources.configuration.priority_names import Priority
from resources.configuration.settings_file import SettingsFile
from resources.configuration.trusted_home import refuse_untrusted

PREFIX = "MEDIA_"
"""Of the variables that are settings."""

BatchNames = Literal["first_folder", "deepest_folder", "path"]


class LandingRoot(BaseModel, frozen=True):
    """One watched folder."""

    name: str = Field(pattern=r"^[a-z0-9_-]{1,40}$", description="Short name, shown in SQL.")
    path: Path = Field(description="The folder; everything below it is watched.")
    mode: Literal["move", "reference"] = Field(
        default="move",
        description="move: files are taken into originals. reference: files are never touched.",
    )
    priority: Priority = Field(
        default="standard", description="How urgent its batches are (docs/priorities.md)."
    )
    exclude: tuple[str, ...] = Field(
        default=(), description="Patterns of gitignore(5) for files and folders to pass over."
    )
    include: tuple[str, ...] = Field(
        default=(),
        description="Patterns for what is taken although its name is passed over otherwise.",
    )

    @field_validator("exclude", "include")
    @classmethod
    def _patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        if patterns:
            from pathspec import GitIgnoreSpec  # nearly nobody has any

            GitIgnoreSpec.from_lines(patterns, backend="re2")  # raises ValueError
        return patterns


class Limits(BaseModel, frozen=True):
    """What one file may cost before it is rejected."""

    max_pixels: PositiveInt = Field(
        default=250_000_000, description="Width x height x frames of one image, in px."
    )
    max_file_bytes: PositiveInt = Field(default=2 * 1024**3, description="Size of one file.")
    decode_seconds: PositiveFloat = Field(
        default=60, description="Processor time per image and asset."
    )
    svg_seconds: PositiveFloat = Field(default=5, description="The same for SVG, a CPU bomb.")
    metadata_seconds: PositiveFloat = Field(
        default=20, description="Wall clock for reading the metadata of one image with exiftool."
    )
    memory_bytes: PositiveInt = Field(
        default=4 * 1024**3, description="Address space of one decoder process."
    )
    require_confinement: bool = Field(
        default=False,
        description="Decode nothing where the kernel cannot confine decoders; see media doctor.",
    )


POSTGRES = ("postgresql://", "postgres://", "postgresql+psycopg2://")


class Curation(BaseModel, frozen=True):
    """Who curates here."""

    user: str | None = Field(
        default=None, description="Name under which edits and preferences are recorded."
    )


def settings_path() -> Path:
    """Where the settings of the home are that the environment names."""
    return Path(os.environ.get("MEDIA_HOME", DEFAULT_HOME)).expanduser() / "settings.toml"


class Settings(BaseSettings):
    """All settings; see the README's table. Raises UntrustedHome."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    home: Path = Field(default=Path(DEFAULT_HOME), description="Where all data lives.")
    landing_roots: tuple[LandingRoot, ...] = Field(
        default=(), description="Watched folders; none means <home>/landing in move mode."
    )
    batch_names: BatchNames = Field(
        default="first_folder",
        description="What names the batch of a file: the first folder below its landing root, the "
        "folder that it is in, or the path of all its folders.",
    )
    list_folders: tuple[Path, ...] = Field(
        default=(),
        description="Folders outside the landing roots whose files a list (.lst) may name.",
    )
    settle_seconds: PositiveFloat = Field(
        default=5, description="A file is taken once unchanged for so long (wall clock)."
    )
    hash_seconds_per_tick: PositiveFloat = Field(
        default=5, description="Hashing budget of one look at the landing roots."
    )
    batch_size: PositiveInt = Field(default=500, description="Sources per run, at most.")
    workers: PositiveInt = Field(
        default_factory=lambda: os.cpu_count() or 1, description="Decoder processes per run."
    )
    max_concurrent_runs: PositiveInt = Field(
        default=2, description="Runs at a time, until media workers set says otherwise."
    )
    max_recognition_runs: PositiveInt = Field(
        default=1, description="How many of them with models in memory."
    )
    least_workers: PositiveInt = Field(
        default=1, description="The fewest runs at a time that may be set."
    )
    most_workers: PositiveInt = Field(
        default=16, description="The most runs at a time that may be set."
    )
    reserve_bytes: NonNegativeInt = Field(
        default=1024**3,
        description="Space left free: while there is less (5 % of a small disk), new work waits.",
    )
    least_free_memory_bytes: NonNegativeInt = Field(
        default=512 * 1024**2,
        description="Memory that must be free before a run begins: else runs wait.",
    )
    most_attempts: PositiveInt = Field(
        default=5, description="So often a result that fails is tried by itself, then it is dead."
    )
    stuck_minutes: PositiveFloat = Field(
        default=30, description="Work that shows no progress for so long is called stuck."
    )
    ask_above_sources: PositiveInt = Field(
        default=1000,
        description="A derivative new to more sources than this waits for media models update.",
    )
    host: str = Field(default="127.0.0.1", description="Where the UI listens.")
    port: int = Field(default=3000, description="Port of the UI.")
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="Further host names under which the UI may be asked for; "
        "`https://NAME`: by TLS only.",
    )
    postgres_url: SecretStr | None = Field(
        default=None, description="Dagster storage on PostgreSQL instead of embedded SQLite."
    )
    limits: Limits = Limits()
    ocr: OcrSettings = OcrSettings()
    access: Access = Access()
    embedding: EmbeddingSettings = EmbeddingSettings()
    tags: TagsSettings = TagsSettings()
    text_embedding: TextEmbeddingSettings = TextEmbeddingSettings()
    language_model: LanguageModelSettings = LanguageModelSettings()
    curation: Curation = Curation()
    fixity: FixitySettings = FixitySettings()
    notify: NotifySettings = NotifySettings()
    log_format: Literal["text", "json"] = Field(
        default="text", description="What the service writes to its logs: lines of text or JSON."
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        found = home.expanduser().resolve()
        refuse_untrusted(found)
        return found

    @field_validator("landing_roots")
    @classmethod
    def _beside_the_home(
        cls, roots: tuple[LandingRoot, ...], found: ValidationInfo
    ) -> tuple[LandingRoot, ...]:
        """A relative path is beside MEDIA_HOME, wherever the process works."""
        beside = found.data["home"].parent if "home" in found.data else Path()
        return tuple(
            root.model_copy(update={"path": beside / root.path.expanduser()}) for root in roots
        )

    @field_validator("postgres_url")
    @classmethod
    def _of_postgres(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(POSTGRES):
            raise ValueError("must look like postgresql://USER:PASSWORD@HOST/DATABASE")
        return url

    @field_validator("allowed_hosts")
    @classmethod
    def _named(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not re.fullmatch(r"(https?://)?((\*\.)?[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])", host):
                raise ValueError(f"{host!r} is no host name: write names like media.example.org")
        return hosts

    @property
    def media_home(self) -> MediaHome:
        """The paths below ``home``."""
        return MediaHome(self.home)

    @property
    def roots(self) -> tuple[LandingRoot, ...]:
        """The watched folders, the default one included when none is configured."""
        return self.landing_roots or (LandingRoot(name="landing", path=self.media_home.landing),)

    @property
    def folders_of_others(self) -> tuple[Path, ...]:
        """The watched folders and ``list_folders``, absolute.

        Symbolic links in these paths stay: their owner named them so.
        """
        named = [root.path for root in self.roots]
        return tuple(path.expanduser().absolute() for path in (*named, *self.list_folders))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then ``settings.toml`` of the chosen home."""
        del dotenv_settings, file_secret_settings
        path = settings_path()
        refuse_untrusted(path.parent.absolute())  # before its file says anything
        toml = SettingsFile(settings_cls, toml_file=path)
        return init_settings, env_settings, toml
