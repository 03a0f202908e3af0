// Tensors as pictures: images and feature maps side by side, matrices as heat maps. Signed numbers have zero in the middle of the
// scale and in the colour of the paper; data are grey, as photographs are.
const BLUE = [0, 104, 168], RED = [204, 85, 0];
const TILES = 40; // pictures beside each other, at most
const LARGEST = 256; // rows and columns of one picture, at most: of more, some are passed over
const ROOM = 350, HIGHEST = 260; // pixels from left to right, and of one picture from top to bottom
const isDark = () => document.documentElement.dataset.theme === "dark";
const stored = v => (v?.array === undefined || v.array === null ? null : STORE(v.array));

// ---- which numbers stand where ----

// An array as pictures: {count, height, width, samples, place(k, row, column)}; of a batch of feature maps, those of sample `n`.
function tilesOf(shape, n = 0) {
  if (shape.length === 2 && shape[1] === 784) return tiling(shape[0], 28, 28); // digits that were made flat
  if (shape.length < 2) { // a vector, in lines
    const n = shape[0] ?? 1, width = Math.min(n, 64);
    return { ...tiling(1, Math.ceil(n / width), width), size: n };
  }
  if (shape.length === 2) return tiling(1, shape[0], shape[1]);
  const [count, height, width] = shape.slice(-3), samples = shape.slice(0, -3).reduce((a, b) => a * b, 1);
  if (count === 1 && samples > 1) return tiling(samples, height, width);
  if (height * width > 4096 && samples === 1) return { ...tiling(1, height, width, Math.min(n, count - 1) * height * width), samples: count };
  return { ...tiling(count, height, width, Math.min(n, samples - 1) * count * height * width), samples };
}
function tiling(count, height, width, from = 0) {
  return { count, height, width, samples: 1, place: (k, row, column) => from + (k * height + row) * width + column };
}
// Those of an array of the page: of a matrix only the rows and columns that it carries, and a high and narrow one on its side.
function tilesFor(a, shape, n) {
  let tiles = tilesOf(shape, n);
  if (tiles.count > 1) return tiles;
  const { height, width } = tiles, cropped = {};
  if (!a.whole) {
    const there = (i, j) => a.at(tiles.place(0, i, j)) !== undefined, range = n => [...Array(n).keys()];
    const rows = range(height).filter(i => range(width).some(j => there(i, j))), columns = range(width).filter(j => rows.some(i => there(i, j)));
    if (rows.length) tiles = { ...replaced(tiles, rows.length, columns.length, (i, j) => [rows[i], columns[j]]), cropped };
    if (rows.length < height) cropped.rowsShown = [rows.length, height];
    if (columns.length < width) cropped.columnsShown = [columns.length, width];
  }
  const turn = tiles.height > 64 && tiles.height > 4 * tiles.width;
  return turn ? { ...replaced(tiles, tiles.width, tiles.height, (i, j) => [j, i]), turned: true } : tiles;
}
const replaced = (tiles, height, width, from) => ({ ...tiles, height, width, place: (k, i, j) => tiles.place(k, ...from(i, j)) });
const DATA = new Set(TAPE.sources.filter(s => !s.requiresGrad).map(s => s.value.array));

// ---- colours ----

// A scale: {low, high, colour(x)}.
function scaleOf(v) {
  const grey = x => Array(3).fill(Math.round(255 * (x - v.min) / (v.max - v.min || 1)));
  if (DATA.has(v.array) && v.shape.length > 1) return { low: v.min, high: v.max, colour: grey };
  const most = Math.max(Math.abs(v.min), Math.abs(v.max)) || 1, paper = isDark() ? [20, 24, 29] : [255, 255, 255];
  const mix = (x, full) => paper.map((p, k) => Math.round(p + (full[k] - p) * Math.min(1, Math.abs(x) / most)));
  return { low: v.min < 0 ? -most : 0, high: v.max > 0 ? most : 0, colour: x => (Number.isFinite(x) ? mix(x, x < 0 ? BLUE : RED) : [255, 0, 255]) };
}
// The legend of the scale: a bar from its low to its high end.
function scaleHtml(scale) {
  const stops = [0, .25, .5, .75, 1].map(t => `rgb(${scale.colour(scale.low + t * (scale.high - scale.low))})`);
  const zero = scale.low < 0 && scale.high > 0 ? `<i style="left:${-100 * scale.low / (scale.high - scale.low)}%">0</i>` : "";
  const bar = `<b style="background:linear-gradient(90deg,${stops})">${zero}</b>`;
  return `<div class="scale"><span>${short(scale.low)}</span>${bar}<span>${short(scale.high)}</span></div>`;
}

// ---- painting ----

