// Formulas, typeset: the plain notation of the docstrings (y = input^2, d_input = 2 g input, sum_i, a / b) as MathML, which browsers
// draw by themselves, with the names that the reader's program has for the letters.
const GREEK = { pi: "π", alpha: "α", beta: "β", gamma: "γ", delta: "δ", eps: "ε", sigma: "σ", mu: "μ", lambda: "λ", Gamma: "Γ", inf: "∞" };
const NAMED = new Set("exp log ln log2 log10 log1p sqrt sin cos tan arcsin arccos arctan sinh cosh tanh sigmoid erf erfc erfinv max min sign floor ceil trunc round sum prod softmax log_softmax onehot digamma polygamma det diag mean var std clamp relu squeeze transpose permute cumsum gather scatter_add index_add index_select flip roll rot90 amin amax tril triu median P p logsumexp".split(" "));
const WORDS_OF = /^(where|else|for|of|the|and|or|with|if|is|in|at|but|to|that|there|each|by|over|not|are|as|from|an|it|one|all|zeros|elements|equal)$/;
const SMALL_ZH = { where: "当", else: "否则", for: "对", and: "且", or: "或", with: "其中", if: "若", zeros: "零", but: "但", at: "在", there: "该处" };

// Tokens of a line: names, numbers, signs, spaces; what is in quotes or is no formula stays as it is.
const tokens = line => line.match(/"[^"]*"|``[^`]*``|\d+(?:\.\d+)?(?:e-?\d+)?|[A-Za-zÀ-ÿ][\w']*|<=|>=|!=|==|->|\+=|\.\.+|\s+|./g) ?? [];
const tag = (name, inner, more = "") => `<${name}${more}>${inner}</${name}>`;
const row = parts => (parts.length === 1 ? parts[0] : tag("mrow", parts.join("")));

