// The running total of a design's shares, as they are typed.

const total = document.getElementById("total");

// A variant is taken away by emptying its key and its name; an added one has none yet.
const isCounted = (row) =>
  "added" in row.dataset
  || [...row.querySelectorAll('[name$="-key"], [name$="-name"]')].some((each) => each.value.trim());
const weights = () =>
  [...total.form.querySelectorAll('input[name$="-weight"]')].filter((each) =>
    isCounted(each.closest(".row")),
  );

// As the server reads them: with a point or a comma, and with or without the sign.
const hundredthsOf = ({ value }) => {
  const percent = Number(value.replace("%", "").replace(",", ".").trim());
  return Number.isFinite(percent) ? Math.round(percent * 100) : 0;
};

const show = () => {
  const sum = weights().reduce((made, each) => made + hundredthsOf(each), 0);
  const text = `${sum / 100} %`;
  if (total.value !== text) total.value = text;
  total.classList.toggle("off", sum !== 10000);
};

total.form.addEventListener("input", show);
// The form is emptied after the event.
total.form.addEventListener("reset", () => setTimeout(show));
// What was written before is put back by then.
document.addEventListener("DOMContentLoaded", show);
