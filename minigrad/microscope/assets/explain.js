// Ask any number of the panel where it comes from. A box of numbers that can be asked has data-ask:
//     "v3.0"    output 0 of node 3                 "d3.0.1"  the gradient that node 3 sent in its step 0, contribution 1
//     "b3.0.1"  the same before it was summed to the operand's shape
//     "u3.0.0"  the gradient that arrived at output 0 of node 3 for step 0        "s2"  a source's value      "t2"  its gradient
//     "c4.0", "r4.0"    what an event left, and what arrived for it: left.js

// ---- names ----

const lossText = () => {
  const first = BACKWARD[0], node = first && TAPE.nodes[first[1]];
  return node?.outputs[0].name || "loss";
};
const lossName = () => escape(lossText());
const partial = name => `<span class="partial">∂${lossName()}/∂${name}</span>`;
function refName(node, ref) {
  const k = Number(ref.slice(1));
  if (ref[0] === "a") { const a = node.arguments[k]; return a.kind === "value" ? escape(a.parameter) : escape(operandName(a)); }
  if (ref[0] === "k") return null;
  const name = escape(placeName({ node: node.id, output: k }));
  return ref[0] === "o" ? name : partial(name);
}

// ---- what can be asked ----

// What a question is about: its name, the array that the program had, and the program that made it (or the parts that were added).
function question(key) {
  const [a, b, c] = key.slice(1).split(".").map(Number), node = TAPE.nodes[a];
  if (key[0] === "c" || key[0] === "r") return leftQuestion(key);
  if (key[0] === "s") return { name: escape(sourceName(TAPE.sources[a])), array: STORE(TAPE.sources[a].value.array), source: true };
  if (key[0] === "v") return { name: escape(placeName({ node: a, output: b })), array: STORE(node.outputs[b].value.array), node, step: null, ref: node.explain?.forward.outputs[b] };
  if (key[0] === "u" || key[0] === "t") {
    const place = key[0] === "u" ? `n${a}.${c}` : `s${a}`, name = key[0] === "u" ? placeName({ node: a, output: c }) : sourceName(TAPE.sources[a]);
    const parts = arrivals(place), shown = key[0] === "u" ? node.steps[b].upstream[c] : parts.at(-1)?.contribution.sum;
    const pass = key[0] === "u" ? node.steps[b].pass : parts.length ? passOf(parts[0]) : null;
    return { name: partial(escape(name)), array: shown && STORE(shown.array), arrived: parts, begun: pass === null ? [] : begunAt(place, pass), hooks: key[0] === "u" ? hooked(node.steps[b].pass, item => item.of === "arriving" && placeKey(item.to) === place) : [], root: key[0] === "u" && !parts.length };
  }
  const sent = node.steps[b].contributions[c];
  return {
    name: partial(escape(placeName(sent.to))), array: STORE(sent[key[0] === "b" ? "before" : "after"].array), node, step: b,
    ref: node.explain?.steps[b]?.[key[0] === "b" ? "before" : "gradients"][c],
    hooks: hooked(node.steps[b].pass, item => item.of === "sent" && item.to.node === a && item.position === sent.position),
  };
}
// Where entry i of what a key names comes from, as HTML.
function answer(key, i) {
  const q = question(key), engine = q.array?.at(i), shape = q.array?.shape ?? [], kept = engine !== undefined;
  const told = kept ? ` = <span title="${engine}" data-engine="${engine}">${numeral(engine)}</span>` : "";
  const head = `<h4>${q.name}<span class="at">${indexText(i, shape)}</span>${told}</h4>` + (kept ? "" : `<p class="where">${say("notKept")}</p>`);
  const close = `<button type="button" class="close" aria-label="${say("close")}" title="${say("close")}">×</button>`;
  if (q.source) return close + head + `<p>${say("fromOutside")}</p>` + (kept ? whatIfHtml(Number(key.slice(1)), i) : "");
  if (q.arrived) return close + head + arrived(q, i, engine);
  if (q.change) return close + head + (kept ? leftHtml(q, i) : "");
  if (!q.ref && q.ref !== 0) return close + head + `<p>${say("ownRule")}</p>`;
  const m = machineOf(q.node, q.step), arithmetic = new Arithmetic(m, ref => refName(q.node, ref));
  const hooks = hookNumbers(q, i), number = hooks.length ? hooks[0][0] : engine, found = made(arithmetic, q.ref, i, number);
  return close + head + found.html + hookTable(hooks) + verdict(m, q, i, number, found) + asidesHtml(q, found.asides);
}
// What a place has in a pass besides what the ops of the tape sent there.
const begunAt = (place, pass) => seedsOf(place, pass).map(gradient => ({ name: say("itself"), gradient }));
// The hooks of a pass that put another gradient in the place of this one, in order.
const hooked = (pass, here) => (TAPE.changes ?? []).filter(c => c.kind === "hook" && c.pass === pass).flatMap(c => c.items).filter(here);
const hookNumbers = (q, i) => (q.hooks ?? []).map(h => [STORE(h.before.array).at(i), STORE(h.after.array).at(i)]);
const hookRow = ([before, after]) => `<tr class="total" data-hook="${after}"><td>${say("theHook")}</td><td class="number">${numeral(before)} → ${numeral(after)}</td></tr>`;
const hookTable = hooks => (hooks.length ? `<table class="terms">${hooks.map(hookRow).join("")}</table>` : "");
// Gradients that came from several users of the tensor, and what a hook put in place of their sum.
function arrived(q, i, engine) {
  const hooks = hookNumbers(q, i);
  if (q.root) return `<p>${say("seed")}</p>${hookTable(hooks)}`;
  const values = [...q.begun.map(b => b.gradient), ...q.arrived.map(p => p.contribution.after)].map(g => STORE(g.array)?.at(i)), round = ROUND[q.array?.type] ?? (x => x);
  const from = ({ op, public: called, id }) => `${say("from")} ${escape(called ?? op)} #${id}`;
  const names = [...q.begun.map(b => b.name), ...q.arrived.map(p => from(TAPE.nodes[p.from]))];
  const rows = names.map((name, k) => `<tr><td>${name}</td><td class="number">${numeral(values[k])}</td></tr>`);
  const sum = values.includes(undefined) ? undefined : values.reduce((s, x) => round(s + x), 0), mark = sum === undefined ? "" : ` data-total="${sum}"`;
  rows.push(`<tr class="total"><td>= ${say("sum")}</td><td class="number"${mark}>${numeral(sum)}</td></tr>`, ...hooks.map(hookRow));
  const number = hooks.length ? hooks[0][0] : engine, table = `<table class="terms">${rows.join("")}</table>`;
  if (sum === undefined) return `${table}<p class="where">${say("cutNotice")}</p>`;
  return table + (number === undefined ? "" : judged(nearness(sum, number, values, q.array.type)));
}
// How near a sum in the engine's order comes to the engine's.
function nearness(sum, engine, values, type) {
  const off = Math.abs(sum - engine), bound = (EPSILON[type] ?? 0) * values.length * values.reduce((s, x) => s + Math.abs(x), 0);
  return { kind: Object.is(sum, engine) || sum === engine ? "exact" : off <= bound ? "rounded" : "wrong", off, bound };
}
function verdict(m, q, i, engine, found) {
  if (found.missing) return `<p class="where">${say("cutNotice")}</p>`;
  if (engine === undefined) return "";
  const near = compared(m, q.ref, i, engine, q.array.type);
  return near.kind === "cut" ? `<p class="where">${say("cutNotice")}</p>` : judged(near);
}
function judged({ kind, off, bound }) {
  if (kind === "exact") return `<p class="good" data-verdict="exact">✓ ${say("exact")}</p>`;
  if (kind === "rounded") return `<p class="good" data-verdict="rounded">✓ ${say("rounded").replace("{d}", off.toExponential(1)).replace("{b}", bound.toExponential(1))}</p>`;
  return `<p class="bad" data-verdict="wrong">${say("notEqual").replace("{d}", off.toExponential(1))}</p>`;
}
function asidesHtml(q, asides) {
  const rows = [...asides.values()].map(({ n, i, label, value }) => `<details class="aside" data-node="${q.node.id}" data-step="${q.step}" data-at="${n}" data-place="${i}" data-number="${value ?? ""}"><summary>${label} = ${numeral(value)}</summary></details>`);
  return rows.length ? `<p class="where">${say("whereIs")}</p>${rows.join("")}` : "";
}
// An aside's own arithmetic is written when it is opened.
function openAside(details) {
  if (!details.open || details.querySelector(".sum, table")) return;
  const { node, step, at, place, number } = details.dataset, q = { node: TAPE.nodes[node], step: step === "null" ? null : Number(step) };
  const found = made(new Arithmetic(machineOf(q.node, q.step), ref => refName(q.node, ref)), `i${at}`, Number(place), number === "" ? undefined : Number(number));
  details.insertAdjacentHTML("beforeend", found.html + (found.missing ? `<p class="where">${say("cutNotice")}</p>` : "") + asidesHtml(q, found.asides));
}

