"use strict";

// What htmx leaves to the page: polling only while somebody looks, asking before what is final,
// showing what came of an action, and never losing the focus.

const POLL_MILLISECONDS = 4000;
const UNDO_MILLISECONDS = 15000;
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

// "Unchanged" may be half a second late: the timed poll asks for it, but nobody who has just acted.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, headers, triggeringEvent } = event.detail;
  if (triggeringEvent?.type === "refresh") headers["If-None-Match"] = `"${elt.dataset.version}"`;
});

// What somebody has just done is shown at once: it does not wait for a poll that is on its way.
document.addEventListener("experiments-changed", () => htmx.trigger(region(), "htmx:abort"), true);

// Asking before what is final

const ask = ({ question, consequence, asksOutcome }, verb, proceed) => {
  const dialog = document.getElementById("question");
  document.getElementById("question-title").textContent = question;
  document.getElementById("question-text").textContent = consequence;
  document.getElementById("question-yes").textContent = verb;
  document.getElementById("question-ending").hidden = asksOutcome === undefined;
  dialog.querySelector("form").reset();
  dialog.returnValue = "no";
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") proceed();
  };
  dialog.showModal();
};

document.addEventListener("htmx:confirm", (event) => {
  const { elt, issueRequest } = event.detail;
  if (!elt.dataset.question) return;
  event.preventDefault();
  // A colleague may have changed the experiment meanwhile, and its button is gone: say so.
  ask(elt.dataset, elt.textContent, () => {
    if (elt.isConnected) issueRequest(true);
    else showOutcome(elt);
  });
});

// How it ended, and why, go along with what was asked for.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (elt.dataset.asksOutcome === undefined) return;
  const said = new FormData(document.querySelector("#question form"));
  for (const [name, value] of said) if (value) parameters[name] = value;
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.question) return;
  event.preventDefault();
  ask(form.dataset, form.dataset.verb, () => form.submit());
});

// What came of an action

const showNoAnswer = () => {
  outcome().replaceChildren(document.getElementById("no-answer").content.cloneNode(true));
  outcome().firstElementChild.focus({ preventScroll: true });
};

// Where somebody was who pressed a button: on it if it is still there, or else in its row.
const placeOf = (button) =>
  [button?.id, button?.dataset.row, "main"]
    .map((id) => document.getElementById(id))
    .find((place) => place?.checkVisibility());

// The panel takes the focus, so that what it offers is one Tab away; dismissing it gives it back.
// What is pressed again and again keeps the focus where it went well.
const showOutcome = async (button, status = "") => {
  const address = new URL(button.dataset.outcome, location.href);
  address.searchParams.set("answer", status);
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return showNoAnswer();
  outcome().innerHTML = await answer.text();
  htmx.process(outcome());
  const stays = "keepsFocus" in button.dataset && status < 300;
  (stays ? placeOf(button) : outcome().firstElementChild).focus({ preventScroll: true });
  offerUndoForAWhile();
};

// What is undone later is undone from the history.
const offerUndoForAWhile = () => {
  const undo = outcome().querySelector("[data-undo]");
  setTimeout(() => {
    if (!undo?.isConnected) return;
    const hadFocus = document.activeElement === undo;
    undo.remove();
    if (hadFocus) outcome().firstElementChild.focus({ preventScroll: true });
  }, UNDO_MILLISECONDS);
};

// A panel that answers a form of a panel takes the focus as the first one did.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.requestConfig.elt.matches(".reason")) outcome().firstElementChild.focus();
});

// A poll may have replaced the button before its answer came: the request still knows it.
document.addEventListener("htmx:afterRequest", (event) => {
  const { requestConfig, xhr } = event.detail;
  const button = requestConfig.elt;
  if (button.dataset.outcome === undefined || xhr.status === 401) return;
  // It was pressed on what is not so any more: this page shows what is.
  if (xhr.status === 409 || xhr.status === 412) htmx.trigger(document.body, "experiments-changed");
  if (xhr.status === 0) showNoAnswer();
  else showOutcome(button, xhr.status);
});

const dismiss = () => {
  outcome().replaceChildren();
  placeOf(lastPress.button).focus();
};
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) dismiss();
});
document.addEventListener("keydown", (event) => {
  const asks = document.getElementById("question")?.open;
  if (event.key === "Escape" && !asks && outcome()?.firstElementChild) dismiss();
});

// A button that a swap takes away hands its focus to the name of its row.
let rowInFocus = null;
document.addEventListener("htmx:beforeSwap", () => {
  rowInFocus = document.activeElement?.dataset.row ?? null;
});
document.addEventListener("htmx:afterSettle", () => {
  if (rowInFocus && document.activeElement === document.body) {
    document.getElementById(rowInFocus)?.focus({ preventScroll: true });
  }
});

// The connection

const tellConnection = (text) => {
  const line = document.getElementById("connection");
  if (line && line.textContent !== text) line.textContent = text;
};
const LOST = "The server does not answer. This page may be out of date; trying again.";

const tellLost = (event) => {
  if (event.detail.elt.id === "region") tellConnection(LOST);
};
document.addEventListener("htmx:sendError", tellLost);
document.addEventListener("htmx:timeout", tellLost);

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr: { status } } = event.detail;
  // Without a status it was lost, which is told above, or given up for another.
  if (elt.id !== "region" || status === 0) return;
  if (status === 403 || status === 404) location.reload();
  const isLost = status >= 500;
  tellConnection(isLost ? LOST : "");
  if (!isLost && outcome()?.querySelector("[data-no-answer]")) showOutcome(lastPress.button);
});

// Copying a field

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  const told = button.closest(".copy").querySelector("[role='status']");
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    told.textContent = "Copied.";
  } catch {
    told.textContent = "It is selected: copy it with your keyboard.";
  }
});
