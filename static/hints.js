// What an action brings, shown while its button has the focus or the pointer. Screen readers read
// the same text as the button's description.

const hintOf = (button) => {
  const id = (button.getAttribute("aria-describedby") ?? "")
    .split(" ")
    .find((each) => each.startsWith("hint-"));
  return id && document.getElementById(id)?.textContent.trim();
};

const hint = () => document.getElementById("hint");

const showHint = (button) => {
  const text = hintOf(button);
  if (!text || !hint()) return;
  hint().textContent = text;
  hint().hidden = false;
  const place = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = hint();
  const left = Math.max(
    8,
    Math.min(place.right - width, document.documentElement.clientWidth - width - 8),
  );
  const below = place.bottom + 8;
  const fits = below + height < window.innerHeight;
  hint().style.left = `${left}px`;
  hint().style.top = `${fits ? below : Math.max(8, place.top - height - 8)}px`;
};

const hideHint = () => {
  if (hint()) hint().hidden = true;
};

document.addEventListener("focusin", ({ target }) => {
  if (target.matches?.("button[aria-describedby]:focus-visible")) showHint(target);
});
document.addEventListener("focusout", hideHint);
// Only where the pointer moves: a button that a swap has put under it is not asked about.
let pointer = "";
document.addEventListener("pointermove", ({ target, pointerType, clientX, clientY }) => {
  const here = `${clientX} ${clientY}`;
  if (here === pointer) return;
  pointer = here;
  const button = target.closest?.("button[aria-describedby]");
  if (button && pointerType === "mouse") showHint(button);
  else if (!target.closest?.("#hint")) hideHint();
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") hideHint();
});
document.addEventListener("click", hideHint);
document.addEventListener("scroll", hideHint, { passive: true, capture: true });
document.addEventListener("htmx:beforeSwap", hideHint);
