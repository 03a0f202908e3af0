// What if an input or a weight were another number? The page runs the programs of the recording again, from that number on: the same
// ops with the same rounding of each to float32; only sums may be added up in another order than the engine's.

// Ops whose programs are bound to the numbers they met, or that the page cannot compute, by what they are called here.
const BOUND = new Set(["sort", "topk", "kthvalue", "max_dim", "min_dim", "median", "nanmedian", "median_dim", "nanmedian_dim", "mode", "adaptive_max_pool2d", "adaptive_max_pool3d", "max_pool_grad_x", "unique", "at_maxima", "at_minima", "embedding_bag_max"]);
const ENOUGH = 400000; // numbers and products, of which so many are computed while one moves a slider

class World {
  // `changed`: {source: {place: number}}
  constructor(changed) { this.changed = changed; this.machines = new Map(); this.sums = new Map(); }
  source(id) {
    const array = STORE(TAPE.sources[id].value.array), other = this.changed[id];
    return other ? { shape: array.shape, size: array.size, data: null, at: i => other[i] ?? array.at(i) } : array;
  }
  // Compute everything in the order of the events: a number asked for alone would ask through the whole of a long chain, one call in another.
  run() {
    for (const [kind, n, step] of TAPE.events) {
      const node = TAPE.nodes[n], e = kind === "forward" ? node.explain.forward : kind === "backward" ? node.explain.steps[step] : null;
      if (!e) continue;
      const m = this.machine(node, kind === "forward" ? null : step);
      for (const ref of e.outputs ?? e.gradients) if (isRef(ref) && ref[0] === "i") for (let i = sizeOf(m.shape(ref)) - 1; i >= 0; i--) m.number(ref, i);
    }
  }
  machine(node, step) {
    const key = `${node.id}.${step}`, e = node.explain;
    if (!this.machines.has(key)) this.machines.set(key, new Machine(TAPE.programs[step === null ? e.forward.program : e.steps[step].program], ref => this.leaf(node, step, ref[0], Number(ref.slice(1)))));
    return this.machines.get(key);
  }
  leaf(node, step, kind, k) {
    if (kind === "o") return this.output(node, k);
    if (kind === "g") return node.steps[step].upstream[k] && this.gradient(`n${node.id}.${k}`, node.steps[step].pass, node.steps[step].upstream[k]);
    const a = node.arguments[k];
    if (a.kind === "node") return this.output(TAPE.nodes[a.node], a.output);
    const { size, data, at } = this.source(a.source); // which the op may have got in another shape
    return { shape: a.value.shape, size, data, at };
  }
  output(node, k) { const { shape, size } = STORE(node.outputs[k].value.array), ref = node.explain.forward.outputs[k]; return { shape, size, data: null, at: i => this.machine(node, null).number(ref, i) }; }
  // What arrives at a place in a pass: the sum of what its users send; where nobody does, what backward() was given.
  gradient(place, pass, summary) {
    const { shape, size, at } = STORE(summary.array), parts = (ARRIVALS.get(place) ?? []).filter(p => passOf(p) === pass);
    if (!parts.length) return { shape, size, at, data: null };
    const seeds = seedsOf(place, pass).map(g => STORE(g.array)), begins = i => seeds.reduce((sum, g) => Math.fround(sum + g.at(i)), 0);
    return { shape, size, data: null, at: i => parts.reduce((sum, p) => { const [node, step, k] = sentBy(p); return Math.fround(sum + this.machine(node, step).number(node.explain.steps[step].gradients[k], i)); }, begins(i)) };
  }
}
const sentBy = ({ at, from, contribution }) => { const node = TAPE.nodes[from], step = TAPE.events[at - 1][2]; return [node, step, node.steps[step].contributions.indexOf(contribution)]; };
const passOf = ({ at, from }) => TAPE.nodes[from].steps[TAPE.events[at - 1][2]].pass;

