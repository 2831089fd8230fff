"""What a user may choose about captions and descriptions."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AnyHttpUrl,
    BaseModel,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

Sha256 = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[0-9a-fA-F]{64}$")]


class LanguageModelSettings(BaseModel, frozen=True, extra="forbid"):
    """The language model that captions and describes pictures; without one, measured facts do."""

    engine: Literal["auto", "llama", "endpoint", "builtin"] = Field(
        default="auto",
        description="auto: llama when model is set, else endpoint when its URL is, else builtin.",
    )
    model: Path | None = Field(default=None, description="A vision model's GGUF file.")
    projector: Path | None = Field(default=None, description="Its projector (mmproj), GGUF too.")
    model_sha256: Sha256 | None = Field(default=None, description="The only model file accepted.")
    projector_sha256: Sha256 | None = Field(
        default=None, description="The only projector file accepted."
    )
    threads: PositiveInt | None = Field(default=None, description="CPU threads; none means all.")
    gpu_layers: int = Field(default=-1, description="Layers on the GPU, where there is one.")
    endpoint_url: AnyHttpUrl | None = Field(
        default=None, description="OpenAI-compatible server, such as http://localhost:8080/v1."
    )
    endpoint_key: SecretStr | None = Field(
        default=None, description="Its key: from the environment only, never from a file."
    )
    endpoint_model: str | None = Field(default=None, description="The model's name there.")
    endpoint_digest: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        default=None,
        description="The model's digest there (Ollama lists it): another one makes texts stale.",
    )
    endpoint_format: Literal["auto", "json_schema", "grammar", "plain"] = Field(
        default="auto", description="How a request names the form of an answer."
    )
    requests_per_minute: PositiveInt = Field(
        default=60, description="Requests to the endpoint, all runs together."
    )
    parallel_requests: PositiveInt = Field(
        default=4, description="Requests of one run that wait for answers at a time."
    )
    seed: NonNegativeInt = Field(default=0, description="The same seed gives the same text.")
    max_tokens: PositiveInt = Field(default=1024, description="Length of an answer, in tokens.")
    answer_bytes: PositiveInt = Field(
        default=64 * 1024, description="Size of an answer's JSON; a longer one is not even parsed."
    )
    context_tokens: PositiveInt = Field(
        default=8192, description="Room for question, picture and answer, in tokens."
    )
    seconds: PositiveFloat = Field(
        default=300, description="Wall clock per image and text, all attempts together."
    )
    caption_prompt: Path | None = Field(
        default=None, description="A file with your own instructions for captions."
    )
    description_prompt: Path | None = Field(
        default=None, description="A file with your own instructions for descriptions."
    )

    @field_validator("endpoint_url")
    @classmethod
    def _without_secrets(cls, url: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if url and (url.username or url.password or url.query):
            raise ValueError(
                "must hold neither a password nor a query: they would be written down with every "
                "answer; set MEDIA_LANGUAGE_MODEL__ENDPOINT_KEY"
            )
        return url

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.model is None) != (self.projector is None):
            raise ValueError("model and projector belong together: set both or neither")
        if self.engine == "llama" and self.model is None:
            raise ValueError("engine llama needs model and projector")
        if self.engine == "endpoint" and self.endpoint_url is None:
            raise ValueError("engine endpoint needs endpoint_url")
        return self
