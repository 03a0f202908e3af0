// Arrows: a curve from box to box, and where other boxes stand in its way, a path around them.
const CLEAR = 3, CORNER = 6; // how near an arrow may come to a box, and how far from its corners it turns

// From the side of a box to the side of another: straight on in a row, down from row to row. `others`: the boxes to go around.
function edgePath(a, b, shift, others) {
  const [from, to] = ports(a, b, shift);
  const flat = [-40, 40, -70, 70].filter(lift => 3 * Math.abs(lift) < Math.abs(to.x - from.x));
  const lifts = a.row !== b.row ? [0] : shift ? [shift * 1.5] : [0, ...flat];
  for (const lift of lifts) {
    const curve = bow(from, to, lift);
    if (free(points(curve), a, b, others)) return curveText(curve);
  }
  const way = wayAround(from, to, CORNER + Math.sign(shift) * 2, [...others, a, b]);
  return way ? roundedText([from, ...way, to]) : curveText(bow(from, to, lifts[0]));
}
// Where an arrow leaves and where it comes in: {x, y, and its direction there: dx, dy}.
function ports(a, b, shift) {
  if (a.row !== b.row) {
    const down = a.row < b.row ? 1 : -1;
    return [{ x: a.x + shift, y: a.y + down * a.height / 2, dx: 0, dy: down }, { x: b.x + shift, y: b.y - down * b.height / 2, dx: 0, dy: down }];
  }
  const side = (box, sign) => ({ x: box.x + sign * box.direction * box.width / 2, y: box.y + shift / 2, dx: a.direction, dy: 0 });
  return [side(a, 1), side(b, -1)];
}
// The four points of a cubic curve that leaves and comes in straight; `lift`: how far it bends up or down between.
function bow(from, to, lift) {
  const bend = Math.max(18, (from.dx ? Math.abs(to.x - from.x) : Math.abs(to.y - from.y)) / 2);
  const control = (p, sign) => ({ x: p.x + sign * p.dx * bend, y: p.y + sign * p.dy * bend + lift });
  return [from, control(from, 1), control(to, -1), to];
}
function points([p, q, u, v]) {
  const at = (t, c) => (1 - t) ** 3 * p[c] + 3 * t * (1 - t) ** 2 * q[c] + 3 * t * t * (1 - t) * u[c] + t ** 3 * v[c];
  return Array.from({ length: 33 }, (_, k) => ({ x: at(k / 32, "x"), y: at(k / 32, "y") }));
}
const r = x => Math.round(x * 10) / 10;
const curveText = ([p, q, u, v]) => `M${r(p.x)} ${r(p.y)} C${[q, u, v].map(c => `${r(c.x)} ${r(c.y)}`).join(" ")}`;
// Straight lines with round corners.
function roundedText(all) {
  const toward = (p, q) => { const d = Math.hypot(q.x - p.x, q.y - p.y) || 1, k = Math.min(9, d / 2) / d; return { x: p.x + (q.x - p.x) * k, y: p.y + (q.y - p.y) * k }; };
  const said = p => `${r(p.x)} ${r(p.y)}`;
  const turns = all.slice(1, -1).map((p, k) => `L${said(toward(p, all[k]))} Q${said(p)} ${said(toward(p, all[k + 2]))}`);
  return `M${said(all[0])} ${turns.join(" ")} L${said(all.at(-1))}`;
}

// ---- what is in the way ----

// Whether a line touches a box that is `wider` by so much on all sides.
function touches(p, q, box, wider) {
  let [from, to] = [0, 1];
  for (const [at, d, middle, half] of [[p.x, q.x - p.x, box.x, box.width / 2 + wider], [p.y, q.y - p.y, box.y, box.height / 2 + wider]]) {
    if (Math.abs(d) < 1e-9) { if (Math.abs(at - middle) >= half) return false; continue; }
    const [s, t] = [(middle - half - at) / d, (middle + half - at) / d];
    [from, to] = [Math.max(from, Math.min(s, t)), Math.min(to, Math.max(s, t))];
    if (from >= to) return false;
  }
  return true;
}
// Of the two boxes that it joins, an arrow may touch the edge.
const free = (way, a, b, others) => way.every((p, k) => !k
  || !(others.some(box => touches(way[k - 1], p, box, CLEAR)) || [a, b].some(box => touches(way[k - 1], p, box, -1))));

// The shortest way past the corners of the boxes (Dijkstra, 1959), without its two ends; null if there is none.
function wayAround(from, to, margin, boxes) {
  const out = p => ({ x: p.x + p.dx * margin, y: p.y + p.dy * margin }), into = p => ({ x: p.x - p.dx * margin, y: p.y - p.dy * margin });
  const corners = boxes.flatMap(b => [[-1, -1], [-1, 1], [1, -1], [1, 1]].map(([i, j]) => (
    { x: b.x + i * (b.width / 2 + margin), y: b.y + j * (b.height / 2 + margin) })));
  const open = [out(from), into(to), ...corners], [start, goal] = open, far = new Map([[start, 0]]), before = new Map();
  while (open.length) {
    const p = open.reduce((best, q) => ((far.get(q) ?? Infinity) < (far.get(best) ?? Infinity) ? q : best));
    if (p === goal) break;
    if (!far.has(p)) return null;
    open.splice(open.indexOf(p), 1);
    for (const q of open) {
      const length = far.get(p) + Math.hypot(q.x - p.x, q.y - p.y) + TURN;
      if (length < (far.get(q) ?? Infinity) && !boxes.some(box => touches(p, q, box, CLEAR))) { far.set(q, length); before.set(q, p); }
    }
  }
  const way = [goal];
  while (before.has(way[0])) way.unshift(before.get(way[0]));
  return way[0] === start ? way : null;
}
const TURN = 10; // a turn is as bad as so many pixels
