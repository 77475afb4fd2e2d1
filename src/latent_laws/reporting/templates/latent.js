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
  draw("front", [{ x: own.front.map((f) => f.nodes), y: own.front.map((f) => f.scores.r2_test), mode: "lines+markers",
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
    const trace = { x: shares, y, text: x.map((v) => `${name}${unit} ${round(v)}`), name, mode: "lines",
      hovertemplate: "%{text}: %{y:.3g}<extra></extra>" };
    return { trace, reach: Math.max(...y) - Math.min(...y) };
  });
  curves.sort((a, b) => b.reach - a.reach);
  draw("effects", curves.slice(0, 10).map((curve) => curve.trace), {
    xaxis: { title: { text: "input, from low to high" }, tickvals: [0, 0.5, 1], ticktext: ["5 %", "middle", "95 %"], range: [-0.03, 1.06] },
    yaxis: { title: { text: "latent" } }, legend: { orientation: "h", y: -0.25 }, showlegend: true });
};

// ---- one row
const numberField = (one, place) => {
  const { name, unit } = inputs.get(place);
  const field = node("input", { type: "number", step: "any" });
  field.value = state.typed[place] ?? onRow(state.row)(place);
  field.oninput = () => { state.typed[place] = Number(field.value); drawRow(one); };
  return node("label", {}, name + unit, field);
};
const groupField = (one, group, members) => { // one variable over many columns of 0 and 1
  const field = node("select", {}, ...members.map(([, name]) => node("option", { value: name, textContent: name })));
  field.value = members.find(([place]) => state.typed[place] === 1)?.[1] ?? data.classes[group][state.row];
  field.onchange = () => {
    for (const [place, name] of members) state.typed[place] = Number(name === field.value);
    drawRow(one);
  };
  return node("label", {}, group, field);
};
const fillRow = (one) => {
  const places = read(one.tokens), of = new Map();
  for (const [group, members] of Object.entries(data.groups)) for (const [place] of members) of.set(place, group);
  const fields = places.filter((place) => !of.has(place)).map((place) => numberField(one, place));
  const groups = new Set(places.map((place) => of.get(place)).filter(Boolean));
  $("values").replaceChildren(...fields, ...[...groups].map((group) => groupField(one, group, data.groups[group])));
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
  $("said").textContent = `z${numberOf(state.latent)}: the formula says ${round(whole)}${network}.`;
  draw("contributions", [{ type: "bar", orientation: "h", x: parts.map((p) => p.added), y: parts.map((p) => p.name),
    marker: { color: parts.map((p) => (p.added < 0 ? ORANGE : BLUE)) }, showlegend: false }],
  { xaxis: { title: { text: "added to the latent" } }, height: 90 + 34 * parts.length });
};

// ---- the map: numbers by a scale, classes by a trace each, the rarer ones together
const MOST_CLASSES = 11, SYMBOLS = ["circle", "x"];
const byClass = (classes) => {
  const counts = new Map();
  for (const one of classes) counts.set(one, (counts.get(one) ?? 0) + 1);
  const most = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const shown = most.length > MOST_CLASSES + 1 ? most.slice(0, MOST_CLASSES) : most;
  return [...shown.sort((a, b) => a.localeCompare(b, "en", { numeric: true })), ...(shown.length < most.length ? [null] : [])]
    .map((name) => ({ name: name ?? "others", rows: classes.flatMap((one, row) =>
      ((name === null ? !shown.includes(one) : one === name) ? [row] : [])) }));
};
const drawMap = () => {
  const [x, y, colour] = ["map-x", "map-y", "map-colour"].map((id) => $(id).value);
  const values = (key) => (key[0] === "z" ? encoder().latents[Number(key.slice(1))].values
    : key[0] === "c" ? data.classes[key.slice(1)] : inputs.get(Number(key.slice(1))).values);
  const label = (id) => $(id).selectedOptions[0].textContent;
  const [across, up] = [values(x), values(y)], dots = { x: across, y: up, mode: "markers", showlegend: false };
  const traces = values(colour).some((one) => typeof one === "string")
    ? byClass(values(colour)).map(({ name, rows }, k) => ({ ...dots, name, showlegend: true,
      x: rows.map((row) => across[row]), y: rows.map((row) => up[row]), marker: { size: 6, opacity: 0.8,
        color: data.palette[k % data.palette.length], symbol: SYMBOLS[Math.floor(k / data.palette.length)] } }))
    : [{ ...dots, marker: { size: 6, color: values(colour), colorscale: "Viridis", showscale: true } }];
  draw("map", traces, { xaxis: { title: { text: label("map-x") } }, yaxis: { title: { text: label("map-y") } },
    ...(traces[0].showlegend ? { legend: { orientation: "h", y: -0.25 } } : {}) });
};
const options = (id, entries, value) => {
  $(id).replaceChildren(...entries.map(([key, text]) => node("option", { value: key, textContent: text })));
  $(id).value = value;
};
const fillMap = () => {
  const latents = encoder().latents.map((_, i) => [`z${i}`, `z${numberOf(i)}`]);
  const columns = data.inputs.map((one) => [`i${one.place}`, one.name + one.unit]);
  const measured = data.inputs.find((one) => new Set(one.values).size > 2) ?? data.inputs[0];
  options("map-x", latents, "z0");
  options("map-y", [...latents, ...columns], latents.length > 1 ? "z1" : measured ? `i${measured.place}` : "z0");
  const colours = [...Object.keys(data.classes).map((name) => [`c${name}`, name]), ...columns, ...latents];
  const before = $("map-colour").value; // another encoder, the same colours
  options("map-colour", colours, colours.some(([key]) => key === before) ? before : colours[0][0]);
};
const drawMatrix = (matrix) => {
  $("matrix-part").hidden = !matrix;
  if (!matrix) return;
  $("matrix-title").textContent = `The encoder is a matrix (R² ${r2(matrix.linearity)})`;
  const most = Math.max(...matrix.weights.flat().map(Math.abs));
  draw("matrix", [{ type: "heatmap", z: matrix.weights, x: matrix.inputs, zmin: -most, zmax: most,
    y: matrix.weights.map((_, i) => `z${numberOf(i)}`), colorscale: "RdBu" }],
  { xaxis: { tickangle: -45 }, yaxis: { autorange: "reversed" } });
};
