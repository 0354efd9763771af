"use strict";

// Selected rows: kept through every swap of the table, and changed together after a dialog that
// says what would happen.

const chosen = new Set();
const boxes = () => [...document.querySelectorAll('#region input[name="selected"]')];
const bulkBar = () => document.getElementById("bulk-bar");
const bulkDialog = () => document.getElementById("bulk");
let bulkOpener = null;

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
  if (!bulkBar()) return;
  const hadFocus = bulkBar().contains(document.activeElement);
  bulkBar().hidden = chosen.size === 0;
  const count = document.getElementById("selected-count");
  const text = chosen.size === 1 ? "1 selected" : `${chosen.size} selected`;
  if (count.textContent !== text) count.textContent = text;
  if (hadFocus && bulkBar().hidden) (all ?? document.getElementById("main")).focus();
};

const select = (box, isChosen) => {
  if (isChosen) chosen.add(box.value);
  else chosen.delete(box.value);
};

document.addEventListener("change", ({ target }) => {
  if (target.name === "selected") select(target, target.checked);
  else if (target.id === "select-all") boxes().forEach((box) => select(box, target.checked));
  else return;
  showSelection();
});

document.addEventListener("click", async ({ target }) => {
  if (target.closest("#select-none")) {
    chosen.clear();
    showSelection();
  }
  const opener = target.closest("[data-bulk]");
  if (opener) await askAboutMany(opener);
  if (target.closest("[data-close]")) target.closest("dialog").close();
});

const askAboutMany = async (opener) => {
  bulkOpener = opener;
  const ids = boxes().map((box) => box.value).filter((id) => chosen.has(id));
  const values = { ids, status: opener.dataset.bulk };
  bulkDialog().replaceChildren();
  await htmx.ajax("POST", bulkBar().dataset.preview, { target: "#bulk", swap: "innerHTML", values, source: "#bulk-bar" });
  if (bulkDialog().firstElementChild) bulkDialog().showModal();
  else showNoAnswer();
};

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.requestConfig.elt.matches("[data-bulk-change]")) return;
  bulkDialog().close();
  const remaining = outcome().firstElementChild?.dataset.remaining;
  if (!detail.successful || remaining === undefined) return showNoAnswer();
  chosen.clear();
  remaining.split(" ").filter(Boolean).forEach((id) => chosen.add(id));
  showSelection();
  lastPress.button = bulkOpener;
  outcome().firstElementChild.focus({ preventScroll: true });
});

document.addEventListener("htmx:afterSettle", showSelection);
document.addEventListener("DOMContentLoaded", showSelection);
