// A tensor on the page: its numbers, and a picture when there are many.
const short = x => (typeof x === "number" && x !== 0 && Math.abs(x) < 1e-3 ? x.toExponential() : String(x));
function numbersText(values) {
  if (!Array.isArray(values)) return short(values);
  if (!values.length) return "[]";
  if (!Array.isArray(values[0])) {
    const texts = values.map(short), width = Math.max(...texts.map(t => t.length));
    return "[" + texts.map(t => t.padStart(width)).join(", ") + "]";
  }
  return "[" + values.map(row => numbersText(row).replace(/\n/g, "\n ")).join(",\n ") + "]";
}
function thumb(t, low, high) {
  const canvas = document.createElement("canvas");
  canvas.width = t.width; canvas.height = t.height;
  const bytes = Uint8Array.from(atob(t.data), c => c.charCodeAt(0));
  const pixels = canvas.getContext("2d").createImageData(t.width, t.height);
  bytes.forEach((b, k) => pixels.data.set([b, Math.round(40 + .75 * b), Math.round(120 - .35 * b + 40), 255], 4 * k));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return `<img class="thumb" style="width:${Math.min(340, Math.max(24, Math.round(128 * t.width / t.height)))}px" alt="${low} … ${high}" src="${canvas.toDataURL()}">`;
}
function tensor(title, v, extra = "", attributes = "") {
  if (!v) return `<div class="tensor" ${attributes}><header><b>${title}</b> <span class="about">${say("noGradient")}</span></header></div>`;
  const odd = (v.nan ? ` <span class="bad">${v.nan} nan</span>` : "") + (v.inf ? ` <span class="bad">${v.inf} inf</span>` : "");
  let body;
  if (v.values !== null) body = `<pre class="numbers" title="${say("copy")}">${escape(numbersText(v.values))}</pre>`;
  else body = `<pre class="numbers" title="${say("copy")}">${escape(`${say("mean")} ${short(v.mean)}   std ${short(v.std)}\nmin ${short(v.min)}   max ${short(v.max)}\n${say("norm")} ${short(v.norm)}\n${say("corner")}\n${numbersText(v.corner)}`)}</pre>` + thumb(v.thumbnail, v.min, v.max);
  return `<div class="tensor" ${attributes}><header><b>${title}</b> <span class="about">${shapeText(v.shape)} ${v.dtype.replace("torch.", "")}${odd}</span>${extra}</header>${body}</div>`;
}
const same = (a, b) => a && b && JSON.stringify(a.values ?? [a.mean, a.std, a.min, a.max, a.norm]) === JSON.stringify(b.values ?? [b.mean, b.std, b.min, b.max, b.norm]);
const scaled = (v, k) => {
  const times = x => (Array.isArray(x) ? x.map(times) : typeof x === "number" ? Number((x * k).toPrecision(6)) : x);
  return v && { ...v, values: v.values === null ? null : times(v.values), corner: v.corner && times(v.corner), min: times(v.min), max: times(v.max), mean: times(v.mean), std: times(v.std), norm: times(v.norm) };
};
// Where every number of the gradient comes from one number of what arrived, their quotient is the slope.
function slope(upstream, sent) {
  if (!upstream || upstream.values === null || sent.values === null || String(upstream.shape) !== String(sent.shape)) return null;
  const quotient = (g, s) => (Array.isArray(g) ? g.map((x, k) => quotient(x, s[k])) : g === 0 || typeof g !== "number" || typeof s !== "number" ? NaN : Number((s / g).toPrecision(6)));
  const q = quotient(upstream.values, sent.values);
  return /null/.test(JSON.stringify(q)) ? null : { ...sent, values: q };
}
const ELEMENTWISE = /^(add|sub|mul|div|neg|pow|abs|exp|log|sqrt|sin|cos|tan|tanh|sigmoid|relu|square|reciprocal|clamp|where|softplus|silu|gelu|elu|leaky|log1p|expm1|maximum|minimum|rsqrt|erf)/;
