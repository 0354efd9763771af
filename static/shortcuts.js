// Single keys for what the page's own buttons and links do: a key presses what is there to press.

const ROW = 'tr[id^="row-"]';
const SWITCH = "switchyard-single-keys";
const dialog = document.getElementById("shortcuts");
const said = document.getElementById("key-said");
const toggle = document.getElementById("single-keys");
let lastRow = "";

// Where the browser forbids the storage, the switch holds for this page.
const remembered = () => {
  try {
    return localStorage.getItem(SWITCH);
  } catch {
    return null;
  }
};
const remember = (word) => {
  try {
    localStorage.setItem(SWITCH, word);
  } catch {
    /* see above */
  }
};

const isOn = () => toggle.getAttribute("aria-checked") === "true";
const one = (selector, within = document) => within.querySelector(selector);
const rows = () => [...document.querySelectorAll(ROW)];
const rowInFocus = () => document.activeElement.closest(ROW);
const shownRow = () => rowInFocus() ?? document.getElementById(lastRow);
const place = () => rowInFocus() ?? one("#region > .status");
const inPlace = (selector) => place() && one(selector, place());
const press = (element) => element.click();
const choose = (row) => one('[id^="name-"]', row).focus();
const show = () => {
  for (const line of dialog.querySelectorAll("[data-key]")) {
    line.hidden = !one(SHORTCUTS[line.dataset.key].on);
  }
  dialog.showModal();
};

const neighbour = (step) => {
  const all = rows();
  const from = all.indexOf(shownRow());
  return (from < 0 ? all.at(step > 0 ? 0 : -1) : all[from + step]) ?? null;
};

const START = 'button[id^="start-"], button[id^="resume-"]';
const PAUSE = 'button[id^="pause-"]';
const SELECTED = 'input[name="selected"]';
const nothing = (key) => `This page has nothing for the key ${key}.`;
const amongRows = (missing) => (key) => (one(ROW) ? missing : nothing(key));
const inPlaceElse = (missing) => (key) =>
  place() ? missing : amongRows("Choose a row first: j and k go through them.")(key);

// `on` is what a page with this key has, `target` what it would press now, if it is there.
const SHORTCUTS = {
  "?": { on: "#shortcuts", target: () => dialog, use: show },
  "/": { on: "#search", target: () => one("#search"), use: (field) => field.select() },
  n: {
    on: 'a[href$="/new-experiment"]',
    target: () => one('a[href$="/new-experiment"]'),
    use: press,
  },
  j: {
    on: ROW,
    target: () => neighbour(1),
    use: choose,
    missing: amongRows("This is the last row."),
    repeats: true,
  },
  k: {
    on: ROW,
    target: () => neighbour(-1),
    use: choose,
    missing: amongRows("This is the first row."),
    repeats: true,
  },
  x: {
    on: `${ROW} ${SELECTED}`,
    target: () => inPlace(SELECTED),
    use: press,
    missing: inPlaceElse("There is nothing to select here."),
  },
  s: {
    on: `#region :is(${START})`,
    target: () => inPlace(START),
    use: press,
    missing: inPlaceElse("There is nothing to start or resume here."),
  },
  p: {
    on: `#region ${PAUSE}`,
    target: () => inPlace(PAUSE),
    use: press,
    missing: inPlaceElse("There is nothing to pause here."),
  },
  u: {
    on: "#outcome [data-undo], #region [data-outcome]",
    target: () => one("#outcome [data-undo]"),
    use: press,
    missing: () => "There is nothing to undo.",
  },
};

const isTyping = (element) =>
  element.isContentEditable
  || element.matches(
    "textarea, select, input:not([type=checkbox], [type=radio], [type=submit], [type=button])",
  );

document.addEventListener("keydown", (event) => {
  const shortcut = Object.hasOwn(SHORTCUTS, event.key) && SHORTCUTS[event.key];
  said.textContent = "";
  if (!shortcut || !isOn() || event.defaultPrevented || event.isComposing) return;
  if (
    event.ctrlKey
    || event.altKey
    || event.metaKey
    || isTyping(event.target)
    || one("dialog[open]")
  )
    return;
  event.preventDefault();
  if (event.repeat && !shortcut.repeats) return;
  const { target, use, missing = nothing } = shortcut;
  if (target()) use(target());
  else said.textContent = missing(event.key);
});

document.addEventListener("focusin", ({ target }) => {
  lastRow = target.closest(ROW)?.id ?? lastRow;
});
document.addEventListener("pointerdown", () => {
  said.textContent = "";
});

// Closing the list leaves alone what came of an action.
dialog.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.stopPropagation();
});

const turn = (word) => toggle.setAttribute("aria-checked", String(word !== "off"));
turn(remembered());
toggle.addEventListener("click", () => {
  const word = isOn() ? "off" : "on";
  turn(word);
  remember(word);
});
document
  .querySelectorAll("[data-shows-keys]")
  .forEach((button) => button.addEventListener("click", show));
