// Whoever has to wait before the next try sees for how long, and their form is off until then.

const wait = document.querySelector("[data-wait]");
const MILLISECONDS_A_TICK = 250;

const words = (seconds) => (seconds === 1 ? "a second" : `${seconds} seconds`);

const count = (place) => {
  const button = place.closest("section").parentElement.querySelector("form [type=submit]");
  const over = place.parentElement.querySelector("[data-wait-over]");
  const until = Date.now() + Number(place.dataset.wait) * 1000;
  button.disabled = true;
  const clock = setInterval(() => {
    const left = Math.ceil((until - Date.now()) / 1000);
    const said = `Wait for ${words(left)} before you try again.`;
    if (left > 0 && place.textContent === said) return;
    place.textContent = left > 0 ? said : "";
    if (left > 0) return;
    clearInterval(clock);
    button.disabled = false;
    // What is read out is what changes in a place that was there before.
    over.textContent = "You can try again now.";
  }, MILLISECONDS_A_TICK);
};

if (wait) count(wait);
