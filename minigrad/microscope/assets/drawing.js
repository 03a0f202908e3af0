// The drawing: only what can be seen is in the document, and a step touches only what it changes.
const make = (name, attributes, parent) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent?.append(element);
  return element;
};
const MANY = 400; // boxes; more of them in sight are drawn as dots
const MARGIN = 200; // beyond the frame, in pixels
let drawn = null; // {boxes, edges, home, at, size, elements: id -> element, changes: step -> ids, lit: ids}

function frameOf() {
  const canvas = $("canvas").getBoundingClientRect();
  state.narrow = canvas.width < 500;
  return { width: Math.max(120, canvas.width - 16), height: Math.max(80, canvas.height - 16) };
}
function arrange(frame) {
  const graph = boxesAndEdges();
  return { ...graph, ...layout(graph.boxes, graph.edges, frame) };
}
function draw() {
  const frame = frameOf(), graph = arrange(frame);
  const at = new Map(graph.boxes.map(b => [b.id, b]));
  const few = graph.edges.length < 500;
  for (const e of graph.edges) {
    const a = at.get(e.from), b = at.get(e.to);
    e.path = edgePath(a, b, e.shift, few ? graph.boxes.filter(x => x !== a && x !== b) : []);
  }
  drawn = { ...graph, frame, at, edgeAt: new Map(graph.edges.map(e => [e.id, e])), elements: new Map(), lit: [] };
  drawn.edgesOf = new Map();
  for (const e of graph.edges) for (const use of e.uses) listIn(drawn.edgesOf, use.node).push({ edge: e, ...use });
  schedule();
  $("boxes").replaceChildren();
  $("arrows").replaceChildren();
  reveal();
  minimap();
}
// The list that a map has at a key; an empty one if it had none.
function listIn(map, key) {
  if (!map.has(key)) map.set(key, []);
  return map.get(key);
}
// When which box or arrow looks different.
function schedule() {
  const times = timeline();
  drawn.changes = new Map();
  const note = (step, id) => { if (step > 0 && step < Infinity) listIn(drawn.changes, step).push(id); };
  for (const b of drawn.boxes) {
    Object.assign(b, boxTimes(b, times));
    note(b.born, b.id);
    note(b.done, b.id);
    if (!b.value || state.mode !== "backprop") continue;
    const key = b.kind === "source" ? b.id : b.kind === "end" ? `n${b.node}.${b.output}` : `n${b.members?.[0]}.0`;
    for (const a of ARRIVALS.get(key) ?? []) note(a.at, b.id);
    if (b.kind === "source") for (const of of ["value", "grad"]) for (const c of changesOf({ source: Number(b.id.slice(1)) }, of)) note(c.at, b.id);
    if (b.kind === "source") for (const at of PASSED) note(at, b.id);
    if (b.kind !== "source") for (const at of SWEPT.get(b.node ?? b.members?.[0]) ?? []) note(at, b.id);
  }
  for (const e of drawn.edges) {
    e.sent = Math.min(...e.uses.map(u => (u.end === undefined ? times.sent.get(`${u.node}.${u.position}`) ?? Infinity : times.swept.get(u.node) ?? Infinity)));
    note(e.sent, e.id);
  }
}

// ---- what is in sight ----

