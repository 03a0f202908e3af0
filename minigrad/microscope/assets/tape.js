// The tape as it came into the page: compact.py says what was done to make it small.
function unpack({ shared, tape }) {
  for (const value of shared) if (value?.dtype && value.values !== null) Object.assign(value, statistics(value.values), { corner: null });
  const walk = value => {
    if (value === null || typeof value !== "object") return value;
    if (value.$ !== undefined) return walk(shared[value.$]);
    if (value.dtype && value.nan !== undefined) return value; // a summary is shared, and whole already
    if (value.before !== undefined && "to" in value && value.of === undefined) { // a contribution
      if (!("after" in value)) value.after = value.before;
      if (!("sum" in value)) value.sum = value.after;
    }
    if (value.arguments && value.op) { value.parity ??= null; value.module ??= ""; value.inBackward ??= false; }
    for (const key in value) { const part = value[key]; if (part !== null && typeof part === "object") value[key] = walk(part); }
    return value;
  };
  return walk(tape);
}
// Those of the finite numbers, as summary.py has them.
function statistics(values) {
  const all = [values].flat(Infinity), finite = all.filter(x => typeof x !== "string").map(Number), n = finite.length;
  const nan = all.filter(x => x === "nan").length, inf = all.length - n - nan;
  if (!n) return { min: null, max: null, mean: null, std: null, norm: null, nan, inf };
  const mean = finite.reduce((s, x) => s + x, 0) / n, squares = f => Math.sqrt(finite.reduce((s, x) => s + f(x) ** 2, 0));
  return { min: Math.min(...finite), max: Math.max(...finite), mean, std: squares(x => x - mean) / Math.sqrt(n), norm: squares(x => x), nan, inf };
}
