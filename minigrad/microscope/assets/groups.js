// Groups of ops that can be folded into one box: training steps, modules, iterations of a loop, lines, and, where all else is too
// many, stretches of the program. Every group is a stretch of the forward pass, so that a folded graph has no circle.
const GROUPS = new Map(); // id -> {id, kind, label, path, first, last, items, parent}
let ROOT = null; // the top: items are numbers of nodes, or groups

// `most`: how many items a group may have before they are divided into stretches.
function grow(most) {
  GROUPS.clear();
  const all = [...TAPE.nodes.keys()];
  ROOT = { id: "", kind: "all", items: divide(all, 0, most), parent: null };
  adopt(ROOT);
}
function divide(numbers, depth, most) {
  const passes = depth ? [] : trainingSteps();
  const pass = ([number, part]) => group("pass", number, part, () => divide(part, 1, most));
  if (passes.length > 1) return stretches(passes.map(pass), most);
  return stretches(lines(rounds(modules(numbers, Math.max(1, depth), most), most)), most);
}
function group(kind, label, numbers, items, path = "") {
  const inside = items(), only = inside.length === 1 && typeof inside[0] !== "number" ? inside[0] : null;
  if (only && !["module", "pass"].includes(kind)) return only; // a group of one group is that group
  const [first, last] = [numbers[0], numbers.at(-1)], id = `g${kind}${first}-${last}`;
  return { id, kind, label, path, first, last, items: only && !only.path ? only.items : inside };
}
function adopt(parent) {
  for (const item of parent.items) {
    if (typeof item === "number") continue;
    item.parent = parent;
    GROUPS.set(item.id, item);
    adopt(item);
  }
}

// The ops of each training step that has any, and its number.
function trainingSteps() {
  const parts = new Map();
  TAPE.events.forEach(([kind, node], k) => { if (kind === "forward") listIn(parts, TAPE.rounds[k]).push(node); });
  return [...parts];
}
// Neighbours with the same beginning of their module's path.
function modules(numbers, depth, most) {
  const prefix = n => {
    const parts = TAPE.nodes[n].module.split(".");
    return parts.length >= depth && parts[0] ? parts.slice(0, depth).join(".") : null;
  };
  const out = [];
  for (let k = 0; k < numbers.length;) {
    const path = prefix(numbers[k]);
    let end = k + 1;
    while (path !== null && end < numbers.length && prefix(numbers[end]) === path) end++;
    const part = numbers.slice(k, end);
    const worth = path !== null && (part.length > 1 || hidesParameters(part));
    if (!worth) out.push(...part);
    else {
      const inside = () => stretches(lines(rounds(modules(part, depth + 1, most), most)), most);
      out.push(group("module", path.split(".").slice(depth > 1 ? 1 : 0).slice(-2).join("."), part, inside, path));
    }
    k = end;
  }
  return out;
}
const takesParameter = n => TAPE.nodes[n].arguments.some(a => a.kind === "source" && TAPE.sources[a.source].requiresGrad);
const hidesParameters = part => part.some(takesParameter);

// What an item is, whatever its numbers: the same key again means the same code again.
function keyOf(item) {
  if (typeof item !== "number") return `${item.kind}:${item.path || item.label}`;
  const { line, op } = TAPE.nodes[item];
  return `${line?.file}:${line?.number}:${op}`;
}
const numbersOf = item => (typeof item === "number" ? [item] : item.items.flatMap(numbersOf));

