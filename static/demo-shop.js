"use strict";

// The demo shop is a site like any other. It asks Switchyard which button this visitor gets, and
// says what visitors do. Without an answer it stays the shop it is: with the original button.

const EXPERIMENT = "buy-button";
const NO_VARIANT = "none";
const SHORT_LENGTH = 8;

const shown = (id) => document.getElementById(id);

const bold = (text) => {
  const strong = document.createElement("strong");
  strong.textContent = text;
  return strong;
};

const showNewButton = () => {
  shown("buy").classList.add("new");
  shown("buy").replaceChildren(shown("new-buy-button").content.cloneNode(true));
};

const tellVisitor = (visitor, version, addition) => {
  const code = document.createElement("code");
  code.textContent = visitor.slice(0, SHORT_LENGTH);
  shown("seen").replaceChildren("You are visitor ", code, " and see ", bold(version), addition);
};

const showVersion = async () => {
  if (!window.switchyard) return;
  await switchyard.ready;
  const variant = switchyard.variant(EXPERIMENT, NO_VARIANT);
  if (variant === "treatment") showNewButton();
  tellVisitor(
    switchyard.visitor,
    variant === "treatment" ? "the new version" : "the original",
    variant === NO_VARIANT ? ". The experiment is not live, or leaves you out." : ".",
  );
};

document.addEventListener("click", (event) => {
  const { track: goal, price, says } = event.target.closest("[data-track]")?.dataset ?? {};
  if (!goal) return;
  window.switchyard?.track(goal, Number(price));
  if (goal === "add-to-basket")
    shown("basket").textContent = Number(shown("basket").textContent) + 1;
  shown("told").textContent = says;
});

shown("somebody-else").addEventListener("click", () => {
  document.cookie = "switchyard_visitor=; Max-Age=0; Path=/; SameSite=Lax";
  location.reload();
});

showVersion();
