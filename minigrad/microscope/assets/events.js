// The panels of what happens beside the ops: passes, .grad, writes, zero_grad and the optimizer's step.
const lineText = line => (line ? `<p class="where">${escape(line.file)}, ${say("where")} ${line.number}, ${escape(line.function)}</p><div class="line"><code>${escape(line.text)}</code></div>` : "");
const eventHead = (text, line) => `<h2>${text}</h2>${lineText(line)}`;
const placeOf = item => (item.to ? placeName(item.to) : say("named"));
const gradOf = name => `${name}.grad`;
const itemName = item => escape(item.of === "grad" ? gradOf(placeOf(item)) : placeOf(item));
const sayWith = (key, ...parts) => parts.reduce((text, part, k) => text.replace(`{${k}}`, part), say(key));
const signRow = text => `<div class="sign">${text}</div>`;
// A tensor that may not be there: of .grad, None.
const orNone = (name, v, attributes = "") => (v ? tensor(name, v, "", attributes) : `<div class="tensor" ${attributes}><header><b>${name}</b></header><pre class="numbers" data-values="null">None</pre></div>`);
const beforeAfter = change => item => `<div class="chain">${orNone(`${itemName(item)}, ${say("before")}`, item.before, asksBefore(change, item))}${signRow("↓")}`
  + `${orNone(`${itemName(item)}, ${say("now")}`, item.after, `data-after="1"${asksAfter(change, item)}`)}</div>`;

// ---- what .grad is the sum of ----

const roundsOf = held => [...new Set(held.passes.map(p => TAPE.passes[p].round))];
function heldText(held) {
  if (!held) return "";
  const rounds = roundsOf(held), older = held.older ? `<p>${say("older")}</p>` : "";
  if (held.passes.length < 2) return older;
  if (rounds.length < 2) return `<p data-held="accumulated">${sayWith("accumulated", held.passes.length)}</p>${older}`;
  const bad = held.spent.length && held.spent.length < held.passes.length;
  return `<p class="${bad ? "bad" : ""}" data-held="steps">${sayWith("sumOfSteps", rounds[0], rounds.at(-1))}${bad ? ` ${say("counted")}` : ""}</p>${bad ? whereItBelongs(held) : ""}${older}`;
}
// zero_grad belongs above the first backward pass that was added to a gradient that an update had used.
function whereItBelongs(held) {
  const line = TAPE.passes[held.passes.find(p => !held.spent.includes(p))].line;
  return line ? `<p class="bad">${sayWith("belongs", line.number)}</p><div class="line"><code>${escape(line.text)}</code></div>` : "";
}
// What the page says above everything else, if the program made the mistake.
function mistakes() {
  const last = TAPE.notices.filter(n => n.kind === "no zero_grad").at(-1);
  return last ? sayWith("forgotten", ...endsOf(last)) : "";
}
const endsOf = notice => [notice.rounds[0], notice.rounds.at(-1), notice.line ? notice.line.number : "?"];
const forgottenText = notice => `${sayWith("sumOfSteps", ...endsOf(notice))} ${say("counted")} ${sayWith("belongs", endsOf(notice)[2])}`;

// ---- the panels ----

