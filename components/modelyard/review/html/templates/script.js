"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  // The theme: that of the system, until somebody wants the other one.
  const toggle = byId("theme");
  const asked = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (asked.matches ? "dark" : "light")) === "dark";
  const label = () => { toggle.textContent = isDark() ? "Light" : "Dark"; };
  toggle.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  asked.addEventListener("change", label);
  label();
  toggle.setAttribute("aria-description", "changes the colours of this page");
  toggle.hidden = false;

  // The resources: every word has to be found, and every choice has to hold.
  const form = byId("choose"), words = byId("words"), count = byId("count");
  const body = byId("all").tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));
  const choices = [...form.querySelectorAll("select")];
  const show = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, text } of rows) {
      const fits = wanted.every((word) => text.includes(word)) &&
        choices.every((each) => !each.value || row.dataset[each.dataset.column] === each.value);
      row.classList.toggle("out", !fits);
      shown += fits;
    }
    count.value = shown === rows.length ? `${shown} resources` : `${shown} of ${rows.length} resources`;
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  show();

  // The order: a heading that is pressed sorts, and once more turns it round.
  const headings = [...document.querySelectorAll("#all th[data-sort]")];
  const sort = (heading) => {
    const column = headings.indexOf(heading);
    const down = heading.ariaSort === "ascending";
    const value = ({ row }) => row.cells[column].textContent.trim();
    rows.sort((a, b) => value(a).localeCompare(value(b), "en", { numeric: true }) * (down ? -1 : 1));
    body.append(...rows.map(({ row }) => row));
    for (const each of headings) each.ariaSort = null;
    heading.ariaSort = down ? "descending" : "ascending";
  };
  for (const heading of headings) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sort(heading));
    heading.replaceChildren(button);
  }

  // Paper unfolds nothing by itself.
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details")) each.open = true;
  });
})();
