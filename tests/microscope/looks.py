"""What can be seen of a page, measured: what does not fit, which letters are too small, which texts are too pale."""

from __future__ import annotations

from typing import Any

SIZES = [(1280, 720), (420, 800)]

# What is not wholly inside the canvas, and letters of less than 11 pixels on the screen.
OUTSIDE = """() => {
  const canvas = document.querySelector("#canvas").getBoundingClientRect(), out = [];
  for (const node of document.querySelectorAll(".node")) {
    const box = node.querySelector("rect").getBoundingClientRect();
    const inside = box.left >= canvas.left - 1 && box.right <= canvas.right + 1 && box.top >= canvas.top - 1 && box.bottom <= canvas.bottom + 1;
    if (!inside) out.push(node.textContent + " is outside");
    for (const text of node.querySelectorAll("text")) {
      const height = parseFloat(getComputedStyle(text).fontSize) * text.getCTM().a;
      if (height < 11 - .01) out.push(text.textContent + " has " + height + " pixels");
    }
  }
  return out;
}"""  # noqa: E501

# Arrows that pass under a box that they have nothing to do with, or through one of their own.
UNDER = """() => drawn.edges.flatMap(e => {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", e.path);
  const ways = Array.from({ length: Math.ceil(path.getTotalLength() / 2) }, (_, k) => path.getPointAtLength(2 * k));
  return drawn.boxes.filter(b => {
    const edge = [e.from, e.to].includes(b.id) ? 4 : 1;
    return ways.some(p => Math.abs(p.x - b.x) < b.width / 2 - edge && Math.abs(p.y - b.y) < b.height / 2 - edge);
  }).map(b => `${drawn.at.get(e.from).label} -> ${drawn.at.get(e.to).label} under ${b.label}`);
})"""

# Texts that are wider than their box, or stand below its edge.
TOO_WIDE = """() => [...document.querySelectorAll(".node")].flatMap(node => {
  const box = node.querySelector("rect").getBoundingClientRect();
  const out = t => t.width && (t.left < box.left || t.right > box.right || t.top < box.top || t.bottom > box.bottom);
  const texts = [...node.querySelectorAll("text")];
  return texts.filter(text => out(text.getBoundingClientRect())).map(text => text.textContent);
})"""

# Both at every step of a page; arrows lie where they lay until all is drawn anew.
AT_EVERY_STEP = f"""() => {{
  const bad = [];
  let before = null;
  for (let step = 0; step <= steps().length; step++) {{
    goTo(step);
    bad.push(...({TOO_WIDE})());
    if (drawn !== before) bad.push(...({UNDER})());
    before = drawn;
  }}
  return bad;
}}"""

# Every text with less contrast than 4.5 to 1 against what it stands on.
PALE = """() => {
  const parse = text => (text.match(/[\\d.]+/g) ?? [255, 255, 255, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((s, c, k) => s + c * [.2126, .7152, .0722][k], 0);
  const under = element => {
    for (let e = element; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > .99) return c;
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const e of document.querySelectorAll("body *")) {
    const svg = e.tagName === "text", own = svg || [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !e.getClientRects().length || e.closest("script, style")) continue;
    const style = getComputedStyle(e);
    const fore = parse(svg ? style.fill : style.color), back = svg ? parse(getComputedStyle(e.parentElement.querySelector("rect")).fill) : under(e);
    const [a, b] = [light(fore), light(back)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
    if (ratio < 4.5 || Number(style.opacity) < 1) pale.push(`${e.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return pale;
}"""  # noqa: E501


def check(page: Any, title: str) -> None:
    """At both sizes all boxes stand in the canvas, in letters that can be read, below the title and the idea."""
    assert page.title().startswith(title)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("JSON.stringify(drawn.frame) === JSON.stringify(frameOf())")
        assert page.locator("#title").inner_text() == title
        assert page.locator("#idea").is_visible()
        for look in (OUTSIDE, UNDER, TOO_WIDE):
            assert page.evaluate(look) == []
        assert page.locator(".node").count() >= 4
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.keyboard.press("End")
        for look in (OUTSIDE, UNDER, TOO_WIDE):
            assert page.evaluate(look) == []
        page.click("#theme")
        assert page.evaluate(PALE) == []
    assert page.locator(".node.end", has_text="loss").count() == 1