// Why the page does not run the program again, or "".
function refusal() {
  if (!BACKWARD.length) return say("whatIfNoBackward");
  if (TAPE.nodes.some(n => n.steps.some(s => s.contributions.some(c => !c.to))) || TAPE.changes.some(c => c.items.some(item => item.older))) return say("whatIfOlder");
  let work = 0;
  for (const node of TAPE.nodes) {
    if (!node.explain) return say("whatIfOp").replace("{op}", node.public ?? node.op);
    for (const list of [node.explain.forward, ...node.explain.steps.filter(Boolean)].map(e => TAPE.programs[e.program])) for (const at of list) {
      if (at.k === "given" || BOUND.has(at.f)) return say("whatIfOp").replace("{op}", node.public ?? node.op);
      work += sizeOf(at.s) * (at.k === "ein" || at.k === "conv" ? 30 : 1);
    }
  }
  return TAPE.arrays.cut || work > ENOUGH ? say("whatIfLarge") : "";
}
// The loss and this source's gradient, if one number of it were another.
function whatIf(source, place, number) {
  const world = new World({ [source]: { [place]: number } }), [, root, step] = BACKWARD.at(-1) && BACKWARD.find(([, n, s]) => TAPE.nodes[n].steps[s].pass === lastPass()), node = TAPE.nodes[root];
  const parts = (ARRIVALS.get(`s${source}`) ?? []).filter(p => passOf(p) === lastPass());
  world.run();
  const loss = world.output(node, 0), summary = parts.at(-1)?.contribution.sum;
  return { loss: loss.size === 1 ? loss.at(0) : null, gradient: summary ? Array.from({ length: STORE(summary.array).size }, (_, i) => world.gradient(`s${source}`, lastPass(), summary).at(i)) : null };
}
const lastPass = () => { const [, n, s] = BACKWARD.at(-1); return TAPE.nodes[n].steps[s].pass; };

// The last step of an optimizer that did nothing but w <- w - lr * g to this source: {lr, after}, or null.
function plainStep(source) {
  const items = (TAPE.changes ?? []).filter(c => c.kind === "step").flatMap(c => c.items), item = items.filter(i => i.to?.source === source && i.update).at(-1);
  return item && item.update.lines.length === 1 && item.update.lines[0].text === "w - lr * g" ? { lr: item.update.options.lr, after: STORE(item.after.array) } : null;
}
const stepped = (w, lr, g) => Math.fround(w - Math.fround(Math.fround(lr) * g));

// ---- in the answer about a source's number ----

function whatIfHtml(source, place) {
  const why = refusal(), now = STORE(TAPE.sources[source].value.array).at(place), wide = Math.max(1, Math.abs(now) * 2);
  if (STORE(TAPE.sources[source].value.array).type !== "float32" && STORE(TAPE.sources[source].value.array).type !== "float64") return "";
  if (!Number.isFinite(now)) return `<h4>${say("whatIf")}</h4><p class="where">${say("whatIfNotFinite")}</p>`;
  if (why) return `<h4>${say("whatIf")}</h4><p class="where">${why}</p>`;
  return `<form class="what-if" data-source="${source}" data-place="${place}"><h4>${say("whatIf")}</h4>
    <label>${escape(sourceName(TAPE.sources[source]))}${indexText(place, TAPE.sources[source].value.shape)} = <input type="number" step="any" name="number" value="${now}"></label>
    ${plainStep(source) ? `<label>lr = <input type="number" step="any" name="lr" value="${plainStep(source).lr}"></label>` : ""}
    <input type="range" name="slide" min="${now - wide}" max="${now + wide}" step="any" value="${now}" aria-label="${say("whatIf")}"><output>${whatIfNumbers(source, place, now)}</output><p class="where">${say("whatIfRounding")}</p></form>`;
}
function whatIfNumbers(source, place, number, lr = plainStep(source)?.lr) {
  const before = whatIf(source, place, STORE(TAPE.sources[source].value.array).at(place)), after = whatIf(source, place, number), name = escape(sourceName(TAPE.sources[source]));
  const line = (what, a, b, key) => `<tr><td>${what}</td><td class="number">${numeral(a)}</td><td class="number" data-what="${key}" data-number="${b}">${numeral(b)}</td></tr>`;
  const at = indexText(place, TAPE.sources[source].value.shape), step = plainStep(source);
  return `<table class="terms"><tr><td></td><td class="number">${say("whatIfWas")}</td><td class="number">${say("whatIfNow")}</td></tr>${before.loss === null ? "" : line(lossName(), before.loss, after.loss, "loss")}${before.gradient ? line(`${partial(name)}${at}`, before.gradient[place], after.gradient[place], "gradient") : ""}${step && after.gradient ? line(`${name}${at} ${say("whatIfStep")}`, step.after.at(place), stepped(number, lr, after.gradient[place]), "step") : ""}</table>`;
}
$("panel").addEventListener("input", e => {
  const form = e.target.closest("form.what-if");
  if (!form || !Number.isFinite(Number(e.target.value)) || e.target.value === "") return;
  const fields = form.elements, number = Math.fround(Number(e.target.name === "lr" ? fields.number.value : e.target.value));
  if (e.target.name !== "lr") fields[e.target.name === "slide" ? "number" : "slide"].value = number;
  form.querySelector("output").innerHTML = whatIfNumbers(Number(form.dataset.source), Number(form.dataset.place), number, fields.lr && Number(fields.lr.value));
});
