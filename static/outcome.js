// What came of an action: told in a panel that takes the focus, and gives it back.

const UNDO_MILLISECONDS = 15000;
const SECOND_PRESS_MILLISECONDS = 500;
const SAME_PLACE_PIXELS = 16;

let lastPress = { button: null, id: "", at: -Infinity, x: 0, y: 0 };
let shown = 0;
let rowInFocus = null;
let idInFocus = "";
// A press whose outcome could not be shown, and its answer as far as that came.
let leftOpen = null;

const outcome = () => document.getElementById("outcome");
export const panel = () => outcome()?.firstElementChild;

// Presses

// The second press of a double click was meant for the button that stood there before, or is for one
// that has its answer already. What is pressed once more is no double click.
const isSecondPress = (event, button) =>
  event.detail > (button.id === lastPress.id ? 1 : 0)
  && event.timeStamp - lastPress.at < SECOND_PRESS_MILLISECONDS
  && Math.hypot(event.clientX - lastPress.x, event.clientY - lastPress.y) < SAME_PLACE_PIXELS;

// `button` is where the focus goes back to, `pressed` what was pressed.
export const notePress = (button, event, pressed = button) => {
  lastPress = { button, id: pressed.id, at: event.timeStamp, x: event.clientX, y: event.clientY };
};

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest(
      "[data-outcome], [data-panel], [data-panel] button, [data-bulk-change], [data-bulk-change] button",
    );
    if (!button) return;
    if (isSecondPress(event, button)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const stays = button.matches("[data-outcome], [data-panel]:not([data-undo])");
    notePress(stays ? button : lastPress.button, event, button);
  },
  true,
);

// The panel

export const focusPanel = () => panel().focus({ preventScroll: true });

const showTemplate = (id) =>
  outcome().replaceChildren(document.getElementById(id).content.cloneNode(true));

const showNoAnswer = (left = null) => {
  leftOpen = left;
  showTemplate(left?.answer.status ? "not-told" : "no-answer");
  focusPanel();
};

// What an answer that is an error says: one of the status endpoints, or a page.
const saidBy = ({ responseText }) => {
  try {
    const { detail, error } = JSON.parse(responseText);
    return detail ?? error;
  } catch {
    const page = new DOMParser().parseFromString(responseText, "text/html");
    return page.querySelector("main h1 + p")?.textContent;
  }
};

// The server itself says so. A proxy that cannot reach it does not know.
const isNothingDone = (xhr) =>
  xhr.status === 503 && String(saidBy(xhr)).includes("Nothing was done");

// Nor has one answered that says neither what it did nor why not.
const isWithoutAnswer = (xhr) =>
  xhr.status === 0 || (xhr.status >= 502 && !xhr.getResponseHeader("Refusal-Reason"));

export const showFailure = (xhr) => {
  if (xhr.status === 0 || (xhr.status >= 500 && !isNothingDone(xhr))) return showNoAnswer();
  showTemplate("not-done");
  const said = saidBy(xhr);
  if (said) panel().querySelector("[data-why]").textContent = said;
  panel().toggleAttribute("data-passes", isNothingDone(xhr));
  focusPanel();
};

// Where somebody was who pressed a button: on it if it is still there, or else in its row.
const placeOf = (button) =>
  [button?.id, button?.dataset.row, "main"]
    .map((id) => document.getElementById(id))
    .find((place) => place?.checkVisibility());

// The panel takes the focus, so that what it offers is one Tab away; dismissing it gives it back.
// What is pressed again and again keeps the focus where it went well.
// `answer` is what the server decided, as it said it: the panel is drawn from that, however things
// are by then. Without one, the panel says how things are now.
export const showOutcome = async (button, answer = {}) => {
  const number = ++shown;
  const text = await outcomeOf(button, answer);
  // Somebody has acted again meanwhile: what came of that is the later news.
  if (number !== shown) return;
  if (text === null) return showNoAnswer({ button, answer });
  show(text);
  if ("keepsFocus" in button.dataset && answer.status < 300)
    placeOf(button).focus({ preventScroll: true });
  else focusPanel();
};

const outcomeOf = async (button, answer) => {
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
  const told = { method: "POST", headers, body: new URLSearchParams(answer) };
  const panel = await fetch(button.dataset.outcome, told).catch(() => null);
  return panel?.ok ? panel.text() : null;
};

