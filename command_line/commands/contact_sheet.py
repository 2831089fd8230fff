"""A contact sheet: one HTML file with thumbnails and reasons that needs nothing else.

Names, captions and recognized text come from files of unknown origin: all of it is escaped, control
characters are shown as their codes, and the page's policy forbids every script, request and frame.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from string import Template
from typing import Any

from media_assets.search.answers.results import SearchResult
from resources.configuration.media_home import MediaHome
from resources.display_text import plain_text

STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff; }
h1 { font-size: 1.2rem; overflow-wrap: anywhere; }
ol { list-style: none; padding: 0; display: grid; gap: 1.2rem;
  grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); }
li { border: 1px solid #ddd; border-radius: 6px; padding: .6rem; overflow-wrap: anywhere; }
img, .none { display: block; width: 100%; height: 200px; object-fit: contain;
  background: #f3f3f3; }
.none { display: grid; place-content: center; text-align: center; padding: 1rem;
  box-sizing: border-box; overflow: hidden; color: #666; font-size: .85rem; }
h2 { font-size: .95rem; margin: .5rem 0 0; }
p { margin: .2rem 0 0; font-size: .85rem; }
.why { color: #666; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #181818; } li { border-color: #444; }
  img, .none { background: #222; } .none, .why { color: #aaa; }
}
"""

LONGEST_REASON = 300
"""Characters that fit a tile."""

POLICY = Template("default-src 'none'; img-src data:; style-src 'sha256-$style'")

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>$style</style>
</head>
<body>
<h1>$title</h1>
<ol>
$cards
</ol>
</body>
</html>
""")

CARD = Template("""<li>
$picture
<h2>$name</h2>
<p>$caption</p>
<p class="why">$why</p>
<p class="why">$image_id</p>
</li>""")


def contact_sheet(home: MediaHome, title: str, results: Sequence[SearchResult]) -> str:
    """The page."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return PAGE.substitute(
        policy=POLICY.substitute(style=digest),
        title=safe(f"{title}: {len(results)} found"),
        style=STYLE,
        cards="\n".join(card(home, result) for result in results),
    )


def card(home: MediaHome, result: SearchResult) -> str:
    """One image."""
    facts = result.facts
    return CARD.substitute(
        picture=picture(home, facts["thumbnail_medium_path"], facts),
        name=safe(str(facts["file_name"])),
        caption=safe(str(facts["caption"] or facts["title"] or "")),
        why=safe(result.reasons),
        image_id=safe(" ".join(filter(None, (result.image_id, result.origin)))),
    )


def picture(home: MediaHome, path: str | None, facts: Mapping[str, Any]) -> str:
    """The thumbnail within the page, or a gray field that says why there is none."""
    file = home.root / path if path else None
    if file is None or not file.is_file():
        return f'<div class="none">{safe(why_none(facts, is_lost=file is not None))}</div>'
    content = base64.b64encode(file.read_bytes()).decode()
    name = str(facts["file_name"])
    return f'<img alt="{safe(name)}" src="data:image/jpeg;base64,{content}">'


def why_none(facts: Mapping[str, Any], *, is_lost: bool) -> str:
    """Why an image has no thumbnail: its outcome and the reason, as far as there is one."""
    if is_lost:
        return "its thumbnail is lost: media doctor"
    outcome = str(facts["outcome"] or "in_progress")
    if outcome == "in_progress":
        return "it is still being processed"
    reason = plain_text(str(facts["reason"] or "no thumbnail was made"), longest=LONGEST_REASON)
    return f"{outcome}: {reason}"


def safe(text: str) -> str:
    """``text`` as HTML shows it, in an element or a quoted attribute."""
    return escape(plain_text(text), quote=True)