// How large they are: {wide, high: of a number, columns, gap, down, across: every so manieth number, rows, length, width, height}.
function measured(tiles, count, room = ROOM) {
  const down = Math.ceil(tiles.height / LARGEST) || 1, across = Math.ceil(tiles.width / LARGEST) || 1, gap = count > 1 ? 3 : 0;
  const rows = Math.ceil(tiles.height / down), length = Math.ceil(tiles.width / across);
  const wanted = count > 1 ? Math.floor(Math.max(28, 56 / Math.sqrt(count / 10)) / Math.max(rows, length)) || 1 : 12;
  const wide = Math.max(1, Math.min(wanted, Math.floor(room / length), Math.floor(HIGHEST / rows)));
  const high = count === 1 && length > 4 * rows ? Math.max(wide, Math.min(12, Math.floor(48 / rows))) : wide; // else it were a line
  const columns = Math.max(1, Math.min(count, Math.floor((room + gap) / (length * wide + gap))));
  const width = columns * (length * wide + gap) - gap, height = Math.ceil(count / columns) * (rows * high + gap) - gap;
  return { wide, high, columns, gap, down, across, rows, length, width, height };
}
// All of them as the address of one image.
function paintTiles(a, tiles, count, scale, size, marks = null) {
  const { wide, high, columns, gap, down, across, rows, length } = size;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: size.width, height: size.height });
  const draw = canvas.getContext("2d"), tile = document.createElement("canvas");
  draw.imageSmoothingEnabled = false;
  tile.width = length; tile.height = rows;
  for (let k = 0; k < count; k++) {
    const dots = new ImageData(length, rows);
    for (let i = 0; i < rows; i++) for (let j = 0; j < length; j++) {
      const place = tiles.place(k, i * down, j * across), x = a.at(place);
      if (x !== undefined) dots.data.set([...scale.colour(Number(x)), 255], 4 * (i * length + j));
      else if (place < a.size && (i + j) % 3 === 0) dots.data.set([128, 128, 128, 255], 4 * (i * length + j)); // hatched: not on the page
    }
    tile.getContext("2d").putImageData(dots, 0, 0);
    const [left, top, w, h] = [k % columns * (length * wide + gap), Math.floor(k / columns) * (rows * high + gap), length * wide, rows * high];
    if (gap) { draw.fillStyle = isDark() ? "#3a4450" : "#c9d1d9"; draw.fillRect(left - gap, top - gap, w + 2 * gap, h + 2 * gap); }
    draw.drawImage(tile, left, top, w, h);
  }
  Object.assign(draw, { strokeStyle: "#e69f00", lineWidth: 2 });
  for (const [i, j] of marks ?? []) draw.strokeRect(j * wide + 1, i * high + 1, wide - 2, high - 2);
  return canvas.toDataURL();
}
// The picture of a tensor as HTML, with the legend of its scale.
function picture(v) {
  const a = stored(v);
  if (!a || v.min === null || !a.size) return "";
  const tiles = tilesFor(a, v.shape, state.sample), held = !a.whole && a.dim === 0 ? a.rows.length : Infinity;
  const count = Math.min(tiles.count, TILES, tiles.samples > 1 ? Infinity : held), samples = Math.min(tiles.samples, held);
  if (!count) return "";
  const scale = scaleOf(v), size = measured(tiles, count);
  const notes = [];
  if (samples > 1) notes.push(chooser(samples));
  if (count < tiles.count) notes.push(say("firstOf").replace("{}", count).replace("{}", tiles.count));
  for (const [word, [shown, all]] of Object.entries(tiles.cropped ?? {})) notes.push(say(word).replace("{}", shown).replace("{}", all));
  if (tiles.turned) notes.push(say("onItsSide"));
  if (Math.max(size.down, size.across) > 1) notes.push(say("everyNth").replace("{}", Math.max(size.down, size.across)));
  const places = ["wide", "high", "columns", "gap", "down", "across"].map(name => size[name]);
  return `<figure class="picture" data-tiles="${count}" data-array="${v.array}" data-size="${v.shape}" data-layout="${places}">`
    + later(() => paintTiles(a, tiles, count, scale, size), size, `class="thumb" alt="${say("picture")} ${shapeText(v.shape)}"`) + scaleHtml(scale)
    + `<figcaption>${notes.join(" · ")}<output></output></figcaption></figure>`;
}
function chooser(samples) {
  const now = Math.min(state.sample, samples - 1);
  return `${say("sample")} ${arrowButton("sample", -1, "previousSample")} ${now} ${arrowButton("sample", 1, "nextSample")} / ${samples}`;
}
function arrowButton(name, by, label) {
  return `<button type="button" data-${name}="${by}" aria-label="${say(label)}">${by < 0 ? "◂" : "▸"}</button>`;
}

// ---- pictures are painted when they come into sight ----

