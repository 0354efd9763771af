// What was written into a form and is not saved yet outlives an ended session, a crash and the back
// button. It is kept in this tab alone, for this person and this form, until the server says that
// it has taken it in. What is hidden is not kept, but for a field marked data-kept: the mark of
// what the form was drawn from, without which another's change would be overwritten unseen.

const { user = "", accepted = "" } = document.body.dataset;
const PREFIX = "written:";
const OWN = `${PREFIX}${user}:`;
const TYPED =
  "input:not([type=hidden], [type=password], [type=submit], [readonly]), select, textarea:not([readonly])";
const drafts = new Map();
let beingSent = null;
let mayLeave = false;

// Where the browser forbids or fills the storage, nothing is kept, and the page still asks.
const attempt = (action) => {
  try {
    return action(sessionStorage);
  } catch {
    return null;
  }
};
const read = (key) => attempt((storage) => JSON.parse(storage.getItem(key)));
const write = (key, draft) => attempt((storage) => storage.setItem(key, JSON.stringify(draft)));
const drop = (key) => attempt((storage) => storage.removeItem(key));
const keys = () => attempt(Object.keys)?.filter((key) => key.startsWith(PREFIX)) ?? [];

// The fields of a form

const isTick = ({ type }) => type === "checkbox" || type === "radio";
const typed = (form) => [...form.elements].filter((field) => field.matches(TYPED));
const marks = (form) => [...form.querySelectorAll("input[type=hidden][data-kept]")];
const nameOf = (field) =>
  field.dataset.keptAs ?? (isTick(field) ? `${field.name}=${field.value}` : field.name);
const named = (form, name) => typed(form).find((field) => nameOf(field) === name);
const enteredValueOf = (field) => (isTick(field) ? String(field.checked) : field.value);

// The browser may have put something back itself: what was drawn is what the fields began with.
const drawnValueOf = (field) => {
  if (isTick(field)) return String(field.defaultChecked);
  if (!field.options) return field.defaultValue;
  const options = [...field.options];
  return (options.find((option) => option.defaultSelected) ?? options[0])?.value ?? "";
};

const put = (field, value) => {
  if (isTick(field)) field.checked = value === "true";
  else if (!field.options || [...field.options].some((option) => option.value === value))
    field.value = value;
};

const collected = (form, what) =>
  Object.fromEntries(typed(form).map((field) => [nameOf(field), what(field)]));
const markValues = (form) =>
  Object.fromEntries(marks(form).map(({ name, value }) => [name, value]));
const changed = (values, base) =>
  Object.entries(values).filter(([name, value]) => value !== (base[name] ?? ""));
const isEdited = (form) =>
  changed(collected(form, enteredValueOf), drafts.get(form).base).length > 0;

// A row that was added and not saved is made again, like the one before it.
const grown = (form, name) => {
  const [, list, number] = /^(.+-)(\d+)-/.exec(name) ?? [];
  const before = `${list}${number - 1}-`;
  const model = list && form.querySelector(`[name^="${CSS.escape(before)}"]`)?.closest(".row");
  if (!model) return undefined;
  const row = model.cloneNode(true);
  row.dataset.grown = "";
  row.setAttribute("aria-label", row.getAttribute("aria-label")?.replace(/\d+/, number) ?? "");
  for (const element of row.querySelectorAll("*")) {
    for (const attribute of element.attributes)
      attribute.value = attribute.value.replaceAll(before, `${list}${number}-`);
    if (element.matches(TYPED)) element.value = element.defaultValue = "";
  }
  model.after(row);
  return named(form, name);
};

// Keeping and putting back

const keep = (form, isSent = false) => {
  const { key, id, base, marked } = drafts.get(form);
  const values = collected(form, enteredValueOf);
  if (isSent || isEdited(form)) write(key, { id, base, marked, values, isSent });
  else drop(key);
};

const startOver = (form, note) => {
  form.querySelectorAll("[data-grown]").forEach((row) => row.remove());
  form.reset();
  const draft = drafts.get(form);
  draft.marked = draft.drawnMarks;
  for (const mark of marks(form)) mark.value = draft.marked[mark.name];
  keep(form);
  note.remove();
  typed(form)[0].focus();
};

const tell = (form, hasMoved) => {
  const note = document.createElement("div");
  note.setAttribute("role", "status");
  form.before(note);
  const words = document.getElementById("written-before").content.cloneNode(true);
  words.querySelector("[data-moved]").hidden = !hasMoved;
  words.querySelector("[data-start-over]").addEventListener("click", () => startOver(form, note));
  // What is read out is what changes in a place that was there before.
  requestAnimationFrame(() => note.append(words));
};

const putBack = (form, kept) => {
  for (const [name, value] of changed(kept.values, kept.base)) {
    const field = named(form, name) ?? grown(form, name);
    if (field) put(field, value);
  }
  if (!isEdited(form)) return drop(drafts.get(form).key);
  const draft = drafts.get(form);
  draft.marked = kept.marked;
  for (const mark of marks(form)) mark.value = kept.marked[mark.name] ?? mark.value;
  keep(form);
  tell(form, changed(draft.base, kept.base).length > 0);
};

const begin = (form) => {
  const key = OWN + new URL(form.getAttribute("action") ?? "", location.href).pathname;
  const kept = read(key);
  const drawnMarks = markValues(form);
  const id = kept?.id ?? Date.now().toString(36) + Math.random().toString(36).slice(2);
  // A form that shows what was sent, with what is wrong with it, differs from what is saved.
  const isReturned = form.dataset.kept === "sent" && kept?.isSent;
  const base = isReturned ? kept.base : collected(form, drawnValueOf);
  drafts.set(form, { key, id, base, marked: drawnMarks, drawnMarks });
  if (isReturned) keep(form);
  else if (kept) putBack(form, kept);
};

for (const key of keys()) {
  const isTakenIn = accepted.split(" ").includes(read(key)?.id);
  if (isTakenIn || (user && !key.startsWith(OWN))) drop(key);
}
if (user) document.querySelectorAll("form[data-kept]").forEach(begin);
const suggested = document.querySelector("[data-selected]");
if (suggested?.value === suggested?.defaultValue) suggested?.select();

document.addEventListener("input", ({ target }) => {
  if (!drafts.has(target.form)) return;
  beingSent = null;
  keep(target.form);
});

window.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if ("forgets" in form.dataset) keys().forEach(drop);
  if (!drafts.has(form)) return;
  beingSent = form;
  keep(form, true);
  const written = form.elements.written ?? form.appendChild(document.createElement("input"));
  Object.assign(written, { type: "hidden", name: "written", value: drafts.get(form).id });
});

// Leaving

window.addEventListener("beforeunload", (event) => {
  const isLost = [...drafts.keys()].some((form) => form !== beingSent && isEdited(form));
  if (isLost && !mayLeave) event.preventDefault();
});

// The way to the sign-in page and back puts everything back.
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  mayLeave ||= detail.xhr.status === 401;
});

// A page that the browser had set aside may be of an ended session, or saved meanwhile.
window.addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  mayLeave = true;
  location.reload();
});