// A change is told from its entry in the history, and a refusal from what the answer says of it.
const answerOf = (xhr) => ({
  status: xhr.status,
  entry: xhr.getResponseHeader("History-Entry") ?? "",
  reason: xhr.getResponseHeader("Refusal-Reason") ?? "",
  was: xhr.getResponseHeader("Experiment-Status") ?? "",
  body: xhr.responseText,
});

const show = (text) => {
  // What was told as the page opened is not so any more: a draft that nobody sees is live.
  for (const told of document.querySelectorAll("[data-told]")) told.remove();
  outcome().innerHTML = text;
  htmx.process(outcome());
  offerUndoForAWhile();
};

// What is undone later is undone from the history.
export const offerUndoForAWhile = () => {
  const undo = outcome().querySelector("[data-undo]");
  setTimeout(() => {
    // One that was pressed in time waits for its answer.
    if (!undo?.isConnected || undo.matches(".htmx-request")) return;
    const hadFocus = document.activeElement === undo;
    undo.remove();
    if (hadFocus) focusPanel();
  }, UNDO_MILLISECONDS);
};

// The server answers again: what was left open is told, to whoever may be elsewhere by now.
export const showWhatWasLeftOpen = async () => {
  const open = panel();
  if (!open?.matches("[data-no-answer]")) return;
  const text = leftOpen && (await outcomeOf(leftOpen.button, leftOpen.answer));
  if ((leftOpen && text === null) || panel() !== open) return;
  const hadFocus = open.contains(document.activeElement);
  if (leftOpen) show(text);
  else showTemplate("answer-lost");
  if (hadFocus) focusPanel();
};

// What kept the server from doing anything is over: its reason is not so any more.
export const showThatItPassed = () => {
  const open = panel();
  if (!open?.matches("[data-passes]")) return;
  const hadFocus = open.contains(document.activeElement);
  showTemplate("passed");
  if (hadFocus) focusPanel();
};

// A reason that is kept, or not, is told where the focus is.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.requestConfig.elt.matches(".reason") || detail.xhr.status === 401) return;
  if (detail.successful) panel().querySelector(".reason").focus();
  else showFailure(detail.xhr);
});

// A poll may have replaced the button before its answer came: the request still knows it.
document.addEventListener("htmx:afterRequest", (event) => {
  const { requestConfig, xhr } = event.detail;
  const button = requestConfig.elt;
  if (button.dataset.outcome === undefined || xhr.status === 401) return;
  // It was pressed on what is not so any more: this page shows what is.
  if (xhr.status === 409 || xhr.status === 412) htmx.trigger(document.body, "experiments-changed");
  if (isNothingDone(xhr)) showFailure(xhr);
  else if (isWithoutAnswer(xhr)) showNoAnswer({ button, answer: {} });
  else showOutcome(button, answerOf(xhr));
});

// Of several that can make room, the button is that of the one picked.
document.addEventListener("change", ({ target }) => {
  if (target.name !== "pick" || !outcome()?.contains(target)) return;
  for (const choice of target.closest("fieldset").querySelectorAll("[data-pick]"))
    choice.hidden = choice.dataset.pick !== target.value;
});

// What a button gets for an answer that is the panel itself.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.requestConfig.elt.matches("[data-panel]") || detail.xhr.status === 401) return;
  if (!detail.successful) return showFailure(detail.xhr);
  offerUndoForAWhile();
  focusPanel();
});

const dismiss = () => {
  outcome().replaceChildren();
  const place = placeOf(lastPress.button);
  // The whole page is no place to scroll to.
  place.focus({ preventScroll: place.id === "main" });
};
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) dismiss();
});
document.addEventListener("keydown", (event) => {
  const asks = document.querySelector("dialog[open]");
  if (event.key === "Escape" && !asks && panel()) dismiss();
});

// What a swap takes away hands its focus to what stands in its place, such as the word at the end of
// the queue, or else to the name of its row, or to the page.
document.addEventListener("htmx:beforeSwap", () => {
  const focused = document.activeElement;
  const row = focused?.closest("tr")?.querySelector('[id^="name-"]');
  rowInFocus = focused?.closest("#region, #hold")
    ? (focused.dataset.row ?? row?.id ?? "main")
    : null;
  idInFocus = focused?.id ?? "";
});
document.addEventListener("htmx:afterSettle", () => {
  if (!rowInFocus || document.activeElement !== document.body) return;
  const place = [idInFocus, rowInFocus, "main"]
    .map((id) => document.getElementById(id))
    .find(Boolean);
  place.focus({ preventScroll: true });
});
