// A press before the other scripts are there waits for them: until then what is final would not be
// asked about, and what they carry out would be lost without a word.
{
  const HX = "[hx-post], [hx-patch], [hx-put], [hx-delete]";
  const pressed = new Set();

  const needsScripts = (button) =>
    button.type !== "submit"
    || button.matches(HX)
    || button.form?.matches(`[data-question], ${HX}`);

  const hold = (event) => {
    const button = event.target.closest?.("button");
    if (!button || !needsScripts(button)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    pressed.add(button);
  };

  document.addEventListener("click", hold, true);
  window.addEventListener("load", () => {
    document.removeEventListener("click", hold, true);
    for (const button of pressed) button.click();
  });
}
