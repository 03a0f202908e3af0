// The panel beside the drawing: the chain rule of the step with its numbers.
function heading(node, word) {
  const line = node.line ? `<p class="where">${escape(node.line.file)}, ${say("where")} ${node.line.number}, ${escape(node.line.function)}</p><div class="line"><code>${escape(node.line.text)}</code></div>` : "";
  const inside = node.module ? ` <span class="where">${escape(node.module)}</span>` : "";
  const note = node.inBackward ? `<p class="where">${say("inBackward")}</p>` : "";
  return `<h2>${escape(node.public ?? node.op)} <span class="where">${say(word)} · ${escape(node.label)}</span>${inside}</h2>${line}${note}` + (node.math ? `<h3>${say("math")}</h3><div class="formula">${formulaHtml(node)}</div>` : "");
}
const operandName = a => a.name || placeName(a.kind === "node" ? { node: a.node, output: a.output } : { source: a.source });
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
const settingHtml = a => a.arrays?.map(({ name, value }) => tensor(escape(name), value)).join("")
  || `<div class="tensor" data-setting="${escape(a.parameter)}"><header><b>${escape(a.parameter)}</b></header><pre class="numbers">${escape(a.text)}</pre></div>`;
function forwardPanel(node) {
  const takes = node.arguments.map(a => (a.kind === "value" ? settingHtml(a)
    : tensor(`${escape(a.parameter)} = ${escape(operandName(a))}`, a.shown ?? a.value, "", asks(a.kind === "node" ? `v${a.node}.${a.output}` : `s${a.source}`)))).join("");
  const makes = node.outputs.map((o, k) => tensor(escape(o.name || placeName({ node: node.id, output: k })), o.value, "", asks(`v${node.id}.${k}`))).join("");
  return heading(node, "forward") + `<h3>${say("operands")}</h3>${takes}<h3>${say("makes")}</h3>${makes}${slidingView(node)}${costs(node.seconds, node.bytes)}${parity(node)}`;
}
const MOST_PARTS = 12; // of a sum, the last so many are shown one by one
function sumOf(to) {
  if (!to) return "";
  const key = placeKey(to), parts = arrivals(key), total = arrivalsInAll(key).length, seeds = parts.length ? seedsOf(key, passOf(parts[0])) : [];
  if (total + seeds.length < 2) return "";
  const passed = Math.max(0, parts.length - MOST_PARTS), before = passed ? `<p class="where">… ${passed} ${say("partsBefore")}</p>` : "";
  const rows = before + seeds.map(g => tensor(say("itself"), g)).join("") + parts.slice(passed).map(p => tensor(`+ ${say("from")} ${escape(TAPE.nodes[p.from].op)} #${p.from}`, p.contribution.after)).join("");
  return `<h3>${say("paths")}: ${escape(placeName(to))} (${parts.length}/${total})</h3>${rows}` + tensor(`= ${say("sumHere")} ${escape(placeName(to))}, ${say("soFar")}`, parts.at(-1)?.contribution.sum);
}
function backwardPanel(node, step) {
  const s = node.steps[step];
  const several = s.upstream.length > 1; // each output has a gradient of its own, or none
  const upstream = s.upstream.map((u, k) => tensor(several ? `g ${k}: ${escape(node.outputs[k].name || `${say("output")} ${k}`)}` : "g", u, "", `data-upstream="${k}"${u ? asks(`u${node.id}.${step}.${k}`) : ""}`)).join("");
  const chains = s.contributions.map((c, j) => {
    const local = s.upstream.length === 1 && ELEMENTWISE.test(node.op) ? slope(s.upstream[0], c.before) : null;
    const fits = String(c.before.shape) === String(c.after.shape);
    return `<h3>d ${escape(c.position)} → ${escape(placeName(c.to))}</h3><div class="chain">`
      + s.upstream.map((u, k) => (u ? tensor(several ? `${say("upstream")}, ${say("output")} ${k}` : say("upstream"), u) : "")).join("")
      + (local ? tensor(say("local"), local) : `<div class="sign">↓ ${say("rule")}</div>`)
      + tensor(say("downstream"), c.before, "", asks(`${fits ? "d" : "b"}${node.id}.${step}.${j}`))
      + (fits ? "" : `<div class="sign">Σ ${say("unbroadcast")}</div>` + tensor(say("downstream"), c.after, "", asks(`d${node.id}.${step}.${j}`)))
      + "</div>" + sumOf(c.to);
  }).join("");
  return heading(node, "backward") + `<h3>${say("arrived")}</h3>${upstream}<h3>${say("sends")}</h3>${chains}${costs(s.seconds, null)}${parity(node, step)}`;
}
function gradientsTable() {
  if (!LEARNS.length) return "";
  return `<h3>${say("sourcesTitle")}</h3>` + LEARNS.map(s => orNone(escape(sourceName(s)) + ".grad", s.grad, `data-source="${s.id}"${s.grad ? asksLeft(leftKey({ source: s.id }, "grad")) : ""}`)).join("");
}
function sourcePanel(s) {
  const parts = arrivals(`s${s.id}`);
  const to = { source: s.id };
  return `<h2>${escape(sourceName(s))}</h2>` + tensor(say("value"), holds(to, "value"), "", holds(to, "value")?.array === s.value.array ? asks(`s${s.id}`) : "")
    + (s.requiresGrad ? orNone(gradOf(escape(sourceName(s))), holds(to, "grad"), asksLeft(holds(to, "grad") && leftKey(to, "grad"))) + (sumOf(to) || (parts.length ? tensor(say("gradient"), parts.at(-1).contribution.sum, "", asks(`t${s.id}`)) : "")) : `<p>${say("noGradient")}</p>`);
}
// What the numbers of a box can be asked: see explain.js.
const asks = key => ` data-ask="${key}"`;
// The panel of each kind of event: [kind, ...rest] -> HTML. A kind without a panel here shows its name.
const PANELS = {
  forward: ([, node]) => forwardPanel(TAPE.nodes[node]),
  backward: ([, node, step]) => backwardPanel(TAPE.nodes[node], step),
};
const eventPanel = event => PANELS[event[0]]?.(event) ?? `<h2>${escape(event[0])}</h2>`;
function panelOf(event) {
  if (state.mode === "naive") return naivePanel(event);
  if (state.mode === "twice") return twicePanel(event);
  if (!event) return `<p>${say(TAPE.nodes.length ? "hint" : "empty")}</p>`;
  return eventPanel(event) + (state.index === TAPE.events.length ? gradientsTable() : "");
}
function showPanel() {
  const event = current(), panel = $("panel");
  panel.dataset.kind = event ? event[0] : "start";
  panel.dataset.node = event ? event[1] : "";
  waiting.clear();
  panel.innerHTML = state.picked === null ? panelOf(event) : sourcePanel(TAPE.sources[state.picked]);
  prepare();
  panel.parentElement.scrollTop = 0;
}
