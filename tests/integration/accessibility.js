// What a page must have for everybody who reads it, as a list of faults; run inside the page by test_board_browser.py.
() => {
  const faults = [];
  const shown = (one) => one.checkVisibility({ visibilityProperty: true });
  const say = (what, one) => faults.push(what + ": " + one.outerHTML.slice(0, 100));
  const named = (one) => (one.getAttribute("aria-label") || one.innerText || (one.labels && one.labels.length && one.labels[0].innerText) || "").trim();

  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title) faults.push("no title");
  for (const landmark of ["main", "header", "footer", "nav[aria-label]"]) if (!document.querySelector(landmark)) faults.push("no " + landmark);
  if (document.querySelectorAll("main").length !== 1 || document.querySelectorAll("h1").length !== 1) faults.push("not one main and one h1");

  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) say("a level of headings is left out", heading);
    if (!heading.innerText.trim()) say("an empty heading", heading);
    level = own;
  }
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  if (new Set(ids).size !== ids.length) faults.push("an id twice: " + ids);
  for (const one of document.querySelectorAll("[aria-labelledby]"))
    if (!document.getElementById(one.getAttribute("aria-labelledby"))) say("named by nothing", one);
  for (const one of document.querySelectorAll("a, button, select, textarea, input:not([type=hidden])")) if (!named(one)) say("without a name", one);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption || !table.caption.textContent.trim()) say("a table without a caption", table);
    for (const head of table.querySelectorAll("th")) if (!head.scope) say("a header of nothing", head);
    for (const row of table.querySelectorAll("tbody tr")) if (!row.querySelector("th[scope=row]")) say("a row without a header", row);
  }
  for (const image of document.querySelectorAll("img:not([alt])")) say("an image without words", image);

  const parts = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = (colour) => {
    const [red, green, blue] = parts(colour).map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (one) => {
    for (let here = one; here; here = here.parentElement) {
      const colour = getComputedStyle(here).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !shown(one) || one.closest(".skip, .hidden")) continue;
    const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) say("contrast " + ((a + 0.05) / (b + 0.05)).toFixed(2), one);
  }
  return faults;
}