class Typesetter {
  // `letters`: of the formula -> name in the program; `out`: the result's name; g is the gradient of it.
  constructor(letters, out, loss) { this.letters = letters; this.out = out; this.loss = loss; }
  line(text) {
    const [first] = text.match(/^\s*(\w+)(?=[ [_].*?=|\s*=)/) ?? [""];
    this.result = /^(y|z|l)$/.test(first.split("_")[0].trim()) ? first.split("_")[0].trim() : this.result;
    this.list = tokens(text);
    this.k = 0;
    return tag("math", this.flow(null), ' display="inline"');
  }
  // A line of words: the letters in it are named too.
  remark(text) {
    const own = word => this.letters[word] ?? (word === this.result ? this.out : word);
    return text.replace(/``/g, "").replace(/\bd_(\w+)|\bg\b|\b\w{2,}\b/g, (word, of) => (of ? `∂${this.loss}/∂${own(of)}` : word === "g" ? `∂${this.loss}/∂${this.out}` : own(word)));
  }
  peek(skip = true) { let k = this.k; while (skip && /^\s+$/.test(this.list[k] ?? "")) k++; return this.list[k]; }
  take() { return this.list[this.k++]; }
  space() { while (/^\s+$/.test(this.list[this.k] ?? "")) this.k++; }
  // Everything up to a closing sign: factors beside each other, fractions where a / stands between two.
  flow(close) {
    const parts = [];
    while (this.k < this.list.length) {
      const token = this.peek();
      if (token === undefined || token === close) break;
      const wide = /^\s{2,}$/.test(this.list[this.k] ?? ""), between = /^\s+$/.test(this.list[this.k] ?? "");
      this.space();
      if (wide && parts.length) parts.push('<mspace width="1.5em"/>');
      if (token === "/" && parts.length && this.list[this.k + 1] !== "/") {
        this.take(); this.space();
        const above = parts.pop();
        let below = this.factor();
        if (/∑|∏/.test(below)) { this.space(); below = tag("mrow", below + this.factor()); }
        parts.push(below ? tag("mfrac", bare(above) + bare(below)) : tag("mo", "/"));
        continue;
      }
      const found = this.factor();
      if (!found) { parts.push(tag("mo", escape(sign(this.take())))); continue; }
      if (between && parts.length && !parts.at(-1).startsWith("<mo") && !found.startsWith("<mo")) parts.push('<mspace width=".2em"/>');
      parts.push(found);
    }
    return row(parts);
  }
  // One factor with its powers and indices; "" for a sign.
  factor() {
    const applied = NAMED.has(this.list[this.k]);
    let base = this.atom();
    if (!base) return "";
    if (applied && this.list[this.k] === "(") base = tag("mrow", base + this.fenced("(", ")")); // f(x) is one thing
    while (this.list[this.k] === "^" || this.list[this.k] === "_") {
      const up = this.take() === "^", index = this.small();
      base = /^<mo>[∑∏]/.test(base) ? tag(up ? "mover" : "munder", base + index) : tag(up ? "msup" : "msub", base + index);
    }
    if (this.list[this.k] === "[") base = tag("mrow", base + this.fenced("[", "]", "small"));
    return base;
  }
  small() { // the power or index: -x, T, a name, or what is in parentheses
    const minus = this.list[this.k] === "-" ? (this.take(), tag("mo", "−")) : "", inner = this.list[this.k] === "(" ? bare(this.fenced("(", ")")) : this.list[this.k] === "{" ? bare(this.fenced("{", "}")) : this.atom() || tag("mo", escape(this.take() ?? ""));
    return minus ? tag("mrow", minus + inner) : inner;
  }
  fenced(open, close, kind = "") {
    this.take();
    const inner = this.flow(close);
    this.take();
    return tag("mrow", tag("mo", open, ' stretchy="false"') + inner + tag("mo", close, ' stretchy="false"'), kind ? ` class="${kind}"` : "");
  }
  atom() {
    const token = this.list[this.k];
    if (token === undefined) return "";
    if (token === "(") return this.fenced("(", ")");
    if (token === "|" && this.list.indexOf("|", this.k + 1) > 0) return this.fenced("|", "|");
    if (/^\d/.test(token)) return tag("mn", this.take());
    if (/^["`]/.test(token)) return tag("mtext", escape(this.take().replace(/``/g, "")));
    if (!/^[A-Za-zÀ-ÿ]/.test(token)) return "";
    this.take();
    return this.name(token);
  }
  name(word) {
    if (word === "g") return this.partial(this.out);
    const parts = word.split("_"), [head, ...rest] = parts;
    if (word === "sqrt" && this.list[this.k] === "(") return tag("msqrt", bare(this.fenced("(", ")")));
    if (head === "sum" || head === "prod") return this.index(tag("mo", head === "sum" ? "∑" : "∏"), rest, "munder");
    if (head === "d" && rest.length) { // d_input_i: the gradient of input_i
      const name = this.letters[rest.join("_")] !== undefined ? [rest.join("_")] : [rest.slice(0, -1).join("_") || rest[0], ...(rest.length > 1 ? rest.slice(-1) : [])];
      return this.index(this.partial(this.plainName(name[0])), name.slice(1));
    }
    if (head === "g") return this.index(this.partial(this.out), rest);
    if (this.letters[word] !== undefined || NAMED.has(word)) return this.plain(word);
    if (rest.length && (this.letters[head] !== undefined || head.length === 1)) return this.index(this.plain(head), rest);
    return this.plain(word);
  }
  index(base, rest, how = "msub") { return rest.filter(Boolean).length ? tag(how, base + tag("mi", escape(rest.filter(Boolean).join(" ")))) : base; }
  plainName(word) { return this.letters[word] ?? (word === this.result ? this.out : GREEK[word] ?? word); }
  plain(word) {
    if (this.letters[word] !== undefined) return tag("mi", escape(this.letters[word]), ' class="yours"');
    if (word === this.result) return tag("mi", escape(this.out), ' class="yours"');
    if (GREEK[word]) return tag("mi", GREEK[word]);
    if (WORDS_OF.test(word) || (word.length > 2 && !NAMED.has(word))) return tag("mtext", `&nbsp;${escape((state.language === "zh" && SMALL_ZH[word]) || word)}&nbsp;`);
    return tag("mi", escape(word));
  }
  partial(name) { return tag("mfrac", tag("mrow", tag("mo", "∂") + tag("mi", escape(this.loss))) + tag("mrow", tag("mo", "∂") + tag("mi", escape(name), ' class="yours"'))); }
}
const sign = token => ({ "-": "−", "<=": "≤", ">=": "≥", "!=": "≠", "->": "→", "*": "×" })[token] ?? token;
// Without the parentheses around all of it: a fraction's bar holds it together.
const bare = mathml => { const inner = mathml.match(/^<mrow><mo stretchy="false">\(<\/mo>([\s\S]*)<mo stretchy="false">\)<\/mo><\/mrow>$/); return inner && !/<mo stretchy="false">\)<\/mo>.*<mo stretchy="false">\(<\/mo>/.test(inner[1]) ? tag("mrow", inner[1]) : mathml; };

// The formula of a node: what is no equation is said in words, below, in English.
function formulaHtml(node) {
  if (!node.math) return "";
  const called = parameter => { const a = node.arguments.find(b => b.parameter === parameter) ?? node.arguments.find(b => b.parameter.startsWith(`${parameter}[`)); return a && (a.kind !== "value" ? operandName(a) : a.constant !== undefined ? a.constant || a.text : a.text.length < 12 && a.text !== "None" ? a.text : null); };
  const letters = Object.fromEntries(Object.entries(node.letters ?? {}).map(([letter, parameter]) => [letter, called(parameter)]).filter(([, name]) => name !== null && name !== undefined));
  const setter = new Typesetter(letters, placeName({ node: node.id, output: 0 }), lossText());
  const numbers = node.arguments.filter(a => a.kind === "value").map(a => a.parameter); // which have no gradient
  const idle = line => { const letter = line.match(/^d_(\w+)/)?.[1]; return letter !== undefined && numbers.includes(node.letters?.[letter]); };
  const lines = node.math.split("\n").flatMap(line => line.split(/ {4,}|;\s{2,}|,\s+(?=d_\w+ [=:])/)).map(line => line.trim()).filter(line => line && !idle(line));
  return lines.map(line => (/=/.test(line) ? `<div class="equation">${setter.line(line)}</div>` : state.language === "en" ? `<p class="remark">${escape(setter.remark(line))}</p>` : "")).join("");
}
