"""The page: one HTML file with the tape, the style and the script in it. No server, no network, nothing to install."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .compact import compact

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = (  # in the order in which they are read
    "tape.js",
    "words.js",
    "state.js",
    "groups.js",
    "layout.js",
    "arrows.js",
    "graph.js",
    "drawing.js",
    "tensor.js",
    "numerics.js",
    "whole.js",
    "audit.js",
    "arithmetic.js",
    "pictures.js",
    "formula.js",
    "panel.js",
    "whatif.js",
    "explain.js",
    "left.js",
    "events.js",
    "mistakes.js",
    "export.js",
    "controls.js",
    "start.js",
)


def page(tape: dict[str, Any]) -> str:
    """The tape (as ``to_dict`` gives it) as an HTML page."""
    text = _asset("page.html").replace("/*page.css*/", _asset("page.css"), 1)
    text = text.replace("/*scripts*/", "".join(map(_asset, SCRIPTS)), 1)
    data = compact(tape).replace("<", "\\u003c")  # a "</script>" in a source line ends nothing
    return text.replace("/*tape*/", data, 1)


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
