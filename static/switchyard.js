// Switchyard in a page of any site: which variant its visitor gets, what they saw and what they did.
// Whatever goes wrong here, the page goes on: with its fallbacks, and without an exception.
(() => {
  "use strict";

  // It may be included twice. An element with this id is known by this name too, but tracks nothing.
  if (window.switchyard && typeof window.switchyard.track === "function") return;

  const YEAR_OF_SECONDS = 31536000;
  const EVALUATION_MILLISECONDS = 2000;
  const QUEUE_MILLISECONDS = 1000;
  const MOST_EVENTS = 100;
  const LONGEST_ID = 255;

  const attempt = (work) => {
    try {
      return work();
    } catch (_error) {
      return undefined;
    }
  };

  const script = document.currentScript || document.querySelector("script[data-key]");
  const key = script && script.dataset.key;
  const origin = attempt(() => new URL(script.src).origin);

  // The visitor: known by a cookie of the site's own; where cookies are refused, new in each page.

  const known = () => document.cookie.match(/(?:^|; )switchyard_visitor=([\w-]+)/)[1];
  const random = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
  const visitor = attempt(known) || attempt(random);
  const works = Boolean(key && origin && visitor);
  const remember = (name, value, seconds) =>
    attempt(() => {
      const secure = location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `${name}=${value}; Max-Age=${seconds}; Path=/; SameSite=Lax${secure}`;
    });
  if (works) {
    // Written again with each page: the year begins anew.
    remember("switchyard_visitor", visitor, YEAR_OF_SECONDS);
  } else {
    attempt(() =>
      console.warn(
        "Switchyard: the script tag needs its src and a data-key. Everybody sees the original.",
      ),
    );
  }

  // Whoever works on the site is no visitor: a link leaves a mark in their browser, or takes it away.

  const ask = attempt(() => location.search.match(/[?&]switchyard_visits=(own|counted)(?:&|$)/)[1]);
  if (works && ask) remember("switchyard_own", 1, ask === "own" ? YEAR_OF_SECONDS : 0);
  const isOwn = Boolean(attempt(() => /(?:^|; )switchyard_own=1/.test(document.cookie)));
  if (works && ask) {
    attempt(() =>
      alert(
        isOwn
          ? "Switchyard does not count what you do on this site in this browser."
          : "Switchyard counts what you do on this site in this browser.",
      ),
    );
  }

  // The variants of this visitor, asked for once; an answer that comes too late is not looked at.

  const values = new Map();
  // What everybody gets is compared with nothing: who sees it is not counted.
  const shipped = new Set();
  const evaluate = () =>
    fetch(`${origin}/ofrep/v1/evaluate/flags`, {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json", "X-API-Key": key },
      body: JSON.stringify({ context: { targetingKey: visitor } }),
    }).then((answer) => answer.json());
  const expire = () => new Promise((resolve) => setTimeout(resolve, EVALUATION_MILLISECONDS));
  const load = async () => {
    try {
      const { flags } = await Promise.race([evaluate(), expire()]);
      for (const flag of flags) {
        if (flag.value != null) values.set(flag.key, flag.value);
        if (flag.reason === "STATIC") shipped.add(flag.key);
      }
    } catch (_error) {
      // No server, a wrong key, no answer that can be read: fallbacks.
    }
  };
  const ready = works ? load() : Promise.resolve();

  // Events wait a moment for others, and for `ready`: an exposure may be about to come.

  const queue = [];
  let isWaiting = false;
  const send = () =>
    attempt(() => {
      const events = queue.slice(0, MOST_EVENTS);
      // A browser that a program leads says so: nobody is there to be counted.
      const automated = navigator.webdriver === true || undefined;
      const isTaken = navigator.sendBeacon(
        `${origin}/collect`,
        JSON.stringify({ key, events, automated }),
      );
      if (isTaken) queue.splice(0, MOST_EVENTS);
      return isTaken;
    });
  const wait = () => {
    if (isWaiting || !works) return;
    isWaiting = true;
    ready.then(() =>
      setTimeout(() => {
        isWaiting = false;
        // One beacon at a time: two on their way at once may overtake each other.
        if (queue.length && send() && queue.length) wait();
      }, QUEUE_MILLISECONDS),
    );
  };
  const sendAll = () => {
    while (queue.length && send());
  };
  if (works) {
    window.addEventListener("pagehide", sendAll);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") sendAll();
    });
  }

  const exposed = new Set();
  const expose = (experiment) => {
    exposed.add(experiment);
    if (isOwn) return;
    // Before all conversions, which count only for those who have been exposed.
    queue.unshift({ type: "exposure", experiment, unit: visitor });
    wait();
  };

  // An id is sent whole, or not at all: encoding throws for half a character.
  const sendable = (id) => {
    const text = id == null ? "" : String(id);
    return encodeURIComponent(text) && text.length <= LONGEST_ID ? text : undefined;
  };

  window.switchyard = {
    ready,
    visitor,
    variant(experiment, fallback) {
      if (!values.has(experiment)) return fallback;
      if (!(exposed.has(experiment) || shipped.has(experiment))) expose(experiment);
      return values.get(experiment);
    },
    track(goal, what) {
      if (!works || isOwn) return;
      const { value, id, time } = attempt(() => (Object(what) === what ? { ...what } : null)) || {
        value: what,
      };
      queue.push({
        type: "conversion",
        // No key is longer, or of other letters; a text without end would fit into no beacon, and
        // half a character would spoil one.
        goal: attempt(() =>
          String(goal)
            .replace(/[^\w-]/g, "?")
            .slice(0, 99),
        ),
        unit: visitor,
        value: Number.isFinite(value) ? value : undefined,
        id: attempt(() => sendable(id)),
        time: attempt(() => (time == null ? undefined : new Date(time).toISOString())),
      });
      wait();
    },
  };
})();
