"""Which engine writes is decided from the settings and the disk, and what identifies it."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from media_assets.images.caption import choose_caption_writer
from media_assets.images.description import choose_description_writer
from resources.configuration.language_settings import LanguageModelSettings
from resources.configuration.settings import Settings
from resources.models.failures import ModelUnavailable
from tests.models.tiny_language_model import MODEL, PROJECTOR
from tests.support.written_home import KEY, TINY, language

SERVER = {"ENDPOINT_URL": "http://localhost:1/v1"}


def settings_of(home: Path, values: Mapping[str, str]) -> Settings:
    with language(values):
        return Settings(home=home)


@pytest.mark.parametrize(
    ("values", "engine"),
    [
        ({}, "builtin"),
        (TINY, "llama-cpp-python"),
        (SERVER, "endpoint"),
        ({**TINY, **SERVER}, "llama-cpp-python"),
        ({**TINY, **SERVER, "ENGINE": "endpoint"}, "endpoint"),
        ({**TINY, "ENGINE": "builtin"}, "builtin"),
    ],
    ids=["nothing", "model", "server", "both", "server_chosen", "builtin_chosen"],
)
def test_the_settings_choose_the_engine(
    tmp_path: Path, values: dict[str, str], engine: str
) -> None:
    choice = choose_caption_writer(settings_of(tmp_path, values))

    assert choice.engine == engine
    assert "language_model" in choice.why


def test_files_are_known_by_their_content(tmp_path: Path) -> None:
    """A renamed file is the same model; one byte more is another."""
    moved = tmp_path / "text.gguf"
    shutil.copy(MODEL, moved)
    here = choose_caption_writer(settings_of(tmp_path, TINY)).parameters
    there = choose_caption_writer(settings_of(tmp_path, {**TINY, "MODEL": str(moved)})).parameters
    with moved.open("ab") as file:
        file.write(b"\0")
    other = choose_caption_writer(settings_of(tmp_path, {**TINY, "MODEL": str(moved)})).parameters

    assert here == there
    assert {key for key in here if here[key] != other[key]} == {"model_sha256"}


def test_an_own_prompt_is_another_prompt(tmp_path: Path) -> None:
    own = tmp_path / "own.md"
    own.write_text("Say it in verse.")
    ours = choose_description_writer(settings_of(tmp_path, TINY)).parameters
    theirs = choose_description_writer(
        settings_of(tmp_path, {**TINY, "DESCRIPTION_PROMPT": str(own)})
    ).parameters

    assert {key for key in ours if ours[key] != theirs[key]} == {"prompt", "prompt_sha256"}


def test_a_missing_model_is_no_reason_to_say_something_else(tmp_path: Path) -> None:
    """A disk that is away for a while must not fill the archive with built-in captions."""
    choice = choose_caption_writer(
        settings_of(tmp_path, {**TINY, "MODEL": str(tmp_path / "away.gguf")})
    )

    assert choice.engine == "llama-cpp-python"
    with pytest.raises(ModelUnavailable, match=r"away\.gguf does not exist"):
        choice.load()


def test_only_the_pinned_file_is_opened(tmp_path: Path) -> None:
    choice = choose_caption_writer(settings_of(tmp_path, {**TINY, "MODEL_SHA256": "0" * 64}))

    with pytest.raises(ModelUnavailable, match="the settings accept only 0000"):
        choice.load()


def test_captions_and_descriptions_share_one_opened_model(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, TINY)
    caption = choose_caption_writer(settings).load()
    description = choose_description_writer(settings).load()

    assert caption.model is description.model  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "values",
    [
        {"model": MODEL},
        {"projector": PROJECTOR},
        {"engine": "llama"},
        {"engine": "endpoint"},
        {"endpoint_url": "http://user:password@localhost/v1"},
        {"endpoint_url": "http://localhost/v1?key=secret"},
        {"endpoint_url": "file:///etc/passwd"},
        {"model_sha256": "not a hash"},
    ],
    ids=" ".join,
)
def test_settings_that_cannot_work_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LanguageModelSettings(**values)  # type: ignore[arg-type]


def test_a_key_in_the_settings_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are copied and backed up."""
    monkeypatch.setenv("MEDIA_HOME", str(tmp_path))
    (tmp_path / "settings.toml").write_text(f'[language_model]\nendpoint_key = "{KEY}"\n')

    with pytest.raises(SettingsError, match="MEDIA_LANGUAGE_MODEL__ENDPOINT_KEY") as refusal:
        Settings()

    assert KEY not in str(refusal.value)


def test_the_key_is_in_no_print_of_the_settings(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, {**SERVER, "ENDPOINT_KEY": KEY})

    assert KEY not in repr(settings)
    assert KEY not in settings.model_dump_json()
    assert KEY not in str(choose_caption_writer(settings))


def test_a_server_that_moves_is_the_same_model(tmp_path: Path) -> None:
    named = {**SERVER, "ENDPOINT_MODEL": "m1"}
    moved = {**named, "ENDPOINT_URL": "http://192.0.2.7:8000/v1"}
    here = choose_caption_writer(settings_of(tmp_path, named)).parameters

    assert here == choose_caption_writer(settings_of(tmp_path, moved)).parameters
    assert here["model"] == "m1"


def test_a_server_whose_model_has_no_name_is_known_by_its_address(tmp_path: Path) -> None:
    moved = {"ENDPOINT_URL": "http://192.0.2.7:8000/v1"}
    here = choose_caption_writer(settings_of(tmp_path, SERVER)).parameters

    assert here != choose_caption_writer(settings_of(tmp_path, moved)).parameters


def test_another_digest_under_the_same_name_is_another_model(tmp_path: Path) -> None:
    named = {**SERVER, "ENDPOINT_MODEL": "m1"}
    before = choose_caption_writer(settings_of(tmp_path, named)).parameters
    with_digest = settings_of(tmp_path, {**named, "ENDPOINT_DIGEST": "sha256:5f0c"})
    after = choose_caption_writer(with_digest).parameters

    assert "digest" not in before
    assert after == {**before, "digest": "sha256:5f0c"}
