// ---- state
const names = Object.keys(data.encoders);
const state = { encoder: null, latent: 0, picks: {}, row: 0, typed: {} };
const encoder = () => data.encoders[state.encoder];
const units = () => $("switch").elements.units.value;
const pick = (latent) => {
  const own = encoder().latents[latent];
  return own.front[state.picks[`${state.encoder}:${latent}`] ?? own.chosen];
};
const numberOf = (latent) => encoder().latents[latent].latent;
const typeset = (place, latent) => {
  const symbol = node("span", { className: "name" }, "z", node("sub", { textContent: numberOf(latent) }));
  const math = node("span", { innerHTML: pick(latent).math[units()] });
  place.replaceChildren(symbol, " = ", math);
  if (place.scrollWidth > place.clientWidth) place.tabIndex = 0; // scrolls by keyboard
};
const score = (one) => {
  const { r2_test: value, r2_low: low, r2_high: high } = one.scores;
  const known = low !== null && high !== null;
  return [node("span", {}, "R² ", node("b", { textContent: r2(value) }), known ? ` (${between(low, high)})` : ""),
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
      slider.setAttribute("aria-label", `Size of the formula of z${numberOf(i)}`);
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

// ---- the encoder that the whole page follows
const showEncoder = (name) => {
  Object.assign(state, { encoder: name, latent: 0 });
  all(".chosen").forEach((place) => { place.textContent = name; });
  $("opening").textContent = encoder().opening;
  all("[data-row]").forEach((row) => row.classList.toggle("on", row.dataset.row === name));
  all("[data-of]").forEach((one) => { one.hidden = one.dataset.of !== name; });
  for (const section of all("#inputs, #decoder")) section.hidden = false; // charts need their size
  options("latent", encoder().latents.map((_, i) => [i, `z${numberOf(i)}`]), 0);
  listEquations();
  fillMap();
  showLatent();
  drawMap();
  drawMatrix(encoder().matrix);
  for (const [key, figure] of Object.entries(encoder().figures)) drawFigure(key, figure);
  for (const section of all("#inputs, #decoder")) { // nothing of this encoder
    const shown = [...section.querySelectorAll("figure, table, details, li, p:not(.small)")];
    section.hidden = !shown.some((one) => !one.hidden && !one.closest("[hidden]:not(section)"));
  }
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

// ---- files of the formulas that the reader picked
const records = () => encoder().latents.map(({ latent }, place) => {
  const { nodes, scores, text } = pick(place);
  return { encoder: state.encoder, latent, ...text, complexity: nodes, ...scores };
});
const quoted = (value) => (typeof value === "string" ? `"${value.replaceAll('"', '""')}"` : value ?? "");
const FILES = {
  json: () => JSON.stringify(records(), null, 1),
  csv: () => [Object.keys(records()[0]), ...records().map(Object.values)]
    .map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n",
};
const file = (kind) => (kind in FILES ? FILES[kind]()
  : encoder().files[kind].replace(/\u27e6(\d+)\u27e7/g, (_, place) => pick(Number(place)).files[kind]));
const save = (kind) => {
  const blob = new Blob([file(kind)], { type: "text/plain" });
  const link = node("a", { download: `${state.encoder}.${kind}`, href: URL.createObjectURL(blob) });
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
$("loading").hidden = true;
document.body.dataset.ready = "yes";
