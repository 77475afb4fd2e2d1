// ---- elements, unpacking, numbers
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
// ---- numbers as people read them
const MINUS = "\u2212", MISSING = "\u2013";
const raised = (exponent) => [...String(exponent)].map((c) => (c === "-" ? "\u207b" : "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[c])).join("");
const round = (x, digits = 3) => {
  if (!Number.isFinite(x)) return "undefined";
  const size = Math.abs(x);
  let text = size >= 1000 ? Math.round(x).toLocaleString("en") : String(Number(x.toPrecision(digits)));
  if (size > 0 && size < 1e-3) {
    const [mantissa, exponent] = x.toExponential(digits - 1).split("e");
    text = `${mantissa}\u00b710${raised(Number(exponent))}`;
  }
  return text.replace("-", MINUS);
};
const decimals = (x) => (x >= 0.9995 && x < 0.999995 ? 5 : 3);
const r2 = (x, places = decimals(x)) => (x === null ? MISSING : x.toFixed(places).replace("-", MINUS));
const between = (low, high) => {
  const places = Math.max(decimals(low), decimals(high));
  return `${r2(low, places)} to ${r2(high, places)}`;
};
