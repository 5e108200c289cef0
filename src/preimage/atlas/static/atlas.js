"use strict";
// The pages of a study. What is shown comes from data/*.js; everything that a user named is set as text, never as HTML.

const { gallery, study, claims } = window.atlas;
const page = document.body.id;
const $ = (selector, from = document) => from.querySelector(selector);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function script(src) {
  return new Promise((resolve, reject) => {
    document.head.append(element("script", { src, onload: resolve, onerror: () => reject(new Error(src)) }));
  });
}

// Columns: numbers as they are, words by number.
function value(name, i) {
  const column = gallery.columns[name];
  if (Array.isArray(column)) return column[i];
  const code = column.codes[i];
  return code < 0 ? null : column.words[code];
}
const words = (name) => gallery.columns[name].words;
const all = () => gallery.columns.cell.map((_, i) => i);
const key = (i) => ["network", "item", "seed"].map((name) => value(name, i)).join("\t");
const address = (i) => [value("set", i), value("network", i), value("item", i), value("seed", i)].join("/");
const number = (x, digits = 3) => (x === null || x === undefined ? "" : Number(x.toPrecision(digits)).toString());

// Sheets are decoded as they come into view; the latest stay in memory.
const sheets = new Map();
const KEPT = 48;
function sheet(number) {
  if (sheets.has(number)) {
    const found = sheets.get(number);
    sheets.delete(number);
    sheets.set(number, found);
    return found;
  }
  const image = new Image();
  image.src = gallery.sprites[number][0].split("/").map(encodeURIComponent).join("/");
  const loaded = image.decode().then(() => image);
  sheets.set(number, loaded);
  if (sheets.size > KEPT) sheets.delete(sheets.keys().next().value);
  return loaded;
}

function describe(i) {
  const says = value("says", i);
  return `${value("target", i)}, ${value("network", i)}${says ? `, which says ${says}` : ""}`;
}

function draw(canvas, i) {
  const [, side, columns] = gallery.sprites[value("sheet", i)];
  const cell = value("cell", i);
  canvas.width = canvas.height = side;
  canvas.dataset.picture = i;
  sheet(value("sheet", i)).then((image) => {
    if (Number(canvas.dataset.picture) !== i) return; // it shows another one by now
    const [x, y] = [(cell % columns) * side, Math.floor(cell / columns) * side];
    canvas.getContext("2d").drawImage(image, x, y, side, side, 0, 0, side, side);
  }).catch(() => { canvas.title = "this picture could not be read"; });
}

function shot(i, extra = {}) {
  const canvas = element("canvas", { role: "img", "aria-label": describe(i) });
  draw(canvas, i);
  return element("figure", { class: "shot", ...extra }, canvas);
}

const UNDER = 46; // pixels below a picture, for its name

