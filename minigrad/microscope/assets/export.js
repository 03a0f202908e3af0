// What leaves the page: the drawing as a file, and all steps on paper.

// ---- the drawing, whole, with its style, as an SVG of its own ----

function svgText() {
  const old = { elements: drawn.elements, boxes: [...$("boxes").children], arrows: [...$("arrows").children] };
  drawn.elements = new Map();
  $("boxes").replaceChildren();
  $("arrows").replaceChildren();
  for (const b of drawn.boxes) { drawn.elements.set(b.id, boxElement(b)); dress(b.id); }
  for (const e of drawn.edges) { drawn.elements.set(e.id, edgeElement(e)); dress(e.id); }
  const b = bounds(), copy = $("canvas").cloneNode(true);
  styled($("canvas"), copy);
  copy.querySelector("#world").removeAttribute("transform");
  copy.querySelector("#far").remove();
  const [x, y, width, height] = [b.left - 10, b.top - 10, b.right - b.left + 20, b.bottom - b.top + 20].map(r);
  for (const name of [...copy.getAttributeNames()]) copy.removeAttribute(name);
  const outer = { xmlns: SVG, viewBox: `${x} ${y} ${width} ${height}`, width, height };
  for (const [name, value] of Object.entries(outer)) copy.setAttribute(name, value);
  const sheet = make("rect", { x, y, width, height, fill: getComputedStyle(document.body).backgroundColor });
  copy.prepend(sheet);
  drawn.elements = old.elements;
  $("boxes").replaceChildren(...old.boxes);
  $("arrows").replaceChildren(...old.arrows);
  return new XMLSerializer().serializeToString(copy).replace(/(id="|url\(#)(tip|tail)/g, "$1copied-$2"); // beside the page's own
}
const STYLES = [
  "fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family", "text-anchor", "marker-start", "marker-end",
];
// What the page's style sheet says, on the elements themselves.
function styled(from, to) {
  const style = getComputedStyle(from);
  const value = name => style.getPropertyValue(name).replace(/url\(.*#(\w+)"?\)/, "url(#$1)").replaceAll('"', "'");
  to.setAttribute("style", STYLES.map(name => `${name}:${value(name)}`).join(";"));
  for (const name of ["tabindex", "role", "class"]) to.removeAttribute(name);
  [...from.children].forEach((child, k) => styled(child, to.children[k]));
}
function saveSvg() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([svgText()], { type: "image/svg+xml" }));
  link.download = `${fileName()}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
const fileName = () => (TAPE.about?.title?.en ?? "microscope").replace(/[^\w]+/g, "_").toLowerCase();

// ---- all steps on paper ----

const MOST_PRINTED = 150; // steps whose panels are printed; the table has all
function printAll() {
  const here = { index: state.index, picked: state.picked, html: $("panel").innerHTML };
  const panels = steps().slice(0, MOST_PRINTED).map((event, k) => {
    state.index = k + 1;
    return `<article class="step"><h2 class="number">${k + 1}/${steps().length} ${stepWord(event)}</h2>${panelOf(event)}</article>`;
  });
  state.index = steps().length;
  enterRound();
  paint();
  for (const id of drawn.lit) { (drawn.at.get(id) ?? drawn.edgeAt.get(id)).now = ""; dress(id); } // on paper no step is the present one
  const drawing = svgText();
  Object.assign(state, here);
  enterRound();
  paint();
  const rest = steps().length > MOST_PRINTED ? `<p>${say("printed").replace("{}", MOST_PRINTED)}</p>` : "";
  const head = `<h1>${escape($("title").textContent)}</h1><p>${escape($("idea").textContent)}</p><div class="drawing">${drawing}</div>`;
  $("sheet").innerHTML = `${head}<h2>${say("allSteps")}</h2>${summaryTable()}${rest}<div class="steps">${panels.join("")}</div>`;
  for (const image of $("sheet").querySelectorAll("img[data-paint]")) paintNow(image);
  document.body.classList.add("all");
  print();
}
addEventListener("afterprint", () => { document.body.classList.remove("all"); $("sheet").replaceChildren(); });
// One row for each step: what happened where, what it took and what it gave.
function summaryTable() {
  const rows = steps().map((event, k) => {
    const notice = isChange(event[0]) && TAPE.notices.find(x => x.kind === "no zero_grad" && x.change === event[1]);
    return { bad: notice ? forgottenText(notice) : "", cells: [k + 1, stepWord(event), ...summaryOf(event)] };
  });
  const head = ["step", "happens", "op", "line", "incoming", "outgoing"].map(word => `<th>${say(word)}</th>`).join("");
  const row = ({ bad, cells }) => `<tr${bad ? ' class="bad"' : ""}>${cells.map(text => `<td>${escape(text)}</td>`).join("")}</tr>`;
  const warning = ({ bad }) => (bad ? `<tr class="bad warning"><td></td><td colspan="5">${escape(bad)}</td></tr>` : "");
  const body = rows.map(r => row(r) + warning(r)).join("");
  return `<table class="summary"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}
function summaryOf([kind, n, step]) {
  if (!ABOUT_NODES.includes(kind)) return summaryOfChange(kind, n);
  const node = TAPE.nodes[n], line = node.line ? `${node.line.number}: ${node.line.text}` : "";
  const named = (name, v) => `${name} ${glance(v)}`;
  if (kind === "forward") {
    const operands = node.arguments.filter(a => a.kind !== "value" || a.constant !== undefined);
    const takes = operands.map(a => (a.kind === "value" ? `${a.constant} ${numberText(a.text)}`.trim() : named(operandName(a), a.value)));
    return [node.op, line, takes.join("; "), node.outputs.map(o => named(o.name, o.value)).join("; ")];
  }
  const s = node.steps.at(kind === "backward" ? step : -1);
  const sent = (s?.contributions ?? []).map(c => named(`→ ${placeName(c.to)}`, c.after));
  return [node.op, line, (s?.upstream ?? []).map(glance).join("; "), sent.join("; ")];
}
// What happens beside the ops: what it changed, from what to what.
function summaryOfChange(kind, n) {
  const happened = (kind === "pass" || kind === "passed" ? TAPE.passes : TAPE.changes)?.[n];
  const line = happened?.line ? `${happened.line.number}: ${happened.line.text}` : "", items = happened?.items ?? [];
  const name = item => (item.of === "grad" ? gradOf(placeOf(item)) : placeOf(item));
  const all = side => items.map(item => `${name(item)} ${item[side] ? glance(item[side]) : "None"}`).join("; ");
  return ["", line, all("before"), all("after")];
}
// A tensor in a few words: its numbers if there are up to three, else its shape and length.
function glance(v) {
  if (!v) return "–";
  const all = v.values === null ? [] : [v.values].flat(Infinity);
  if (!all.length || all.length > 3) return `${shapeText(v.shape)} ‖${short(v.norm)}‖`;
  return all.length === 1 ? short(all[0]) : `[${all.map(x => short(x)).join(", ")}]`;
}
