// The page: a list of steps, a drawing of the graph, and a panel that shows the chain rule of the step with its numbers.
const $ = id => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const state = {
  language: (navigator.language || "en").startsWith("zh") ? "zh" : "en",
  mode: "backprop", index: 0, playing: null, folded: new Set(), picked: null, view: { x: 0, y: 0, k: 1 },
};
const say = key => WORDS[state.language][key] ?? key;
const escape = text => String(text).replace(/[&<>"]/g, c => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

// ---- what there is to step through ----

const BACKWARD = TAPE.events.filter(e => e[0] === "backward");
const LEARNS = TAPE.sources.filter(s => s.gradient);
function steps() {
  if (state.mode === "naive") return TAPE.naive ? TAPE.naive.visits.map((n, k) => ["visit", n, k]) : [];
  if (state.mode === "twice") return LEARNS.map(s => ["twice", s.id]);
  return TAPE.events;
}
const current = () => (state.index ? steps()[state.index - 1] : null);
const past = () => steps().slice(0, state.index);
const placeId = to => (to.source === undefined || to.source === null ? `n${to.node}` : `s${to.source}`);

// What has been sent so far to each place: [{from, contribution}] in order.
function arrivals(upTo) {
  const found = new Map();
  for (const [kind, node, step] of upTo) {
    if (kind !== "backward") continue;
    for (const c of TAPE.nodes[node].steps[step].contributions) {
      const key = c.to.source === undefined ? `n${c.to.node}.${c.to.output}` : `s${c.to.source}`;
      if (!found.has(key)) found.set(key, []);
      found.get(key).push({ from: node, contribution: c });
    }
  }
  return found;
}

// ---- names ----

const nodeName = n => n.outputs.map(o => o.name).filter(Boolean).join(", ");
const sourceName = s => s.name || say("named");
const shapeText = shape => (shape.length ? shape.join("×") : "scalar");
function placeName(to) {
  if (to.source !== undefined && to.source !== null) return sourceName(TAPE.sources[to.source]);
  const node = TAPE.nodes[to.node];
  return node.outputs[to.output || 0].name || `${node.op} (#${to.node})`;
}

// ---- the drawing ----

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
  if (state.mode === "backprop") for (const [kind, n] of before) (kind === "forward" ? born : finished).add(n);
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
  const here = kind === "twice" ? `s${n}` : boxOf(n);
  drawn.boxElements.get(here)?.classList.add("now");
  if (kind === "forward") for (const a of TAPE.nodes[n].arguments) if (a.kind !== "value") mark(a.kind === "node" ? boxOf(a.node) : `s${a.source}`, here, "flow");
  if (kind === "backward" || kind === "visit") for (const c of (TAPE.nodes[n].steps.at(step && kind === "backward" ? step : -1)?.contributions ?? [])) mark(c.to.source === undefined ? boxOf(c.to.node) : `s${c.to.source}`, here, "back");
  follow(here);
}

// ---- numbers ----

const short = x => (typeof x === "number" && x !== 0 && Math.abs(x) < 1e-3 ? x.toExponential() : String(x));
function numbersText(values) {
  if (!Array.isArray(values)) return short(values);
  if (!values.length) return "[]";
  if (!Array.isArray(values[0])) {
    const texts = values.map(short), width = Math.max(...texts.map(t => t.length));
    return "[" + texts.map(t => t.padStart(width)).join(", ") + "]";
  }
  return "[" + values.map(row => numbersText(row).replace(/\n/g, "\n ")).join(",\n ") + "]";
}
function thumb(t, low, high) {
  const canvas = document.createElement("canvas");
  canvas.width = t.width; canvas.height = t.height;
  const bytes = Uint8Array.from(atob(t.data), c => c.charCodeAt(0));
  const pixels = canvas.getContext("2d").createImageData(t.width, t.height);
  bytes.forEach((b, k) => pixels.data.set([b, Math.round(40 + .75 * b), Math.round(120 - .35 * b + 40), 255], 4 * k));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return `<img class="thumb" style="width:${Math.min(340, Math.max(24, Math.round(128 * t.width / t.height)))}px" alt="${low} … ${high}" src="${canvas.toDataURL()}">`;
}
function tensor(title, v, extra = "", attributes = "") {
  if (!v) return `<div class="tensor" ${attributes}><header><b>${title}</b> <span class="about">${say("noGradient")}</span></header></div>`;
  const odd = (v.nan ? ` <span class="bad">${v.nan} nan</span>` : "") + (v.inf ? ` <span class="bad">${v.inf} inf</span>` : "");
  let body;
  if (v.values !== null) body = `<pre class="numbers" title="${say("copy")}">${escape(numbersText(v.values))}</pre>`;
  else body = `<pre class="numbers" title="${say("copy")}">${escape(`${say("mean")} ${short(v.mean)}   std ${short(v.std)}\nmin ${short(v.min)}   max ${short(v.max)}\n${say("norm")} ${short(v.norm)}\n${say("corner")}\n${numbersText(v.corner)}`)}</pre>` + thumb(v.thumbnail, v.min, v.max);
  return `<div class="tensor" ${attributes}><header><b>${title}</b> <span class="about">${shapeText(v.shape)} ${v.dtype.replace("torch.", "")}${odd}</span>${extra}</header>${body}</div>`;
}
const same = (a, b) => a && b && JSON.stringify(a.values ?? [a.mean, a.std, a.min, a.max, a.norm]) === JSON.stringify(b.values ?? [b.mean, b.std, b.min, b.max, b.norm]);
const scaled = (v, k) => {
  const times = x => (Array.isArray(x) ? x.map(times) : typeof x === "number" ? Number((x * k).toPrecision(6)) : x);
  return v && { ...v, values: v.values === null ? null : times(v.values), corner: v.corner && times(v.corner), min: times(v.min), max: times(v.max), mean: times(v.mean), std: times(v.std), norm: times(v.norm) };
};
// Where every number of the gradient comes from one number of what arrived, their quotient is the slope.
function slope(upstream, sent) {
  if (!upstream || upstream.values === null || sent.values === null || String(upstream.shape) !== String(sent.shape)) return null;
  const quotient = (g, s) => (Array.isArray(g) ? g.map((x, k) => quotient(x, s[k])) : g === 0 || typeof g !== "number" || typeof s !== "number" ? NaN : Number((s / g).toPrecision(6)));
  const q = quotient(upstream.values, sent.values);
  return /null/.test(JSON.stringify(q)) ? null : { ...sent, values: q };
}
const ELEMENTWISE = /^(add|sub|mul|div|neg|pow|abs|exp|log|sqrt|sin|cos|tan|tanh|sigmoid|relu|square|reciprocal|clamp|where|softplus|silu|gelu|elu|leaky|log1p|expm1|maximum|minimum|rsqrt|erf)/;

// ---- the panel ----

function heading(node, word) {
  const line = node.line ? `<p class="where">${escape(node.line.file)}, ${say("where")} ${node.line.number}, ${escape(node.line.function)}</p><div class="line"><code>${escape(node.line.text)}</code></div>` : "";
  const inside = node.module ? ` <span class="where">${escape(node.module)}</span>` : "";
  const note = node.inBackward ? `<p class="where">${say("inBackward")}</p>` : "";
  return `<h2>${escape(node.op)} <span class="where">${say(word)} · ${escape(node.label)}</span>${inside}</h2>${line}${note}` + (node.math ? `<h3>Math</h3><div class="formula">${escape(node.math)}</div>${meanings(node)}` : "");
}
const operandName = a => a.name || placeName(a.kind === "node" ? { node: a.node, output: a.output } : { source: a.source });
// What the formula's letters are called in the reader's program.
function meanings(node) {
  const pairs = node.arguments.map(a => [a.parameter, a.kind === "value" ? a.text : operandName(a)]).filter(([letter, name]) => letter !== name);
  return pairs.length ? `<p class="where meanings">${say("here")} ${pairs.map(pair => escape(pair.join(" = "))).join(", ")}</p>` : "";
}
const costs = (seconds, bytes) => `<p class="where">${say("time")} ${(seconds * 1e6).toFixed(0)} µs${bytes === null ? "" : ` · ${say("memory")} ${bytes < 1e4 ? bytes + " B" : (bytes / 1024).toFixed(0) + " KB"}`}</p>`;
// How far torch is from this node, and torch's own numbers: its outputs, or its gradients in one backward pass.
function parity(node, step) {
  const p = node.parity;
  if (!p) return "";
  if (p.reason !== null) return `<h3>${say("torch")}</h3><p data-parity="none">${say("notComparable")}: ${escape(p.reason)}</p>`;
  const bad = name => p.departs.some(d => d === name || d.startsWith(`${name} `));
  const row = (name, label, d) => `<tr><td>${escape(label)}</td><td class="${bad(name) ? "bad" : "good"}" data-parity="${escape(name)}">${d === null ? "∞" : d.toExponential(1)}</td></tr>`;
  const rows = [row("output", say("output"), p.output), ...Object.entries(p.gradients).map(([k, d]) => row(`d ${k}`, `d ${k}`, d))];
  const numbers = step === undefined
    ? p.torch.outputs.map(v => tensor(`torch: ${say("output")}`, v, "", 'data-torch="output"'))
    : Object.entries(p.torch.gradients[step]).map(([k, v]) => tensor(`torch: d ${escape(k)}`, v, "", `data-torch="d ${escape(k)}"`));
  return `<h3>${say("torch")}</h3><table><tr><th></th><th>${say("difference")}</th></tr>${rows.join("")}</table>${numbers.join("")}`;
}
function forwardPanel(node) {
  const takes = node.arguments.map(a => a.kind === "value"
    ? `<div class="tensor"><header><b>${escape(a.parameter)}</b></header><pre class="numbers">${escape(a.text)}</pre></div>`
    : tensor(`${escape(a.parameter)} = ${escape(operandName(a))}`, a.value)).join("");
  const makes = node.outputs.map(o => tensor(escape(o.name || say("makes")), o.value)).join("");
  return heading(node, "forward") + `<h3>${say("operands")}</h3>${takes}<h3>${say("makes")}</h3>${makes}${costs(node.seconds, node.bytes)}${parity(node)}`;
}
function sumOf(to, before) {
  const key = to.source === undefined ? `n${to.node}.${to.output}` : `s${to.source}`;
  const parts = arrivals(before).get(key) ?? [];
  const total = arrivals(TAPE.events).get(key)?.length ?? 0;
  if (total < 2) return "";
  const rows = parts.map(p => tensor(`+ ${say("from")} ${escape(TAPE.nodes[p.from].op)} #${p.from}`, p.contribution.after)).join("");
  return `<h3>${say("paths")}: ${escape(placeName(to))} (${parts.length}/${total})</h3>${rows}` + tensor(`= ${say("sumHere")} ${escape(placeName(to))}, ${say("soFar")}`, parts.at(-1)?.contribution.sum);
}
function backwardPanel(node, step) {
  const s = node.steps[step];
  const upstream = s.upstream.map((u, k) => tensor(s.upstream.length > 1 ? `g ${k}` : "g", u)).join("");
  const chains = s.contributions.map(c => {
    const local = s.upstream.length === 1 && ELEMENTWISE.test(node.op) ? slope(s.upstream[0], c.before) : null;
    const fits = String(c.before.shape) === String(c.after.shape);
    return `<h3>d ${escape(c.position)} → ${escape(placeName(c.to))}</h3><div class="chain">`
      + tensor(say("upstream"), s.upstream[0])
      + (local ? tensor(say("local"), local) : `<div class="sign">↓ ${say("rule")}</div>`)
      + tensor(say("downstream"), c.before)
      + (fits ? "" : `<div class="sign">Σ ${say("unbroadcast")}</div>` + tensor(say("downstream"), c.after))
      + "</div>" + sumOf(c.to, past());
  }).join("");
  return heading(node, "backward") + `<h3>${say("arrived")}</h3>${upstream}<h3>${say("sends")}</h3>${chains}${costs(s.seconds, null)}${parity(node, step)}`;
}
function gradientsTable() {
  if (!LEARNS.length) return "";
  return `<h3>${say("sourcesTitle")}</h3>` + LEARNS.map(s => tensor(escape(sourceName(s)) + ".grad", s.gradient, "", `data-source="${s.id}"`)).join("");
}
function naivePanel(event) {
  if (!TAPE.naive) return `<p>${say("naiveNone")}</p>`;
  const count = new Map();
  for (const n of TAPE.naive.visits) count.set(n, (count.get(n) ?? 0) + 1);
  const again = [...count.values()].filter(c => c > 1).length;
  const differs = LEARNS.some(s => !same(s.gradient, TAPE.naive.gradients[s.id]));
  let top = "";
  if (event) {
    const n = event[1], nth = TAPE.naive.visits.slice(0, event[2] + 1).filter(v => v === n).length;
    top = heading(TAPE.nodes[n], "backward") + `<p class="${nth > 1 ? "bad" : ""}">${say("naiveVisit")} ${nth} ${say("of")} ${count.get(n)}</p>`;
  }
  const ending = state.index === steps().length || !event;
  const verdict = differs ? `<p class="bad">${again} ${say("naiveBad")}</p>` : `<p class="good">${say("naiveSame")}</p>`;
  const rows = LEARNS.map(s => {
    const wrong = TAPE.naive.gradients[s.id], ok = same(s.gradient, wrong);
    return tensor(`${escape(sourceName(s))}.grad, ${say("right")}`, s.gradient) + tensor(`${escape(sourceName(s))}.grad, ${say("wrong")} ${ok ? "✓" : "✗"}`, wrong, "", `class="${ok ? "" : "wrong"}" data-naive="${s.id}"`.replace('class=""', ""));
  }).join("");
  return top + (ending ? verdict + rows : "");
}
function twicePanel(event) {
  if (!event) return `<p>${say(LEARNS.length ? "twiceNotice" : "noBackward")}</p>` + (LEARNS.length ? `<p>${say("twiceWhy")}</p>` : "");
  const s = TAPE.sources[event[1]];
  return `<h2>${escape(sourceName(s))}</h2>` + tensor(say("old"), s.gradient) + `<div class="sign">+</div>` + tensor(say("fresh"), s.gradient) + `<div class="sign">=</div>`
    + tensor(say("total"), scaled(s.gradient, 2), "", `data-twice="${s.id}"`) + `<p>${say("twiceWhy")}</p>`;
}
function sourcePanel(s) {
  const parts = (arrivals(past()).get(`s${s.id}`) ?? []);
  return `<h2>${escape(sourceName(s))}</h2>` + tensor(say("value"), s.value) + (s.requiresGrad ? sumOf({ source: s.id }, past()) || tensor(say("gradient"), parts.at(-1)?.contribution.sum) : `<p>${say("noGradient")}</p>`);
}
function showPanel() {
  const event = current(), panel = $("panel");
  panel.dataset.kind = event ? event[0] : "start";
  panel.dataset.node = event ? event[1] : "";
  if (state.picked !== null) panel.innerHTML = sourcePanel(TAPE.sources[state.picked]);
  else if (state.mode === "naive") panel.innerHTML = naivePanel(event);
  else if (state.mode === "twice") panel.innerHTML = twicePanel(event);
  else if (!event) panel.innerHTML = `<p>${say(TAPE.nodes.length ? "hint" : "empty")}</p>`;
  else panel.innerHTML = (event[0] === "forward" ? forwardPanel(TAPE.nodes[event[1]]) : backwardPanel(TAPE.nodes[event[1]], event[2])) + (state.index === TAPE.events.length ? gradientsTable() : "");
  panel.parentElement.scrollTop = 0;
}

// ---- moving about ----

function goTo(index) {
  state.index = Math.max(0, Math.min(steps().length, index));
  state.picked = null;
  const event = current();
  $("slider").max = steps().length;
  $("slider").value = state.index;
  const word = event ? (event[0] === "forward" ? say("forward") : event[0] === "twice" ? "" : say("backward")) : say("start");
  $("count").textContent = `${word} ${state.index}/${steps().length}`;
  paint();
  showPanel();
  if (state.playing && state.index === steps().length) pause();
}
function pause() { clearInterval(state.playing); state.playing = null; $("play").textContent = "▶"; }
function play() {
  if (state.playing) return pause();
  if (state.index === steps().length) goTo(0);
  $("play").textContent = "⏸";
  state.playing = setInterval(() => goTo(state.index + 1), Number($("speed").value));
}
function pick(id) {
  if (id[0] === "g") { state.folded.delete(id.slice(1)); modules(); draw(); return goTo(state.index); }
  if (id[0] === "s") { state.picked = Number(id.slice(1)); return showPanel(); }
  const n = Number(id.slice(1)), list = steps();
  const places = list.map((e, k) => [e, k + 1]).filter(([e]) => e[1] === n && e[0] !== "twice").map(([, k]) => k);
  if (places.length) goTo(places.find(k => k > state.index) ?? places[0]);
}
function mode(name) {
  pause();
  state.mode = name;
  for (const b of document.querySelectorAll("[data-mode]")) b.setAttribute("aria-checked", b.dataset.mode === name);
  notice();
  goTo(0);
}
function notice() {
  $("notice").textContent = state.mode === "naive" ? say(TAPE.naive ? "naiveNotice" : "naiveNone") : state.mode === "twice" ? say(LEARNS.length ? "twiceNotice" : "noBackward") : TAPE.nodes.length && !BACKWARD.length ? say("noBackward") : "";
}
function modules() {
  const paths = [...new Set(TAPE.nodes.map(n => n.module).filter(Boolean).flatMap(p => p.split(".").map((_, k, all) => all.slice(0, k + 1).join("."))))].filter(p => p.includes(".") || TAPE.nodes.some(n => !n.module.startsWith(p)));
  $("modules").hidden = !paths.length;
  $("modules").querySelector("div").innerHTML = paths.map(p => `<button type="button" data-path="${escape(p)}" aria-pressed="${state.folded.has(p)}">${state.folded.has(p) ? "▸" : "▾"} ${escape(p)}</button>`).join("");
  for (const b of $("modules").querySelectorAll("button")) b.addEventListener("click", () => {
    state.folded.has(b.dataset.path) ? state.folded.delete(b.dataset.path) : state.folded.add(b.dataset.path);
    modules(); draw(); fit(); goTo(state.index);
  });
}
function setView() { const v = state.view; $("world").setAttribute("transform", `translate(${v.x} ${v.y}) scale(${v.k})`); }
function fit() {
  const all = [...drawn.at.values()], frame = $("canvas").getBoundingClientRect(), below = $("legend").offsetHeight + 16;
  if (!all.length) return;
  const left = Math.min(...all.map(b => b.x - b.width / 2)), right = Math.max(...all.map(b => b.x + b.width / 2));
  const top = Math.min(...all.map(b => b.y - 22)), bottom = Math.max(...all.map(b => b.y + 22));
  const k = Math.max(.75, Math.min(1.5, (frame.width - 40) / (right - left), (frame.height - below - 30) / (bottom - top)));
  const spare = frame.width - (right - left) * k;
  state.view = { k, x: (spare > 0 ? spare / 2 : 20) - left * k, y: (frame.height - below - (bottom - top) * k) / 2 - top * k };
  setView();
}
function follow(id) {
  const b = drawn.at.get(id), frame = $("canvas").getBoundingClientRect(), v = state.view;
  if (!b) return;
  const x = b.x * v.k + v.x, y = b.y * v.k + v.y, below = $("legend").offsetHeight + 30;
  if (x < 60 || x > frame.width - 60) v.x += frame.width / 2 - x;
  if (y < 30 || y > frame.height - below) v.y += (frame.height - below) / 2 - y;
  setView();
}
function zoom(factor, x, y) {
  const frame = $("canvas").getBoundingClientRect(), v = state.view;
  x ??= frame.width / 2; y ??= frame.height / 2;
  const k = Math.max(.1, Math.min(5, v.k * factor));
  v.x = x - (x - v.x) * (k / v.k); v.y = y - (y - v.y) * (k / v.k); v.k = k;
  setView();
}
let drag = null, dragged = false;
$("canvas").addEventListener("pointerdown", e => { drag = { x: e.clientX, y: e.clientY }; dragged = false; });
addEventListener("pointermove", e => {
  if (!drag) return;
  if (Math.hypot(e.clientX - drag.x, e.clientY - drag.y) > 3 || dragged) { dragged = true; state.view.x += e.clientX - drag.x; state.view.y += e.clientY - drag.y; drag = { x: e.clientX, y: e.clientY }; setView(); }
});
addEventListener("pointerup", () => { drag = null; setTimeout(() => { dragged = false; }); });
$("canvas").addEventListener("wheel", e => { e.preventDefault(); const r = $("canvas").getBoundingClientRect(); zoom(Math.exp(-e.deltaY / 400), e.clientX - r.left, e.clientY - r.top); }, { passive: false });
const BUTTONS = { first: () => goTo(0), previous: () => goTo(state.index - 1), play, next: () => goTo(state.index + 1), last: () => goTo(steps().length), in: () => zoom(1.25), out: () => zoom(.8), fit };
for (const [id, action] of Object.entries(BUTTONS)) $(id).addEventListener("click", () => action());
$("slider").addEventListener("input", e => goTo(Number(e.target.value)));
$("speed").addEventListener("change", () => { if (state.playing) { pause(); play(); } });
for (const b of document.querySelectorAll("[data-mode]")) b.addEventListener("click", () => mode(b.dataset.mode));
addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.tagName === "SELECT") return;
  const keys = { ArrowRight: BUTTONS.next, ArrowLeft: BUTTONS.previous, Home: BUTTONS.first, End: BUTTONS.last, "+": BUTTONS.in, "-": BUTTONS.out, "0": fit };
  if (e.key === " " && e.target.tagName !== "BUTTON" && e.target.tagName !== "SUMMARY") { e.preventDefault(); return play(); }
  if (keys[e.key]) { e.preventDefault(); keys[e.key](); }
});
$("theme").addEventListener("click", () => { const root = document.documentElement; root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark"; });
$("language").addEventListener("click", () => { state.language = state.language === "en" ? "zh" : "en"; translate(); });
addEventListener("resize", fit);
function translate() {
  document.documentElement.lang = state.language;
  for (const e of document.querySelectorAll("[data-word]")) e.textContent = say(e.dataset.word);
  for (const e of document.querySelectorAll("[data-label]")) { e.setAttribute("aria-label", say(e.dataset.label)); if (e.tagName === "BUTTON") e.title = say(e.dataset.label); }
  $("language").textContent = state.language === "en" ? "中文" : "English";
  notice(); draw(); goTo(state.index);
}

if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
if (TAPE.nodes.length > 60) for (const n of TAPE.nodes) if (n.module.includes(".")) state.folded.add(n.module.split(".").slice(0, 2).join("."));
modules();
draw();
for (const b of document.querySelectorAll("[data-mode]")) b.setAttribute("aria-checked", b.dataset.mode === state.mode);
translate();
fit();
goTo(0);