function passPanel(pass) {
  const roots = pass.roots.map(root => tensor(root.to ? `d / d ${escape(placeName(root.to))}` : say("named"), root.gradient)).join("");
  return eventHead(`${say(pass.kind === "grad" ? "gradBegins" : "backwardBegins")} <span class="where">${say("step")} ${pass.round}</span>`, pass.line)
    + `<p>${say(pass.kind === "grad" ? "gradWhy" : "backwardWhy")}</p>${roots}` + (pass.graph ? `<p>${say("withGraph")}</p>` : "");
}
function passedPanel(pass) {
  const added = TAPE.changes.filter(c => c.pass === pass.id && c.kind === "accumulate").flatMap(c => c.items);
  const rows = added.map(item => orNone(itemName(item), item.after, asksLeft(leftKey(item.to, "grad")))).join("");
  return eventHead(say("passEnds"), pass.line) + (pass.failed ? `<p class="bad">${say("passFailed")}</p>` : "")
    + (pass.kind === "grad" ? `<p>${say("gradEnds")}</p>` : `<p>${say(added.length ? "accumulatedHere" : "nothingAdded")}</p>${rows}`);
}
function accumulatePanel(change) {
  const [item] = change.items, name = itemName(item);
  return eventHead(`${name} ${say("grows")}`, change.line) + heldText(item.held)
    + `<div class="chain">${orNone(`${say("old")}: ${name}`, item.before, `data-old="1"${asksBefore(change, item)}`)}${signRow("+")}${tensor(say("fresh"), item.arrived, "", `data-arrived="1"${asks(`r${change.id}.0`)}`)}${signRow("=")}`
    + `${orNone(`${say("total")}: ${name}`, item.after, `data-after="1"${asksAfter(change, item)}`)}</div>`
    + (item.older ? tensor(say("olderPart"), item.older, "", 'data-older="1"') : "");
}
function hookPanel(change) {
  const rows = change.items.map(item => {
    const where = item.of === "sent" ? `${escape(TAPE.nodes[item.to.node].op)} → ${escape(item.position)}` : escape(placeOf(item));
    return `<h3>${where}</h3><div class="chain">${tensor(say("before"), item.before)}${signRow(`↓ ${say("theHook")}`)}${tensor(say("now"), item.after, "", `data-after="1"${asksAfter(change, item)}`)}</div>`;
  }).join("");
  return eventHead(say("hook"), change.line) + `<p>${say("hookWhy")}</p>${rows}`;
}
function writePanel(change) {
  const by = change.by ? sayWith("writtenBy", escape(change.by)) : say("unseen");
  return eventHead(change.kind === "assign" ? `${itemName(change.items[0])} = …` : say("written"), change.line)
    + `<p>${change.kind === "assign" ? say("assigned") : by}</p>` + change.items.map(beforeAfter(change)).join("");
}
function zeroPanel(change) {
  return eventHead(escape(change.by) + "()", change.line) + `<p>${say(change.items.length ? "zeroWhy" : "zeroNothing")}</p>` + change.items.map(beforeAfter(change)).join("");
}
// All gradients together: how long they were and are (the square root of all squares), and by what each number was multiplied.
function clipPanel(change) {
  const length = of => Math.hypot(...change.items.map(item => item[of]?.norm ?? 0)), old = length("before"), now = length("after");
  const factor = change.by === "clip_grad_norm_" && old ? ` ${sayWith("allTimes", `<b data-factor="${now / old}">${short(now / old)}</b>`)}` : "";
  const text = !change.items.length ? say("zeroNothing") : sayWith("clipped", short(old), short(now)) + factor + (old === now ? ` ${say("clippedNot")}` : "");
  return eventHead(escape(change.by) + "()", change.line) + `<p>${text}</p>` + change.items.map(beforeAfter).join("");
}
function loadPanel(change) {
  return eventHead(escape(change.by) + "()", change.line) + change.items.map(beforeAfter(change)).join("");
}

// ---- the optimizer's step: its formula with the numbers of one entry ----

const spot = { index: 0 }; // which entry; of a large tensor, of its corner
const entriesOf = v => (v.values !== null ? [v.values].flat(Infinity) : v.corner.flat());
const entryOf = v => { const all = entriesOf(v); return all[Math.min(spot.index, all.length - 1)]; };
const inBrackets = x => (short(x).startsWith("−") ? `(${short(x)})` : short(x));
const typeset = text => escape(text).replace(/ \*\* (\w+)/g, "<sup>$1</sup>").replace(/ \* /g, " · ").replace(/ - /g, " − ");
function lineRow(line, names, called, entry) {
  const words = text => text.replace(/[a-z_]\w*/gi, word => called(word));
  const numbers = text => text.replace(/[a-z_]\w*/gi, word => (word in names ? inBrackets(names[word]) : word));
  const row = `<div class="formula" data-line="${escape(line.name)}">${typeset(called(line.name))} ← ${typeset(words(line.text))}<br>`
    + `${typeset(called(line.name))} ← ${typeset(numbers(line.text))} = <b title="${entry(line.value)}">${short(entry(line.value))}</b></div>`;
  names[line.name] = entry(line.value);
  return row;
}
// Are all numbers there that the lines speak of?
const updateKept = ({ before, update }, entry) => [before, update.gradient, ...update.state.flatMap(s => [s.before, s.after]), ...update.lines.map(l => l.value)]
  .every(v => !v || entry(v) !== undefined);
