// What stands in the picture: boxes for tensors, numbers, ops and folded groups, and an arrow for every use of a tensor.
const pen = document.createElement("canvas").getContext("2d");
const LABEL = 14, SMALL = 12; // heights of the letters, in pixels at scale 1
const READABLE = 11 / SMALL; // the scale below which they are too small
const LINE_HEIGHT = 16;
function textWidth(text, size) {
  pen.font = `${size}px system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", sans-serif`;
  return pen.measureText(text).width;
}
// A tensor of up to three numbers as text, else nothing; in a narrow frame, of one number.
function brief(v) {
  const most = state.narrow ? 1 : 3;
  const size = v?.shape.reduce((a, b) => a * b, 1);
  if (!v || !v.values || size > most || size === 0) return typeof v?.values === "number" ? short(v.values) : "";
  const all = [v.values].flat(Infinity).map(x => short(x));
  return size === 1 ? all[0] : `[${all.join(", ")}]`;
}
const isList = box => box.value?.[0] === "["; // its gradient stands below, else beside
// Where the value of a box is: in a source, or in an output of a node.
function placeOfBox(box) {
  if (box.kind === "source") return { source: Number(box.id.slice(1)) };
  return { node: box.kind === "end" ? box.node : box.members[0], output: box.output ?? 0 };
}
// All values and all gradients that a box will ever show, as texts.
function everShown(box) {
  const to = placeOfBox(box), changes = of => changesOf(to, of).flatMap(c => [c.before, c.after]);
  const sums = (ARRIVALS.get(placeKey(to)) ?? []).map(a => a.contribution.sum);
  const sent = isSource(to) ? [TAPE.sources[to.source].grad] : TAPE.nodes[to.node].steps.map(s => s.upstream[to.output]);
  const said = all => [...new Set(all.map(v => brief(v)).filter(Boolean))];
  return { values: [box.value, ...said(changes("value"))], gradients: said([...sums, ...sent, ...changes("grad")]) };
}
const ROOMS = new Map(); // {wide: of the value and the gradient, lines} of a box, for what is asked of its numbers
function roomFor(box) {
  const key = `${box.id} ${state.narrow} ${state.digits}`;
  if (!box.value) return { wide: 0, lines: 0 };
  if (!ROOMS.has(key)) {
    const { values, gradients } = everShown(box), wide = texts => Math.max(0, ...texts.map(t => textWidth(t, SMALL)));
    const below = gradients.map(g => `| ${g}`), beside = wide(values) + wide(gradients.map(g => ` | ${g}`));
    ROOMS.set(key, isList(box) ? { wide: wide([...values, ...below]), lines: below.length ? 2 : 1 } : { wide: beside, lines: 1 });
  }
  return ROOMS.get(key);
}
function sized(box) {
  const { wide, lines } = roomFor(box), width = Math.max(58, textWidth(box.label, LABEL), textWidth(box.small, SMALL), wide) + 18;
  return { ...box, width, height: 12 + LINE_HEIGHT * (2 + lines) };
}

// ---- boxes ----

