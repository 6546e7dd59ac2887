// Keeps an open page up to date, and spares it reloads. Everything works without it.
"use strict";

// Parts of the page are replaced by their newer selves; what has the focus or is unfolded stays so.
function replace(fresh) {
  const old = document.getElementById(fresh.id);
  if (fresh.id === "site-order") return reorder(fresh.dataset.ids);
  if (!old) {
    if (fresh.matches(".row.site")) newcomers.set(fresh.id, fresh);
    return;
  }
  if (old.outerHTML === fresh.outerHTML) return;
  const inside = old.contains(document.activeElement) ? document.activeElement : null;
  const place = inside ? [...old.querySelectorAll("a, button, summary, input")].indexOf(inside) : -1;
  const unfolded = new Set([...old.querySelectorAll("details[open]")].map((details) => nameOf(details, old)));
  old.replaceWith(fresh);
  for (const details of fresh.querySelectorAll("details")) if (unfolded.has(nameOf(details, fresh))) details.open = true;
  if (place >= 0) fresh.querySelectorAll("a, button, summary, input")[place]?.focus({ preventScroll: true });
}

// What is unfolded is known by what it would do, or else by its place: what follows a row that is gone stays folded.
function nameOf(details, part) {
  return details.querySelector("form")?.action ?? [...part.querySelectorAll("details")].indexOf(details);
}

// Rows that come before the order that they belong to.
const newcomers = new Map();
let wanted = null;

function reorder(ids) {
  wanted = ids.split(" ").filter(Boolean).map((id) => `site-${id}`);
}

function arrange() {
  const list = document.getElementById("sites");
  if (!list || !wanted) return;
  for (const row of [...list.querySelectorAll(".row.site")]) if (!wanted.includes(row.id)) row.remove();
  let missing = false;
  for (const id of wanted) {
    const row = document.getElementById(id) ?? newcomers.get(id);
    if (row) { if (row.parentNode !== list) list.append(row); } else { missing = true; }
  }
  const rows = [...list.querySelectorAll(".row.site")].map((row) => row.id);
  if (!missing && rows.join() !== wanted.join()) for (const id of wanted) list.append(document.getElementById(id));
  newcomers.clear();
  const empty = document.querySelector("main > .empty");
  if (empty && wanted.length) empty.remove();
}

function show(state, word) {
  const live = document.getElementById("live");
  if (!live || live.dataset.state === state) return;
  live.dataset.state = state;
  live.querySelector(".live-word").textContent = word;
}

if (document.body.dataset.live) {
  const source = new EventSource(document.body.dataset.live);
  source.addEventListener("open", () => show("live", "Live"));
  source.addEventListener("error", () => show("lost", "Reconnecting"));
  source.addEventListener("trouble", () => show("lost", "Server has trouble"));
  source.addEventListener("fragments", (event) => {
    show("live", "Live");
    const template = document.createElement("template");
    template.innerHTML = event.data;
    for (const fresh of [...template.content.children]) replace(fresh);
    arrange();
    tell();
  });
  window.addEventListener("pagehide", () => source.close());
}

// Times as people say them.
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
function ago(date) {
  const seconds = (date - Date.now()) / 1000;
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return Math.abs(seconds) < 5 ? "just now" : relative.format(Math.trunc(seconds), "second");
}
function tell() {
  for (const time of document.querySelectorAll("time[data-axis]")) {
    const date = new Date(time.dateTime);
    time.textContent = time.dataset.axis === "day" ? date.toLocaleDateString([], { month: "short", day: "numeric" })
      : date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  }
  for (const time of document.querySelectorAll("time[data-relative], time[data-clock]")) {
    const date = new Date(time.dateTime);
    const isToday = date.toDateString() === new Date().toDateString();
    const text = "relative" in time.dataset ? ago(date)
      : isToday ? date.toLocaleTimeString() : date.toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
    if (time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = date.toLocaleString();
  }
}
tell();
setInterval(tell, 1000);

// Forms that only do something are sent without leaving the page.
let toastTimer;
function toast(text, isBad) {
  const element = document.getElementById("toast");
  element.textContent = text;
  element.toggleAttribute("data-bad", Boolean(isBad));
  element.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { element.hidden = true; }, isBad ? 6000 : 2500);
}
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("quiet" in form.dataset) || !window.EventSource || !document.body.dataset.live) return;
  event.preventDefault();
  try {
    const response = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual",
      headers: { Accept: "application/problem+json" },
    });
    if (response.type === "opaqueredirect" || response.ok) return toast(form.dataset.quiet);
    const problem = await response.json();
    toast(problem.detail ?? "That did not work.", true);
  } catch {
    toast("The server can't be reached.", true);
  }
});

// The settings of the chosen type of channel alone.
for (const form of document.querySelectorAll("form[data-types]")) {
  const select = form.querySelector("select[name=type]");
  const choose = () => {
    for (const fields of form.querySelectorAll("fieldset[data-type]")) fields.hidden = fields.dataset.type !== select.value;
  };
  select.addEventListener("change", choose);
  choose();
}

// Single keys, which can be turned off: who dictates would press them without meaning to.
const keys = document.getElementById("keys");
const keysOn = document.getElementById("keys-on");
keysOn.checked = localStorage.getItem("keys") !== "off";
keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));
const showKeys = document.getElementById("show-keys");
showKeys.hidden = false;
showKeys.addEventListener("click", () => keys.showModal());

function step(by) {
  const links = [...document.querySelectorAll(".row h2 a")];
  if (!links.length) return;
  const row = document.activeElement?.closest(".row");
  const place = row ? links.findIndex((link) => row.contains(link)) : by > 0 ? -1 : links.length;
  links[Math.min(Math.max(place + by, 0), links.length - 1)].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const open of document.querySelectorAll("details.confirm[open]")) open.open = false;
  if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "")) return;
  if (event.key === "?") return keys.showModal();
  if (!keysOn.checked) return;
  if (event.key === "j") step(1);
  if (event.key === "k") step(-1);
  const search = document.getElementById("search");
  if (event.key === "/" && search) { event.preventDefault(); search.focus(); }
});
