// What there is to step through, where the reader is, and what things are called.
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
