// The numbers of the page, and the small programs that made them: see program.py for the kinds of instructions.
const STORE = (() => {
  const found = TAPE.arrays ?? { bytes: "", index: [] }, text = atob(found.bytes), bytes = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) bytes[k] = text.charCodeAt(k);
  const types = { float32: Float32Array, float64: Float64Array, int32: Int32Array, bool: Uint8Array, uint8: Uint8Array };
  const made = [];
  return number => (number === null || number === undefined ? null : made[number] ??= new Numbers(found.index[number], bytes.buffer, types));
})();
const sizeOf = shape => shape.reduce((n, m) => n * m, 1);

// An array of the page, or as much of it as is there: `at` a place that was left out is undefined.
function Numbers(entry, buffer, types) {
  const shape = entry.shape, size = sizeOf(shape), whole = entry.dim === undefined;
  const held = whole ? shape : shape.map((n, d) => (d === entry.dim ? entry.rows.length : n));
  const data = new types[entry.type](buffer, entry.at, sizeOf(held));
  const inner = whole ? 1 : sizeOf(shape.slice(entry.dim + 1)), along = whole ? 1 : shape[entry.dim];
  const row = whole ? null : new Map(entry.rows.map((r, k) => [r, k]));
  const at = whole ? i => data[i] : i => {
    const k = row.get(Math.floor(i / inner) % along);
    return k === undefined ? undefined : data[(Math.floor(i / (inner * along)) * entry.rows.length + k) * inner + i % inner];
  };
  Object.assign(this, { shape, size, at, type: entry.type, whole, rows: entry.rows, dim: entry.dim, data: whole ? data : null });
}

// ---- places ----

const stepsOf = shape => { const s = []; let n = 1; for (let d = shape.length - 1; d >= 0; d--) { s[d] = n; n *= shape[d]; } return s; };
function indexOf(i, shape) {
  const index = [];
  for (let d = shape.length - 1; d >= 0; d--) { index[d] = i % shape[d]; i = Math.floor(i / shape[d]); }
  return index;
}
const flatOf = (index, shape) => index.reduce((i, k, d) => i * shape[d] + k, 0);
// Every index of a shape, in order.
function* indices(shape) {
  const size = sizeOf(shape);
  for (let i = 0; i < size; i++) yield indexOf(i, shape);
}
// A map of places (program.py), as a function from a place of an array of this shape; -1 is nowhere.
function mapOf(map, shape) {
  if (map.blocks !== undefined) { const first = STORE(map.blocks), w = map.width; return i => { const p = first.at(Math.floor(i / w)); return p < 0 ? -1 : p + i % w; }; }
  const [offset, ...steps] = map.affine;
  return i => along(i, shape, steps, offset);
}
// Offset + sum of index * step, for the index that a place has; without making a list of it.
function along(i, shape, steps, p) {
  for (let d = shape.length - 1; d >= 0; d--) { const q = Math.floor(i / shape[d]); p += (i - q * shape[d]) * steps[d]; i = q; }
  return p;
}
// The steps through an operand that broadcasts to this shape.
function spreadSteps(from, to) { const own = stepsOf(from); return to.map((_, d) => { const k = d - to.length + from.length; return k < 0 || from[k] === 1 ? 0 : own[k]; }); }

// ---- functions of one entry ----

