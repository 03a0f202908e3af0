// An entry's arithmetic as text: once with the reader's names, once with the numbers.
const SIGNS = { add: ["+", 1], sub: ["−", 1], mul: ["×", 2], div: ["/", 2], rsub: ["−", 1], rsub_number: ["−", 1], eq: ["=", 0], ne: ["≠", 0], lt: ["<", 0], le: ["≤", 0], gt: [">", 0], ge: ["≥", 0], bitwise_and: ["∧", 0], bitwise_or: ["∨", 0] };
const POWERS = /^pow/, THROUGH = new Set(["steps", "to_dtype", "fill"]), TURNED = new Set(["rsub", "rsub_number"]);
const BETWEEN = { atan2: "atan2", xlogy_number: "xlogy", number_xlogy: "xlogy" };
const LONG_PROGRAM = 60; // instructions
const numeral = x => (x === undefined || x === null ? "?" : short(x));
const atom = text => [text, 9], indexText = (i, shape) => (shape.length ? `[${indexOf(i, shape).join(",")}]` : "");
const within = ([text, strength], needed) => (strength < needed ? `(${text})` : text);
const negative = text => (/^−/.test(text) ? `(${text})` : text);

// A program of a node, with the reader's names for what it works on. `names(ref)`: of an array.
class Arithmetic {
  constructor(machine, names) { this.m = machine; this.names = names; this.numbers = false; this.solved = new Map();
    this.depth = 0; this.deepest = machine.program.length > LONG_PROGRAM ? 2 : Infinity; // of a recurrent layer one level at a time
  }
  // What stands at a place, through all moves: [reference, place].
  found(ref, i) {
    while (isRef(ref) && ref[0] === "i") {
      const n = Number(ref.slice(1)), at = this.m.program[n];
      if (at.k === "given") break;
      const parts = this.m.parts(n, i);
      if (parts.same) [ref, i] = parts.same;
      else if (at.k === "f" && THROUGH.has(at.f)) [ref, i] = parts.args[0];
      else break;
    }
    return [ref, i];
  }
  isZero(ref, i) { const [found] = this.found(ref, i); return !isRef(found) && constant(found) === 0; }
  leafText(ref, i) {
    if (!isRef(ref)) return numeral(constant(ref));
    const value = this.number(ref, i);
    if (this.numbers) return value === undefined ? "?" : short(value);
    const name = this.names(ref);
    return name === null ? (value === undefined ? "?" : short(value)) : `<b class="name">${name}</b><span class="at">${indexText(i, this.m.shape(ref))}</span>`;
  }
  // Text and how strongly it holds together. What is a sum, or has a name of its own, is collected in `asides` and told below.
  text(ref, i, asides, top = false) {
    [ref, i] = this.found(ref, i);
    if (!isRef(ref) || ref[0] !== "i") return atom(this.leafText(ref, i));
    const n = Number(ref.slice(1)), at = this.m.program[n], parts = this.m.parts(n, i);
    const nothing = at.f === "add" ? parts.args.findIndex(([r, p]) => this.isZero(r, p)) : -1;
    if (!top && nothing >= 0) return this.text(...parts.args[1 - nothing], asides); // 0 + x
    if (!top && (at.k !== "f" || at.n || this.depth >= this.deepest)) return atom(this.aside(n, i, asides));
    if (at.k !== "f") return atom(this.leafText(ref, i));
    this.depth++;
    const found = this.expression(at, parts, asides);
    this.depth--;
    return found;
  }
  expression(at, parts, asides) {
    const sub = (k, needed) => {
      const [r, p] = parts.args[k];
      const text = at.as?.[k] && !this.numbers ? `<b class="name">${say(at.as[k])}</b><span class="at">${indexText(p, this.m.shape(r))}</span>` : within(this.text(r, p, asides), needed);
      return needed > 0 ? negative(text) : text;
    };
    if (SIGNS[at.f]) {
      const [sign, strength] = SIGNS[at.f], [a, b] = TURNED.has(at.f) ? [1, 0] : [0, 1];
      const tight = at.f === "add" || at.f === "mul" ? strength : strength + 1;
      return [`${strength === 1 ? within(this.text(...parts.args[a], asides), 1) : sub(a, strength)} ${sign} ${sub(b, tight)}`, strength];
    }
    if (POWERS.test(at.f)) return [`${sub(0, 4)}<sup>${this.text(...parts.args[1], asides)[0]}</sup>`, 3];
    if (at.f === "neg") return [`−${sub(0, 2)}`, 1];
    if (at.f === "exp") return [`e<sup>${this.text(...parts.args[0], asides)[0]}</sup>`, 3];
    if (at.f === "reciprocal") return [`1 / ${sub(0, 3)}`, 2];
    if (at.f === "sqrt") return [`√(${sub(0, -1)})`, 4];
    if (at.f === "rsqrt") return [`1 / √(${sub(0, -1)})`, 2];
    if (at.f === "abs") return [`|${sub(0, -1)}|`, 4];
    if (at.f === "bitwise_not") return [`${say("not")}(${sub(0, -1)})`, 4];
    if (at.f === "masked") return [`${sub(0, 1)} ${say("if")} (${sub(1, -1)}), ${say("else")} 0`, -1];
    if (at.f === "where") return [`${sub(0, 1)} ${say("if")} (${sub(2, -1)}), ${say("else")} ${sub(1, 1)}`, -1];
    if (at.f === "relu") return [`max(0, ${sub(0, -1)})`, 4];
    return [`${BETWEEN[at.f] ?? at.f.replace(/_number(s?)$/, "")}(${parts.args.map(([r], k) => (r === null ? "" : sub(k, -1))).filter(Boolean).join(", ")})`, 4];
  }
  // Of a sum of two, of which one is unknown for want of numbers: it is the program's number less the other. Says so.
  solve(args, engine) {
    const values = args.map(([ref, i]) => this.m.number(ref, i)), k = values.indexOf(undefined), other = values[1 - k];
    if (engine === undefined || other === undefined) return "";
    const [ref, i] = this.found(...args[k]), value = engine - other;
    this.solved.set(`${ref}.${i}`, value);
    return say("solved").replace("{v}", numeral(value));
  }
  // A number, also one that was only solved for.
  number(ref, i) { return this.m.number(ref, i) ?? this.solved.get(`${ref}.${i}`); }
  aside(n, i, asides) {
    const key = `${n}.${i}`, at = this.m.program[n];
    if (!asides.has(key)) asides.set(key, { n, i, label: `<b class="name">${this.label(n, at)}</b><span class="at">${indexText(i, at.s)}</span>`, value: this.number(`i${n}`, i) });
    return this.numbers ? numeral(this.number(`i${n}`, i)) : asides.get(key).label;
  }
  // A result is called what the source of the rule calls it; how often it was so called says which.
  label(n, at) {
    if (!at.n) return at.k === "given" ? escape(at.f) : { f: { sigmoid: "σ", tanh: "tanh" }[at.f] ?? "t", move: "t", cat: "t", sum: "Σ", mix: "Σ", ein: "Σ", conv: "Σ", top: at.f?.includes("min") ? "min" : "max", pool: at.how === "max" ? "max" : "Σ" }[at.k] + `<sub>${n + 1}</sub>`;
    const same = this.m.program.map((other, k) => (other.n === at.n ? k : -1)).filter(k => k >= 0);
    return escape(at.n) + (same.length > 1 ? `<sub>${same.indexOf(n) + 1}</sub>` : "");
  }
  both(ref, i, asides, top) {
    this.numbers = false;
    const named = this.text(ref, i, asides, top)[0];
    this.numbers = true;
    const numbers = this.text(ref, i, asides, top)[0];
    return [named, numbers];
  }
  product(factors, asides) {
    const lines = [false, true].map(numbers => {
      this.numbers = numbers;
      return factors.map(([ref, i], k) => { const text = within(this.text(ref, i, asides), factors.length > 1 ? 2 : 0); return k ? negative(text) : text; }).join(" × ");
    });
    return lines;
  }
}

