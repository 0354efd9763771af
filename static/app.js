"use strict";

// What htmx leaves to the page: polling only while somebody looks, asking before what is final,
// showing what came of an action, and never losing the focus.

const POLL_MILLISECONDS = 4000;
const SECOND_PRESS_MILLISECONDS = 500;
const SAME_PLACE_PIXELS = 16;

const region = () => document.getElementById("region");
const outcome = () => document.getElementById("outcome");

// The second press of a double click was meant for the button that stood there before.
let lastPress = { button: null, id: "", at: -Infinity, x: 0, y: 0 };
const isSecondPress = (event, button) =>
  event.detail > 0
  && button.id !== lastPress.id
  && event.timeStamp - lastPress.at < SECOND_PRESS_MILLISECONDS
  && Math.hypot(event.clientX - lastPress.x, event.clientY - lastPress.y) < SAME_PLACE_PIXELS;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-outcome]");
  if (!button) return;
  if (isSecondPress(event, button)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  lastPress = { button, id: button.id, at: event.timeStamp, x: event.clientX, y: event.clientY };
}, true);

// Polling

const refresh = () => {
  if (!document.hidden && region()?.dataset.version) htmx.trigger(region(), "refresh");
};
setInterval(refresh, POLL_MILLISECONDS);
document.addEventListener("visibilitychange", refresh);

document.addEventListener("htmx:configRequest", (event) => {
  const { elt, headers } = event.detail;
  if (elt.dataset.version) headers["If-None-Match"] = `"${elt.dataset.version}"`;
});

// Asking before what is final

document.addEventListener("htmx:confirm", (event) => {
  const { question, consequence } = event.detail.elt.dataset;
  if (!question) return;
  event.preventDefault();
  const dialog = document.getElementById("question");
  document.getElementById("question-title").textContent = question;
  document.getElementById("question-text").textContent = consequence;
  document.getElementById("question-yes").textContent = event.detail.elt.textContent;
  dialog.returnValue = "no";
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") event.detail.issueRequest(true);
  };
  dialog.showModal();
});

// What came of an action

const showNoAnswer = () => {
  outcome().replaceChildren(document.getElementById("no-answer").content.cloneNode(true));
  outcome().firstElementChild.focus({ preventScroll: true });
};

const placeFocus = (button) => {
  const refusal = outcome().querySelector(".refused");
  if (refusal) refusal.focus({ preventScroll: true });
  else if (document.activeElement === document.body || !document.activeElement.isConnected) {
    const place = document.getElementById(button.dataset.row) ?? outcome().firstElementChild;
    place?.focus({ preventScroll: true });
  }
};

const showOutcome = async (button) => {
  await htmx.ajax("GET", button.dataset.outcome, { target: "#outcome", swap: "innerHTML" });
  placeFocus(button);
};

const isAction = (element) => element.dataset?.outcome !== undefined;

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr } = event.detail;
  if (!isAction(elt) || xhr.status === 401) return;
  if (xhr.status === 0 || xhr.status >= 500) showNoAnswer();
  else showOutcome(elt);
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id === "region" && lastPress.button) placeFocus(lastPress.button);
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-dismiss]")) return;
  outcome().replaceChildren();
  const { button } = lastPress;
  const place = button?.isConnected ? button : document.getElementById(button?.dataset.row);
  (place ?? document.getElementById("main")).focus();
});

// The connection

const tellConnection = (text) => {
  const line = document.getElementById("connection");
  if (line && line.textContent !== text) line.textContent = text;
};
const LOST = "The server does not answer. This page may be out of date; trying again.";

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt.id === "region") tellConnection(event.detail.xhr.status ? "" : LOST);
});

// Copying a key

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    document.getElementById("copied").textContent = "Copied.";
  } catch {
    document.getElementById("copied").textContent = "It is selected: copy it with your keyboard.";
  }
});
