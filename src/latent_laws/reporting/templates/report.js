"use strict";
// Sorting, filtering and unfolding. Without scripts every row and equation is simply shown.

const compare = (key, sign) => (a, b) => {
  const [x, y] = [a.dataset[key], b.dataset[key]];
  const [m, n] = [Number.parseFloat(x), Number.parseFloat(y)];
  const numeric = /^[-+.\d]/.test(x) && /^[-+.\d]/.test(y);
  if (numeric) return sign * (m - n);
  const missing = (value) => value === "" || value === "None" || value === "nan";
  if (missing(x) !== missing(y)) return missing(x) ? 1 : -1;
  return sign * x.localeCompare(y, "en", { numeric: true });
};

function sortBy(button) {
  const heading = button.closest("th");
  const table = button.closest("table");
  const descends = heading.classList.contains("number") && button.dataset.sort !== "latent";
  const now = heading.getAttribute("aria-sort");
  const first = descends ? "descending" : "ascending";
  const other = descends ? "ascending" : "descending";
  const order = now === first ? other : first;
  for (const each of table.querySelectorAll("[aria-sort]")) each.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const rows = [...table.tBodies].sort(compare(button.dataset.sort, sign));
  table.append(...rows);
}

function filter(form) {
  const table = document.getElementById(form.dataset.table);
  const controls = [...form.querySelectorAll("[data-filter]")].filter((each) => each.value.trim());
  const matches = (row, control) => {
    const [wanted, found] = [control.value.trim().toLowerCase(), row.dataset[control.dataset.filter]];
    if (control.dataset.filter !== "text") return found.toLowerCase() === wanted;
    return wanted.split(/\s+/).every((word) => found.toLowerCase().includes(word));
  };
  let shown = 0;
  for (const row of table.tBodies) {
    row.hidden = !controls.every((control) => matches(row, control));
    shown += row.hidden ? 0 : 1;
  }
  form.querySelector("output").textContent = `${shown} of ${table.tBodies.length}`;
}

function unfold(button, open) {
  button.setAttribute("aria-expanded", String(open));
  document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
}

for (const button of document.querySelectorAll("[data-sort]")) {
  button.addEventListener("click", () => sortBy(button));
}
for (const form of document.querySelectorAll(".controls")) {
  for (const kind of ["input", "change"]) form.addEventListener(kind, () => filter(form));
  form.addEventListener("submit", (event) => event.preventDefault());
  filter(form);
}
for (const button of document.querySelectorAll(".unfold")) {
  unfold(button, false);
  button.addEventListener("click", () => unfold(button, button.getAttribute("aria-expanded") !== "true"));
}
const unfoldAll = () => document.querySelectorAll(".unfold").forEach((button) => unfold(button, true));
window.addEventListener("beforeprint", unfoldAll);