const SHOWN = 12; // terms of a sum
const CHOOSING = /_grad_x$/; // what the gradient of a choice adds up: nothing came to an entry that was not chosen

// The terms of a sum: the largest first, what the rest add up to, and what is not on the page.
function termsTable(a, parts, total, engine) {
  const known = [], asides = new Map();
  let missing = 0, sum = 0;
  for (const factors of parts.terms) {
    const value = a.m.term(factors);
    if (value === undefined) missing++;
    else { known.push({ factors, value }); sum += value; }
  }
  const largest = [...known].sort((x, y) => Math.abs(y.value) - Math.abs(x.value)).slice(0, SHOWN), kept = new Set(largest);
  const shown = known.length > SHOWN ? known.filter(t => kept.has(t)) : known; // in their order
  const rest = known.length > SHOWN ? known.filter(t => !kept.has(t)).reduce((s, t) => s + t.value, 0) : 0;
  const rows = shown.map((t, k) => {
    const [named, numbers] = a.product(t.factors, asides);
    return `<tr><td>${k ? "+ " : ""}${named}</td><td>${t.factors.length > 1 ? numbers : ""}</td><td class="number" title="${t.value}">${short(t.value)}</td></tr>`;
  });
  if (known.length > SHOWN) rows.push(`<tr class="rest"><td colspan="2">+ ${say("restOf").replace("{n}", known.length - SHOWN)}</td><td class="number" title="${rest}">${short(rest)}</td></tr>`);
  if (missing) rows.push(`<tr class="rest"><td colspan="2">+ ${say("leftOut").replace("{n}", missing)}</td><td class="number">${engine === undefined ? "?" : short(engine - sum)}</td></tr>`);
  const value = missing ? engine ?? sum : total, whole = say(missing && engine === undefined ? "sumOfKept" : "sum"), count = known.length > SHOWN ? ` <span class="about">${say("ofTerms").replace("{k}", SHOWN).replace("{n}", known.length + missing)}</span>` : "";
  return { html: `<table class="terms">${rows.join("")}<tr class="total"><td colspan="2">= ${whole}${count}</td><td class="number" data-total="${value}" title="${value}">${numeral(value)}</td></tr></table>`, asides, missing };
}
// Who won: the numbers that were compared.
function candidatesTable(a, parts) {
  const asides = new Map();
  const rows = parts.candidates.slice(0, 64).map(([ref, i], k) => {
    const [named, number] = a.product([[ref, i]], asides);
    return `<tr class="${k === parts.winner ? "winner" : ""}"><td>${named}</td><td class="number">${number}</td><td>${k === parts.winner ? "◀ " + say("wins") : ""}</td></tr>`;
  });
  return { html: `<table class="terms">${rows.join("")}</table>`, asides, missing: 0 };
}
// What made entry i of what a reference stands for. `engine`: the number that the program had, if it is known.
function made(a, ref, i, engine) {
  [ref, i] = a.found(ref, i);
  const total = a.m.number(ref, i), of = total === undefined ? "" : `data-total="${total}" title="${total}"`;
  if (!isRef(ref) || ref[0] !== "i") return { html: `<p class="sum">= ${a.product([[ref, i]], new Map())[isRef(ref) ? 0 : 1]}</p><p class="sum" ${of}>= ${numeral(total)}</p>`, asides: new Map(), missing: total === undefined ? 1 : 0 };
  const n = Number(ref.slice(1)), at = a.m.program[n], parts = at.k === "given" ? {} : a.m.parts(n, i);
  if (at.k === "given") return { html: `<p>${say("given").replace("{op}", escape(at.f))}</p><p class="sum" ${of}>= ${short(total)}</p>`, asides: new Map(), missing: 0, given: at.f };
  if (parts.terms?.length === 0) return { html: `<p>${say(CHOOSING.test(at.f) ? "notChosen" : "nothing")}</p><p class="sum" ${of}>= 0</p>`, asides: new Map(), missing: 0 };
  if (parts.terms) return termsTable(a, parts, total, engine);
  if (parts.candidates) { const found = candidatesTable(a, parts); found.html += `<p class="sum" ${of}>= ${numeral(total)}</p>`; return { ...found, missing: total === undefined ? 1 : 0 }; }
  const rest = total === undefined && at.f === "add" ? a.solve(parts.args, engine) : "";
  const asides = new Map(), [named, numbers] = a.both(ref, i, asides, true), sum = total ?? (rest && engine);
  const lines = [named, numbers, rest ? numeral(sum) : numeral(total)].map((text, k) => `<p class="sum" ${k === 2 ? of : ""}>= ${text}</p>`);
  return { html: lines.join("") + (rest && `<p class="where">${rest}</p>`), asides, missing: total === undefined ? 1 : 0 };
}
