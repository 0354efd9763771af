// The live region: asked for while somebody looks, fetched after an action, and told when it is lost.

import { showThatItPassed, showWhatWasLeftOpen } from "./outcome.js";

const POLL_MILLISECONDS = 4000;
const LOST = "The server does not answer. This page may be out of date; trying again.";
const UNKNOWN = "The server cannot say what is so. This page may be out of date; trying again.";

const region = () => document.getElementById("region");
let isLeaving = false;

// A form that is on its way stays as it is: pressed again, it is the same request.
window.addEventListener("submit", ({ defaultPrevented }) => {
  isLeaving ||= !defaultPrevented;
});

const refresh = () => {
  if (!isLeaving && !document.hidden && region()?.dataset.version)
    htmx.trigger(region(), "refresh");
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

// The connection

const connection = () => document.getElementById("connection");
const tellConnection = (text) => {
  const line = connection();
  if (line && line.textContent !== text) line.textContent = text;
};
const tellLost = (event) => {
  if (event.detail.elt.id === "region") tellConnection(LOST);
};
document.addEventListener("htmx:sendError", tellLost);
document.addEventListener("htmx:timeout", tellLost);

document.addEventListener("htmx:afterRequest", (event) => {
  const {
    elt,
    xhr: { status },
  } = event.detail;
  // Without a status it was lost, which is told above, or given up for another.
  if (elt.id !== "region" || status === 0) return;
  if (status === 403 || status === 404) location.reload();
  const wasLost = Boolean(connection()?.textContent);
  const isLost = status >= 500;
  tellConnection(isLost ? UNKNOWN : "");
  if (isLost) return;
  showWhatWasLeftOpen();
  if (wasLost) showThatItPassed();
});
