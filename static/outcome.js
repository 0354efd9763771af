// What came of an action: told in a panel that takes the focus, and gives it back.

const UNDO_MILLISECONDS = 15000;
const SECOND_PRESS_MILLISECONDS = 500;
const SAME_PLACE_PIXELS = 16;

let lastPress = { button: null, id: "", at: -Infinity, x: 0, y: 0 };
let rowInFocus = null;

const outcome = () => document.getElementById("outcome");
export const panel = () => outcome()?.firstElementChild;

// Presses

// The second press of a double click was meant for the button that stood there before.
const isSecondPress = (event, button) =>
  event.detail > 0
  && button.id !== lastPress.id
  && event.timeStamp - lastPress.at < SECOND_PRESS_MILLISECONDS
  && Math.hypot(event.clientX - lastPress.x, event.clientY - lastPress.y) < SAME_PLACE_PIXELS;

export const notePress = (button, event) => {
  lastPress = { button, id: button.id, at: event.timeStamp, x: event.clientX, y: event.clientY };
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-outcome]");
  if (!button) return;
  if (isSecondPress(event, button)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  notePress(button, event);
}, true);

// The panel

export const focusPanel = () => panel().focus({ preventScroll: true });

export const showNoAnswer = () => {
  outcome().replaceChildren(document.getElementById("no-answer").content.cloneNode(true));
  focusPanel();
};

// Where somebody was who pressed a button: on it if it is still there, or else in its row.
const placeOf = (button) =>
  [button?.id, button?.dataset.row, "main"]
    .map((id) => document.getElementById(id))
    .find((place) => place?.checkVisibility());

// The panel takes the focus, so that what it offers is one Tab away; dismissing it gives it back.
// What is pressed again and again keeps the focus where it went well.
export const showOutcome = async (button, status = "") => {
  const address = new URL(button.dataset.outcome, location.href);
  address.searchParams.set("answer", status);
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return showNoAnswer();
  outcome().innerHTML = await answer.text();
  htmx.process(outcome());
  if ("keepsFocus" in button.dataset && status < 300) placeOf(button).focus({ preventScroll: true });
  else focusPanel();
  offerUndoForAWhile();
};

// What is undone later is undone from the history.
const offerUndoForAWhile = () => {
  const undo = outcome().querySelector("[data-undo]");
  setTimeout(() => {
    if (!undo?.isConnected) return;
    const hadFocus = document.activeElement === undo;
    undo.remove();
    if (hadFocus) focusPanel();
  }, UNDO_MILLISECONDS);
};

// The server answers again: what was left open is told.
export const showWhatWasLeftOpen = () => {
  const { button } = lastPress;
  if (panel()?.matches("[data-no-answer]") && button?.dataset.outcome) showOutcome(button);
};

// A panel that answers a form of a panel takes the focus as the first one did.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.requestConfig.elt.matches(".reason")) focusPanel();
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
  if (event.key === "Escape" && !asks && panel()) dismiss();
});

// A button that a swap takes away hands its focus to the name of its row.
document.addEventListener("htmx:beforeSwap", () => {
  rowInFocus = document.activeElement?.dataset.row ?? null;
});
document.addEventListener("htmx:afterSettle", () => {
  if (rowInFocus && document.activeElement === document.body) {
    document.getElementById(rowInFocus)?.focus({ preventScroll: true });
  }
});