// ---- in the panel ----

function ask(box, i) {
  closeAnswer();
  for (const entry of box.querySelectorAll(`.entry[data-entry="${i}"]`)) entry.classList.add("asked");
  box.insertAdjacentHTML("afterend", `<section class="answer" role="region" aria-label="${say("answer")}">${answer(box.dataset.ask, i)}</section>`);
  box.nextElementSibling.scrollIntoView({ block: "nearest" });
}
function closeAnswer() {
  document.querySelector("#panel .answer")?.remove();
  for (const entry of document.querySelectorAll("#panel .asked")) entry.classList.remove("asked");
}
// In every box that can be asked: entries for the keyboard, and for many numbers a field for the index.
function prepare() {
  for (const box of document.querySelectorAll("#panel .tensor[data-ask]")) {
    const entries = box.querySelectorAll(".entry"), v = question(box.dataset.ask).array;
    entries.forEach((entry, k) => { entry.setAttribute("role", "button"); if (k < 16) entry.tabIndex = 0; });
    if (v && v.size > 16) box.insertAdjacentHTML("beforeend", `<form class="index"><label>${say("entry")} <input type="text" name="index" inputmode="numeric" size="9" value="${v.shape.map(() => 0).join(", ")}"></label> <button>${say("why")}</button> <span class="about">${v.whole ? "" : say("keptRows").replace("{d}", v.dim).replace("{n}", v.rows.length)}</span></form>`);
  }
}
function askIndex(form) {
  const box = form.closest(".tensor"), { shape } = question(box.dataset.ask).array, field = form.elements.index;
  const index = field.value.split(/[^0-9]+/).filter(t => t !== "").map(Number);
  const fits = index.length === shape.length && index.every((k, d) => k < shape[d]);
  field.setCustomValidity(fits ? "" : `${say("indexOf")} ${shape.map(n => `0–${n - 1}`).join(", ")}`);
  if (field.reportValidity()) ask(box, flatOf(index, shape));
}
$("panel").addEventListener("click", e => {
  const entry = e.target.closest(".entry"), box = entry?.closest(".tensor[data-ask]");
  if (box) ask(box, Number(entry.dataset.entry));
  else if (e.target.closest(".answer .close")) closeAnswer();
});
$("panel").addEventListener("keydown", e => {
  const box = e.target.closest(".entry") && e.target.closest(".tensor[data-ask]");
  if (box && (e.key === "Enter" || e.key === " ")) { e.preventDefault(); e.stopPropagation(); ask(box, Number(e.target.dataset.entry)); }
  if (e.key === "Escape" && document.querySelector("#panel .answer")) { e.stopPropagation(); closeAnswer(); }
  if (e.target.closest("form.index")) e.stopPropagation(); // digits and arrows belong to the field
});
$("panel").addEventListener("submit", e => { e.preventDefault(); if (e.target.matches(".index")) askIndex(e.target); });
$("panel").addEventListener("toggle", e => { if (e.target.matches?.("details.aside")) openAside(e.target); }, true);