const erf = x => { // Abramowitz & Stegun 7.1.5 near 0, the continued fraction 7.1.14 of erfc beyond
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 2.5) { let term = x, sum = x; for (let n = 1; n < 80; n++) { term *= -x * x / n; sum += term / (2 * n + 1); } return 2 / Math.sqrt(Math.PI) * sum; }
  return Math.sign(x) * (1 - erfcBig(z));
};
const erfcBig = z => { let f = 0; for (let k = 60; k > 0; k--) f = k / 2 / (z + f); return Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + f); };
const erfc = x => (x > 2.5 ? erfcBig(x) : 1 - erf(x));
const erfinv = y => { // Newton's steps from Winitzki's formula
  if (Math.abs(y) >= 1) return y === 1 ? Infinity : y === -1 ? -Infinity : NaN;
  const a = .147, l = Math.log(1 - y * y), u = 2 / (Math.PI * a) + l / 2;
  let x = Math.sqrt(Math.sqrt(u * u - l / a) - u);
  for (let k = 0; k < 6; k++) x -= (1 - Math.abs(y) - erfc(x)) / (2 / Math.sqrt(Math.PI) * Math.exp(-x * x));
  return Math.sign(y) * x;
};
// Hurwitz' zeta function by Euler and Maclaurin: of it the polygamma functions are made.
const zeta = (s, a) => {
  let sum = 0;
  for (; a < 15; a++) sum += a ** -s;
  sum += a ** (1 - s) / (s - 1) + a ** -s / 2;
  let term = s * a ** (-s - 1);
  [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160].forEach((b, k) => { sum += b * term; term *= (s + 2 * k + 1) * (s + 2 * k + 2) / (a * a); });
  return sum;
};
const factorial = n => (n <= 1 ? 1 : n * factorial(n - 1));
const digamma = x => {
  if (x <= 0 && x === Math.floor(x)) return x === 0 ? -Infinity : NaN;
  if (x < 0) return digamma(1 - x) - Math.PI / Math.tan(Math.PI * x);
  let sum = 0;
  for (; x < 12; x++) sum -= 1 / x;
  const y = 1 / (x * x);
  return sum + Math.log(x) - .5 / x - y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132)))));
};
const polygamma = (x, n) => (n === 0 ? digamma(x) : x > 0 ? (-1) ** (n + 1) * factorial(n) * zeta(n + 1, x) : polygamma(x + 1, n) - (-1) ** n * factorial(n) * x ** (-n - 1));
const lgamma = x => {
  if (x <= 0 && x === Math.floor(x)) return Infinity;
  if (x < .5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - lgamma(1 - x);
  let shift = 0;
  for (; x < 12; x++) shift += Math.log(x);
  const y = 1 / (x * x);
  return (x - .5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y / 1680))) / x - shift;
};
const roundHalf = x => { const r = Math.round(x); return Math.abs(x % 1) === .5 && r % 2 ? r - 1 : r; }; // 0.5 to the even neighbour
const nanMax = (a, b) => (a !== a || b !== b ? NaN : Math.max(a, b)), nanMin = (a, b) => (a !== a || b !== b ? NaN : Math.min(a, b));
const clip = (x, low, high) => nanMin(nanMax(x, low ?? -Infinity), high ?? Infinity);
const power = (x, y) => (x === 1 || y === 0 ? 1 : x ** y);
const modulo = (x, y) => x - y * Math.floor(x / y), xlogy = (x, y) => (x === 0 && y === y ? 0 : x * Math.log(y));
const bit = (x, y) => Number(Boolean(x)) && Number(Boolean(y));
const FUNCTIONS = {
  add: (x, y) => x + y, sub: (x, y) => x - y, rsub: (x, y) => y - x, rsub_number: (x, y) => y - x, mul: (x, y) => x * y, div: (x, y) => x / y,
  neg: x => -x, pow: power, pow_number: power, pow_of_number: power, reciprocal: x => 1 / x, sqrt: Math.sqrt, rsqrt: x => 1 / Math.sqrt(x),
  exp: Math.exp, exp2: x => 2 ** x, expm1: Math.expm1, log: Math.log, log2: Math.log2, log10: Math.log10, log1p: Math.log1p,
  sigmoid: x => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))), tanh: Math.tanh, sinh: Math.sinh, cosh: Math.cosh,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan, atan2: Math.atan2, asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh,
  abs: Math.abs, sign: x => (x === x ? Math.sign(x) : 0), sgn: Math.sign, floor: Math.floor, ceil: Math.ceil, trunc: Math.trunc, frac: x => x - Math.trunc(x), round: roundHalf,
  maximum: nanMax, minimum: nanMin, clamp_min: nanMax, clamp_max: nanMin, clamp_min_number: nanMax, clamp_max_number: nanMin, clamp: clip, clamp_numbers: clip, hardtanh: clip,
  fmax: (x, y) => (x !== x ? y : y !== y ? x : Math.max(x, y)), fmin: (x, y) => (x !== x ? y : y !== y ? x : Math.min(x, y)),
  relu: x => nanMax(x, 0), leaky_relu: (x, slope) => (x > 0 ? x : x * slope), threshold: (x, limit, value) => (x <= limit ? value : x),
  hardshrink: (x, l) => (x >= -l && x <= l ? 0 : x), where: (x, y, mask) => (mask ? x : y), masked: (x, mask) => (mask ? x : 0),
  masked_fill: (x, value, mask) => (mask ? value : x), masked_fill_number: (x, mask, value) => (mask ? value : x),
  eq: (x, y) => Number(x === y), ne: (x, y) => Number(x !== y), lt: (x, y) => Number(x < y), le: (x, y) => Number(x <= y), gt: (x, y) => Number(x > y), ge: (x, y) => Number(x >= y),
  bitwise_not: x => Number(!x), logical_not: x => Number(!x), bitwise_and: bit, bitwise_or: (x, y) => Number(Boolean(x) || Boolean(y)),
  isnan: x => Number(x !== x), isinf: x => Number(Math.abs(x) === Infinity), fill: x => x, steps: x => x, to_dtype: x => x,
  div_floor: (x, y) => Math.floor(x / y), floor_divide: (x, y) => Math.floor(x / y), div_trunc: (x, y) => Math.trunc(x / y),
  remainder: modulo, remainder_number: modulo, fmod: (x, y) => x % y, fmod_number: (x, y) => x % y,
  copysign: (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)), copysign_number: (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)),
  heaviside: (x, y) => (x < 0 ? 0 : x > 0 ? 1 : x === 0 ? y : NaN), hypot: Math.hypot, deg2rad: x => x * (Math.PI / 180), rad2deg: x => x * (180 / Math.PI),
  angle: x => (x !== x ? NaN : x < 0 ? Math.PI : 0), sinc: x => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)), ldexp: (x, y) => x * 2 ** y,
  logaddexp2: (x, y) => Math.max(x, y) + Math.log2(1 + 2 ** -Math.abs(x - y)),
  nan_to_num: (x, nan, high, low) => (x !== x ? nan : x === Infinity ? high : x === -Infinity ? low : x),
  erf, erfc, erfinv, lgamma, digamma, polygamma, xlogy, xlogy_number: xlogy, number_xlogy: xlogy,
};
const ROUND = { float32: Math.fround, bool: Number };
const EPSILON = { float32: 2 ** -23, float64: 2 ** -52, float16: 2 ** -10 };
const ROUGH = new Set(["erf", "erfc", "erfinv", "lgamma", "digamma", "polygamma"]); // here to 11 digits
const isRef = ref => typeof ref === "string" && /^[aogik]\d+$/.test(ref);
const constant = ref => (ref === null ? undefined : typeof ref === "string" ? { inf: Infinity, "-inf": -Infinity, nan: NaN }[ref] : Number(ref));

