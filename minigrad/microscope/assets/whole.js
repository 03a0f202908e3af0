// All entries of an instruction's result at once, in plain loops over typed arrays: for programs as long as a recurrent
// layer's, where one number of the last step is made of all numbers of the first.
const TYPES = { float64: Float64Array, int32: Int32Array, int64: Float64Array, bool: Uint8Array, uint8: Uint8Array };

// {data, absent: a mark for every entry that the page cannot know, or null} of what a reference stands for.
function wholeOf(m, ref) {
  if (!m.arrays.has(ref)) m.arrays.set(ref, ref[0] === "i" ? computeAll(m, m.program[ref.slice(1)], ref) : readAll(m.source(ref)));
  return m.arrays.get(ref);
}
function readAll(source) {
  if (source.data) return { data: source.data, absent: null };
  const data = new Float64Array(source.size), absent = new Uint8Array(source.size);
  for (let i = 0; i < source.size; i++) { const x = source.at(i); if (x === undefined) absent[i] = 1; else data[i] = x; }
  return { data, absent };
}
function computeAll(m, at, ref) {
  const size = sizeOf(at.s), data = new (TYPES[at.d ?? ""] ?? (at.d ? Float64Array : Float32Array))(size), absent = new Uint8Array(size);
  (ALL[at.k] ?? byEntry)(m, at, data, absent, ref);
  return { data, absent: absent.includes(1) ? absent : null };
}
// The operands of an instruction: {data, absent, at: the place for each place of the result, or null where it is the same}.
const operands = (m, at) => at.a.map(ref => {
  if (!isRef(ref)) return { data: [ref === null ? null : constant(ref)], absent: null, at: NOWHERE };
  const shape = m.shape(ref), found = wholeOf(m, ref);
  if (sizeOf(shape) === 1) return { ...found, at: NOWHERE };
  if (String(shape) === String(at.s)) return { ...found, at: null };
  const places = new Int32Array(sizeOf(at.s)), steps = spreadSteps(shape, at.s);
  for (let i = 0; i < places.length; i++) places[i] = along(i, at.s, steps, 0);
  return { ...found, at: places };
});
const NOWHERE = new Proxy([], { get: () => 0 });
const ALL = {
  f(m, at, data, absent) {
    const f = FUNCTIONS[at.f], xs = operands(m, at), values = xs.map(() => 0), [x, y] = xs;
    if (xs.length === 2 && !x.absent && !y.absent) { // nearly always
      const place = x => (x.at === NOWHERE ? () => 0 : x.at ? i => x.at[i] : i => i), p = place(x), q = place(y), [a, b] = [x.data, y.data];
      for (let i = 0; i < data.length; i++) data[i] = f(a[p(i)], b[q(i)]);
      return;
    }
    for (let i = 0; i < data.length; i++) {
      for (let k = 0; k < xs.length; k++) {
        const x = xs[k], p = x.at ? x.at === NOWHERE ? 0 : x.at[i] : i;
        if (x.absent?.[p]) { absent[i] = 1; break; }
        values[k] = x.data[p];
      }
      if (!absent[i]) data[i] = f(...values);
    }
  },
  move(m, at, data, absent) {
    const map = mapOf(at.m, at.s), find = among(at.a, m), found = new Map(at.a.map(ref => [ref, isRef(ref) ? wholeOf(m, ref) : null])), fill = constant(at.fill ?? 0);
    for (let i = 0; i < data.length; i++) {
      const p = map(i);
      if (p < 0) { data[i] = fill; continue; }
      const [ref, q] = find(p), x = found.get(ref);
      if (!x) data[i] = constant(ref);
      else if (x.absent?.[q]) absent[i] = 1;
      else data[i] = x.data[q];
    }
  },
  sum(m, at, data, absent) {
    const x = wholeOf(m, at.a[0]), map = mapOf(at.m, m.shape(at.a[0])), sums = new Float64Array(data.length);
    for (let p = 0; p < x.data.length; p++) { const i = map(p); if (i >= 0) { if (x.absent?.[p]) absent[i] = 1; else sums[i] += x.data[p]; } }
    data.set(sums);
  },
  ein(m, at, data, absent) {
    if (at.a.length !== 2) return byEntry(m, at, data, absent);
    const [a, b] = at.a.map(ref => wholeOf(m, ref)), { starts, inner } = einPlaces(m, at), [innerA, innerB] = inner, length = innerA.length;
    for (let i = 0; i < data.length; i++) {
      const p = starts[0][i], q = starts[1][i];
      let sum = 0;
      for (let k = 0; k < length; k++) {
        const j = p + innerA[k], l = q + innerB[k];
        if (a.absent?.[j] || b.absent?.[l]) { absent[i] = 1; break; }
        sum += a.data[j] * b.data[l];
      }
      data[i] = sum;
    }
  },
};
function byEntry(m, at, data, absent, ref) {
  const n = m.program.indexOf(at);
  for (let i = 0; i < data.length; i++) { const x = m.compute(n, i); if (x === undefined) absent[i] = 1; else data[i] = x; }
}
// For a product: of each operand the place where the sum for each entry begins, and how far on its terms are.
function einPlaces(m, at) {
  const [ins, out] = at.e.split("->"), letters = ins.split(","), sizes = {};
  letters.forEach((word, k) => [...word].forEach((c, d) => { sizes[c] = m.shape(at.a[k])[d]; }));
  const summed = [...new Set(ins.replace(/[,_]/g, ""))].filter(c => !out.includes(c));
  const steps = letters.map((word, k) => { const of = {}; stepsOf(m.shape(at.a[k])).forEach((step, d) => { if (word[d] !== "_") of[word[d]] = step; }); return of; });
  const placesAlong = (names, shape, of) => { const list = new Int32Array(sizeOf(shape)); let k = 0; for (const index of indices(shape)) list[k++] = index.reduce((p, v, d) => p + v * (of[names[d]] ?? 0), 0); return list; };
  return { starts: steps.map(of => placesAlong(out, at.s, of)), inner: steps.map(of => placesAlong(summed, summed.map(c => sizes[c]), of)) };
}

// ---- how far rounding may have moved them: as Machine.moved, for all entries ----

function slackOf(m, ref) {
  const at = m.program[ref.slice(1)], n = Number(ref.slice(1)), all = m.arrays.get(ref), slack = new Float64Array(all.data.length), eps = EPSILON[at.d ?? "float32"] ?? 0;
  const of = r => (isRef(r) && r[0] === "i" ? ((wholeOf(m, r)).slack ??= slackOf(m, r)) : null);
  if (at.k === "ein" && at.a.length === 2) {
    const [a, b] = at.a.map(r => wholeOf(m, r)), [sa, sb] = at.a.map(of), { starts, inner } = einPlaces(m, at), [innerA, innerB] = inner;
    for (let i = 0; i < slack.length; i++) {
      if (all.absent?.[i]) continue;
      let off = 0, size = 0;
      for (let k = 0; k < innerA.length; k++) {
        const j = starts[0][i] + innerA[k], l = starts[1][i] + innerB[k], x = Math.abs(a.data[j]), y = Math.abs(b.data[l]);
        size += x * y;
        if (sa) off += sa[j] * y;
        if (sb) off += sb[l] * x;
      }
      slack[i] = off + eps * (innerA.length + 1) * size;
    }
    return slack;
  }
  for (const r of at.a) of(r); // so that asking for one entry's is a look into an array
  for (let i = 0; i < slack.length; i++) if (!all.absent?.[i]) slack[i] = m.moved(n, i);
  return slack;
}
