// Asking before what is final, or can never measure anything, in the page's one dialog.

import { noteSent } from "./lost-press.js";
import { showOutcome } from "./outcome.js";

document.addEventListener("click", ({ target }) => {
  if (target.id === "question-no") target.closest("dialog").close("no");
});

// What the server would say to whoever presses a button of an experiment that was changed.
const TOO_LATE = {
  status: 412,
  reason: "changed_meanwhile",
  body: JSON.stringify({ refusal: { code: "EXPERIMENT_CHANGED", ways_out: ["look_again"] } }),
};

const detailsOf = (id) => {
  const template = id && document.getElementById(id);
  return template ? [template.content.cloneNode(true)] : [];
};

const MILLISECONDS_FOR_THE_CHECK = 3000;

const asksWhy = ({ asksConclusion, asksReason }) => (asksConclusion ?? asksReason) !== undefined;

// An address that is too long for its line breaks behind its "@".
const breakable = (text) =>
  text
    .split(/(?<=@)/)
    .flatMap((part, index) => (index ? [document.createElement("wbr"), part] : [part]));

const ask = (asked, verb, proceed, lines = "") => {
  const dialog = document.getElementById("question");
  // Pressed again while its launch check was on its way.
  if (dialog.open) return;
  document.getElementById("question-title").replaceChildren(...breakable(asked.question));
  document.getElementById("question-text").textContent = asked.consequence;
  const yes = document.getElementById("question-yes");
  yes.textContent = verb;
  const hasWayBack = asked.check || asked.hasWayBack !== undefined;
  yes.className = hasWayBack ? "button filled" : "button final";
  document.getElementById("question-conclusion").hidden = asked.asksConclusion === undefined;
  document.getElementById("question-why").hidden = !asksWhy(asked);
  document.getElementById("question-details").replaceChildren(...detailsOf(asked.details));
  if (lines) document.getElementById("question-details").innerHTML = lines;
  dialog.querySelector("form").reset();
  const place = dialog.querySelector(".doubt");
  place.dataset.doubt = asked.doubt ?? "";
  place.textContent = "";
  dialog.returnValue = "no";
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") proceed();
  };
  dialog.showModal();
  dialog.scrollTop = 0;
  // What the check links to comes before it.
  if (asked.check) document.getElementById("question-no").focus();
};

// The question is asked all the same where the launch check cannot be had.
const checkOf = async (address) => {
  const headers = { "HX-Request": "true" };
  const signal = AbortSignal.timeout(MILLISECONDS_FOR_THE_CHECK);
  try {
    const answer = await fetch(address, { headers, signal });
    return answer.ok ? await answer.text() : "";
  } catch {
    return "";
  }
};

document.addEventListener("htmx:confirm", (event) => {
  const { elt, issueRequest } = event.detail;
  if (!elt.dataset.question) return;
  event.preventDefault();
  // A colleague may have changed the experiment meanwhile, and its button is gone: say so.
  const proceed = () => {
    if (elt.isConnected) issueRequest(true);
    else showOutcome(elt, TOO_LATE);
  };
  const { check, verb } = elt.dataset;
  if (!check) return ask(elt.dataset, elt.textContent, proceed);
  checkOf(check).then((lines) => ask(elt.dataset, verb, proceed, lines));
});

// Having won without a visitor is asked about once more: who presses again means it.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const place = form.querySelector(".doubt");
    if (!place?.dataset.doubt || place.textContent) return;
    if (new FormData(form).get("outcome") !== "won") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    place.textContent = place.dataset.doubt;
  },
  true,
);

document.addEventListener("change", ({ target }) => {
  if (target.name === "outcome") target.form.querySelector(".doubt")?.replaceChildren();
});

// How it ended, or why, goes along with what was asked for.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (!asksWhy(elt.dataset)) return;
  const said = new FormData(document.querySelector("#question form"));
  for (const [name, value] of said) if (value) parameters[name] = value;
});

// What was said in the question goes along with its form.
const takeAlong = (form) => {
  const chosen = document.querySelectorAll(
    "#question-details input:checked, #question-details input[type=hidden], #question-reason",
  );
  for (const { name, value } of chosen)
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.question) return;
  event.preventDefault();
  ask(form.dataset, form.dataset.verb, () => {
    takeAlong(form);
    noteSent(form, event.submitter);
    form.submit();
  });
});