// The wall: only what is in view is in the page, so that thousands of pictures stay smooth.
class Wall {
  constructor(box, { side = 128, most = Infinity } = {}) {
    Object.assign(this, { box, side, most, items: [], tiles: new Map(), chosen: new Set(), focus: 0 });
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "Pictures; Enter opens one, Space chooses it, arrows move");
    box.addEventListener("keydown", (event) => this.key(event));
    addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => this.render()).observe(box);
  }
  show(items) {
    this.items = items.slice(0, this.most);
    this.focus = Math.min(this.focus, Math.max(0, this.items.length - 1));
    for (const tile of this.tiles.values()) tile.remove();
    this.tiles.clear();
    this.render();
    const count = $("#count");
    if (count) count.textContent = `${items.length} of ${gallery.columns.cell.length} pictures`;
  }
  later() {
    this.waiting ??= requestAnimationFrame(() => { this.waiting = null; this.render(); });
  }
  // While one scrolls, nothing is touched but what comes into view and what leaves it.
  render() {
    const gap = 8;
    const { width, top } = this.box.getBoundingClientRect(); // read before anything is written
    const columns = Math.max(1, Math.floor((width + gap) / (this.side + gap)));
    const step = [this.side + gap, this.side + UNDER];
    const lines = Math.ceil(this.items.length / columns);
    const form = `${columns} ${this.side} ${lines}`;
    const anew = form !== this.form;
    Object.assign(this, { columns, form });
    if (anew) this.box.style.height = `${lines * step[1]}px`;
    const first = Math.max(0, Math.floor(-top / step[1]) - 1) * this.columns;
    const last = Math.min(this.items.length, (Math.ceil((innerHeight - top) / step[1]) + 1) * this.columns);
    for (const [place, tile] of this.tiles) {
      if (place < first || place >= last) { tile.remove(); this.tiles.delete(place); }
    }
    const come = [];
    for (let place = first; place < last; place++) {
      const there = this.tiles.get(place);
      const tile = there ?? this.tile(place);
      if (!there) { this.tiles.set(place, tile); come.push(tile); }
      if (there && !anew) continue;
      const [line, column] = [Math.floor(place / columns), place % columns];
      tile.style.cssText = `left:${column * step[0]}px;top:${line * step[1]}px;width:${this.side}px`;
    }
    this.box.append(...come);
  }
  tile(place) {
    const i = this.items[place];
    const status = value("status", i);
    const canvas = element("canvas", { "aria-hidden": "true" });
    draw(canvas, i);
    const probability = value("probability", i);
    const under = probability === null ? value("network", i) : `${value("network", i)} ${number(probability, 2)}`;
    return element("button", {
      type: "button", class: "tile", "aria-pressed": String(this.chosen.has(i)), "aria-label": describe(i), title: describe(i),
      tabindex: place === this.focus ? 0 : -1,
      onclick: (event) => (event.shiftKey || event.ctrlKey ? this.choose(i) : large(i, this.items)),
      onfocus: () => { this.focus = place; },
    }, canvas, status === "ok" ? null : element("b", {}, status), element("span", {}, value("target", i)), element("small", {}, under));
  }
  key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === " ") { event.preventDefault(); this.choose(this.items[this.focus]); return; }
    if (step === undefined) return;
    event.preventDefault();
    this.focus = Math.min(this.items.length - 1, Math.max(0, this.focus + step));
    const line = Math.floor(this.focus / this.columns) * (this.side + UNDER);
    const at = this.box.getBoundingClientRect().top + line;
    if (at < 60 || at + this.side > innerHeight) scrollBy(0, at - innerHeight / 2 + this.side / 2);
    this.render();
    for (const [place, tile] of this.tiles) tile.tabIndex = place === this.focus ? 0 : -1;
    this.tiles.get(this.focus)?.focus({ preventScroll: true });
  }
  choose(i) {
    if (!this.chosen.delete(i)) this.chosen.add(i);
    for (const [place, tile] of this.tiles) tile.setAttribute("aria-pressed", String(this.chosen.has(this.items[place])));
    const aside = $("#chosen");
    if (!aside) return;
    aside.hidden = !this.chosen.size;
    $(".tiles", aside).replaceChildren(...[...this.chosen].map((one) => shot(one)));
  }
}

// One picture large.
async function details(i) {
  const image_set = value("set", i);
  if (!window.atlas.details[image_set]) await script(`data/details/${encodeURIComponent(image_set)}.js`);
  return window.atlas.details[image_set]?.[key(i)] ?? {};
}

function facts(i) {
  const list = element("dl");
  const names = ["set", "network", "item", "seed", "code", "target", "objective", "layer", "recipe", "precision", "size", "iterations", "frame", "status", "says", "probability", "rank", "agreement", "loss_start", "loss_end"];
  for (const name of names) {
    const found = value(name, i);
    if (found === null || found === "") continue;
    list.append(element("dt", {}, name.replace("_", " at ")), element("dd", {}, typeof found === "number" ? number(found, 4) : String(found)));
  }
  return list;
}

function again(i) {
  const block = gallery.sprites[value("sheet", i)][0].split("/").slice(1).join("/").replace(/\.[0-9a-f]{16}\.webp$/, "");
  return `snakemake 'results/${study.study}/images/${block}.safetensors' --configfile '${study.configuration}'`;
}

function says(said) {
  if (!said?.length) return null;
  const table = element("table", {}, element("caption", {}, "What networks say"));
  for (const [judge, five] of said) {
    const row = element("tr", {}, element("th", { scope: "row" }, judge));
    for (const [name, probability] of five) row.append(element("td", {}, `${name} ${number(probability, 2)}`));
    table.append(row);
  }
  return element("div", { class: "scroll" }, table);
}

