// Ask an entry of what an event left behind: "c4.0" is what item 0 of change 4 left, "r4.0" the gradient that arrived for it there.

// The key of what the last change before this one (or so far) left at a place, or "".
function leftKey(to, of, before = Infinity) {
  const happened = new Set(past().filter(([kind]) => !ABOUT_NODES.includes(kind) && !["pass", "passed"].includes(kind)).map(([, k]) => k));
  for (let k = Math.min(before, TAPE.changes.length) - 1; k >= 0; k--) {
    const j = happened.has(k) && to ? TAPE.changes[k].items.findIndex(i => i.of === of && i.to && placeKey(i.to) === placeKey(to)) : -1;
    if (j >= 0) return TAPE.changes[k].items[j].after ? `c${k}.${j}` : "";
  }
  if (of === "grad" || !to) return "";
  return isSource(to) ? `s${to.source}` : `v${to.node}.${to.output ?? 0}`;
}
const asksLeft = key => (key ? asks(key) : "");
const asksAfter = (change, item) => asksLeft(item.after && `c${change.id}.${change.items.indexOf(item)}`);
const asksBefore = (change, item) => asksLeft(item.before && leftKey(item.to, item.of, change.id));

function leftQuestion(key) {
  const [a, b] = key.slice(1).split(".").map(Number), change = TAPE.changes[a], item = change.items[b];
  if (key[0] === "c") return { name: item.of === "grad" || item.of === "value" ? itemName(item) : partial(escape(placeOf(item))), array: item.after && STORE(item.after.array), change, item };
  const place = placeKey(item.to), parts = arrivals(place), hooks = hooked(change.pass, h => h.of === "arriving" && placeKey(h.to) === place);
  const begun = [...begunAt(place, change.pass), ...(item.older ? [{ name: say("olderOps"), gradient: item.older }] : [])];
  return { name: partial(escape(placeOf(item))), array: item.arrived && STORE(item.arrived.array), arrived: parts, hooks, begun, root: !parts.length && !item.older };
}
// An entry of a summary's array; undefined if the page has not kept it.
const entryAt = i => v => { const array = STORE(v.array); return array.at(array.size === 1 ? 0 : i); };
function leftHtml({ change, item, array }, i) {
  const entry = entryAt(i), of = v => (v ? numeral(entry(v)) : "None"), line = (what, v, sign = "") => `<tr><td>${sign}${what}</td><td class="number">${of(v)}</td></tr>`;
  if (item.update?.lines.length) return updateKept(item, entry) ? updateLines(item, entry) : `<p class="where">${say("notKept")}</p>`;
  const last = what => `<tr class="total"><td>${what}</td><td class="number" data-total="${array.at(i)}">${of(item.after)}</td></tr>`;
  if (change.kind !== "accumulate") return `<table class="terms">${line(say("before"), item.before)}${last(`${escape(change.by || say("theHook"))} → ${say("now")}`)}</table>`;
  const table = `<table class="terms">${line(say("old"), item.before)}${line(say("fresh"), item.arrived, "+ ")}${last(`= ${say("total")}`)}</table>`;
  const parts = [item.before ? entry(item.before) : 0, entry(item.arrived)], sum = (ROUND[array.type] ?? (x => x))(parts[0] + parts[1]), engine = array.at(i);
  return table + (Number.isFinite(sum) && engine !== undefined ? judged(nearness(sum, engine, parts, array.type)) : "");
}