const waiting = new Map();
let pictures = 0;
function later(paint, size, attributes) {
  waiting.set(String(++pictures), paint);
  return `<img data-paint="${pictures}" ${attributes} width="${size.width}" height="${size.height}">`;
}
function paintNow(image) {
  const paint = waiting.get(image.dataset.paint);
  if (paint) image.src = paint();
  waiting.delete(image.dataset.paint);
}
const inSight = new IntersectionObserver(all => {
  for (const { isIntersecting, target } of all) if (isIntersecting) { paintNow(target); inSight.unobserve(target); }
}, { root: $("panel").parentElement, rootMargin: "300px" });
new MutationObserver(() => {
  for (const image of $("panel").querySelectorAll("img[data-paint]:not([src])")) inSight.observe(image);
}).observe($("panel"), { childList: true, subtree: true });

// ---- a kernel that slides over its image, and the winners of a pool ----

function slidingView(node) {
  const how = node.arguments.find(a => a.settings?.stride)?.settings, out = node.outputs[0].value;
  const tensors = node.arguments.filter(a => a.kind !== "value" && a.value.shape.length === 4);
  if (!how || !tensors.length || out.shape.length !== 4 || !stored(tensors[0].value) || !stored(out)) return "";
  const kernel = how.kernel ?? tensors[1]?.value.shape.slice(2), input = tensors[0].value;
  const before = how.padding.map(p => (Array.isArray(p) ? p[0] : p)), after = how.padding.map(p => (Array.isArray(p) ? p[1] : p));
  const room = d => input.shape[2 + d] + before[d] + after[d] - how.dilation[d] * (kernel[d] - 1) - 1;
  const walks = d => Math.floor(room(d) / how.stride[d]) + 1 === out.shape[2 + d];
  if (!kernel || !walks(0) || !walks(1)) return "";
  const view = { node, input, out, weight: how.kernel ? null : tensors[1].value, kernel, before, stride: how.stride, dilation: how.dilation };
  const play = `<button type="button" data-slide="play">▶ ${say("slide")}</button>`;
  const [back, on] = [arrowButton("channel", -1, "previousChannel"), arrowButton("channel", 1, "nextChannel")];
  const channel = `${say("channel")} ${back} ${channelOf(view)} ${on} / ${out.shape[1]}`;
  return `<h3>${say(view.weight ? "sliding" : "pooling")}</h3><figure class="sliding" data-node="${node.id}">${slidingPlates(view)}`
    + `<figcaption>${play} ${channel}<output></output></figcaption></figure>`;
}
const channelOf = view => Math.min(state.channel, view.out.shape[1] - 1);
// Each plate is one map of a tensor; the frame on it is moved by moveWindow.
function slidingPlates(view) {
  const o = channelOf(view), n = Math.min(state.sample, view.out.shape[0] - 1), { input, out, weight } = view;
  const perGroup = weight ? weight.shape[1] : 0;
  const c = weight ? Math.floor(o / (out.shape[1] / (input.shape[1] / perGroup))) * perGroup : o;
  const one = (v, from, part, marks) => {
    const tiles = tiling(1, v.shape[2], v.shape[3], from), size = measured(tiles, 1, 130);
    const image = later(() => paintTiles(stored(v), tiles, 1, scaleOf(v), size, marks), size, `alt="${say(part)}"`);
    return `<div class="plate" data-part="${part}" data-pixel="${size.wide}">${image}<i class="frame"></i><small>${say(part)}</small></div>`;
  };
  const map = (v, sample, channel) => (sample * v.shape[1] + channel) * v.shape[2] * v.shape[3];
  const marks = !weight && /max/.test(view.node.op) ? winners(view, n, c) : null;
  const plates = [one(input, map(input, n, c), "imagePlate", marks)];
  if (weight) plates.push("<b>∗</b>", one(weight, map(weight, o, 0), "kernelPlate"));
  return `<div class="stage">${[...plates, "<b>→</b>", one(out, map(out, n, o), "outPlate")].join("")}</div>`;
}
// The places of the largest number in each window.
function winners(view, n, c) {
  const a = stored(view.input), [, channels, height, width] = view.input.shape, found = [];
  for (let i = 0; i < view.out.shape[2]; i++) for (let j = 0; j < view.out.shape[3]; j++) {
    let best = null, most = -Infinity;
    for (let p = 0; p < view.kernel[0]; p++) for (let q = 0; q < view.kernel[1]; q++) {
      const [row, column] = [[i, p], [j, q]].map(([at, step], d) => at * view.stride[d] - view.before[d] + step * view.dilation[d]);
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      const x = a.at(((n * channels + c) * height + row) * width + column);
      if (x > most) { most = x; best = [row, column]; }
    }
    if (best) found.push(best);
  }
  return found;
}
// Shows the window that belongs to entry (i, j) of the output.
function moveWindow(figure, i, j) {
  const node = TAPE.nodes[Number(figure.dataset.node)], out = node.outputs[0].value;
  const how = node.arguments.find(a => a.settings?.stride).settings;
  const kernel = how.kernel ?? node.arguments.filter(a => a.kind !== "value" && a.value.shape.length === 4)[1].value.shape.slice(2);
  const before = how.padding.map(p => (Array.isArray(p) ? p[0] : p));
  const put = (part, row, column, rows, columns) => {
    const plate = figure.querySelector(`[data-part=${part}]`), pixel = Number(plate.dataset.pixel);
    const [left, top, width, height] = [column, row, columns, rows].map(n => `${n * pixel}px`);
    Object.assign(plate.querySelector(".frame").style, { display: "block", left, top, width, height });
  };
  const [rows, columns] = kernel.map((size, d) => (size - 1) * how.dilation[d] + 1);
  put("imagePlate", i * how.stride[0] - before[0], j * how.stride[1] - before[1], rows, columns);
  put("outPlate", i, j, 1, 1);
  const [n, o] = [Math.min(state.sample, out.shape[0] - 1), Math.min(state.channel, out.shape[1] - 1)];
  const index = ((n * out.shape[1] + o) * out.shape[2] + i) * out.shape[3] + j, x = stored(out).at(index);
  const name = node.outputs[0].name || say("output");
  figure.querySelector("output").textContent = ` ${name}[${n}, ${o}, ${i}, ${j}] = ${x === undefined ? "?" : short(x)}`;
  Object.assign(figure.dataset, { i, j });
  return index;
}
function slide(figure) {
  const [rows, columns] = TAPE.nodes[Number(figure.dataset.node)].outputs[0].value.shape.slice(2);
  if (state.sliding) { clearInterval(state.sliding); state.sliding = null; return; }
  let k = 0;
  state.sliding = setInterval(() => {
    if (!figure.isConnected || k >= rows * columns) { clearInterval(state.sliding); state.sliding = null; return; }
    moveWindow(figure, Math.floor(k / columns), k % columns);
    k++;
  }, 120);
}

