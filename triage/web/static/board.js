// The board works without this. It counts down what is due, fetches the page anew while nobody is typing, and moves with j and k.
"use strict";

const EVERY_MS = 30000;
const skew = Date.parse(document.body.dataset.now || new Date().toISOString()) - Date.now();

function spanWords(ms) {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24, minutes = Math.floor(seconds / 60) % 60;
  const parts = [days ? days + (days === 1 ? " day" : " days") : "", hours ? hours + " h" : "", minutes ? minutes + " min" : ""];
  return parts.filter(Boolean).slice(0, 2).join(" ") || (seconds % 60) + " s";
}

function countDown() {
  const now = Date.now() + skew;
  for (const time of document.querySelectorAll("time[data-until]")) {
    const left = Date.parse(time.dateTime) - now;
    time.textContent = left > 0 ? "in " + spanWords(left) : spanWords(left) + " ago";
    time.classList.toggle("late", left <= 0 || time.classList.contains("late"));
  }
}

function isBusy() {
  const held = document.activeElement;
  const typing = held && held.matches("input, select, textarea, button");
  const changed = [...document.querySelectorAll("main input:not([type=hidden]), main textarea")].some((one) => one.value !== one.defaultValue);
  return document.hidden || typing || changed || !getSelection().isCollapsed;
}

async function refresh() {
  if (isBusy()) return;
  try {
    const address = new URL(location.href);
    address.searchParams.delete("did");
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" }, redirect: "manual" });
    if (!answer.ok) return lost(answer.status ? "triage answers " + answer.status : "load it again");
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const focused = document.activeElement && document.activeElement.getAttribute("href");
    document.querySelector(".lost")?.remove();
    if (isBusy()) return;
    for (const part of ["main", ".foot"]) {
      const here = document.querySelector(part), there = fresh.querySelector(part);
      if (here && there) here.replaceChildren(...document.importNode(there, true).childNodes);
    }
    document.title = fresh.title;
    if (focused) {
      const again = [...document.querySelectorAll("main a")].find((one) => one.getAttribute("href") === focused && one.tabIndex >= 0);
      if (again) again.focus({ preventScroll: true });
    }
    countDown();
  } catch (error) {
    lost("triage does not answer"); // The next turn tries again.
  }
}

// A page that cannot be fetched anew goes on counting down: whoever looks must know that it is old.
function lost(why) {
  document.querySelector(".lost")?.remove();
  const told = document.createElement("p"), at = document.querySelector(".foot time");
  told.className = "lost bar urgent";
  told.setAttribute("role", "alert");
  told.textContent = "Not up to date: " + why + ". What you see is of " + at.textContent + " UTC.";
  document.querySelector("main").prepend(told);
}

function move(step) {
  const items = [...document.querySelectorAll("main a.item")];
  if (!items.length) return;
  const at = items.indexOf(document.activeElement);
  items[Math.min(Math.max(at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step, 0), items.length - 1)].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select, textarea")) return;
  if (event.key === "j") move(1);
  if (event.key === "k") move(-1);
});

countDown();
setInterval(countDown, 1000);
setInterval(refresh, EVERY_MS);