function sight() {
  const frame = $("canvas").getBoundingClientRect(), v = state.view, margin = MARGIN / v.k;
  return { left: -v.x / v.k - margin, right: (frame.width - v.x) / v.k + margin, top: -v.y / v.k - margin, bottom: (frame.height - v.y) / v.k + margin };
}
const inside = (b, s) => b.x + b.width / 2 > s.left && b.x - b.width / 2 < s.right && b.y + b.height / 2 > s.top && b.y - b.height / 2 < s.bottom;
// Put into the document what has come into sight, and take out what has left it.
function reveal() {
  if (!drawn) return;
  const seen = sight(), boxes = drawn.boxes.filter(b => inside(b, seen)), far = boxes.length > MANY;
  const wanted = new Set();
  if (!far) {
    for (const b of boxes) wanted.add(b.id);
    for (const e of drawn.edges) if (wanted.has(e.from) || wanted.has(e.to)) wanted.add(e.id);
  }
  for (const [id, element] of drawn.elements) if (!wanted.has(id)) { element.remove(); drawn.elements.delete(id); }
  for (const id of wanted) if (!drawn.elements.has(id)) {
    drawn.elements.set(id, drawn.at.has(id) ? boxElement(drawn.at.get(id)) : edgeElement(drawn.edgeAt.get(id)));
    dress(id);
  }
  $("far").setAttribute("d", far ? boxes.map(b => `M${r(b.x - b.width / 2)} ${r(b.y - b.height / 2)}h${r(b.width)}v${b.height}h${r(-b.width)}z`).join("") : "");
  inOrder();
}
// Tab goes through the boxes in the order of the drawing, wherever they were put in.
function inOrder() {
  const wanted = drawn.boxes.filter(b => drawn.elements.has(b.id)).map(b => drawn.elements.get(b.id));
  wanted.forEach((element, k) => { if ($("boxes").children[k] !== element) $("boxes").insertBefore(element, $("boxes").children[k] ?? null); });
}
function boxElement(b) {
  const g = make("g", { transform: `translate(${r(b.x - b.width / 2)} ${r(b.y - b.height / 2)})`, "data-id": b.id, role: "button", tabindex: 0 }, $("boxes"));
  make("rect", { width: r(b.width), height: b.height, rx: ["op", "end"].includes(b.kind) ? 12 : 3 }, g);
  make("text", { x: r(b.width / 2), y: 19, "font-size": LABEL }, g).textContent = b.label;
  make("text", { x: r(b.width / 2), y: 19 + LINE_HEIGHT, class: "small", "font-size": SMALL }, g).textContent = b.small;
  for (let k = 2; 12 + LINE_HEIGHT * k < b.height; k++) make("text", { x: r(b.width / 2), y: 19 + k * LINE_HEIGHT, class: "small value", "font-size": SMALL }, g);
  return g;
}
const edgeElement = e => make("path", { d: e.path, "data-edge": e.id }, $("arrows"));

// ---- how far it has come ----

const setIf = (element, name, value) => { if (element.getAttribute(name) !== value) element.setAttribute(name, value); };
function dress(id) {
  const element = drawn.elements.get(id);
  if (!element) return;
  const edge = drawn.edgeAt.get(id);
  if (edge) return setIf(element, "class", `edge${edge.sent < state.index || (edge.sent === state.index && !edge.now) ? " sent" : ""}${edge.now ? ` ${edge.now}` : ""}`);
  const b = drawn.at.get(id), born = b.born <= state.index || b.now;
  setIf(element, "class", `node ${b.type}${born ? "" : " unborn"}${b.members && born ? " seen" : ""}${b.done <= state.index ? " done" : ""}${b.now ? " now" : ""}`);
  let said = `${b.label}, ${b.small}`;
  if (b.value) {
    const value = valueOf(b), gradient = brief(gradientOf(b)) || "";
    const texts = !born ? ["", ""] : isList(b) ? [value, gradient && `| ${gradient}`] : [gradient ? `${value} | ${gradient}` : value];
    texts.forEach((text, k) => { const line = element.children[3 + k]; if (line && line.textContent !== text) line.textContent = text; });
    said += `, ${texts.join(" ")}`;
    const missing = [...element.children].slice(3).filter(line => !line.textContent).length; // what is there stands in the middle
    for (const line of [...element.children].slice(1)) setIf(line, "transform", `translate(0 ${missing * LINE_HEIGHT / 2})`);
  }
  setIf(element, "aria-label", said);
}
let paintedAt = 0;
function paint() {
  const touched = new Set(drawn.lit);
  for (const id of drawn.lit) { const thing = drawn.at.get(id) ?? drawn.edgeAt.get(id); thing.now = ""; }
  const [from, to] = [Math.min(paintedAt, state.index), Math.max(paintedAt, state.index)];
  if (to - from > 60) for (const id of drawn.elements.keys()) touched.add(id);
  else for (let k = from; k <= to; k++) for (const id of drawn.changes.get(k) ?? []) touched.add(id);
  drawn.lit = lightUp(current());
  for (const id of drawn.lit) touched.add(id);
  for (const id of touched) dress(id);
  paintedAt = state.index;
}
// Marks what the step is about; returns the ids.
const boxOfPlace = to => (to === null ? null : isSource(to) ? drawn.place.get(to.source) : drawn.home[to.node]);
function lightUp(event) {
  if (!event) return [];
  const [kind, n, step] = event;
  const here = kind === "run" ? null : ABOUT_NODES.includes(kind) ? drawn.home[n] : boxOfPlace(placeOfEvent(event));
  const box = drawn.at.get(here);
  if (!box) return [];
  const lit = [here], light = (e, name) => { e.now = name; lit.push(e.id); };
  box.now = "now";
  const uses = drawn.edgesOf.get(n) ?? [];
  if (kind === "forward") for (const u of uses) light(u.edge, "flow");
  if (kind === "backward" || kind === "visit") {
    const sent = TAPE.nodes[n].steps.at(kind === "backward" ? step : -1)?.contributions.map(c => c.position) ?? [];
    for (const u of uses) if (u.end !== undefined || sent.includes(u.position)) light(u.edge, "back");
  }
  follow(here);
  return lit;
}