// The optimizer's formula, line by line, with the numbers that `entry` takes of each array.
function updateLines(item, entry) {
  const update = item.update, name = placeOf(item);
  const called = word => (word === "w" ? name : word === "g" ? gradOf(name) : word);
  const names = { ...update.options, w: entry(item.before), g: entry(update.gradient) };
  for (const kept of update.state) {
    if (kept.name === "step") names.t = entry(kept.after);
    if (kept.name in update.symbols) names[update.symbols[kept.name]] = kept.before ? entry(kept.before) : 0;
  }
  for (const letter of Object.values(update.symbols)) names[letter] ??= 0;
  let renamed = false; // a line that gives g another value is about a g of its own
  const lines = update.lines.map(line => {
    const row = lineRow(line, names, word => (word === "g" && renamed ? "g" : word === "g" && line.name === "g" ? word : called(word)), entry);
    renamed ||= line.name === "g";
    return row;
  }).join("");
  const first = update.lines.some(line => line.name === "g") ? `<div class="formula">g ← ${escape(gradOf(name))} = ${inBrackets(entry(update.gradient))}</div>` : "";
  return first + lines;
}
function updatePanel(change, item, way) {
  const update = item.update, name = placeOf(item);
  if (!update) return `<h3>${escape(name)}</h3>${beforeAfter(change)(item)}`;
  const count = entriesOf(item.after).length, which = Math.min(spot.index, count - 1);
  const choose = count > 1 ? `<p class="where">${say("entry")} <button type="button" data-spot="-1" aria-label="−">◂</button> ${which + 1} / ${count} <button type="button" data-spot="1" aria-label="+">▸</button></p>` : "";
  const kept = update.state.filter(s => s.name !== "step").map(s => tensor(`${escape(s.name)}${update.symbols[s.name] ? ` (${update.symbols[s.name]})` : ""}, ${say("now")}`, s.after)).join("");
  const options = Object.entries(update.options).map(([key, value]) => `${key} = ${typeof value === "number" ? short(value) : value}`).join(", ");
  return `<h3>${escape(name)}</h3>${way}${heldText(item.held)}${choose}${updateLines(item, entryOf)}<p class="where">${escape(options)}</p>`
    + `<div class="chain">${tensor(`${escape(name)}, ${say("before")}`, item.before, "", asksBefore(change, item))}${tensor(escape(gradOf(name)), update.gradient, "", asksLeft(leftKey(item.to, "grad", change.id)))}${signRow("↓")}${tensor(`${escape(name)}, ${say("now")}`, item.after, "", `data-after="1"${asksAfter(change, item)}`)}</div>${kept}`;
}
// Which way a parameter went, by the gradient of this training step: direction.py.
function wayOf(item) {
  const d = item.direction;
  if (!d) return "";
  if (!d.of) return "wayFlat";
  if (item.update.options.maximize) return d.along > 0 ? "wayUp" : "wayNotUp";
  return d.against === d.of ? "wayDown" : d.along < 0 ? "wayMostly" : "wayUphill";
}
const wayText = item => { const way = wayOf(item); return way && `<p data-way="${way}">${sayWith(way, item.direction.against, item.direction.of)}</p>`; };
function stepPanel(change) {
  const down = change.items.every(item => wayOf(item) === "wayDown"), why = !change.items.length ? "stepNothing" : down ? "stepWhy" : "stepApart";
  return eventHead(escape(change.by) + "()", change.line) + `<p data-why="${why}">${say(why)}</p>` + change.items.map(item => updatePanel(change, item, down ? "" : wayText(item))).join("");
}
$("panel").addEventListener("click", e => {
  const button = e.target.closest("[data-spot]");
  if (!button) return;
  spot.index = Math.max(0, spot.index + Number(button.dataset.spot));
  showPanel();
});

// ---- tied to the rest of the page ----

const ofChange = panel => ([, number]) => panel(TAPE.changes[number]);
Object.assign(PANELS, {
  pass: ([, number]) => passPanel(TAPE.passes[number]), passed: ([, number]) => passedPanel(TAPE.passes[number]),
  accumulate: ofChange(accumulatePanel), hook: ofChange(hookPanel), write: ofChange(writePanel), assign: ofChange(writePanel),
  zero_grad: ofChange(zeroPanel), step: ofChange(stepPanel), load_state_dict: ofChange(loadPanel), clip: ofChange(clipPanel),
});
// Where in the drawing an event is: the place that it changed, or the root of the pass.
function placeOfEvent([kind, number]) {
  if (kind === "pass" || kind === "passed") return TAPE.passes[number].roots[0]?.to ?? null;
  return TAPE.changes[number]?.items[0]?.to ?? null;
}
