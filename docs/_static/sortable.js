// A click on a heading sorts the rows of its table by that column, numbers as numbers; again, the other way round.
"use strict";

function key(row, column) {
  const text = (row.cells[column] ? row.cells[column].textContent : "").trim();
  const number = parseFloat(text.replace(/,/g, ""));
  return text === "" ? null : /^[-+]?[\d.]/.test(text) && !Number.isNaN(number) ? number : text.toLowerCase();
}

function compare(one, other) {
  if (one === null || other === null) return (one === null) - (other === null); // what is empty goes last
  if (typeof one === typeof other) return one < other ? -1 : one > other ? 1 : 0;
  return typeof one === "number" ? -1 : 1;
}

function sort(table, heading) {
  const column = heading.cellIndex;
  const down = heading.getAttribute("aria-sort") === "ascending";
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => [key(row, column), row]);
  rows.sort((one, other) => (down && one[0] !== null && other[0] !== null ? -1 : 1) * compare(one[0], other[0]));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  body.append(...rows.map((pair) => pair[1]));
}

document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll("table.docutils")) {
    if (!table.tHead || !table.tBodies.length || table.tBodies[0].rows.length < 2) continue;
    for (const heading of table.tHead.rows[0].cells) {
      heading.tabIndex = 0;
      heading.classList.add("sorts");
      heading.addEventListener("click", () => sort(table, heading));
      heading.addEventListener("keydown", (event) => {
        if (event.key === "Enter") sort(table, heading);
      });
    }
  }
});