function boxesAndEdges() {
  const { found, home } = visibleItems(), boxes = new Map();
  const add = box => boxes.set(box.id, sized(box));
  const users = usersOfSources(home);
  const place = placeSources(users, add);
  for (const item of found) {
    if (typeof item !== "number") {
      add(groupBox(item, users));
      for (let n = item.first; n <= item.last; n++) if (item.last - n < 50) addEnds(TAPE.nodes[n], add);
      continue;
    }
    const node = TAPE.nodes[item];
    node.arguments.forEach((a, k) => { if (a.constant !== undefined) add(constantBox(node, a, k)); });
    add(opBox(node));
    addEnds(node, add);
  }
  return { boxes: [...boxes.values()], edges: edgesBetween(boxes, home, place), home, place };
}
// The outputs that nobody takes and at which a backward pass began: the losses.
const ENDS = (() => {
  const taken = new Set(TAPE.nodes.flatMap(n => n.arguments.filter(a => a.kind === "node").map(a => `${a.node}.${a.output ?? 0}`)));
  const ends = n => n.outputs.map((_, k) => `${n.id}.${k}`).filter((key, k) => !taken.has(key) && n.steps.some(s => s.upstream[k]));
  return new Set(TAPE.nodes.flatMap(ends));
})();
function addEnds(node, add) { node.outputs.forEach((_, k) => { if (ENDS.has(`${node.id}.${k}`)) add(endBox(node, k)); }); }
// "y_pred 64×10"; a value that is shown says its shape itself
function nameAndShapes(node, name) {
  const shapes = node.outputs.slice(0, 3).map(o => shapeText(o.value.shape)), [{ value }] = node.outputs;
  if (name && shapes.length === 1 && brief(value) && value.shape.length < 2) return name;
  return `${name} ${shapes.join(", ")}${node.outputs.length > 3 ? ` +${node.outputs.length - 3}` : ""}`.trim();
}
function opBox(node) {
  const [first] = node.outputs, several = node.outputs.length > 1;
  const ends = ENDS.has(`${node.id}.0`); // then a box of its own says the value
  return { id: `n${node.id}`, kind: "op", type: "op", label: node.public ?? node.op, small: nameAndShapes(node, ends ? "" : nodeName(node)),
    value: ends || several ? "" : brief(first.value), members: [node.id, node.id] };
}
function endBox(node, k) {
  const o = node.outputs[k];
  const shown = { label: o.name || say("end"), small: shapeText(o.value.shape), value: brief(o.value) };
  return { id: `e${node.id}.${k}`, kind: "end", type: "end", node: node.id, output: k, ...shown };
}
function constantBox(node, a, k) {
  const number = numberText(a.text), [label, small] = a.constant ? [a.constant, number] : [number, say("number")];
  return { id: `c${node.id}.${k}`, kind: "constant", type: "constant", node: node.id, label, small };
}
const numberText = text => (Number.isFinite(Number(text)) ? short(Number(text)) : text);
function groupBox(g, users) {
  let tensors = 0;
  for (const [s, by] of users) if (TAPE.sources[s].requiresGrad && by.size === 1 && by.has(g.id)) tensors++;
  const small = `${g.last - g.first + 1} ${say("opsIn")}${tensors ? ` · ${tensors} ${say("parametersIn")}` : ""}`;
  return { id: g.id, kind: "group", type: "group", label: `▸ ${groupLabel(g)}`, small, members: [g.first, g.last] };
}
function usersOfSources(home) {
  const users = new Map();
  for (const node of TAPE.nodes) for (const a of node.arguments) if (a.kind === "source") {
    if (!users.has(a.source)) users.set(a.source, new Set());
    users.get(a.source).add(home[node.id]);
  }
  return users;
}
// A folded group hides what is its own: parameters and tensors without a name. More than three of a kind are one box.
function placeSources(users, add) {
  const place = new Map(), bundles = new Map();
  for (const s of TAPE.sources) {
    const by = [...(users.get(s.id) ?? [])];
    if (by.length === 1 && by[0][0] === "g" && (s.requiresGrad || !s.name)) continue;
    if (!s.name && !s.requiresGrad && /int|bool/.test(s.value.dtype)) continue; // an index that an op made for itself
    const key = `${s.requiresGrad}|${by.sort().join()}`;
    if (!bundles.has(key)) bundles.set(key, []);
    bundles.get(key).push(s);
  }
  for (const [, sources] of bundles) {
    const id = `b${sources[0].id}`, folded = sources.length > 3 && !state.open.has(id);
    const type = sources[0].requiresGrad ? "parameter" : "data";
    if (folded) add({ id, kind: "bundle", type, label: `▸ ${sourceName(sources[0])} …`, small: `${sources.length} ${say("tensorsIn")}`, sources });
    for (const s of sources) {
      place.set(s.id, folded ? id : `s${s.id}`);
      const shown = { label: sourceName(s), small: shapeText(s.value.shape), value: brief(s.value) };
      if (!folded) add({ id: `s${s.id}`, kind: "source", type, ...shown });
    }
  }
  return place;
}