// ---- asking for an entry by a click on its pixel: explain.js answers ----

function askIn(box, index) { if (box) ask(box, index); }
$("panel").addEventListener("click", e => {
  const thumb = e.target.closest(".picture .thumb"), plate = e.target.closest("[data-part=outPlate]");
  if (thumb) return askPixel(thumb, e.offsetX, e.offsetY);
  if (plate) {
    const pixel = Number(plate.dataset.pixel), figure = plate.closest(".sliding");
    const shape = TAPE.nodes[Number(figure.dataset.node)].outputs[0].value.shape;
    const index = moveWindow(figure, Math.min(shape[2] - 1, Math.floor(e.offsetY / pixel)), Math.min(shape[3] - 1, Math.floor(e.offsetX / pixel)));
    return askIn($("panel").querySelector(`.tensor[data-ask="v${figure.dataset.node}.0"]`), index);
  }
  const button = e.target.closest("button");
  if (button?.dataset.sample) { state.sample = Math.max(0, state.sample + Number(button.dataset.sample)); again(); }
  if (button?.dataset.channel) { state.channel = Math.max(0, state.channel + Number(button.dataset.channel)); again(); }
  if (button?.dataset.slide) slide(button.closest(".sliding"));
});
function again() { const top = $("panel").parentElement.scrollTop; showPanel(); $("panel").parentElement.scrollTop = top; }
function askPixel(thumb, x, y) {
  const figure = thumb.closest(".picture"), listed = text => text.split(",").map(Number);
  const shape = listed(figure.dataset.size), [wide, high, columns, gap, down, across] = listed(figure.dataset.layout);
  const a = stored({ array: Number(figure.dataset.array) }), tiles = tilesFor(a, shape, state.sample);
  const right = Math.ceil(tiles.width / across) * wide + gap, below = Math.ceil(tiles.height / down) * high + gap;
  const k = Math.floor(y / below) * columns + Math.floor(x / right);
  const row = Math.floor(y % below / high) * down, column = Math.floor(x % right / wide) * across;
  if (k >= tiles.count || row >= tiles.height || column >= tiles.width) return;
  const index = tiles.place(k, row, column), number = a.at(index);
  figure.querySelector("output").textContent = ` [${indexOf(index, shape).join(", ")}] = ${number === undefined ? "?" : short(Number(number))}`;
  askIn(figure.closest(".tensor[data-ask]"), index);
}
// Up and down walk through the numbers of a box.
$("panel").addEventListener("keydown", e => {
  const entry = e.target.closest(".entry");
  if (!entry || !["ArrowUp", "ArrowDown"].includes(e.key)) return;
  e.preventDefault();
  const all = [...entry.closest(".numbers").querySelectorAll(".entry")];
  all[all.indexOf(entry) + (e.key === "ArrowDown" ? 1 : -1)]?.focus();
});
