// A button that ticks all boxes of one name in its form, and none where all are ticked.

const boxesOf = (button) => [
  ...button.form.querySelectorAll(`input[name="${button.dataset.chooses}"]`),
];

for (const button of document.querySelectorAll("[data-chooses]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const boxes = boxesOf(button);
    const areToBeChosen = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = areToBeChosen;
  });
}
