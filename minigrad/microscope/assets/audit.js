// Programs at work for the nodes of the page, and the page's check of itself.
const machines = new Map();
function machineOf(node, step) {
  const key = `${node.id}.${step}`, e = node.explain;
  if (!machines.has(key)) {
    const program = TAPE.programs[step === null ? e.forward.program : e.steps[step].program];
    const summaryOf = { a: k => node.arguments[k].value, o: k => node.outputs[k].value, g: k => node.steps[step].upstream[k] };
    machines.set(key, new Machine(program, ref => { const v = summaryOf[ref[0]](Number(ref.slice(1))); return v ? STORE(v.array) : null; }));
  }
  return machines.get(key);
}
// The programs' results: {key (as in explain.js), array that the engine had, node, step, ref}.
function results() {
  return TAPE.nodes.flatMap(node => [
    ...node.outputs.map((o, k) => ({ key: `v${node.id}.${k}`, summary: o.value, node, step: null, ref: node.explain?.forward.outputs[k] })),
    ...node.steps.flatMap((s, j) => s.contributions.flatMap((c, k) => [["d", "after", "gradients"], ["b", "before", "before"]].map(
      ([letter, part, refs]) => ({ key: `${letter}${node.id}.${j}.${k}`, summary: c[part], node, step: j, ref: node.explain?.steps[j]?.[refs][k] })))),
  ]);
}
// Compute every number of the page anew (of large arrays about `most`) and compare it with the engine's.
function audit(most = 64) {
  const result = { asked: 0, exact: 0, rounded: 0, cut: 0, wrong: [], given: [], unknown: [] };
  for (const { key, summary, node, step, ref } of results()) {
    if (ref === undefined) { result.unknown.push(key); continue; }
    const m = machineOf(node, step), array = STORE(summary.array), stride = Math.max(1, Math.floor(array.size / most)) | 1;
    if (m.program.some(at => at.k === "given")) result.given.push(key);
    for (let i = 0; i < array.size; i += stride) {
      const engine = array.at(i);
      if (engine === undefined) continue;
      result.asked++;
      const found = compared(m, ref, i, engine, array.type);
      if (found.kind === "wrong") result.wrong.push([key, i, found.total, engine]);
      else result[found.kind]++;
    }
  }
  return result;
}
// Does the arithmetic come to the engine's number? The bound on rounding follows from the steps taken.
function compared(m, ref, i, engine, type) {
  const total = m.number(ref, i), off = Math.abs(total - engine);
  if (total === undefined) return { kind: "cut", total };
  if (total === engine || (total !== total && engine !== engine)) return { kind: "exact", total };
  const bound = m.slack(ref, i) + 4 * (EPSILON[type] ?? 0) * Math.abs(engine);
  return { kind: off <= bound ? "rounded" : "wrong", total, off, bound };
}
