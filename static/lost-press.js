// A press that met an ended session did nothing: it is told on the page that follows, with the
// button to do it. Kept in this tab alone, and only until it is told.

const { user = "" } = document.body.dataset;
const KEY = "pressed";
const SIGNED_OUT = "you were signed out";
const EARLIER_SESSION = "the page was of an earlier session";
let lastButton = null;

// Where the browser forbids the storage, nothing is told, as without this script.
const attempt = (action) => {
  try {
    return action(sessionStorage);
  } catch {
    return null;
  }
};
const keep = (press) => attempt((storage) => storage.setItem(KEY, JSON.stringify(press)));
const read = () => attempt((storage) => JSON.parse(storage.getItem(KEY)));
const drop = () => attempt((storage) => storage.removeItem(KEY));

const labelOf = (button) => (button.value || button.textContent).trim().replace(/…$/, "");
const isOfMany = (element) => Boolean(element.closest("#bulk, #bulk-bar"));

// What a button is about: the name in its row, without the small print beside it. A paragraph that
// describes a button is no name.
const subjectOf = (button) => {
  const [id] = (button.getAttribute("aria-describedby") ?? "").split(" ");
  const named = document.getElementById(id);
  return named?.matches("p") ? "" : (named?.firstChild?.textContent.trim() ?? "");
};

const described = (button, form) => ({
  user,
  label: labelOf(button),
  subject: subjectOf(button),
  id: isOfMany(button) ? `bulk-${form?.elements.status?.value ?? button.dataset.bulk}` : button.id,
  action: form?.action ?? "",
  chosen: isOfMany(button)
    ? [...document.querySelectorAll('input[name="selected"]:checked')].map((box) => box.value)
    : [],
});

// Noting what is pressed, and what of it is lost

document.addEventListener(
  "click",
  ({ target }) => {
    lastButton = target.closest("button, input[type=submit]") ?? lastButton;
  },
  true,
);

// What a form sends is lost if the sign-in page answers.
export const noteSent = (form, button) => {
  if (user && button) keep(described(button, form));
};

window.addEventListener("submit", ({ target, submitter, defaultPrevented }) => {
  if (!defaultPrevented && target.method === "post" && !("forgets" in target.dataset))
    noteSent(target, submitter);
});

document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  const { xhr, requestConfig } = detail;
  const isOld = xhr.getResponseHeader("HX-Refresh") === "true";
  if (requestConfig.verb === "get" || !(xhr.status === 401 || isOld)) return;
  const { elt } = requestConfig;
  const button = elt.matches("button") ? elt : lastButton;
  if (!button) return;
  const form = elt.closest("form");
  keep({ ...described(button, form), why: isOld ? EARLIER_SESSION : SIGNED_OUT });
});

// Telling it

const sameButton = ({ id, action, label }) => {
  const form = [...document.forms].find((each) => each.method === "post" && each.action === action);
  const ofForm = form && [...form.querySelectorAll("button, input[type=submit]")];
  return (
    ofForm?.find((each) => each.checkVisibility() && labelOf(each) === label)
    ?? (id ? document.getElementById(id) : null)
  );
};

const pressAgain = (press, button) => {
  for (const box of document.querySelectorAll('input[name="selected"]'))
    if (press.chosen.includes(box.value) && !box.checked) box.click();
  // A question that is not answered gives the focus back to its button.
  button.focus();
  button.click();
};

const whatOf = ({ label, subject, chosen }) => {
  if (subject) return `“${label}” of “${subject}”`;
  if (chosen.length)
    return `“${label}” of ${chosen.length} experiment${chosen.length > 1 ? "s" : ""}`;
  return `“${label}”`;
};

const tell = (press) => {
  const panel = document.getElementById("lost-press").content.cloneNode(true).firstElementChild;
  panel.querySelector("h2").textContent = `${whatOf(press)} was not carried out: ${press.why}.`;
  const again = panel.querySelector("[data-again]");
  const button = sameButton(press);
  panel.querySelector("[data-gone]").hidden = Boolean(button);
  again.hidden = !button;
  again.textContent = press.label;
  again.classList.toggle("asks", button?.classList.contains("asks") ?? false);
  again.addEventListener("click", () => {
    panel.remove();
    pressAgain(press, button.isConnected ? button : (sameButton(press) ?? document.body));
  });
  panel.querySelector("[data-put-away]").addEventListener("click", () => {
    panel.remove();
    document.getElementById("main").focus();
  });
  document.getElementById("main").prepend(panel);
  panel.focus();
};

const press = read();
if (press && !user && location.pathname === "/sign-in") keep({ why: SIGNED_OUT, ...press });
else if (press) {
  drop();
  if (press.why && press.user === user) tell(press);
}
