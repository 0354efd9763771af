// Switchyard in a page of any site: which variant its visitor gets, what they saw and what they did.
// Whatever goes wrong here, the page goes on: with its fallbacks, and without an exception.
(() => {
  "use strict";

  // The lines that load this have left an object that keeps what was called, or there is none. It may
  // be included twice. An element with this id is known by this name too, but tracks nothing.
  const before = window.switchyard;
  const stub = before && Array.isArray(before.calls) ? before : undefined;
  if (!stub && before && typeof before.track === "function") return;

  const YEAR_OF_SECONDS = 31536000;
  const EVALUATION_MILLISECONDS = 2000;
  const REFRESH_MILLISECONDS = 60000;
  const LONGEST_VISITOR = 256;
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

  const ofTag = () => {
    const script = document.currentScript || document.querySelector("script[data-key]");
    return { src: script.src, key: script.dataset.key, domain: script.dataset.domain };
  };
  const { src, key, domain } = (stub ? stub.settings : attempt(ofTag)) || {};
  const origin = attempt(() => new URL(src).origin);

  // The visitor: known by a cookie of the site's own. Where none is kept they would be another one on
  // each page, and take no part. What the site's own server has written there is taken as it is.

  const NAME = "switchyard_visitor";
  const written = () => document.cookie.match(new RegExp(`(?:^|; )${NAME}=([^;]*)`));
  const known = () => attempt(() => written()[1]);
  const random = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
  const write = (name, value, seconds, where) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Max-Age=${seconds}; Path=/; SameSite=Lax${secure}${where}`;
  };
  const remember = (name, value, seconds) =>
    attempt(() => {
      write(name, value, seconds, domain ? `; Domain=${domain}` : "");
      // The one of this host alone would hide that of all of the site's.
      if (domain) write(name, "", 0, "");
    });
  const ours = /^[0-9a-f]{32}$/;
  const recognise = () => {
    const found = known() || random();
    // Written again with each page: the year begins anew. The site's own is not ours to write.
    if (ours.test(found)) remember(NAME, found, YEAR_OF_SECONDS);
    return known();
  };
  const warn = (why) =>
    attempt(() => console.warn(`Switchyard: ${why} Everybody sees the original.`));
  let visitor = key && origin ? attempt(recognise) : undefined;
  if (!(key && origin)) {
    warn("the script tag needs its src and a data-key.");
  } else if (visitor && visitor.length > LONGEST_VISITOR) {
    warn(`the cookie ${NAME} has more than ${LONGEST_VISITOR} characters.`);
    visitor = undefined;
  } else if (!visitor && domain) {
    warn(`no cookie is kept for the domain ${domain}.`);
  }
  const works = Boolean(visitor);

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
  const exposed = new Set();
  const watchers = [];
  let tag = "";
  const evaluate = () =>
    fetch(`${origin}/ofrep/v1/evaluate/flags`, {
      method: "POST",
      credentials: "omit",
      headers: Object.assign(
        { "Content-Type": "application/json", "X-API-Key": key },
        tag && { "If-None-Match": tag },
      ),
      body: JSON.stringify({ context: { targetingKey: visitor } }),
    });
  const expire = () => new Promise((resolve) => setTimeout(resolve, EVALUATION_MILLISECONDS));
  const take = ({ flags }) => {
    const found = flags.filter((flag) => flag.value != null);
    values.clear();
    shipped.clear();
    for (const flag of found) {
      values.set(flag.key, flag.value);
      if (flag.reason === "STATIC") shipped.add(flag.key);
    }
    // What ends and begins again splits its visitors anew.
    for (const key of exposed) if (!values.has(key)) exposed.delete(key);
  };
  const load = async () => {
    try {
      const answer = await Promise.race([evaluate(), expire()]);
      if (answer.status === 304) return;
      const found = await answer.json();
      const now = known();
      if (now && now !== visitor && now.length <= LONGEST_VISITOR) {
        // Another tab has written first: whoever comes is one visitor in both.
        visitor = now;
        return load();
      }
      take(found);
      tag = answer.headers.get("ETag") || "";
    } catch (_error) {
      // No server, a wrong key, no answer that can be read: as before, at first fallbacks.
    }
  };
  const ready = works ? load() : Promise.resolve();

  // Looked at again now and then, and whenever the page is shown: a pause reaches open pages, too.

  let refreshing = ready;
  const refresh = () => {
    if (works) refreshing = refreshing.then(load).then(() => watchers.forEach((look) => look()));
    return refreshing;
  };
  if (works) {
    const isShown = () => document.visibilityState !== "hidden";
    setInterval(() => isShown() && refresh(), REFRESH_MILLISECONDS);
    window.addEventListener("pageshow", (event) => event.persisted && refresh());
    document.addEventListener("visibilitychange", () => isShown() && refresh());
  }

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

  const variant = (experiment, fallback) => {
    if (!values.has(experiment)) return fallback;
    if (!(exposed.has(experiment) || shipped.has(experiment))) expose(experiment);
    return values.get(experiment);
  };
  const watch = (experiment, fallback, show) => {
    let shown;
    const look = () => {
      const now = JSON.stringify(variant(experiment, fallback));
      if (now === shown) return;
      shown = now;
      attempt(() => show(variant(experiment, fallback)));
    };
    ready.then(() => {
      watchers.push(look);
      look();
    });
  };
  const track = (goal, what) => {
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
  };

  const calls = stub ? stub.calls.splice(0) : [];
  window.switchyard = Object.assign(stub || {}, { variant, watch, track, refresh });
  Object.defineProperty(window.switchyard, "visitor", { get: () => visitor });
  if (stub) {
    // Included once more, it is not loaded anew.
    delete stub.calls;
    ready.then(stub.settle);
  } else {
    window.switchyard.ready = ready;
  }
  for (const [name, values] of calls) attempt(() => window.switchyard[name](...values));
})();