// A loop: the first item that comes again begins a round, and so does each of its repetitions.
function rounds(items, most) {
  const keys = items.map(keyOf), count = new Map();
  for (const key of keys) count.set(key, (count.get(key) ?? 0) + 1);
  const first = keys.findIndex(key => count.get(key) > 1);
  if (first < 0 || insideOneCall(items)) return items;
  const starts = keys.flatMap((key, k) => (key === keys[first] ? [k] : []));
  const length = starts[1] - starts[0];
  let end = starts.at(-1) + 1; // the last round is as long as it looks like the one before
  while (end < items.length && keys[end] === keys[starts.at(-2) + end - starts.at(-1)] && end - starts.at(-1) < length) end++;
  if (length < 2 && starts.length < 4) return items;
  const bodies = starts.map((s, k) => items.slice(s, starts[k + 1] ?? end));
  const round = (body, k) => group("round", `${k + 1}/${bodies.length}`, body.flatMap(numbersOf), () => stretches(lines(body), most));
  const folded = bodies.map((body, k) => (body.length > 1 ? round(body, k) : body[0]));
  return [...items.slice(0, first), ...stretches(folded, most), ...lines(rounds(items.slice(end), most))];
}
// All of one line of a module's caller: the loop, if there is one, is the module's own.
function insideOneCall(items) {
  const nodes = items.flatMap(numbersOf).map(n => TAPE.nodes[n]);
  return nodes.every(n => n.module && n.line?.number === nodes[0].line?.number && n.line?.file === nodes[0].line?.file);
}
// Neighbours that one line of the program asked for.
function lines(items) {
  const lineOf = item => {
    const { line, inBackward } = TAPE.nodes[item] ?? {};
    return line ? `${line.file}:${line.number}:${inBackward}` : null;
  };
  const out = [];
  for (let k = 0; k < items.length;) {
    let end = k + 1;
    while (lineOf(items[k]) !== null && end < items.length && lineOf(items[end]) === lineOf(items[k])) end++;
    const part = items.slice(k, end);
    out.push(...(part.length > 1 && part.length < items.length ? [group("line", TAPE.nodes[part[0]].line.text, part, () => part)] : part));
    k = end;
  }
  return out;
}
// Too many for one picture: stretches, and stretches of stretches.
function stretches(items, most) {
  if (items.length <= most) return items;
  const size = Math.ceil(items.length / Math.min(most, Math.ceil(items.length / 2))), out = [];
  for (let k = 0; k < items.length; k += size) {
    const part = items.slice(k, k + size), numbers = part.flatMap(numbersOf);
    const label = `${labelOfEnd(part[0])}–${labelOfEnd(part.at(-1))}`;
    out.push(part.length < 2 ? part[0] : group("stretch", label, numbers, () => stretches(part, most)));
  }
  return out;
}
function labelOfEnd(item) {
  if (typeof item === "number") return `#${item}`;
  return ["round", "pass"].includes(item.kind) ? String(item.label).split("/")[0] : `#${item.first}`;
}

function groupLabel(g) {
  if (g.kind === "pass") return `${say("trainingStep")} ${g.label}`;
  if (g.kind === "round") return `${say("round")} ${g.label}`;
  if (g.kind === "line") return g.label.length > 26 ? g.label.slice(0, 25) + "…" : g.label;
  if (g.kind === "stretch" && typeof g.items[0] === "number") return `${TAPE.nodes[g.first].op} … ${TAPE.nodes[g.last].op}`;
  if (g.kind === "stretch") return `${say(g.items[0].kind === "pass" ? "trainingSteps" : "rounds")} ${g.label}`;
  return g.label;
}

// ---- what is folded ----

// The ops and groups that stand in the picture, and for every node the one that shows it.
function visibleItems() {
  const found = [], home = [];
  const walk = items => {
    for (const item of items) {
      if (typeof item === "number") { home[item] = `n${item}`; found.push(item); }
      else if (state.open.has(item.id)) walk(item.items);
      else { for (let n = item.first; n <= item.last; n++) home[n] = item.id; found.push(item); }
    }
  };
  walk(ROOT.items);
  return { found, home };
}
// The training step that the reader is in, and its first op.
function roundNow() {
  const event = current();
  if (!event) return TAPE.rounds[0];
  if (event[0] === "run") return state.round;
  return TAPE.rounds[event[0] === "visit" ? MADE_AT[event[1]] : state.index - 1];
}
const MADE_AT = []; // node -> the number of its event
TAPE.events.forEach(([kind, node], k) => { if (kind === "forward") MADE_AT[node] = k; });
const beginsRound = number => TAPE.events.find(([kind], k) => kind === "forward" && TAPE.rounds[k] === number)?.[1];
const REPEATED = ["round", "pass", "stretch"]; // of such, one is enough to see what all of them do
// Unfold as much as can be read in this frame: from the outside inwards, in the order of the program; of what is repeated, where the
// reader is. `arrange` says how it looks.
function foldToFit(frame, arrange) {
  state.round = roundNow();
  const here = beginsRound(state.round), holds = g => g.first <= here && here <= g.last;
  const family = g => (g.kind === "stretch" ? g.items[0].kind : g.kind); // a stretch of training steps is as one of them
  const shown = g => { const all = g.parent.items.filter(x => family(x) === family(g)); return g === (all.find(holds) ?? all[0]); };
  for (const most of [12, 7, 4, 3, 2]) {
    grow(most);
    state.open.clear();
    if (arrange(frame).scale >= READABLE) break;
  }
  const level = [...ROOT.items];
  const patience = TAPE.nodes.length > 1000 ? 2 : 12; // how often it may be too much: each try draws up all of the graph
  let refused = 0;
  for (let k = 0; k < level.length && refused < patience; k++) {
    const g = level[k];
    if (typeof g === "number" || (REPEATED.includes(g.kind) && !shown(g))) continue;
    state.open.add(g.id);
    const room = frame.width * frame.height / 5200; // boxes that could stand there at most
    if (visibleItems().found.length <= room && arrange(frame).scale >= READABLE) level.push(...g.items);
    else { state.open.delete(g.id); refused++; }
  }
}
