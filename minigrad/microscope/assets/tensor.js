// A tensor on the page: its numbers, in columns that line up, and a picture when there are many. Each number is an entry that can
// be asked for: <span class="entry" data-entry="its place, counted row by row">.

// Four significant digits, or all of them; tiny and huge ones as 7.655×10⁻⁸.
function short(x, digits = state.digits) {
  if (typeof x !== "number") return String(x);
  if (!Number.isFinite(x) || x === 0 || (Number.isInteger(x) && Math.abs(x) < 1e6)) return String(x).replace("-", "−");
  if (digits > 4) return String(x).replace("-", "−");
  const size = Math.abs(x);
  if (size < 1e-4 || size >= 1e7) {
    const [mantissa, power] = x.toExponential(digits - 1).split("e");
    return `${Number(mantissa)}×10${[...String(Number(power))].map(c => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("")}`.replace("-", "−");
  }
  return (size >= 10 ** (digits - 1) ? String(Math.round(x)) : String(Number(x.toPrecision(digits)))).replace("-", "−");
}
// The texts of some numbers, padded so that the decimal points stand below each other.
function lineUp(numbers) {
  const texts = numbers.map(x => short(x)), split = texts.map(t => { const k = t.search(/[.×]/); return k < 0 ? [t, ""] : [t.slice(0, k), t.slice(k)]; });
  const before = Math.max(0, ...split.map(s => s[0].length)), after = Math.max(0, ...split.map(s => s[1].length));
  return split.map(([a, b]) => a.padStart(before) + b.padEnd(after));
}
// Nested lists as text with an element for each number. `places`: the place of each number, in order.
function numbersHtml(values, places = null) {
  const flat = [values].flat(Infinity), texts = flat.map(x => short(x)), columns = texts.slice();
  const width = Array.isArray(values) ? lastLength(values) : 1;
  for (let c = 0; c < width; c++) {
    const at = []; // each column of its own
    for (let k = c; k < flat.length; k += width) at.push(k);
    lineUp(at.map(k => flat[k])).forEach((text, j) => { columns[at[j]] = text; });
  }
  let k = 0;
  const one = () => {
    const j = k++;
    return `<span class="entry" tabindex="${j ? -1 : 0}" data-entry="${places ? places[j] : j}" title="${escape(flat[j])}">${columns[j]}</span>`;
  };
  const nest = (list, depth) => (!Array.isArray(list) ? one() : !list.length ? "[]"
    : `[${list.map(x => nest(x, depth + 1)).join(Array.isArray(list[0]) ? `,\n${" ".repeat(depth + 1)}` : ", ")}]`);
  return nest(values, 0);
}
const lastLength = list => (Array.isArray(list[0]) ? lastLength(list[0]) : list.length || 1);

// A box with a title, shape and numbers.  `extra`: HTML in its head; `attributes`: of the box.
function tensor(title, v, extra = "", attributes = "") {
  if (!v) return `<div class="tensor" ${attributes}><header><b>${title}</b> <span class="about">${say("noGradient")}</span></header></div>`;
  const odd = (v.nan ? ` <span class="bad">${v.nan} nan</span>` : "") + (v.inf ? ` <span class="bad">${v.inf} inf</span>` : "");
  const of = v.array === undefined ? "" : ` data-array="${v.array}"`;
  const head = `<header><b>${title}</b> <span class="about">${shapeText(v.shape)} ${v.dtype.replace("torch.", "")}${odd}</span>${extra}</header>`;
  return `<div class="tensor" ${attributes}${of}>${head}${v.values === null ? manyNumbers(v) : pre(v.values) + (isSmallMap(v) ? picture(v) : "")}</div>`;
}
const pre = (values, places) => `<pre class="numbers" data-values='${escape(JSON.stringify(values)).replace(/'/g, "&#39;")}'>${numbersHtml(values, places)}</pre>`;
const isSmallMap = v => v.shape.length > 1 && v.shape.at(-1) > 2 && v.shape.at(-2) > 2;
function manyNumbers(v) {
  const rows = ["min", "mean", "max", "std", "norm"].map(name => `<span><i>${say(name)}</i> ${short(v[name])}</span>`);
  return `<p class="statistics">${rows.join("")}</p>${picture(v)}${cornerOf(v)}`;
}
// The first numbers, with the places that they have in the whole.
function cornerOf(v) {
  const width = v.shape.at(-1), places = v.corner.flatMap((row, k) => row.map((_, c) => k * width + c));
  return `<details class="corner"><summary>${say("corner")}</summary>${pre(v.corner, places)}</details>`;
}

const same = (a, b) => a && b && JSON.stringify(a.values ?? [a.mean, a.std, a.min, a.max, a.norm]) === JSON.stringify(b.values ?? [b.mean, b.std, b.min, b.max, b.norm]);
// Where every number of the gradient comes from one number of what arrived, their quotient is the slope.
function slope(upstream, sent) {
  if (!upstream || upstream.values === null || sent.values === null || String(upstream.shape) !== String(sent.shape)) return null;
  const quotient = (g, s) => (Array.isArray(g) ? g.map((x, k) => quotient(x, s[k])) : g === 0 || typeof g !== "number" || typeof s !== "number" ? NaN : Number((s / g).toPrecision(6)));
  const q = quotient(upstream.values, sent.values);
  return /null/.test(JSON.stringify(q)) ? null : { ...sent, array: undefined, values: q };
}
const ELEMENTWISE = /^(add|sub|mul|div|neg|pow|abs|exp|log|sqrt|sin|cos|tan|tanh|sigmoid|relu|square|reciprocal|clamp|where|softplus|silu|gelu|elu|leaky|log1p|expm1|maximum|minimum|rsqrt|erf)/;
