"""The pictures of docs/pages, taken of a service that shows the demo.

``make demo && make up``, then ``python -m tests.page_pictures [ADDRESS]`` from another terminal.
Each page once in light and once in dark, 1280 x 860 px; 256 colors make the files small.
"""

import io
import json
import sys
import tempfile
import urllib.request
from base64 import b64decode
from pathlib import Path
from urllib.parse import quote

from PIL import Image
from selenium.webdriver import Chrome

from tests.support.browser import open_browser

TARGET = Path(__file__).parents[1] / "docs" / "pages"
SHOWN = "field_notes.png"
QUERY = """select format, outcome, count(*) as pictures, sum(size_bytes) as bytes
from images
group by all
order by all"""
PAGES = {
    "home": "/gallery/home",
    "pictures": "/gallery",
    "picture": "/gallery/pictures/{image}",
    "search": "/gallery/search?q=lake",
    "duplicates": "/gallery/review/duplicates",
    "upload": "/gallery/upload?batch=summer",
    "sql": f"/gallery/sql?q={quote(QUERY)}",
}
CLICKED = {
    "pictures_dark": ".tile .pick",
    "search_light": "#filters summary",
    "search_dark": ".hit .pick",
    "picture_dark": ".overlay-switches input",
}
"""What is pressed before a picture is taken: the first three of each kind."""

SIZE = {"width": 1280, "height": 860, "deviceScaleFactor": 1, "mobile": False}
PRESS = "[...document.querySelectorAll(arguments[0])].slice(0, 3).forEach((one) => one.click())"
SETTLED = """
const done = arguments[arguments.length - 1];
Promise.all([...document.images].map((one) => one.decode().catch(() => null)))
  .then(() => setTimeout(done, 500));
"""


def image_named(origin: str, name: str) -> str:
    """The id of a picture of the demo."""
    with urllib.request.urlopen(f"{origin}/api/images?limit=500") as answer:  # noqa: S310 - our own service
        images = json.load(answer)["items"]
    return next(str(one["image_id"]) for one in images if one["file_name"] == name)


def photograph(browser: Chrome, address: str, scheme: str, target: Path) -> None:
    """Write what the window shows of this page."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(address)
    browser.execute_async_script(SETTLED)
    if pressed := CLICKED.get(target.stem):
        browser.execute_script(PRESS, pressed)
        browser.execute_async_script(SETTLED)
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
    with Image.open(io.BytesIO(b64decode(shot))) as whole:
        few = whole.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=3)
    few.save(target, optimize=True)


def main(origin: str) -> None:
    """Take all of them."""
    image = quote(image_named(origin, SHOWN))
    with tempfile.TemporaryDirectory() as profile, open_browser(Path(profile)) as browser:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", SIZE)
        for name, path in PAGES.items():
            for scheme in ("light", "dark"):
                address = origin + path.format(image=image)
                photograph(browser, address, scheme, TARGET / f"{name}_{scheme}.png")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["http://127.0.0.1:3000"])