async function plot(box, trace) {
  if (!trace) return;
  if (!window.Plotly) await script("static/plotly.js");
  const style = getComputedStyle(document.body);
  const lines = Object.keys(trace).filter((name) => name !== "step").map((name, k) => ({
    x: trace.step, y: trace[name], name: name.replace("m_g", "distance in the layer").replace("m_i", "distance in pixels"),
    yaxis: k ? "y2" : "y", mode: "lines",
  }));
  const axis = { gridcolor: "#8884", zeroline: false };
  window.Plotly.newPlot(box, lines, {
    height: 280, margin: { l: 50, r: 50, t: 10, b: 40 }, paper_bgcolor: "transparent", plot_bgcolor: "transparent",
    font: { color: style.color }, legend: { orientation: "h" }, xaxis: { ...axis, title: { text: "step" } }, yaxis: axis,
    yaxis2: { ...axis, overlaying: "y", side: "right", showgrid: false },
  }, { displaylogo: false, responsive: true });
}

async function large(i, items = [i]) {
  const dialog = $("#large");
  $("#large-title").textContent = value("target", i);
  const place = items.indexOf(i);
  const turn = (step) => element("button", { type: "button", onclick: () => large(items[(place + step + items.length) % items.length], items), "aria-label": step > 0 ? "The next picture" : "The picture before" }, step > 0 ? "→" : "←");
  const box = element("div");
  const whole = shot(i);
  whole.classList.add("whole"); // its pixels can be seen
  const told = element("div");
  $(".body", dialog).replaceChildren(
    items.length > 1 ? element("p", {}, turn(-1), " ", turn(1)) : "",
    element("div", { class: "side" }, whole, element("div", {}, facts(i))),
    told, box, element("h3", {}, "Make it again"), element("pre", {}, element("code", {}, again(i))),
  );
  if (!dialog.open) dialog.showModal();
  history.replaceState(null, "", `#${encodeURIComponent(address(i))}`);
  const found = await details(i);
  told.replaceChildren(says(found.said) ?? "");
  await plot(box, found.trace);
}

function compare(items) {
  const dialog = $("#large");
  $("#large-title").textContent = `${items.length} pictures side by side`;
  $(".body", dialog).replaceChildren(element("div", { class: "side" }, ...items.map((i) => element("div", {}, shot(i), facts(i)))));
  dialog.showModal();
}

function wired(most) {
  const box = $("#wall");
  if (!box) return null;
  const wall = new Wall(box, { most: Number(box.dataset.most ?? Infinity) });
  $("#compare")?.addEventListener("click", () => compare([...wall.chosen]));
  $("#clear")?.addEventListener("click", () => { for (const i of [...wall.chosen]) wall.choose(i); });
  const dialog = $("#large");
  dialog.addEventListener("close", () => history.replaceState(null, "", location.pathname));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  const asked = decodeURIComponent(location.hash.slice(1));
  if (asked) { const found = all().find((i) => address(i) === asked); if (found !== undefined) large(found, all()); }
  return wall;
}

function options(select, names, chosen = "") {
  for (const name of names) select.append(element("option", { value: name, selected: name === chosen }, name));
}

function only(items, name, wanted) {
  if (!wanted) return items;
  const column = gallery.columns[name];
  const code = column.words.indexOf(wanted);
  return items.filter((i) => column.codes[i] === code);
}

