// What there is to step through, where the reader is, and what things are called.
const $ = id => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const state = {
  language: (navigator.language || "en").startsWith("zh") ? "zh" : "en",
  mode: "backprop", index: 0, playing: null, picked: null, digits: 4,
  sample: 0, channel: 0, sliding: null, // which pictures of a batch are shown: see pictures.js
  open: new Set(), round: 1, // the groups that are unfolded, and the training step that one is in: see groups.js
  view: { x: 0, y: 0, k: 1 },
};
const say = key => WORDS[state.language][key] ?? WORDS.en[key] ?? key;
const escape = text => String(text).replace(/[&<>"]/g, c => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

// ---- what there is to step through ----

const BACKWARD = TAPE.events.filter(e => e[0] === "backward");
const LEARNS = TAPE.sources.filter(s => s.gradient || s.grad);
const ABOUT_NODES = ["forward", "backward", "visit"]; // the kinds of events whose second entry is a node
function steps() {
  if (state.mode === "naive") return TAPE.naive ? TAPE.naive.visits.map((n, k) => ["visit", n, k]) : [];
  if (state.mode === "twice") return TAPE.runs.kept.losses.map((_, k) => ["run", k]);
  return TAPE.events;
}
const current = () => (state.index ? steps()[state.index - 1] : null);
const past = () => steps().slice(0, state.index);

// A place that a gradient goes to: an output of a node, or a source.
const isSource = to => to.source !== undefined && to.source !== null;
const placeKey = to => (isSource(to) ? `s${to.source}` : `n${to.node}.${to.output ?? 0}`);

// What is sent to each place: [{at: number of the step, from, contribution}] in order. Looked up, not searched for, at every step.
const ARRIVALS = new Map();
TAPE.events.forEach(([kind, node, step], k) => {
  if (kind !== "backward") return;
  for (const contribution of TAPE.nodes[node].steps[step].contributions) {
    if (!contribution.to) continue; // to what was made before the recording
    const key = placeKey(contribution.to);
    if (!ARRIVALS.has(key)) ARRIVALS.set(key, []);
    ARRIVALS.get(key).push({ at: k + 1, from: node, contribution });
  }
});
// For each number of steps: where the backward pass that is running, or the last one, began, and where its last step is.
const PASS_FROM = [0], PASS_TO = [];
let depth = 0;
TAPE.events.forEach(([kind], k) => {
  PASS_FROM[k + 1] = kind === "pass" && !depth++ ? k + 1 : PASS_FROM[k];
  if (kind === "passed") depth--;
});
for (let k = PASS_FROM.length - 1; k >= 0; k--) PASS_TO[k] = k + 1 < PASS_FROM.length && PASS_FROM[k + 1] === PASS_FROM[k] ? PASS_TO[k + 1] : k;
// How many of these, in the order of their steps, are at or before a step.
function countUpTo(all, step) {
  let low = 0, high = all.length;
  while (low < high) { const middle = (low + high) >> 1; if (all[middle].at <= step) low = middle + 1; else high = middle; }
  return low;
}
// What came to a place in this pass so far, and what comes in the whole of it.
function arrivals(key, upTo = state.index) {
  const all = ARRIVALS.get(key) ?? [];
  return all.slice(countUpTo(all, PASS_FROM[upTo]), countUpTo(all, upTo));
}
// What a pass itself gives a place: autograd.backward([z, y], ..) begins at y too, which may get a gradient of z besides.
const seedsOf = (key, pass) => TAPE.passes[pass].roots.filter(r => r.to && placeKey(r.to) === key).map(r => r.gradient);
const arrivalsInAll = key => arrivals(key, PASS_TO[state.index]);

// ---- what a tensor holds ----

// The changes of each place, of its "grad" or "value", in order: [{at: number of the step, before, after}].
const HELD = new Map();
TAPE.events.forEach(([kind, number], k) => {
  if (["forward", "backward", "pass", "passed"].includes(kind)) return;
  for (const { of, to, before, after } of TAPE.changes[number]?.items ?? []) {
    if (!to) continue;
    const key = `${of} ${placeKey(to)}`;
    if (!HELD.has(key)) HELD.set(key, []);
    HELD.get(key).push({ at: k + 1, before, after });
  }
});
const changesOf = (to, of) => HELD.get(`${of} ${placeKey(to)}`) ?? [];
// What is there now: a summary, or null for None.
function holds(to, of) {
  const all = changesOf(to, of), last = all.findLast(c => c.at <= state.index);
  if (last) return last.after;
  return all.length ? all[0].before : isSource(to) ? TAPE.sources[to.source][of] : null;
}
const INSIDE = [0], PASSED = []; // how many backward passes are running after each step; the steps at which one ends
TAPE.events.forEach(([kind], k) => { INSIDE[k + 1] = INSIDE[k] + (kind === "pass") - (kind === "passed"); if (kind === "passed") PASSED.push(k + 1); });
// The gradient of a source: what has come in this pass and is not in .grad yet, else its .grad.
function gradientNow(to) {
  const coming = INSIDE[state.index] ? arrivals(placeKey(to)).at(-1) : null;
  return coming && !changesOf(to, "grad").some(c => c.at > coming.at && c.at <= state.index) ? coming.contribution.sum : holds(to, "grad");
}

// ---- names ----

const nodeName = n => n.outputs.map(o => o.name).filter(Boolean).join(", ");
const sourceName = s => s.name || say(s.requiresGrad ? "named" : "unnamedData");
const shapeText = shape => (shape.length > 1 ? shape.join("×") : shape.length ? `[${shape}]` : say("scalar"));
function placeName(to) {
  if (!to) return say("madeBefore");
  if (isSource(to)) return sourceName(TAPE.sources[to.source]);
  const node = TAPE.nodes[to.node];
  return node.outputs[to.output || 0].name || `${node.public ?? node.op} (#${to.node})`;
}
