// Layers from left to right: an op stands right of everything it takes. Within a layer, each box is drawn to the mean
// height of its neighbours, a few times over (Sugiyama, Tagawa and Toda, 1981). A long graph is folded into rows like
// the furrows of a field, one to the right and the next to the left, as many as make it largest in the frame.
const GAP_X = 40, GAP_Y = 14, GAP_ROW = 26;
const FEW_ROWS = 9; // up to so many, every number of rows is tried; of a large graph some of the larger numbers too

// Sets x, y, row and direction of each box, centred on (x, y).  Returns {width, height, scale: how large it can be shown}
function layout(boxes, edges, frame) {
  const columns = columnsOf(boxes, edges).flatMap(column => split(column, frame.height * .8));
  let best = null;
  const most = Math.min(columns.length, Math.max(FEW_ROWS, 1.5 * Math.sqrt(columns.length)));
  for (let count = 1; count <= most; count = count < FEW_ROWS ? count + 1 : Math.round(count * 1.25)) {
    const rows = keepTogether(cut(columns, count), edges);
    const width = Math.max(...rows.map(rowWidth)), height = rows.reduce((s, row) => s + rowHeight(row) + GAP_ROW, -GAP_ROW);
    const scale = Math.min(frame.width / width, frame.height / height, 1.4);
    if (!best || scale > best.scale * 1.04) best = { rows, width, scale };
    if (scale > 1.05) break; // large enough: as few rows as that takes
  }
  if (!best) return { width: 1, height: 1, scale: 1 };
  const height = placeRows(best.rows, edges, best.width);
  return { width: best.width, height, scale: Math.min(frame.width / best.width, frame.height / height, 1.4) };
}
function columnsOf(boxes, edges) {
  const into = new Map(boxes.map(b => [b.id, []])), outOf = new Map(boxes.map(b => [b.id, []]));
  for (const e of edges) { into.get(e.to).push(e.from); outOf.get(e.from).push(e.to); }
  const free = b => TAKEN.includes(b.kind);
  const layer = new Map();
  for (const b of boxes) if (!free(b)) layer.set(b.id, 1 + Math.max(0, ...into.get(b.id).map(f => layer.get(f) ?? 0)));
  for (const b of boxes) if (free(b)) layer.set(b.id, Math.min(...outOf.get(b.id).map(t => layer.get(t)), Infinity) - 1);
  const columns = [];
  for (const b of boxes) (columns[Math.min(layer.get(b.id), 1e6)] ??= []).push(b);
  return columns.filter(c => c);
}
// Tensors side by side, where one above the other they would be too high.
function split(column, most) {
  if (column.length < 4 || columnHeight(column) <= most || !column.every(b => TAKEN.includes(b.kind))) return [column];
  const half = Math.ceil(column.length / 2);
  return [...split(column.slice(0, half), most), ...split(column.slice(half), most)];
}
const columnWidth = column => Math.max(...column.map(b => b.width));
const columnHeight = column => column.reduce((s, b) => s + b.height + GAP_Y, -GAP_Y);
const rowWidth = row => row.reduce((s, column) => s + columnWidth(column) + GAP_X, -GAP_X) + (row.indent ?? 0);
const rowHeight = row => Math.max(...row.map(columnHeight));
// Into `count` rows of about the same width.
function cut(columns, count) {
  const wanted = rowWidth(columns) / count, rows = [[]];
  let filled = 0;
  for (const column of columns) {
    const width = columnWidth(column) + GAP_X;
    if (rows.at(-1).length && rows.length < count && filled + width / 2 > wanted * rows.length) rows.push([]);
    rows.at(-1).push(column);
    filled += width;
  }
  return rows;
}
// A tensor stands in the row of the op that takes it; the row before ends as much earlier, above that op.
function keepTogether(rows, edges) {
  const rowOf = new Map(rows.flatMap((row, k) => row.flat().map(b => [b.id, k]))), users = new Map();
  for (const e of edges) users.set(e.from, [...(users.get(e.from) ?? []), rowOf.get(e.to)]);
  for (let k = 0; k + 1 < rows.length; k++) {
    const next = b => TAKEN.includes(b.kind) && users.get(b.id)?.every(row => row === k + 1);
    const moved = rows[k].at(-1).filter(next), rest = rows[k].at(-1).filter(b => !next(b));
    if (!moved.length || !rest.length) continue;
    const indent = rows[k].indent;
    rows[k] = Object.assign([...rows[k].slice(0, -1), rest], { indent: (indent ?? 0) + columnWidth(moved) + GAP_X });
    rows[k + 1] = [moved, ...rows[k + 1]];
  }
  return rows;
}
const TAKEN = ["source", "constant", "bundle"]; // the boxes that nothing makes
function placeRows(rows, edges, width) {
  let top = 0;
  const near = new Map();
  for (const e of edges) for (const [a, b] of [[e.from, e.to], [e.to, e.from]]) { if (!near.has(a)) near.set(a, []); near.get(a).push(b); }
  const rowOf = new Map(rows.flatMap((row, k) => row.flat().map(b => [b.id, k])));
  rows.forEach((row, r) => {
    const spare = width - rowWidth(row), last = r === rows.length - 1, gap = last || row.length < 2 ? 0 : Math.min(60, spare / (row.length - 1));
    let x = rows.length === 1 ? spare / 2 : 0;
    row.forEach(column => {
      const wide = columnWidth(column);
      for (const b of column) { b.x = r % 2 ? width - x - wide / 2 : x + wide / 2; b.row = r; b.direction = r % 2 ? -1 : 1; }
      let y = -columnHeight(column) / 2;
      for (const b of column) { b.y = y + b.height / 2; y += b.height + GAP_Y; }
      x += wide + GAP_X + gap;
    });
    sweep(row, near, rowOf);
    const low = Math.min(...row.flat().map(b => b.y - b.height / 2)), high = Math.max(...row.flat().map(b => b.y + b.height / 2));
    for (const b of row.flat()) b.y += top - low;
    top += high - low + GAP_ROW;
  });
  return top - GAP_ROW;
}
// Draw each box to the mean height of its neighbours in the row, but not out of the row's height.
function sweep(row, near, rowOf) {
  const at = new Map(row.flat().map(b => [b.id, b])), half = rowHeight(row) / 2;
  const crowded = new Set(row.filter(column => column.length > 1).flat());
  const wish = b => {
    const outside = (near.get(b.id) ?? []).find(id => !at.has(id));
    if (outside && crowded.has(b)) return rowOf.get(outside) < b.row ? -half : half; // nothing between it and the other row
    const ys = (near.get(b.id) ?? []).filter(id => at.has(id)).map(id => at.get(id).y);
    return ys.length ? ys.reduce((s, y) => s + y, 0) / ys.length : b.y;
  };
  for (let turn = 0; turn < 12; turn++) {
    for (const column of turn % 2 ? [...row].reverse() : row) {
      const wishes = new Map(column.map(b => [b, wish(b)]));
      column.sort((a, b) => wishes.get(a) - wishes.get(b));
      let low = -Infinity;
      for (const b of column) { b.y = Math.max(wishes.get(b), low + b.height / 2); low = b.y + b.height / 2 + GAP_Y; }
      const first = column[0], last = column.at(-1);
      let shift = column.reduce((s, b) => s + wishes.get(b) - b.y, 0) / column.length;
      shift = Math.max(shift, -half - (first.y - first.height / 2));
      shift = Math.min(shift, half - (last.y + last.height / 2));
      for (const b of column) b.y += shift;
    }
  }
}
