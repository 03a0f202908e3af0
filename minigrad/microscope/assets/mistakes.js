// The two mistakes that everybody makes once. The wrong order: the depth-first walk with its numbers, and an example for programs in
// which nothing goes wrong. The forgotten zero_grad: what this program does, and a training that was run with it and without it.

// ---- the wrong order ----

const VISITS = new Map(); // node -> how often it is visited
for (const n of TAPE.naive?.visits ?? []) VISITS.set(n, (VISITS.get(n) ?? 0) + 1);
const wrongOf = s => TAPE.naive?.gradients[s.id];
const GOES_WRONG = TAPE.naive !== null && LEARNS.some(s => wrongOf(s) && !same(s.gradient, wrongOf(s)));

function naivePanel(event) {
  if (!TAPE.naive) return `<p>${say("naiveNone")}</p>${exampleButton()}`;
  if (!event) return `<p>${say("naiveNotice")}</p>` + (GOES_WRONG ? `<p>${sayWith("naiveTwice", [...VISITS.values()].filter(c => c > 1).length)}</p>` : `<p class="good">${say("naiveSame")}</p>${exampleButton()}`);
  return visitPanel(event) + (state.index === steps().length ? naiveVerdict() : "");
}
function visitPanel([, n, k]) {
  const node = TAPE.nodes[n], visit = TAPE.naive.steps[k], nth = TAPE.naive.visits.slice(0, k + 1).filter(v => v === n).length;
  const right = node.steps.at(-1).upstream, whole = right.every((g, i) => g === visit.upstream[i] || same(g, visit.upstream[i]));
  const verdict = whole ? say("allArrived") : say(nth < VISITS.get(n) ? "partArrived" : "tooMuch");
  const arrived = visit.upstream.map((u, i) => (u || right[i] ? outputOf(node, i, say("arrivedSoFar"), u, "data-arrived") + (whole ? "" : outputOf(node, i, say("complete"), right[i], "data-complete")) : "")).join("");
  const chains = visit.contributions.map(c => `<h3>d ${escape(c.position)} → ${escape(placeName(c.to))}</h3><div class="chain">`
    + tensor(say("downstream"), c.after, "", 'data-sent="1"') + signRow("+ …") + tensor(`= ${say("sumHere")} ${escape(placeName(c.to))}`, c.sum, "", 'data-sum="1"') + "</div>").join("");
  return heading(node, "backward") + `<p class="${nth > 1 ? "bad" : ""}" data-visit="${nth}">${say("naiveVisit")} ${nth} ${say("of")} ${VISITS.get(n)}</p>`
    + `<h3>${say("arrived")}</h3>${arrived}<p class="${whole ? "good" : "bad"}">${verdict}</p>` + (nth > 1 ? `<p class="bad">${say("onceMore")}</p>` : "")
    + `<h3>${say("passesOn")}</h3>${chains}`;
}
const outputOf = (node, i, word, g, attribute) => tensor(node.outputs.length > 1 ? `${word}, ${escape(node.outputs[i].name || `${say("output")} ${i}`)}` : word, g, "", `${attribute}="${i}"`);
function naiveVerdict() {
  const again = [...VISITS.values()].filter(c => c > 1).length;
  const rows = LEARNS.filter(wrongOf).map(s => {
    const ok = same(s.gradient, wrongOf(s)), name = gradientName(s);
    return tensor(`${name}, ${say("right")}`, s.gradient) + tensor(`${name}, ${say("wrong")} ${ok ? "✓" : "✗"}`, wrongOf(s), "", `${ok ? "" : 'class="wrong" '}data-naive="${s.id}"`);
  }).join("");
  return (GOES_WRONG ? `<p class="bad">${again} ${say("naiveBad")}</p>` : `<p class="good">${say("naiveSame")}</p>${exampleButton()}`) + rows;
}
const gradientName = s => escape(gradOf(sourceName(s)));

// ---- a program in which it does go wrong, in a frame of its own: this page, with another tape ----

