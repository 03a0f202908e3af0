// The drawing: the boxes and arrows of the graph, and how far the steps have come in it.
function groupOf(node) {
  const path = node.module;
  let best = null;
  for (const g of state.folded) if (path === g || path.startsWith(g + ".")) if (!best || g.length < best.length) best = g;
  return best;
}
function boxesAndEdges() {
  const boxes = new Map(), edges = new Map(), home = new Map();
  const add = (id, box) => { if (!boxes.has(id)) boxes.set(id, { id, ...box }); return boxes.get(id); };
  const wide = text => Math.max(64, 7.6 * [...text].reduce((n, c) => n + (c > "⺀" ? 2 : 1), 0) + 18);
  for (const node of TAPE.nodes) home.set(node.id, groupOf(node));
  const users = new Map();
  for (const node of TAPE.nodes) for (const a of node.arguments) if (a.kind === "source") {
    if (!users.has(a.source)) users.set(a.source, new Set());
    users.get(a.source).add(home.get(node.id) ? `g${home.get(node.id)}` : `n${node.id}`);
  }
  for (const s of TAPE.sources) {
    const by = [...(users.get(s.id) ?? [])];
    if (by.length === 1 && by[0][0] === "g" && s.requiresGrad) continue; // a folded module hides its parameters
    const label = sourceName(s);
    add(`s${s.id}`, { kind: "source", type: s.requiresGrad ? "parameter" : "data", label, small: shapeText(s.value.shape), width: wide(label) });
  }
  for (const node of TAPE.nodes) {
    const group = home.get(node.id);
    if (group) { const label = group.split(".").slice(-2).join("."); add(`g${group}`, { kind: "group", type: "group", label, small: "▸ " + say("modules").split(/[:：]/)[0], width: wide(label), members: [] }).members.push(node.id); }
    else {
      const small = nodeName(node) || shapeText(node.outputs[0].value.shape), label = node.op;
      add(`n${node.id}`, { kind: "op", type: "op", label, small, width: Math.max(wide(label), wide(small) * .9) });
    }
  }
  const boxOf = (kind, id) => (kind === "node" ? (home.get(id) ? `g${home.get(id)}` : `n${id}`) : `s${id}`);
  for (const node of TAPE.nodes) for (const a of node.arguments) {
    if (a.kind === "value") continue;
    const from = boxOf(a.kind, a.kind === "node" ? a.node : a.source), to = boxOf("node", node.id);
    if (from !== to && boxes.has(from)) edges.set(`${from}>${to}`, { from, to });
  }
  return { boxes: [...boxes.values()], edges: [...edges.values()], home };
}
const make = (name, attributes, parent) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent?.append(element);
  return element;
};
let drawn = null;
function draw() {
  const graph = boxesAndEdges();
  const at = layout(graph.boxes, graph.edges);
  const world = $("world");
  world.replaceChildren();
  const defs = make("defs", {}, world);
  const marker = make("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 11, markerHeight: 11, markerUnits: "userSpaceOnUse", orient: "auto" }, defs);
  make("path", { d: "M0 0 8 4 0 8z" }, marker);
  const tail = make("marker", { id: "tail", viewBox: "0 0 8 8", refX: 1, refY: 4, markerWidth: 12, markerHeight: 12, markerUnits: "userSpaceOnUse", orient: "auto" }, defs);
  make("path", { d: "M8 0 0 4 8 8z" }, tail); // a gradient flows against the arrows of the forward pass
  const edgeElements = new Map();
  for (const e of graph.edges) {
    const a = at.get(e.from), b = at.get(e.to);
    const x0 = a.x + a.width / 2, x1 = b.x - b.width / 2, bend = Math.max(24, Math.abs(x1 - x0) / 2);
    edgeElements.set(`${e.from}>${e.to}`, make("path", { class: "edge", d: `M${x0} ${a.y} C${x0 + bend} ${a.y} ${x1 - bend} ${b.y} ${x1} ${b.y}` }, world));
  }
  const boxElements = new Map();
  for (const b of graph.boxes) {
    const g = make("g", { class: `node ${b.type}`, transform: `translate(${b.x - b.width / 2} ${b.y - b.height / 2})`, "data-id": b.id, role: "button", tabindex: -1, "aria-label": `${b.label} ${b.small}` }, world);
    make("rect", { width: b.width, height: b.height, rx: b.kind === "op" ? 12 : 3 }, g);
    make("text", { x: b.width / 2, y: 19 }, g).textContent = b.label;
    make("text", { x: b.width / 2, y: 34, class: "small" }, g).textContent = b.small;
    g.addEventListener("click", () => { if (!dragged) pick(b.id); });
    boxElements.set(b.id, g);
  }
  drawn = { ...graph, at, edgeElements, boxElements };
}
function paint() {
  const event = current(), before = past();
  const born = new Set(), finished = new Set(), left = new Map();
  if (state.mode === "backprop") for (const [kind, n] of before) { if (kind === "forward") born.add(n); if (kind === "backward") finished.add(n); }
  else for (const n of TAPE.nodes) born.add(n.id);
  if (state.mode === "naive") for (const [, n] of before) finished.add(n);
  const got = state.mode === "backprop" ? arrivals(before) : new Map(), all = arrivals(TAPE.events);
  const boxOf = id => (drawn.home.get(id) ? `g${drawn.home.get(id)}` : `n${id}`);
  for (const [id, element] of drawn.boxElements) {
    const box = drawn.at.get(id);
    const members = box.kind === "group" ? box.members : box.kind === "op" ? [Number(id.slice(1))] : null;
    let isBorn, isDone;
    if (members) { isBorn = members.some(n => born.has(n)); isDone = members.every(n => finished.has(n)); }
    else {
      isBorn = true;
      isDone = state.mode === "backprop" ? (got.get(id)?.length ?? 0) > 0 && got.get(id).length === all.get(id)?.length : state.mode === "twice" && before.some(e => `s${e[1]}` === id);
    }
    element.classList.toggle("unborn", !isBorn);
    element.classList.toggle("seen", isBorn && !!members);
    element.classList.toggle("done", isDone);
    element.classList.remove("now");
  }
  for (const element of drawn.edgeElements.values()) element.setAttribute("class", "edge");
  const mark = (from, to, name) => drawn.edgeElements.get(`${from}>${to}`)?.setAttribute("class", `edge ${name}`);
  for (const [kind, n, step] of before) if (kind === "backward") for (const c of TAPE.nodes[n].steps[step].contributions) mark(c.to.source === undefined ? boxOf(c.to.node) : `s${c.to.source}`, boxOf(n), "sent");
  if (!event) return;
  const [kind, n, step] = event;
  const here = kind === "twice" ? `s${n}` : ["forward", "backward", "visit"].includes(kind) ? boxOf(n) : null;
  drawn.boxElements.get(here)?.classList.add("now");
  if (kind === "forward") for (const a of TAPE.nodes[n].arguments) if (a.kind !== "value") mark(a.kind === "node" ? boxOf(a.node) : `s${a.source}`, here, "flow");
  if (kind === "backward" || kind === "visit") for (const c of (TAPE.nodes[n].steps.at(step && kind === "backward" ? step : -1)?.contributions ?? [])) mark(c.to.source === undefined ? boxOf(c.to.node) : `s${c.to.source}`, here, "back");
  follow(here);
}
