// Moving about: steps, modes, folding, zoom, keys, and the link to a step.
function goTo(index) {
  state.index = Math.max(0, Math.min(steps().length, index));
  state.picked = null;
  $("slider").max = steps().length;
  $("slider").value = state.index;
  $("count").textContent = `${stepWord(current())} ${state.index}/${steps().length}`;
  enterRound();
  paint();
  showPanel();
  keepLink();
  if (state.playing && state.index === steps().length) pause();
}
function stepWord(event) {
  if (!event) return say("start");
  return say({ visit: "backward", step: "update", run: "step" }[event[0]] ?? event[0]);
}
function pause() { clearInterval(state.playing); state.playing = null; $("play").textContent = "▶"; }
function play() {
  if (state.playing) return pause();
  if (state.index === steps().length) goTo(0);
  $("play").textContent = "⏸";
  state.playing = setInterval(() => goTo(state.index + 1), Number($("speed").value));
}
function mode(name) {
  pause();
  state.mode = name;
  for (const b of document.querySelectorAll("[data-mode]")) b.setAttribute("aria-checked", b.dataset.mode === name);
  notice();
  schedule();
  paintedAt = -Infinity; // all of it
  goTo(0);
  showExample(name === "naive" && !GOES_WRONG);
}
function notice() {
  const texts = [];
  if (state.mode === "naive") texts.push(say(TAPE.naive ? "naiveNotice" : "naiveNone"));
  else if (state.mode === "twice") texts.push(say("twiceNotice"));
  else if (TAPE.nodes.length && !BACKWARD.length) texts.push(say("noBackward"));
  else if (mistakes()) texts.push(mistakes());
  if (TAPE.nodes.length > MANY) texts.push(say("folded").replace("{}", thousands(TAPE.nodes.length)));
  $("notice").textContent = texts.join(" ");
  const elsewhere = state.mode === "twice" && RUNS.example; // the numbers are not those of the drawing
  if (elsewhere) $("graph").dataset.note = say("elsewhere"); else delete $("graph").dataset.note;
}
const thousands = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

// ---- links: #step=12 ----

function keepLink() {
  const how = state.mode === "backprop" ? "" : `&mode=${state.mode}`;
  try { history.replaceState(null, "", state.index || how ? `#step=${state.index}${how}` : "#"); } catch { /* a frame without an address of its own */ }
}
function followLink() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const name = wanted.get("mode") ?? "backprop";
  if (name !== state.mode && document.querySelector(`[data-mode="${CSS.escape(name)}"]`)) mode(name);
  const index = Number(wanted.get("step"));
  goTo(Number.isInteger(index) ? index : 0);
}

// ---- boxes ----

// A group unfolds, a tensor shows itself, an op takes the reader to the next of its steps.
function pick(id) {
  const kind = drawn.at.get(id)?.kind;
  if (kind === "group" || kind === "bundle") return unfold(id);
  if (kind === "source") { state.picked = Number(id.slice(1)); return showPanel(); }
  const n = kind === "op" ? drawn.at.get(id).members[0] : drawn.at.get(id)?.node;
  const places = steps().flatMap((e, k) => (e[1] === n && ABOUT_NODES.includes(e[0]) ? [k + 1] : []));
  if (places.length) goTo(places.find(k => k > state.index) ?? places[0]);
}
function unfold(id) {
  const g = GROUPS.get(id), focused = document.activeElement?.dataset?.id === id;
  state.open.add(id);
  draw();
  const first = g ? drawn.home[g.first] : `s${drawn.boxes.find(b => b.kind === "source" && `b${b.id.slice(1)}` === id)?.id.slice(1)}`;
  lookAt(first);
  after();
  if (focused) drawn.elements.get(first)?.focus();
}
function fold(id) {
  state.open.delete(id);
  draw();
  lookAt(id);
  after();
}
function after() { paintedAt = -Infinity; modulesList(); notice(); goTo(state.index); }
// The groups that can be folded or unfolded now, indented like the program.
function modulesList() {
  const rows = [];
  const walk = (items, depth) => {
    for (const g of items) if (typeof g !== "number") {
      const open = state.open.has(g.id), [path, id] = [g.path || g.id, g.id].map(escape);
      const data = `data-path="${path}" data-group="${id}" aria-expanded="${open}"`;
      rows.push(`<button type="button" ${data} style="margin-left:${depth}em">${open ? "▾" : "▸"} ${escape(groupLabel(g))}</button>`);
      if (state.open.has(g.id)) walk(g.items, depth + 1);
    }
  };
  walk(ROOT.items, 0);
  $("modules").hidden = !rows.length;
  $("modules").querySelector("div").innerHTML = rows.join("");
}

// ---- mouse and touch ----