const ONE_BY_ONE = 24; // entries asked for one by one; then all are computed
// A program at work. `leaf("a0")` is the array {shape, at} that a reference stands for. An entry is computed when it is asked
// for, from entries of the operands, rounded after each instruction as the engine rounds.
class Machine {
  constructor(program, leaf) {
    this.program = program; this.leaf = leaf;
    this.values = program.map(() => new Map()); this.slacks = program.map(() => new Map()); this.helpers = [];
    this.arrays = new Map(); // of results of which many entries were asked for: all of them, see whole.js
  }
  shape(ref) {
    if (!isRef(ref)) return [];
    return ref[0] === "i" ? this.program[ref.slice(1)].s : this.source(ref).shape;
  }
  source(ref) { return ref[0] === "k" ? STORE(Number(ref.slice(1))) : this.leaf(ref); }
  // The number at a place of what a reference stands for; undefined if the page does not have what it takes.
  number(ref, i) {
    if (!isRef(ref)) return constant(ref);
    if (ref[0] !== "i") return this.source(ref)?.at(i);
    const n = Number(ref.slice(1)), known = this.values[n];
    if (!known.has(i)) {
      if (known.size === ONE_BY_ONE) wholeOf(this, ref);
      const at = this.program[n], all = this.arrays.get(ref);
      if (all) return all.absent?.[i] ? undefined : all.data[i];
      const value = this.compute(n, i);
      known.set(i, value === undefined ? value : (ROUND[at.d ?? "float32"] ?? (x => x))(value));
    }
    return known.get(i);
  }
  compute(n, i) {
    const at = this.program[n], parts = this.parts(n, i);
    if (parts.function) {
      const values = parts.args.map(([ref, p]) => (ref === null ? null : this.number(ref, p)));
      if (values.includes(undefined)) return undefined;
      return (at.d === "int32" || at.d === "int64" ? Math.trunc : x => x)(parts.function(...values));
    }
    if (parts.same) return this.number(...parts.same);
    if (parts.candidates) return parts.winner === undefined ? undefined : this.number(...parts.candidates[parts.winner]);
    let sum = 0;
    for (const term of parts.terms) {
      const t = this.term(term);
      if (t === undefined) return undefined;
      sum += t;
    }
    return sum;
  }
  term(factors) {
    let product = 1;
    for (const [ref, p] of factors) { const x = this.number(ref, p); if (x === undefined) return undefined; product *= x; }
    return product;
  }
  // How far rounding may have moved a number: one rounding an operation, one a summand, and what the operands were off.
  slack(ref, i) {
    if (!isRef(ref) || ref[0] !== "i") return 0;
    const n = Number(ref.slice(1)), known = this.slacks[n], all = this.arrays.get(ref);
    if (all) return (all.slack ??= slackOf(this, ref))[i];
    if (!known.has(i)) known.set(i, this.moved(n, i));
    return known.get(i);
  }
  moved(n, i) {
    const at = this.program[n], parts = this.parts(n, i), eps = EPSILON[at.d ?? "float32"] ?? 0;
    if (parts.same) return this.slack(...parts.same);
    if (parts.candidates) return Math.max(0, ...parts.candidates.map(c => this.slack(...c)));
    if (parts.terms) {
      let size = 0, off = 0;
      for (const term of parts.terms) {
        const t = this.term(term) ?? 0;
        size += Math.abs(t);
        term.forEach((factor, k) => { const s = this.slack(...factor); if (s) off += s * Math.abs(this.term(term.filter((_, j) => j !== k)) ?? 0); });
      }
      return off + eps * (parts.terms.length + 1) * size;
    }
    const values = parts.args.map(([ref, p]) => (ref === null ? null : this.number(ref, p))), value = parts.function(...values);
    let off = 0;
    parts.args.forEach(([ref, p], k) => {
      const s = ref === null ? 0 : this.slack(ref, p);
      if (s) off += Math.max(...[s, -s].map(d => Math.abs(parts.function(...values.map((v, j) => (j === k ? v + d : v))) - value) || 0));
    });
    return at.d === "bool" ? 0 : off + 2 * eps * Math.abs(value) + (ROUGH.has(at.f) ? 1e-11 * (1 + Math.abs(value)) : 1e-38);
  }
  // What an entry is made of: {function, args}, {same}, {terms: [[factor, ..], ..]} or {candidates, winner}; a factor is [ref, place].
  parts(n, i) {
    const at = this.program[n], helper = (this.helpers[n] ??= KINDS[at.k](at, this));
    return helper(i);
  }
}
const KINDS = {
  f: (at, m) => {
    const f = FUNCTIONS[at.f], steps = at.a.map(ref => (isRef(ref) && String(m.shape(ref)) !== String(at.s) ? spreadSteps(m.shape(ref), at.s) : null));
    return i => ({ function: f, args: at.a.map((ref, k) => [ref, !isRef(ref) ? 0 : steps[k] ? along(i, at.s, steps[k], 0) : i]) });
  },
  given: at => i => ({ same: [at.a[0], i] }),
  move: (at, m) => {
    const map = mapOf(at.m, at.s), find = among(at.a, m), fill = [at.fill ?? 0, 0];
    return i => { const p = map(i); return { same: p < 0 ? fill : find(p) }; };
  },
  cat: (at, m) => i => {
    const index = indexOf(i, at.s);
    for (const ref of at.a) {
      const shape = m.shape(ref);
      if (index[at.dim] < shape[at.dim]) return { same: [ref, flatOf(index, shape)] };
      index[at.dim] -= shape[at.dim];
    }
  },
  sum: (at, m) => { const users = usersOf(at, m); return i => ({ terms: users(i).map(p => [[at.a[0], p]]) }); },
  mix: (at, m) => {
    const [starts, columns, weights] = at.m.map(k => STORE(k)), find = among(at.a, m);
    return i => {
      const terms = [];
      for (let k = starts.at(i); k < starts.at(i + 1); k++) { const w = weights.at(k), x = find(columns.at(k)); terms.push(w === 1 ? [x] : [[w, 0], x]); }
      return { terms };
    };
  },
  top: (at, m) => {
    const users = usersOf(at, m), better = at.f.includes("min") ? (x, y) => x < y : (x, y) => x > y;
    return i => best(users(i).map(p => [at.a[0], p]), better, m);
  },
  ein: (at, m) => {
    const [ins, out] = at.e.split("->"), letters = ins.split(","), sizes = {};
    letters.forEach((word, k) => [...word].forEach((c, d) => { sizes[c] = m.shape(at.a[k])[d]; }));
    const inner = [...new Set(ins.replace(/[,_]/g, ""))].filter(c => !out.includes(c)), steps = letters.map((_, k) => stepsOf(m.shape(at.a[k])));
    return i => {
      const index = Object.fromEntries(indexOf(i, at.s).map((k, d) => [out[d], k])), terms = [];
      for (const rest of indices(inner.map(c => sizes[c]))) {
        inner.forEach((c, d) => { index[c] = rest[d]; });
        terms.push(letters.map((word, k) => [at.a[k], [...word].reduce((p, c, d) => p + (index[c] ?? 0) * steps[k][d], 0)]));
      }
      return { terms };
    };
  },
  conv: at => convolution(at),
  pool: (at, m) => pooling(at, m),
};
// A place in several operands laid end to end.
function among(refs, m) {
  const sizes = refs.map(ref => sizeOf(m.shape(ref)));
  return p => { let k = 0; while (p >= sizes[k]) p -= sizes[k++]; return [refs[k], p]; };
}
// For each place of the result, the places of the operand that the map sends there.
function usersOf(at, m) {
  const shape = m.shape(at.a[0]);
  if (at.m.affine && tellsApart(at.m.affine.slice(1), shape)) return affineUsers(at.m.affine, shape);
  const map = mapOf(at.m, shape), found = new Map(), size = sizeOf(shape);
  for (let p = 0; p < size; p++) { const i = map(p); if (i >= 0) { const list = found.get(i); if (list) list.push(p); else found.set(i, [p]); } }
  return i => found.get(i) ?? [];
}
// Whether no two indices along the dimensions that have a step come to one place.
function tellsApart(steps, shape) {
  let reach = 0;
  for (const [step, n] of steps.map((s, d) => [s, shape[d]]).filter(([s, n]) => s && n > 1).sort((a, b) => a[0] - b[0])) { if (step <= reach) return false; reach += step * (n - 1); }
  return steps.every(step => step >= 0);
}
// The same where the map is affine: the steps tell which index a place has; along dimensions of step 0 all are added.
function affineUsers([offset, ...steps], shape) {
  const kept = shape.map((_, d) => d).filter(d => steps[d] && shape[d] > 1).sort((a, b) => steps[b] - steps[a]), added = shape.map((_, d) => d).filter(d => !steps[d] || shape[d] === 1);
  return i => {
    if (i < offset) return [];
    const index = shape.map(() => 0);
    let rest = i - offset;
    if (rest < 0) return [];
    for (const d of kept) { index[d] = Math.min(Math.floor(rest / steps[d]), shape[d] - 1); rest -= index[d] * steps[d]; if (rest < 0) return []; }
    if (rest) return [];
    const found = [];
    for (const more of indices(added.map(d => shape[d]))) { added.forEach((d, k) => { index[d] = more[k]; }); found.push(flatOf(index, shape)); }
    return found;
  };
}
function best(candidates, better, m) {
  let winner = 0;
  const values = candidates.map(c => m.number(...c));
  if (values.includes(undefined)) return { candidates, winner: undefined };
  values.forEach((v, k) => { if (better(v, values[winner]) || (v !== v && values[winner] === values[winner])) winner = k; });
  return { candidates, winner };
}
function convolution(at) {
  const { x, w, y, stride, padding, dilation, groups } = at.walk, [p, q] = at.a, perGroup = y[1] / groups, wide = w[1];
  const size = x.slice(2), kernel = w.slice(2), out = y.slice(2), inside = s => s.every((v, d) => v >= 0 && v < size[d]);
  const seen = (o, k) => o.map((v, d) => v * stride[d] + k[d] * dilation[d] - padding[d]);
  const offsets = [...indices(kernel)];
  if (at.part === "y") return i => {
    const [n, o, ...at0] = indexOf(i, y), first = Math.floor(o / perGroup) * wide, terms = [];
    for (let c = 0; c < wide; c++) for (const k of offsets) { const s = seen(at0, k); if (inside(s)) terms.push([[p, flatOf([n, first + c, ...s], x)], [q, flatOf([o, c, ...k], w)]]); }
    return { terms };
  };
  if (at.part === "x") return i => {
    const [n, channel, ...s] = indexOf(i, x), group = Math.floor(channel / wide), c = channel % wide, terms = [];
    for (let o = group * perGroup; o < (group + 1) * perGroup; o++) for (const k of offsets) {
      const o0 = s.map((v, d) => (v + padding[d] - k[d] * dilation[d]) / stride[d]);
      if (o0.every((v, d) => Number.isInteger(v) && v >= 0 && v < out[d])) terms.push([[p, flatOf([n, o, ...o0], y)], [q, flatOf([o, c, ...k], w)]]);
    }
    return { terms };
  };
  return i => {
    const [o, c, ...k] = indexOf(i, w), channel = Math.floor(o / perGroup) * wide + c, terms = [];
    for (let n = 0; n < y[0]; n++) for (const o0 of indices(out)) { const s = seen(o0, k); if (inside(s)) terms.push([[p, flatOf([n, o, ...o0], y)], [q, flatOf([n, channel, ...s], x)]]); }
    return { terms };
  };
}
function pooling(at, m) {
  const { size, out, kernel, stride, padding, dilation } = at.walk, image = sizeOf(size), windows = sizeOf(out), offsets = [...indices(kernel)];
  const seen = (ref, i) => {
    const o = indexOf(i % windows, out), base = Math.floor(i / windows) * image, found = [];
    for (const k of offsets) { const s = o.map((v, d) => v * stride[d] + k[d] * dilation[d] - padding[d]); if (s.every((v, d) => v >= 0 && v < size[d])) found.push([ref, base + flatOf(s, size)]); }
    return found;
  };
  const largest = (ref, i) => best(seen(ref, i), (x, y) => x > y, m);
  if (at.how === "max") return i => largest(at.a[0], i);
  if (at.how === "sum") return i => ({ terms: seen(at.a[0], i).map(f => [f]) });
  return i => {
    const s = indexOf(i % image, size), base = Math.floor(i / image) * windows, terms = [];
    for (const k of offsets) { const o = s.map((v, d) => (v + padding[d] - k[d] * dilation[d]) / stride[d]); if (o.every((v, d) => Number.isInteger(v) && v >= 0 && v < out[d])) terms.push([[at.a[0], base + flatOf(o, out)]]); }
    if (at.how === "route") return { terms: terms.filter(([[, w]]) => { const { candidates, winner } = largest(at.a[1], w); return winner === undefined || candidates[winner][1] === i; }), windows: terms };
    return { terms };
  };
}
