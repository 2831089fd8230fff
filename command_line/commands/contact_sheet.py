"""A contact sheet: one HTML file with thumbnails and reasons that needs nothing else.

Names, captions and recognized text come from files of unknown origin: all of it is escaped, control
characters are shown as their codes, and the page's policy forbids every script, request and frame.
"""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from command_line.commands.search_results import SearchResult
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
h2 { font-size: .95rem; margin: .5rem 0 0; }
p { margin: .2rem 0 0; font-size: .85rem; }
.why { color: #666; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #181818; } li { border-color: #444; }
  img, .none { background: #222; } .why { color: #aaa; }
}
"""

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


def write_contact_sheet(
    target: Path, home: MediaHome, title: str, results: Sequence[SearchResult]
) -> None:
    """Write the page. Raises OSError."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    page = PAGE.substitute(
        policy=POLICY.substitute(style=digest),
        title=safe(f"{title}: {len(results)} found"),
        style=STYLE,
        cards="\n".join(card(home, result) for result in results),
    )
    target.write_text(page, encoding="utf-8")


def card(home: MediaHome, result: SearchResult) -> str:
    """One image."""
    facts = result.facts
    return CARD.substitute(
        picture=picture(home, facts["thumbnail_medium_path"], str(facts["file_name"])),
        name=safe(str(facts["file_name"])),
        caption=safe(str(facts["caption"] or facts["title"] or "")),
        why=safe(result.reasons),
        image_id=safe(" ".join(filter(None, (result.image_id, result.origin)))),
    )


def picture(home: MediaHome, path: str | None, name: str) -> str:
    """The thumbnail within the page, or a gray field where there is none."""
    file = home.root / path if path else None
    if file is None or not file.is_file():
        return '<div class="none"></div>'
    content = base64.b64encode(file.read_bytes()).decode()
    return f'<img alt="{safe(name)}" src="data:image/jpeg;base64,{content}">'


def safe(text: str) -> str:
    """``text`` as HTML shows it, in an element or a quoted attribute."""
    return escape(plain_text(text), quote=True)