// ---- arrows ----

// One arrow for every use; between groups one for all.  uses: [{node, position}] are those that it stands for.
function edgesBetween(boxes, home, place) {
  const edges = new Map();
  const join = (from, to, use, many) => {
    if (from === undefined || from === to || !boxes.has(from) || !boxes.has(to)) return;
    const key = many ? `${from}>${to}` : `${from}>${to}.${use.position}`;
    if (!edges.has(key)) edges.set(key, { id: key, from, to, uses: [] });
    edges.get(key).uses.push(use);
  };
  for (const node of TAPE.nodes) {
    const to = home[node.id];
    node.arguments.forEach((a, k) => {
      if (a.kind === "value") { if (a.constant !== undefined) join(`c${node.id}.${k}`, to, { node: node.id, position: a.parameter }); return; }
      const from = a.kind === "node" ? home[a.node] : place.get(a.source);
      join(from, to, { node: node.id, position: a.parameter }, from?.[0] === "g" || to[0] === "g" || from?.[0] === "b");
    });
    node.outputs.forEach((_, k) => join(to, `e${node.id}.${k}`, { node: node.id, end: k }));
  }
  const pairs = new Map(); // arrows beside each other
  for (const e of edges.values()) { const key = `${e.from}>${e.to}`; pairs.set(key, [...(pairs.get(key) ?? []), e]); }
  for (const beside of pairs.values()) beside.forEach((e, k) => { e.shift = (k - (beside.length - 1) / 2) * 12; });
  return [...edges.values()];
}

// ---- when things happen to them ----

// For each mode: the step (counted from 1) at which a node is made, at which its backward is done, and at which a source is done.
function timeline() {
  const made = TAPE.nodes.map(() => (state.mode === "backprop" ? Infinity : 0)), swept = new Map(), sent = new Map(), complete = new Map();
  steps().forEach(([kind, node, step], k) => {
    if (kind === "forward") made[node] = Math.min(made[node], k + 1);
    if (kind === "visit") swept.set(node, k + 1); // the last one
    if (kind !== "backward") return;
    swept.set(node, k + 1);
    for (const c of TAPE.nodes[node].steps[step].contributions) {
      if (!sent.has(`${node}.${c.position}`)) sent.set(`${node}.${c.position}`, k + 1);
      if (c.to && isSource(c.to)) complete.set(c.to.source, k + 1);
    }
  });
  return { made, swept, sent, complete };
}
function boxTimes(box, times) {
  if (box.members) {
    const [first, last] = box.members;
    let born = Infinity, done = 0;
    for (let n = first; n <= last; n++) { born = Math.min(born, times.made[n]); done = Math.max(done, times.swept.get(n) ?? 0); }
    return { born, done: done || Infinity };
  }
  if (box.kind === "end") return { born: times.made[box.node], done: times.swept.get(box.node) ?? Infinity };
  if (box.kind === "bundle") return { born: 0, done: Math.max(...box.sources.map(s => times.complete.get(s.id) ?? Infinity)) };
  return { born: 0, done: box.kind === "source" ? times.complete.get(Number(box.id.slice(1))) ?? Infinity : Infinity };
}
// The gradient that a box has got so far, as a summary.
const valueOf = box => (box.kind === "source" && state.mode === "backprop" ? brief(holds(placeOfBox(box), "value")) : box.value);
function gradientOf(box) {
  if (state.mode !== "backprop" || !box.value) return null;
  const to = placeOfBox(box);
  if (isSource(to)) return gradientNow(to);
  const done = (SWEPT.get(to.node) ?? []).filter(at => at <= state.index).length;
  return done ? TAPE.nodes[to.node].steps[done - 1].upstream[to.output] : arrivals(placeKey(to)).at(-1)?.contribution.sum;
}
const SWEPT = new Map(); // node -> the steps of its backwards
TAPE.events.forEach(([kind, node], k) => { if (kind === "backward") SWEPT.set(node, [...(SWEPT.get(node) ?? []), k + 1]); });