const BARE = [document.head, ...document.body.children].filter(e => e.id !== "tape").map(e => e.outerHTML); // before anything is drawn
const exampleButton = () => (TAPE.example ? `<p><button type="button" data-example="1">${say("showExample")}</button></p>` : "");
function showExample(shown) {
  $("example")?.remove();
  if (!shown || !TAPE.example) return;
  const opens = { mode: "naive", language: state.language, theme: document.documentElement.dataset.theme ?? "light" };
  const tape = JSON.stringify({ shared: [], tape: { ...TAPE.example, opens, runs: TAPE.runs, example: null } }).replaceAll("<", "\\u003c");
  const section = document.createElement("section"), frame = document.createElement("iframe");
  section.id = "example";
  section.innerHTML = `<p><span data-word="exampleWhy">${say("exampleWhy")}</span> <button type="button" data-word="walkMine">${say("walkMine")}</button></p>`;
  section.querySelector("button").addEventListener("click", () => { showExample(false); $("canvas").focus(); });
  const [head, ...rest] = BARE, script = rest.pop();
  frame.title = say("showExample");
  frame.srcdoc = `<!doctype html><html>${head}<body>${rest.join("")}<script type="application/json" id="tape">${tape}</` + `script>${script}</body></html>`;
  frame.addEventListener("load", () => frame.contentWindow.focus());
  section.append(frame);
  document.body.append(section);
}
addEventListener("click", e => { if (e.target.closest?.("[data-example]")) showExample(true); });
$("language").addEventListener("click", () => setTimeout(() => showExample($("example") !== null))); // in the other language
if (TAPE.opens) { document.body.className = "framed"; state.language = TAPE.opens.language; document.documentElement.dataset.theme = TAPE.opens.theme; }

// ---- the forgotten zero_grad: run, not worked out ----

const RUNS = TAPE.runs;
function twicePanel(event) {
  const k = event ? event[1] : null;
  const head = `<h2>${say(RUNS.example ? "runsExample" : "runsMine")}</h2><p>${say("runsWhy")}</p>${curves(k)}`;
  return (event ? "" : ledger()) + head + runTable(k) + `<p>${say("runsAfter")}</p>`;
}
const isNumber = x => typeof x === "number";
// Both losses over the steps; where they differ greatly in size, by powers of ten.
function curves(at) {
  const lines = [["kept", RUNS.kept.losses], ["forgotten", RUNS.forgotten.losses]], all = lines.flatMap(([, losses]) => losses.filter(isNumber));
  const least = Math.min(...all), most = Math.max(...all), powers = least > 0 && most > 50 * least, scale = powers ? Math.log10 : x => x;
  const [low, high] = [scale(least), scale(most) === scale(least) ? scale(least) + 1 : scale(most)];
  const x = k => 52 + (k * 296) / Math.max(1, RUNS.kept.losses.length - 1), y = loss => 146 - ((scale(loss) - low) * 130) / (high - low);
  const tick = value => `<text x="46" y="${y(value) + 4}">${short(Number(value.toPrecision(2))).replace(/^1×/, "")}</text><path class="grid" d="M52 ${y(value)}H348"/>`;
  const ticks = (powers ? powersBetween(low, high) : [low, (low + high) / 2, high]).map(tick).join("");
  const axis = `<text x="4" y="9" class="axis">${say(powers ? "axisOfPowers" : "loss")}</text>`;
  const path = losses => losses.map((loss, k) => (isNumber(loss) ? `${k && isNumber(losses[k - 1]) ? "L" : "M"}${x(k).toFixed(1)} ${y(loss).toFixed(1)}` : "")).join("");
  const marks = at === null ? "" : `<path class="at" d="M${x(at)} 12V150"/>` + lines.map(([name, losses]) => (isNumber(losses[at]) ? `<circle class="${name}" cx="${x(at)}" cy="${y(losses[at])}" r="4"/>` : "")).join("");
  return `<svg class="curves" viewBox="0 0 360 172" role="img" aria-label="${say("curves")}">${axis}${ticks}${lines.map(([name, losses]) => `<path class="${name}" d="${path(losses)}"/>`).join("")}${marks}`
    + `<text x="200" y="168" class="middle">${say("step")} 1 – ${RUNS.kept.losses.length}</text></svg>`
    + `<p class="keys"><i class="kept"></i> ${say("withZero")} <i class="forgotten"></i> ${say("withoutZero")}</p>`;
}
// The powers of ten between two exponents, four or five of them at most.
function powersBetween(low, high) {
  const first = Math.ceil(low), step = Math.ceil((high - first + 1) / 5) || 1, all = [];
  for (let k = first; k <= high; k += step) all.push(10 ** k);
  return all;
}
const few = v => (v.values !== null && [v.values].flat(Infinity).length <= 3 ? [v.values].flat(Infinity).map(x => short(x)).join(", ") : v.norm === null ? "" : `‖${short(v.norm)}‖`);
function runTable(at) {
  const count = RUNS.kept.losses.length, from = Math.max(0, Math.min((at ?? 0) - 5, count - 12)), name = escape(gradOf(RUNS.name));
  const rows = RUNS.kept.losses.slice(from, from + 12).map((_, i) => {
    const k = from + i, cell = (run, what, text) => `<td class="number" data-run="${run}.${what}.${k}">${text}</td>`;
    const pair = what => ["kept", "forgotten"].map(run => cell(run, what, what === "loss" ? short(RUNS[run].losses[k]) : few(RUNS[run].gradients[k]))).join("");
    return `<tr${k === at ? ' class="here"' : ""}><td class="number">${k + 1}</td>${pair("loss")}${pair("grad")}</tr>`;
  }).join("");
  return `<table class="runs"><tr><th rowspan="2">${say("step")}</th><th colspan="2">${say("loss")}</th><th colspan="2">${name}</th></tr>`
    + `<tr>${`<th>${say("withZero")}</th><th>${say("withoutZero")}</th>`.repeat(2)}</tr>${rows}</table>`;
}

