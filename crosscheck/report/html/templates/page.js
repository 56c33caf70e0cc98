"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("on");
  const byId = (id) => document.getElementById(id);

  /* Copy a snippet; where the clipboard may not be used, select it. */
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.addEventListener("click", async () => {
      const code = byId(button.dataset.copy);
      let said = "Copied";
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        getSelection().selectAllChildren(code);
        said = "Selected: copy with Ctrl+C";
      }
      button.textContent = said;
      byId("said").textContent = said;
      setTimeout(() => { button.textContent = "Copy"; byId("said").textContent = ""; }, 2500);
    });
  }

  const table = byId("heat");
  if (!table) return;
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows];
  const find = byId("find"), only = byId("only"), by = byId("by"), clear = byId("clear");
  const order = "cxhumjwp"; // the worst first, as the table's own words have it

  /* Sorting: the page's own order is the last word between equals. */
  const collator = new Intl.Collator("en", { numeric: true });
  const nameOf = (row) => row.cells[0].querySelector("bdi").textContent;
  const valueOf = (row, column) => {
    const cell = row.cells[column], kind = heads[column].dataset.sort;
    if (kind === "mark") return order.indexOf(cell.className);
    if (kind === "number") return cell.textContent ? parseFloat(cell.textContent) : -Infinity;
    return nameOf(row);
  };
  const sort = (column, direction) => {
    const isText = heads[column].dataset.sort === "text";
    const keyed = rows.map((row, i) => ({ row, i, key: valueOf(row, column) }));
    keyed.sort((a, b) => direction * (isText ? collator.compare(a.key, b.key) : a.key === b.key ? 0 : a.key - b.key) || a.i - b.i);
    body.append(...keyed.map((k) => k.row));
    heads.forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    by.value = `${column} ${direction}`;
  };
  const option = (value, text) => {
    const made = document.createElement("option");
    made.value = value;
    made.textContent = text;
    by.append(made);
  };
  option("", "as listed");
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = -1;
    const name = head.firstChild.textContent;
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") === "ascending";
      const fresh = !head.hasAttribute("aria-sort");
      const downFirst = head.dataset.sort === "number";
      sort(column, fresh ? (downFirst ? -1 : 1) : up ? -1 : 1);
      focusOn(head);
    });
    if (head.dataset.sort === "number") {
      option(`${column} -1`, `${name}, most first`);
      option(`${column} 1`, `${name}, least first`);
    } else if (head.dataset.sort === "text") {
      option(`${column} 1`, `${name}, A to Z`);
      option(`${column} -1`, `${name}, Z to A`);
    } else {
      option(`${column} 1`, `${name}, worst first`);
      option(`${column} -1`, `${name}, best first`);
    }
  });
  by.addEventListener("change", () => {
    if (by.value) sort(...by.value.split(" ").map(Number));
    else { body.append(...rows); heads.forEach((head) => head.removeAttribute("aria-sort")); }
  });
  by.value = "";

  /* Filtering, by name, by what is wrong, and by a cause. */
  let cause = null;
  const isWrong = (row) => "e" in row.dataset || !!row.querySelector("td.c, td.x, td.h, td.u, td.m, td.j");
  const kept = {
    "": () => true,
    wrong: isWrong,
    right: (row) => !isWrong(row),
    flagged: (row) => "f" in row.dataset,
    error: (row) => "e" in row.dataset,
  };
  const filter = () => {
    const text = find.value.trim().toLocaleLowerCase();
    let count = 0;
    for (const row of rows) {
      const shown = kept[only.value](row)
        && (!text || nameOf(row).toLocaleLowerCase().includes(text))
        && (cause === null || (row.dataset.k || "").split(" ").includes(cause));
      row.hidden = !shown;
      count += shown;
    }
    byId("count").textContent = `${count} of ${rows.length} shown`;
    byId("none").hidden = count > 0;
    clear.hidden = cause === null;
    stop(firstShown());
  };
  find.addEventListener("input", filter);
  only.addEventListener("change", filter);
  clear.addEventListener("click", () => { cause = null; filter(); find.focus(); });
  for (const button of document.querySelectorAll("button[data-cause]")) {
    button.addEventListener("click", () => {
      cause = button.dataset.cause;
      find.value = only.value = "";
      clear.textContent = `✕ ${button.closest("li").querySelector(".cause > p").textContent}`;
      filter();
      byId("table").scrollIntoView();
      clear.focus({ preventScroll: true });
    });
  }

  /* The keyboard: one stop of Tab for the whole table, arrows inside of it, Enter opens. */
  table.setAttribute("role", "grid");
  table.closest(".scroll").removeAttribute("tabindex");
  for (const link of body.querySelectorAll("a")) link.tabIndex = -1;
  let place = null;
  const target = (cell) => cell.querySelector("a, button") || cell;
  const stop = (cell) => {
    if (place) target(place).tabIndex = -1;
    place = cell;
    if (place) target(place).tabIndex = 0;
  };
  const firstShown = () => (rows.length ? (([...body.rows].find((r) => !r.hidden) || table.tHead.rows[0]).cells[0]) : heads[0]);
  const focusOn = (cell) => {
    stop(cell);
    target(cell).focus();
    /* What is sticky must not hide it. */
    const box = table.closest(".scroll"), edge = heads[0].getBoundingClientRect(), at = cell.getBoundingClientRect();
    if (cell.closest("tbody")) {
      const low = table.tFoot.rows[0].cells[0].getBoundingClientRect().top;
      if (at.top < edge.bottom) box.scrollTop -= edge.bottom - at.top;
      else if (at.bottom > low) box.scrollTop += at.bottom - low;
    }
    if (cell.cellIndex && at.left < edge.right) box.scrollLeft -= edge.right - at.left;
  };
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td, th");
    if (!cell || event.altKey || event.metaKey) return;
    const line = [table.tHead.rows[0], ...[...body.rows].filter((r) => !r.hidden)];
    const at = line.indexOf(cell.parentNode), last = cell.parentNode.cells.length - 1;
    const far = line.length - 1;
    const to = {
      ArrowDown: [at + 1, cell.cellIndex], ArrowUp: [at - 1, cell.cellIndex],
      ArrowRight: [at, cell.cellIndex + 1], ArrowLeft: [at, cell.cellIndex - 1],
      Home: [event.ctrlKey ? 1 : at, 0], End: [event.ctrlKey ? far : at, last],
      PageDown: [Math.min(at + 10, far), cell.cellIndex], PageUp: [Math.max(at - 10, 0), cell.cellIndex],
    }[event.key];
    if (to) {
      event.preventDefault();
      const next = line[to[0]] && line[to[0]].cells[to[1]];
      if (next) focusOn(next);
    } else if (event.key === "Enter" && event.target === cell) open(cell);
  });
  const layerOf = (cell) => cell.dataset.to || (heads[cell.cellIndex] && heads[cell.cellIndex].dataset.to);
  const open = (cell) => {
    const link = cell.parentNode.cells[0].querySelector("a");
    const layer = layerOf(cell);
    if (link && cell.closest("tbody")) location.href = layer ? `${link.getAttribute("href").split("#")[0]}#${layer}` : link.href;
  };
  body.addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (cell && layerOf(cell)) open(cell);
  });
  body.addEventListener("mouseover", (event) => {
    const cell = event.target.closest("td");
    if (cell && layerOf(cell) && !cell.title) cell.title = `${heads[cell.cellIndex].textContent}: ${cell.textContent}`;
  });
  filter();
})();
