// Layers from left to right: an op stands right of everything it takes. Within a layer, each box is drawn to the mean
// height of its neighbours, a few times over (Sugiyama, Tagawa and Toda, 1981).
function layout(boxes, edges) {
  const GAP_X = 62, GAP_Y = 20, HEIGHT = 44;
  const into = new Map(boxes.map(b => [b.id, []])), outOf = new Map(boxes.map(b => [b.id, []]));
  for (const e of edges) { into.get(e.to).push(e.from); outOf.get(e.from).push(e.to); }
  const layer = new Map();
  for (const b of boxes) if (b.kind !== "source") layer.set(b.id, 1 + Math.max(0, ...into.get(b.id).map(f => layer.get(f) ?? 0)));
  for (const b of boxes) if (b.kind === "source") {
    const users = outOf.get(b.id).map(t => layer.get(t));
    layer.set(b.id, users.length ? Math.min(...users) - 1 : 0);
  }
  const columns = [];
  for (const b of boxes) (columns[layer.get(b.id)] ??= []).push(b);
  const used = columns.filter(c => c);
  let x = 0;
  for (const column of used) {
    const width = Math.max(...column.map(b => b.width));
    for (const b of column) { b.x = x + width / 2; b.height = HEIGHT; }
    column.forEach((b, k) => { b.y = (k - (column.length - 1) / 2) * (HEIGHT + GAP_Y); });
    x += width + GAP_X;
  }
  const at = new Map(boxes.map(b => [b.id, b]));
  const wish = b => {
    const near = [...into.get(b.id), ...outOf.get(b.id)].map(id => at.get(id).y);
    return near.length ? near.reduce((s, y) => s + y, 0) / near.length : b.y;
  };
  for (let sweep = 0; sweep < 12; sweep++) {
    for (const column of sweep % 2 ? [...used].reverse() : used) {
      const wishes = new Map(column.map(b => [b, wish(b)]));
      column.sort((a, b) => wishes.get(a) - wishes.get(b));
      let low = -Infinity;
      for (const b of column) { b.y = Math.max(wishes.get(b), low); low = b.y + HEIGHT + GAP_Y; }
      const shift = column.reduce((s, b) => s + wishes.get(b) - b.y, 0) / column.length;
      for (const b of column) b.y += shift;
    }
  }
  return at;
}
