"use strict";
(async () => {
  const $ = (id) => document.getElementById(id);
  const all = (query) => [...document.querySelectorAll(query)];
  const node = (tag, attributes = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  };

  // ---- unpack what is compressed in the page
  const unpack = async (id) => {
    const bytes = Uint8Array.from(atob($(id).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };
  document.head.append(node("script", { text: await unpack("plotly") }));
  const data = JSON.parse(await unpack("data"));
  const inputs = new Map(data.inputs.map((one) => [one.place, one]));

  // ---- formulas: postfix tokens, evaluated without eval
  const BINARY = {
    "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b,
    "/": (a, b) => (b === 0 ? NaN : a / b),
    "**": (a, b) => (a === 0 && b < 0 ? NaN : a ** b),
  };
  const UNARY = {
    sin: Math.sin, cos: Math.cos, tan: Math.tan, tanh: Math.tanh, exp: Math.exp, sqrt: Math.sqrt,
    abs: Math.abs, log: (x) => (x === 0 ? NaN : Math.log(x)), square: (x) => x * x,
    cube: (x) => x ** 3, inv: (x) => (x === 0 ? NaN : 1 / x), neg: (x) => -x,
  };
  const evaluate = (tokens, value) => {
    const stack = [];
    for (const token of tokens) {
      if (typeof token === "number") stack.push(token);
      else if (token[0] === "$") stack.push(value(Number(token.slice(1))));
      else if (token in BINARY) { const b = stack.pop(); stack.push(BINARY[token](stack.pop(), b)); }
      else stack.push(UNARY[token](stack.pop()));
    }
    return Number.isFinite(stack[0]) ? stack[0] : NaN;
  };
  const read = (tokens) => [...new Set(tokens.filter((token) => String(token)[0] === "$"))]
    .map((token) => Number(token.slice(1))).filter((place) => inputs.has(place));
  const onRow = (row) => (place) => inputs.get(place).values[row];
  const quantile = (values, share) => {
    const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
    return sorted[Math.round(share * (sorted.length - 1))];
  };
  const shownRows = data.inputs.length ? data.inputs[0].values.length : 0;

  // ---- numbers as people read them
  const round = (x, digits = 3) => {
    if (!Number.isFinite(x)) return "undefined";
    if (x !== 0 && (Math.abs(x) >= 1e5 || Math.abs(x) < 1e-3)) return x.toExponential(digits - 1);
    return Math.abs(x) >= 1000 ? x.toFixed(0) : String(Number(x.toPrecision(digits)));
  };
  const r2 = (x) => (Number.isFinite(x) ? x.toFixed(x >= 0.9995 && x < 0.999995 ? 5 : 3) : "undefined");

  // ---- charts
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const drawn = new Map();
  const draw = (name, traces, layout = {}) => {
    const place = $(`chart-${name}`);
    if (!place) return;
    drawn.set(name, [traces, layout]);
    const axis = { gridcolor: "rgba(128,128,128,.3)", zerolinecolor: "rgba(128,128,128,.5)", automargin: true };
    const axes = {};
    for (const key of ["xaxis", "yaxis", ...Object.keys(layout).filter((k) => /^[xy]axis/.test(k))])
      axes[key] = { ...axis, ...layout[key] };
    const full = { margin: { l: 50, r: 15, t: 20, b: 50 }, ...layout, ...axes,
      height: layout.height && layout.height !== 420 ? layout.height : place.clientWidth < 500 ? 360 : 420,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: css("--ink"), family: "system-ui, sans-serif", size: 12 } };
    Plotly.react(place, structuredClone(traces), full, { displayModeBar: false, responsive: true });
  };
  const drawFigure = (name, figure) => {
    const place = $(`chart-${name}`);
    if (!place) return;
    place.closest("figure").hidden = !figure.data.length; // nothing was measured
    if (figure.data.length) draw(name, figure.data, figure.layout);
  };
  const BLUE = "#0b6fb8", ORANGE = "#c2530a", GREY = "#6b7482";

  // ---- state
  const names = Object.keys(data.encoders);
  const state = { encoder: null, latent: 0, picks: {}, row: 0, typed: {} };
  const encoder = () => data.encoders[state.encoder];
  const units = () => $("switch").elements.units.value;
  const pick = (latent) => {
    const own = encoder().latents[latent];
    return own.front[state.picks[`${state.encoder}:${latent}`] ?? own.chosen];
  };
  const typeset = (place, latent) => {
    const symbol = node("span", { className: "name" }, "z", node("sub", { textContent: latent + 1 }));
    const math = node("span", { innerHTML: pick(latent).math[units()] });
    place.replaceChildren(symbol, " = ", math);
    if (place.scrollWidth > place.clientWidth) place.tabIndex = 0; // scrolls by keyboard
  };
  const score = (one) => {
    const [low, high] = one.interval;
    const known = Number.isFinite(low) && Number.isFinite(high);
    return [node("span", {}, "R² ", node("b", { textContent: r2(one.r2) }), known ? ` (${r2(low)} to ${r2(high)})` : ""),
      node("span", { textContent: `${one.nodes} nodes, ${one.inputs} input${one.inputs === 1 ? "" : "s"}` })];
  };

  const FEW = 8;
  let showAll = false;
  const listEquations = () => {
    const items = encoder().latents.map((latent, i) => {
      const formula = node("div", { className: "formula" });
      const front = latent.front;
      const line = node("div", { className: "score" }, ...score(pick(i)));
      if (front.length > 1) {
        const slider = node("input", { type: "range", min: 0, max: front.length - 1 });
        slider.value = front.indexOf(pick(i));
        slider.oninput = () => choose(i, Number(slider.value), slider);
        slider.setAttribute("aria-label", `Size of the formula of latent ${i + 1}`);
        line.append(node("label", {}, "shorter", slider, "longer"));
      }
      return node("li", { hidden: !showAll && i >= FEW }, formula, line);
    });
    $("list").replaceChildren(...items);
    items.forEach((item, i) => typeset(item.firstChild, i)); // sizes are known from here on
    $("more").hidden = items.length <= FEW || showAll;
    $("more").textContent = `Show all ${items.length} latents`;
  };
  const choose = (latent, index, slider) => {
    state.picks[`${state.encoder}:${latent}`] = index;
    state.latent = latent;
    if (slider) {
      const item = slider.closest("li");
      typeset(item.querySelector(".formula"), latent);
      const line = item.querySelector(".score");
      [...line.querySelectorAll(":scope > span")].forEach((old, k) => old.replaceWith(score(pick(latent))[k]));
    } else listEquations();
    showLatent();
  };

  // ---- one latent
  const showLatent = () => {
    const own = encoder().latents[state.latent], one = pick(state.latent);
    $("latent").value = state.latent;
    typeset($("shown"), state.latent);
    drawScatter(own, one);
    drawFront(own, one);
    drawEffects(one);
    fillRow(one);
  };
  const drawScatter = (own, one) => {
    if (!shownRows || !own.values.length) return draw("scatter", [], { title: { text: "no rows were saved" } });
    const said = own.values.map((_, row) => evaluate(one.tokens, onRow(row)));
    const ends = [Math.min(...own.values), Math.max(...own.values)];
    draw("scatter", [
      { x: said, y: own.values, mode: "markers", marker: { size: 5, color: BLUE, opacity: 0.6 }, showlegend: false },
      { x: ends, y: ends, mode: "lines", line: { color: ORANGE, width: 1.5 }, showlegend: false, hoverinfo: "skip" },
    ], { xaxis: { title: { text: "formula" } }, yaxis: { title: { text: "latent" } } });
  };
  const drawFront = (own, one) => {
    const colour = own.front.map((f) => (f === one ? ORANGE : BLUE));
    draw("front", [{ x: own.front.map((f) => f.nodes), y: own.front.map((f) => f.r2), mode: "lines+markers",
      line: { color: GREY, width: 1 }, marker: { size: 11, color: colour }, showlegend: false,
      hovertemplate: "%{x} nodes, R² %{y:.3f}<extra></extra>" }],
    { xaxis: { title: { text: "nodes" }, rangemode: "tozero" }, yaxis: { title: { text: "test R²" } } });
    const place = $("chart-front");
    place.removeAllListeners("plotly_click");
    place.on("plotly_click", (event) => choose(state.latent, event.points[0].pointIndex));
  };
  const drawEffects = (one) => {
    const middle = new Map(read(one.tokens).map((place) => [place, quantile(inputs.get(place).values, 0.5)]));
    const shares = Array.from({ length: 41 }, (_, k) => k / 40);
    const curves = [...middle.keys()].map((place) => {
      const { name, unit, values } = inputs.get(place);
      const [low, high] = [0.05, 0.95].map((share) => quantile(values, share));
      const x = shares.map((share) => low + share * (high - low));
      const y = x.map((v) => evaluate(one.tokens, (p) => (p === place ? v : middle.get(p))));
      const trace = { x: shares, y, text: x.map((v) => `${name} ${round(v)} ${unit}`), name, mode: "lines",
        hovertemplate: "%{text}: %{y:.3g}<extra></extra>" };
      return { trace, reach: Math.max(...y) - Math.min(...y) };
    });
    curves.sort((a, b) => b.reach - a.reach);
    draw("effects", curves.slice(0, 10).map((curve) => curve.trace), {
      xaxis: { title: { text: "input, from low to high" }, tickvals: [0, 0.5, 1], ticktext: ["5 %", "middle", "95 %"], range: [-0.03, 1.06] },
      yaxis: { title: { text: "latent" } }, legend: { orientation: "h", y: -0.25 }, showlegend: true });
  };

  // ---- one row
  const fillRow = (one) => {
    const fields = read(one.tokens).map((place) => {
      const { name, unit } = inputs.get(place);
      const field = node("input", { type: "number", step: "any" });
      field.value = state.typed[place] ?? onRow(state.row)(place);
      field.oninput = () => { state.typed[place] = Number(field.value); drawRow(one); };
      return node("label", {}, unit ? `${name} (${unit})` : name, field);
    });
    $("values").replaceChildren(...fields);
    drawRow(one);
  };
  const drawRow = (one) => {
    if (!shownRows) return;
    const value = (place) => state.typed[place] ?? onRow(state.row)(place);
    const whole = evaluate(one.tokens, value);
    const parts = read(one.tokens).map((place) => ({ name: inputs.get(place).name,
      added: whole - evaluate(one.tokens, (p) => (p === place ? inputs.get(place).mean : value(p))) }));
    parts.sort((a, b) => Math.abs(a.added) - Math.abs(b.added));
    const network = Object.keys(state.typed).length ? "" :
      `, the network ${round(encoder().latents[state.latent].values[state.row])}`;
    $("said").textContent = `Latent ${state.latent + 1}: the formula says ${round(whole)}${network}.`;
    draw("contributions", [{ type: "bar", orientation: "h", x: parts.map((p) => p.added), y: parts.map((p) => p.name),
      marker: { color: parts.map((p) => (p.added < 0 ? ORANGE : BLUE)) }, showlegend: false }],
    { xaxis: { title: { text: "added to the latent" } }, height: 90 + 34 * parts.length });
  };

  // ---- the map
  const drawMap = () => {
    const [x, y, colour] = ["map-x", "map-y", "map-colour"].map((id) => $(id).value);
    const values = (key) => (key[0] === "z" ? encoder().latents[Number(key.slice(1))].values
      : inputs.get(Number(key.slice(1))).values);
    const label = (id) => $(id).selectedOptions[0].textContent;
    draw("map", [{ x: values(x), y: values(y), mode: "markers", showlegend: false,
      marker: { size: 6, color: values(colour), colorscale: "Viridis", showscale: true } }],
    { xaxis: { title: { text: label("map-x") } }, yaxis: { title: { text: label("map-y") } } });
  };
  const options = (id, entries, value) => {
    $(id).replaceChildren(...entries.map(([key, text]) => node("option", { value: key, textContent: text })));
    $(id).value = value;
  };
  const fillMap = () => {
    const latents = encoder().latents.map((_, i) => [`z${i}`, `latent ${i + 1}`]);
    const columns = data.inputs.map((one) => [`i${one.place}`, one.name]);
    options("map-x", latents, "z0");
    options("map-y", [...latents, ...columns], latents.length > 1 ? "z1" : columns[0]?.[0] ?? "z0");
    options("map-colour", [...columns, ...latents], columns[0]?.[0] ?? "z0");
  };
  const drawMatrix = (matrix) => {
    $("matrix-part").hidden = !matrix;
    if (!matrix) return;
    $("matrix-title").textContent = matrix.linearity >= data.isMatrix
      ? `The encoder is a matrix (R² ${r2(matrix.linearity)})`
      : `The nearest matrix${matrix.linearity === null ? "" : ` says R² ${r2(matrix.linearity)} of it`}`;
    const most = Math.max(...matrix.weights.flat().map(Math.abs));
    draw("matrix", [{ type: "heatmap", z: matrix.weights, x: matrix.inputs, zmin: -most, zmax: most,
      y: matrix.weights.map((_, i) => `z${i + 1}`), colorscale: "RdBu" }],
    { xaxis: { tickangle: -45 }, yaxis: { autorange: "reversed" } });
  };

  const listInputs = (rows, pairs) => {
    $("inputs-part").hidden = !rows.length;
    $("pairs").textContent = pairs.length ? `Inputs that act together most: ${pairs.join(", ")}.` : "";
    $("inputs-table").replaceChildren(...rows.map(([name, value, low, high, verdict]) => node("tr", {},
      node("th", { scope: "row", textContent: name }), node("td", { textContent: round(value) }),
      node("td", { textContent: `${round(low)} to ${round(high)}` }), node("td", { textContent: verdict }))));
  };

  // ---- the encoder that the whole page follows
  const showEncoder = (name) => {
    Object.assign(state, { encoder: name, latent: 0 });
    all(".chosen").forEach((place) => { place.textContent = name; });
    $("opening").textContent = encoder().opening;
    all("[data-encoder]").forEach((row) => row.classList.toggle("on", row.dataset.encoder === name));
    all("[data-claim]").forEach((one) => { one.hidden = !["", name].includes(one.dataset.claim); });
    all("[data-words]").forEach((row) => { row.hidden = row.dataset.words !== name; });
    options("latent", encoder().latents.map((_, i) => [i, String(i + 1)]), 0);
    listEquations();
    fillMap();
    showLatent();
    drawMap();
    drawMatrix(encoder().matrix);
    listInputs(encoder().inputs, encoder().pairs);
    for (const [key, figure] of Object.entries(encoder().figures)) drawFigure(key, figure);
  };
  const followSwitch = () => {
    const { dim, variant } = $("switch").elements;
    const radios = all("#switch [name=variant]");
    radios.forEach((radio) => { radio.disabled = !names.includes(`${radio.value}-${dim.value}`); });
    if (!names.includes(`${variant.value}-${dim.value}`)) radios.find((radio) => !radio.disabled).checked = true;
    const name = `${variant.value}-${dim.value}`;
    if (name !== state.encoder) return showEncoder(name);
    listEquations();
    typeset($("shown"), state.latent);
  };
  const save = (kind) => {
    const file = new Blob([encoder().exports[kind]], { type: "text/plain" });
    const link = node("a", { download: `${state.encoder}.${kind}`, href: URL.createObjectURL(file) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  for (const [name, figure] of Object.entries(data.figures)) drawFigure(name, figure);
  if (names.length) {
    $("switch").onchange = followSwitch;
    $("latent").onchange = (event) => { state.latent = Number(event.target.value); showLatent(); };
    $("row").max = shownRows;
    $("row").oninput = (event) => {
      const row = Math.round(Number(event.target.value)) || 1;
      Object.assign(state, { row: Math.min(Math.max(row, 1), shownRows) - 1, typed: {} });
      fillRow(pick(state.latent));
    };
    $("more").onclick = () => { showAll = true; listEquations(); };
    for (const id of ["map-x", "map-y", "map-colour"]) $(id).onchange = drawMap;
    all("[data-export]").forEach((button) => { button.onclick = () => save(button.dataset.export); });
    followSwitch();
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const [name, [traces, layout]] of drawn) draw(name, traces, layout);
  });
  $("inputs").hidden = !all("#inputs figure").some((one) => !one.hidden);
  $("loading").hidden = true;
  document.body.dataset.ready = "yes";
})();