// ---- where the reader looks ----

function setView() {
  const v = state.view;
  $("world").setAttribute("transform", `translate(${r(v.x)} ${r(v.y)}) scale(${Math.round(v.k * 1000) / 1000})`);
  reveal();
  minimapFrame();
}
function bounds() {
  const all = drawn.boxes;
  return {
    left: Math.min(...all.map(b => b.x - b.width / 2)), right: Math.max(...all.map(b => b.x + b.width / 2)),
    top: Math.min(...all.map(b => b.y - b.height / 2)), bottom: Math.max(...all.map(b => b.y + b.height / 2)),
  };
}
// All boxes in the frame, folded as far as their letters demand.
function fit() {
  if (!TAPE.nodes.length) return;
  const frame = frameOf();
  foldToFit(frame, arrange);
  draw();
  center();
  modulesList();
  notice();
}
// In another training step of a loop, that one is unfolded.
function enterRound() {
  if (!drawn || roundNow() === state.round) return;
  const number = roundNow(), looped = [...GROUPS.values()].some(g => g.kind === "pass");
  state.round = number;
  if (!looped || beginsRound(number) === undefined) return;
  fit();
  paintedAt = -Infinity;
}
function center() {
  const frame = $("canvas").getBoundingClientRect(), b = bounds();
  const k = Math.min(1.4, (frame.width - 16) / (b.right - b.left), (frame.height - 16) / (b.bottom - b.top));
  state.view = { k, x: (frame.width - (b.right + b.left) * k) / 2, y: (frame.height - (b.bottom + b.top) * k) / 2 };
  setView();
}
// After something was unfolded: as large as can be read, the unfolded in the middle.
function lookAt(id) {
  const b = drawn.at.get(id);
  center();
  if (state.view.k >= READABLE || !b) return;
  const frame = $("canvas").getBoundingClientRect();
  state.view = { k: 1, x: frame.width / 2 - b.x, y: frame.height / 2 - b.y };
  setView();
}
function follow(id) {
  const b = drawn.at.get(id), frame = $("canvas").getBoundingClientRect(), v = state.view;
  if (!b) return;
  const x = b.x * v.k + v.x, y = b.y * v.k + v.y, dx = Math.min(60, b.width / 2 * v.k), dy = Math.min(30, b.height / 2 * v.k);
  const outX = x < dx || x > frame.width - dx, outY = y < dy || y > frame.height - dy;
  if (!outX && !outY) return;
  if (outX) v.x += frame.width / 2 - x;
  if (outY) v.y += frame.height / 2 - y;
  setView();
}
function zoom(factor, x, y) {
  const frame = $("canvas").getBoundingClientRect(), v = state.view;
  x ??= frame.width / 2; y ??= frame.height / 2;
  const k = Math.max(.02, Math.min(5, v.k * factor));
  v.x = x - (x - v.x) * (k / v.k); v.y = y - (y - v.y) * (k / v.k); v.k = k;
  setView();
}

// ---- the minimap: all of it, when not all is in sight ----

function minimap() {
  if (!drawn.boxes.length) return;
  const b = bounds();
  $("minimap").setAttribute("viewBox", [b.left - 10, b.top - 10, b.right - b.left + 20, b.bottom - b.top + 20].map(r).join(" "));
  $("mini").setAttribute("d", drawn.boxes.map(x => `M${r(x.x - x.width / 2)} ${r(x.y - x.height / 2)}h${r(x.width)}v${x.height}h${r(-x.width)}z`).join(""));
}
function minimapFrame() {
  const frame = $("canvas").getBoundingClientRect(), v = state.view, b = bounds();
  const [x, y, width, height] = [-v.x / v.k, -v.y / v.k, frame.width / v.k, frame.height / v.k];
  const all = x <= b.left + 1 && y <= b.top + 1 && x + width >= b.right - 1 && y + height >= b.bottom - 1;
  $("minimap").classList.toggle("needless", all);
  if (!all) for (const [name, value] of Object.entries({ x, y, width, height })) $("minimap-frame").setAttribute(name, r(value));
}
function minimapGo(e) {
  const point = new DOMPoint(e.clientX, e.clientY).matrixTransform($("minimap").getScreenCTM().inverse()), frame = $("canvas").getBoundingClientRect();
  state.view.x = frame.width / 2 - point.x * state.view.k; state.view.y = frame.height / 2 - point.y * state.view.k;
  setView();
}
