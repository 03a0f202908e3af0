// Moving about: steps, modes, folding, zoom, keys.
function goTo(index) {
  state.index = Math.max(0, Math.min(steps().length, index));
  state.picked = null;
  const event = current();
  $("slider").max = steps().length;
  $("slider").value = state.index;
  const word = event ? (event[0] === "twice" ? "" : say(event[0] === "visit" ? "backward" : event[0])) : say("start");
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
  const places = list.map((e, k) => [e, k + 1]).filter(([e]) => e[1] === n && ["forward", "backward", "visit"].includes(e[0])).map(([, k]) => k);
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
