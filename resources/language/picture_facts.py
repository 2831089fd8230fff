"""What is known about one picture without looking at what it shows, for those who write about it.

Measured facts are sizes, colors, times and positions. Texts that files carry are kept apart: they
are as trustworthy as the file, and only a model that is warned gets to see them.
"""

import re
from dataclasses import dataclass, field

from resources.display_text import plain_text

CAMERA_MODEL = re.compile(r"(?=.*\d)[\w .()/+-]{2,30}")
"""Camera models hold a number and are short: EOS 80D, iPhone 14 Pro, DMC-FZ50, X-T4."""

CAMERA_WORDS = 4


@dataclass(frozen=True)
class FileText:
    """One text that a file carries, such as its title; `name` says which."""

    name: str
    text: str


@dataclass(frozen=True)
class PictureFacts:
    """What is known of one picture; null means unknown.

    `format` is the file's by content ("jpeg"), sizes are of the upright picture. `colors` names the
    colors that cover at least a tenth of it, largest first. `taken_at` is ISO 8601 on the camera's
    clock, as precise as is known. `latitude` and `longitude` are WGS 84 degrees. `camera` is the
    model as the file names it. `texts` are the title, description and so on that the file carries.
    """

    file_name: str
    format: str
    width_px: int
    height_px: int
    colors: list[str] = field(default_factory=list)
    taken_at: str | None = None
    camera: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    texts: list[FileText] = field(default_factory=list)

    @property
    def orientation(self) -> str:
        """One of "landscape", "portrait" and "square"."""
        if self.width_px == self.height_px:
            return "square"
        return "landscape" if self.width_px > self.height_px else "portrait"

    @property
    def camera_model(self) -> str | None:
        """The camera's model if it looks like one: a file can claim anything."""
        camera = (self.camera or "").strip()
        is_model = CAMERA_MODEL.fullmatch(camera) and len(camera.split()) <= CAMERA_WORDS
        return camera if is_model else None

    @property
    def position(self) -> str | None:
        """Like "46.9480 N, 7.4474 E": four decimals are eleven metres."""
        if self.latitude is None or self.longitude is None:
            return None
        north = f"{abs(self.latitude):.4f} {'N' if self.latitude >= 0 else 'S'}"
        east = f"{abs(self.longitude):.4f} {'E' if self.longitude >= 0 else 'W'}"
        return f"{north}, {east}"

    def as_data(self) -> dict[str, str]:
        """All facts by name, as data for a model."""
        facts = {
            "file name": self.file_name,
            "format": self.format,
            "size": f"{self.width_px} x {self.height_px} px",
            "main colors": ", ".join(self.colors),
            "taken at": self.taken_at,
            "camera": self.camera,
            "position": self.position,
            **{one.name: one.text for one in self.texts},
        }
        return {name: plain_text(text) for name, text in facts.items() if text}
