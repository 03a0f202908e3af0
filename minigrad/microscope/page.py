"""The page: one HTML file with the tape, the style and the script in it. No server, no network, nothing to install."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parent / "assets"
PARTS = ("page.css", "words.js", "layout.js", "page.js")


def page(tape: dict[str, Any]) -> str:
    """The tape (as ``to_dict`` gives it) as an HTML page."""
    text = (ASSETS / "page.html").read_text(encoding="utf-8")
    for part in PARTS:
        text = text.replace(f"/*{part}*/", (ASSETS / part).read_text(encoding="utf-8"), 1)
    data = json.dumps(tape, allow_nan=False).replace("<", "\\u003c")  # a "</script>" in a source line ends nothing
    return text.replace("/*tape*/null", data, 1)
