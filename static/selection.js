// Selected rows: kept through every swap of the table, and changed together after a dialog that
// says what would happen.

import { focusPanel, notePress, offerUndoForAWhile, panel, showFailure } from "./outcome.js";

const chosen = new Set();
const boxes = () => [...document.querySelectorAll('#region input[name="selected"]')];
const bar = () => document.getElementById("bulk-bar");
const dialog = () => document.getElementById("bulk");

const showSelection = () => {
  const shown = boxes();
  const present = new Set(shown.map((box) => box.value));
  for (const id of chosen) if (!present.has(id)) chosen.delete(id);
  for (const box of shown) box.checked = chosen.has(box.value);
  const all = document.getElementById("select-all");
  if (all) {
    all.checked = chosen.size > 0 && chosen.size === shown.length;
    all.indeterminate = chosen.size > 0 && chosen.size < shown.length;
  }
  if (!bar()) return;
  const hadFocus = bar().contains(document.activeElement);
  bar().hidden = chosen.size === 0;
  const count = document.getElementById("selected-count");
  const text = chosen.size === 1 ? "1 selected" : `${chosen.size} selected`;
  if (count.textContent !== text) count.textContent = text;
  if (hadFocus && bar().hidden) (all ?? document.getElementById("main")).focus();
};

const select = (box, isChosen) => {
  if (isChosen) chosen.add(box.value);
  else chosen.delete(box.value);
};

document.addEventListener("change", ({ target }) => {
  if (target.name === "selected") select(target, target.checked);
  else if (target.id === "select-all") boxes().forEach((box) => select(box, target.checked));
  else return;
  bar()?.classList.remove("told");
  showSelection();
});

const askAboutMany = (status) => {
  const ids = boxes()
    .map((box) => box.value)
    .filter((id) => chosen.has(id));
  htmx.ajax("POST", bar().dataset.preview, {
    target: "#bulk",
    swap: "innerHTML",
    values: { ids, status },
    source: "#bulk-bar",
  });
};

document.addEventListener("click", (event) => {
  const { target } = event;
  if (target.closest("#select-none")) {
    chosen.clear();
    showSelection();
  }
  if (target.closest("[data-close]")) target.closest("dialog").close();
  const opener = target.closest("[data-bulk]");
  if (!opener) return;
  notePress(opener, event);
  askAboutMany(opener.dataset.bulk);
});

// An answer of 401 leads to the sign-in page.
const isOf = (detail, selector) =>
  detail.requestConfig.elt.matches(selector) && detail.xhr.status !== 401;

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!isOf(detail, "#bulk-bar")) return;
  if (!detail.successful) showFailure(detail.xhr);
  else if (!dialog().open) {
    dialog().showModal();
    dialog().scrollTop = 0;
  }
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!isOf(detail, "[data-bulk-change]")) return;
  dialog().close();
  if (!detail.successful) return showFailure(detail.xhr);
  chosen.clear();
  panel()
    .dataset.remaining.split(" ")
    .filter(Boolean)
    .forEach((id) => chosen.add(id));
  bar().classList.add("told");
  showSelection();
  offerUndoForAWhile();
  focusPanel();
});

document.addEventListener("htmx:afterSettle", showSelection);
document.addEventListener("DOMContentLoaded", showSelection);