const pages = {
  index() {
    const wall = wired();
    const fine = all().filter((i) => value("status", i) === "ok" && value("frame", i) === null);
    const first = fine.filter((i) => value("set", i) === study.first);
    wall.show(first.length ? first : fine);
  },
  pictures() {
    const wall = wired();
    const form = $("#filters");
    for (const name of ["set", "network", "recipe", "layer", "status"]) options(form[name], words(name));
    options(form.group, Object.keys(study.groups));
    const texts = all().map((i) => ["target", "set", "network", "layer", "objective", "item", "says"].map((name) => value(name, i) ?? "").join(" ").toLowerCase());
    const update = () => {
      let items = all();
      for (const name of ["set", "network", "recipe", "layer", "status"]) items = only(items, name, form[name].value);
      const group = new Set(study.groups[form.group.value] ?? []);
      if (form.group.value) items = items.filter((i) => group.has(value("class_a", i)) || group.has(value("class_b", i)));
      const sought = form.search.value.toLowerCase().split(/\s+/).filter(Boolean);
      if (sought.length) items = items.filter((i) => sought.every((word) => texts[i].includes(word)));
      const by = form.sort.value.replace("-", "");
      if (by) {
        const sign = form.sort.value.startsWith("-") ? -1 : 1;
        const column = gallery.columns[by];
        items = items.map((i) => [column[i] === null ? Infinity : sign * column[i], i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, i]) => i);
      }
      wall.side = Number(form.side.value);
      wall.show(items);
    };
    form.addEventListener("input", update);
    form.addEventListener("submit", (event) => event.preventDefault());
    update();
  },
  classes() {
    const wall = wired();
    const form = $("#filters");
    const names = study.classes;
    const there = [...new Set(gallery.columns.class_a.filter((c) => c !== null))].sort((a, b) => a - b);
    $("#names").append(...there.map((c) => element("option", { value: names[c] ?? String(c) })));
    let place = 0;
    const show = () => {
      const c = there[place];
      if (c === undefined) { $("#one").textContent = "This study has no pictures of classes."; return; }
      form.class.value = names[c] ?? String(c);
      $("#one").replaceChildren(element("h2", {}, `${names[c] ?? ""} (class ${c})`));
      wall.show(all().filter((i) => value("class_a", i) === c || value("class_b", i) === c));
    };
    const find = () => {
      const asked = form.class.value.trim().toLowerCase();
      const found = there.findIndex((c) => String(c) === asked || (names[c] ?? "").toLowerCase() === asked);
      if (found >= 0) { place = found; show(); }
    };
    form.class.addEventListener("change", find);
    form.addEventListener("submit", (event) => { event.preventDefault(); find(); });
    $("#before").addEventListener("click", () => { place = (place + there.length - 1) % there.length; show(); });
    $("#after").addEventListener("click", () => { place = (place + 1) % there.length; show(); });
    show();
  },
  layers() {
    const wall = wired();
    const form = $("#filters");
    const sets = study.photo_sets;
    options(form.set, sets);
    if (!sets.length) { $("#rows").textContent = "This study reconstructs no photos."; return; }
    const update = (event) => {
      const of_set = only(all(), "set", form.set.value);
      if (!event || event.target === form.set) {
        form.target.replaceChildren();
        options(form.target, [...new Set(of_set.map((i) => value("target", i)))]);
      }
      const items = only(of_set, "target", form.target.value);
      const layers = [...new Set(of_set.map((i) => value("layer", i)))];
      form.depth.max = layers.length - 1;
      const layer = layers[form.depth.value];
      form.layer.value = layer;
      // A network stands beside its untrained twin.
      const kind = (network) => `${study.networks[network]?.architecture} ${["trained", "untrained", "noise"].indexOf(study.networks[network]?.state)}`;
      const networks = [...new Set(items.map((i) => value("network", i)))].sort((a, b) => kind(a).localeCompare(kind(b)));
      $("#rows").replaceChildren(...networks.map((network) => {
        const own = items.filter((i) => value("network", i) === network);
        return element("section", { class: "row" }, element("h3", {}, `${network}: ${study.networks[network]?.architecture}, ${{ noise: "trained on noise" }[study.networks[network]?.state] ?? study.networks[network]?.state}`),
          element("div", { class: "strip" }, ...own.map((i) => {
            const one = shot(i, { "aria-current": value("layer", i) === layer });
            one.append(element("figcaption", {}, value("layer", i)));
            return one;
          })));
      }));
      wall.side = 256;
      wall.show(only(items, "layer", layer));
    };
    form.addEventListener("input", update);
    update();
  },
  maps() {
    const wall = wired();
    const form = $("#filters");
    options(form.set, study.feature_sets);
    if (!study.feature_sets.length) { $("#count").textContent = "This study pictures no features."; return; }
    const refill = (select, names) => { const before = select.value; select.replaceChildren(); options(select, names, names.includes(before) ? before : names[0]); };
    const update = () => {
      let items = only(all(), "set", form.set.value);
      for (const name of ["network", "layer"]) {
        refill(form[name], [...new Set(items.map((i) => value(name, i)))]);
        items = only(items, name, form[name].value);
      }
      wall.show(items);
    };
    form.addEventListener("input", update);
    update();
  },
  claims() {
    const shown = ["id", "role", "claim", "networks", "value", "n", "verdict"];
    const cells = claims.map((row) => [row.id, row.role, row.claim, row.networks, number(row.value), row.n || "", row.verdict]);
    const escaped = (text) => element("i", {}, String(text)).innerHTML;
    const table = window.DataTables.jQuery("#ledger").DataTable({
      data: cells,
      columns: shown.map((title, k) => ({ title, render: (text, kind) => (kind === "display" ? (k === 6 ? `<span class="${text.replace(" ", "-")}">${escaped(text)}</span>` : escaped(text)) : text) })),
      paging: false, order: [], info: true,
    });
    const more = (row) => {
      const box = element("div", {}, interval(row));
      const list = element("dl");
      for (const name of ["statistic", "rule", "parts", "unit", "least", "n", "failed", "p", "q", "control", "control_verdict", "why", "page", "heading", "made_for", "recipe", "measured_in", "code"]) {
        const found = row[name];
        if (found === null || found === "" || found === undefined) continue;
        list.append(element("dt", {}, name.replace("_", " ")), element("dd", {}, typeof found === "number" ? number(found) : String(found)));
      }
      box.append(list, element("p", {}, element("a", { href: "../tables/claims.parquet" }, "tables/claims.parquet"), " holds this row; ", element("a", { href: "figures.html" }, "figures"), " show what it is of."));
      return box;
    };
    const turn = (line) => {
      const row = table.row(line);
      if (row.child.isShown()) row.child.hide();
      else row.child(more(claims[row.index()])).show();
      line.setAttribute("aria-expanded", String(row.child.isShown()));
    };
    for (const line of document.querySelectorAll("#ledger tbody tr")) { line.tabIndex = 0; line.setAttribute("aria-expanded", "false"); }
    $("#ledger tbody").addEventListener("click", (event) => { const line = event.target.closest("tr[aria-expanded]"); if (line) turn(line); });
    $("#ledger tbody").addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("tr[aria-expanded]")) turn(event.target); });
    const letter = decodeURIComponent(location.hash.slice(1));
    if (/^[A-N]$/.test(letter)) table.column(0).search(`^${letter}`, { regex: true }).draw();
  },
  figures() {},
  tables() {
    const open = () => { const found = document.getElementById(decodeURIComponent(location.hash.slice(1))); if (found) found.open = true; };
    addEventListener("hashchange", open);
    open();
  },
};