let drag = null, dragged = false;
$("canvas").addEventListener("pointerdown", e => { drag = { x: e.clientX, y: e.clientY }; dragged = false; });
addEventListener("pointermove", e => {
  if (!drag) return;
  const [dx, dy] = [e.clientX - drag.x, e.clientY - drag.y];
  if (Math.hypot(dx, dy) <= 3 && !dragged) return;
  dragged = true;
  state.view.x += dx; state.view.y += dy;
  drag = { x: e.clientX, y: e.clientY };
  setView();
});
addEventListener("pointerup", () => { drag = null; setTimeout(() => { dragged = false; }); });
$("canvas").addEventListener("wheel", e => {
  e.preventDefault();
  const frame = $("canvas").getBoundingClientRect();
  zoom(Math.exp(-e.deltaY / 400), e.clientX - frame.left, e.clientY - frame.top);
}, { passive: false });
$("canvas").addEventListener("click", e => { const box = e.target.closest("[data-id]"); if (box && !dragged) pick(box.dataset.id); });
$("minimap").addEventListener("click", minimapGo);
$("modules").addEventListener("click", e => {
  const id = e.target.closest("[data-group]")?.dataset.group;
  if (!id) return;
  state.open.has(id) ? fold(id) : unfold(id);
  document.querySelector(`[data-group="${CSS.escape(id)}"]`)?.focus();
});

// ---- buttons and keys ----

function everything() { fit(); paintedAt = -Infinity; goTo(state.index); }
function digits() {
  state.digits = state.digits === 4 ? 17 : 4;
  $("digits").setAttribute("aria-pressed", state.digits !== 4);
  draw();
  setView();
  after();
}
const BUTTONS = {
  first: () => goTo(0), previous: () => goTo(state.index - 1), play, next: () => goTo(state.index + 1), last: () => goTo(steps().length),
  in: () => zoom(1.25), out: () => zoom(.8), fit: everything, digits, svg: () => saveSvg(), print: () => printAll(),
};
for (const [id, action] of Object.entries(BUTTONS)) $(id).addEventListener("click", () => action());
$("slider").addEventListener("input", e => goTo(Number(e.target.value)));
$("speed").addEventListener("change", () => { if (state.playing) { pause(); play(); } $("canvas").focus(); });
for (const b of document.querySelectorAll("[data-mode]")) b.addEventListener("click", () => mode(b.dataset.mode));
const KEYS = {
  ArrowRight: BUTTONS.next, ArrowLeft: BUTTONS.previous, Home: BUTTONS.first, End: BUTTONS.last,
  "+": BUTTONS.in, "=": BUTTONS.in, "-": BUTTONS.out, "0": everything, d: digits,
};
// Left and right always step, wherever the focus is; only what a panel asks to be typed or pushed keeps its keys.
addEventListener("keydown", e => {
  const target = e.target;
  if (e.ctrlKey || e.metaKey || e.altKey || target.closest?.("aside input, aside select, aside textarea")) return;
  const box = target.closest?.("[data-id]");
  if (box && (e.key === "Enter" || e.key === " ")) { e.preventDefault(); return pick(box.dataset.id); }
  if (box && (e.key === "ArrowUp" || e.key === "ArrowDown")) { e.preventDefault(); return beside(box, e.key === "ArrowDown")?.focus(); }
  if (e.key === " " && !["BUTTON", "SUMMARY", "SELECT"].includes(target.tagName)) { e.preventDefault(); return play(); }
  if (!KEYS[e.key] || (target.tagName === "SELECT" && e.key.length === 1)) return;
  e.preventDefault();
  KEYS[e.key]();
});
const beside = (box, next) => (next ? box.nextElementSibling : box.previousElementSibling);
$("boxes").addEventListener("focusin", e => {
  const box = e.target.closest("[data-id]");
  if (box?.matches(":focus-visible")) follow(box.dataset.id);
});

// ---- light, language, size ----

$("theme").addEventListener("click", () => {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  showPanel();
});
$("language").addEventListener("click", () => { state.language = state.language === "en" ? "zh" : "en"; translate(); everything(); });
new ResizeObserver(() => {
  const { width, height } = frameOf();
  if (drawn?.frame && (drawn.frame.width !== width || drawn.frame.height !== height)) everything();
}).observe($("canvas"));
addEventListener("hashchange", followLink);
function translate() {
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  for (const e of document.querySelectorAll("[data-word]")) e.textContent = say(e.dataset.word);
  for (const e of document.querySelectorAll("[data-label]")) {
    e.setAttribute("aria-label", say(e.dataset.label));
    if (e.tagName === "BUTTON") e.title = say(e.dataset.label);
  }
  $("language").textContent = state.language === "en" ? "中文" : "English";
  const { title, idea } = TAPE.about ?? {};
  $("title").textContent = title?.[state.language] ?? `minigrad ${say("microscope")}`;
  $("idea").textContent = idea?.[state.language] ?? "";
  const program = title?.[state.language] ?? TAPE.nodes.find(n => n.line)?.line.file; // tells tabs apart
  document.title = [program, `minigrad ${say("microscope")}`].filter(Boolean).join(" · ");
}
