const data = JSON.parse(await unpack("data"));
const inputs = new Map(data.inputs.map((one) => [one.place, one]));

// ---- formulas: postfix tokens, evaluated without eval
const BINARY = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? NaN : a / b),
  "**": (a, b) => (Number.isNaN(a) || (a === 0 && b < 0) ? NaN : a ** b),
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