// An interval as a line with its value, and the thresholds of the rule.
function interval(row) {
  if (row.value === null || row.low === null || row.low === row.high) return "";
  const bounds = [...row.rule.matchAll(/-?\d+(\.\d+)?/g)].map((found) => Number(found[0]));
  const ends = [row.low, row.high, ...bounds.slice(0, 1)];
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  const at = (x) => 20 + (360 * (x - from)) / (to - from || 1);
  const space = "http://www.w3.org/2000/svg";
  const drawn = document.createElementNS(space, "svg");
  drawn.setAttribute("viewBox", "0 0 400 46");
  drawn.setAttribute("width", "400");
  drawn.setAttribute("class", "interval");
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", `${number(row.value)}, 95 % interval from ${number(row.low)} to ${number(row.high)}`);
  const add = (name, attributes, text = "") => {
    const part = document.createElementNS(space, name);
    for (const [k, v] of Object.entries(attributes)) part.setAttribute(k, v);
    part.textContent = text;
    drawn.append(part);
  };
  add("line", { x1: at(row.low), x2: at(row.high), y1: 16, y2: 16, stroke: "currentColor", "stroke-width": 3 });
  add("circle", { cx: at(row.value), cy: 16, r: 5, fill: "currentColor" });
  if (bounds.length) add("line", { x1: at(bounds[0]), x2: at(bounds[0]), y1: 4, y2: 28, stroke: "var(--against)", "stroke-dasharray": "3 3" });
  for (const [x, anchor] of [[row.low, "end"], [row.high, "start"]]) add("text", { x: at(x), y: 42, "font-size": 11, fill: "currentColor", "text-anchor": "middle", "data-side": anchor }, number(x));
  return drawn;
}

pages[page]();
document.body.dataset.ready = "true";
