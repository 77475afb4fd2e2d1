document.head.append(node("script", { text: await unpack("plotly") }));
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
    axes[key] = { ...axis, ...layout[key], title: { standoff: 12, ...layout[key]?.title } };
  const narrow = place.clientWidth < 500, legend = layout.legend && narrow ? { legend: { ...layout.legend, y: -0.4 } } : {};
  const full = { margin: { l: 50, r: 15, t: 20, b: 50 }, ...layout, ...axes, ...legend,
    height: layout.height && layout.height !== 420 ? layout.height : narrow ? (layout.legend ? 440 : 360) : 420,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: css("--ink"), family: "system-ui, sans-serif", size: 12 } };
  place.style.height = `${full.height}px`; // else plotly forgets its height when the window changes
  Plotly.react(place, structuredClone(traces), full, { displayModeBar: false, responsive: true });
};
const drawFigure = (name, figure) => {
  const place = $(`chart-${name}`);
  if (!place) return;
  place.closest("figure").hidden = !figure.data.length; // nothing was measured
  if (figure.data.length) draw(name, figure.data, figure.layout);
};
const BLUE = "#0b6fb8", ORANGE = "#c2530a", GREY = "#6b7482";