// ---- what this program did: .grad of one parameter, pass by pass, and who cleared it ----

function ledger() {
  const items = TAPE.changes.filter(c => c.kind === "accumulate").map(c => c.items[0]), size = i => i.after?.shape.reduce((a, b) => a * b, 1) ?? Infinity;
  if (!items.length) return `<p>${say(BACKWARD.length ? "nothingKept" : "noBackward")}</p>`;
  const shown = items.reduce((best, i) => (size(i) < size(best) ? i : best)), key = placeKey(shown.to ?? {}), rows = [];
  let cleared = "", used = false;
  for (const [kind, number] of TAPE.events) {
    for (const item of isChange(kind) ? TAPE.changes[number].items : []) {
      if (!item.to || placeKey(item.to) !== key) continue;
      const { line, pass } = TAPE.changes[number];
      if (kind === "accumulate") { rows.push({ round: TAPE.passes[pass]?.round ?? "", item, cleared, used, line }); used = false; cleared = ""; }
      else if (item.of === "grad" && (item.after === null || item.after.norm === 0)) cleared = line ? `${say("line")} ${line.number}` : "✓";
      else if (item.of === "value") used = true;
    }
  }
  const bad = mistakes(), several = rows.length > 1;
  const verdict = bad ? `<p class="bad">${bad}</p>` : several ? (rows.slice(1).every(r => r.cleared) ? `<p class="good">${say("clearedEach")}</p>` : `<p>${say("addedUp")}</p>`) : `<p>${say("onePass")}</p>`;
  const cells = rows.slice(-12).map(r => `<tr><td class="number">${r.round}</td><td>${r.cleared || "–"}</td><td class="number">${r.item.before ? few(r.item.before) : "None"}</td><td class="number">${few(r.item.arrived)}</td>`
    + `<td class="number" data-ledger="${r.round}">${few(r.item.after)}</td></tr>`).join("");
  return `<h2>${say("yours")}: ${escape(gradOf(placeName(shown.to)))}</h2>${verdict}<table class="runs"><tr><th>${say("step")}</th><th>${say("clearedAt")}</th><th>${say("old")}</th><th>+ ${say("fresh")}</th><th>= ${say("total")}</th></tr>${cells}</table>`;
}
const isChange = kind => kind in PANELS && !["forward", "backward", "pass", "passed"].includes(kind);
