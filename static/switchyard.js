// Switchyard in a page of any site: which variant its visitor gets, what they saw and what they did.
// Whatever goes wrong here, the page goes on: with its fallbacks, and without an exception.
// It is served with clients/evaluation/evaluation.mjs before it, whose `evaluate` it calls, and with
// the address and the checksum of the script that shows a preview (`PREVIEW`).
const start = (name) => {
  "use strict";

  // The lines that load this have left an object that keeps what was called, or there is none. It may
  // be included twice. An element with this id is known by this name too, but tracks nothing.
  const before = window[name];
  const stub = before && Array.isArray(before.calls) ? before : undefined;
  if (!stub && before && typeof before.track === "function") return;

  const YEAR_OF_SECONDS = 31536e3;
  const EVALUATION_MILLISECONDS = 2e3;
  const REFRESH_MILLISECONDS = 6e4;
  const LONGEST_VISITOR = 256;
  const QUEUE_MILLISECONDS = 1e3;
  const MOST_EVENTS = 100;
  const MOST_KEPT = 500;
  const MOST_TRIES = 5;
  const FIRST_PAUSE_MILLISECONDS = 5e3;
  const LONGEST_PAUSE_MILLISECONDS = 3e5;
  const LONGEST_ID = 255;
  const LONGEST_ADDRESS = 2e3;

  const attempt = (work) => {
    try {
      return work();
    } catch (_error) {
      return undefined;
    }
  };

  const ofTag = () => {
    const script = document.currentScript || document.querySelector("script[data-key]");
    return Object.assign({ src: script.src }, script.dataset);
  };
  const settings = (stub ? stub.settings : attempt(ofTag)) || {};
  const { key, domain } = settings;
  const origin = attempt(() => new URL(settings.src).origin);
  const isConnected = Boolean(key && origin);

  // The visitor: known by a cookie of the site's own. Where none is kept they would be another one on
  // each page, and take no part. What the site's own server has written there is taken as it is.

  const NAME = "switchyard_visitor";
  const NEW = "switchyard_new";
  const cookie = (name) =>
    attempt(() => {
      const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
      return found && found.slice(name.length + 1);
    });
  const known = () => cookie(NAME) || undefined;
  const random = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
  const shared = domain ? `; Domain=${domain}` : "";
  const write = (name, value, seconds, where) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    const lasting = seconds === "" ? "" : `; Max-Age=${seconds}`;
    document.cookie = `${name}=${value}${lasting}; Path=/; SameSite=Lax${secure}${where}`;
  };
  const remember = (name, value, seconds) =>
    attempt(() => {
      write(name, value, seconds, shared);
      // The one of this host alone would hide that of all of the site's.
      if (domain) write(name, "", 0, "");
    });
  const ours = /^[0-9a-f]{32}$/;
  const recognise = () => {
    const before = known();
    const found = before || random();
    // As long as the browser is open, they are new.
    if (!before) attempt(() => write(NEW, 1, "", shared));
    // Written again with each page: the year begins anew. The site's own is not ours to write.
    if (ours.test(found)) remember(NAME, found, YEAR_OF_SECONDS);
    return known();
  };
  const DOCUMENT = `switchyard_document_${key}`;
  const KEPT = `switchyard_events_${key}`;
  const TOLD = `switchyard_told_${key}`;
  const forget = () => {
    ["switchyard_own", NEW, NAME].forEach((name) => remember(name, "", 0));
    for (const name of [DOCUMENT, TOLD, KEPT]) attempt(() => localStorage.removeItem(name));
  };
  const warn = (why) =>
    attempt(() => console.warn(`Switchyard: ${why} Everybody sees the original.`));
  if (!isConnected) warn("the script tag needs its src and a data-key.");

  // A preview link, kept for its tab, shows a variant whatever runs; another file knows which, and
  // draws the bar that says so. Until it is known, and where it has ended, all is the original.

  const isPreview = Boolean(
    isConnected
      && (/[?&]switchyard_preview=/.test(location.search)
        || attempt(() => sessionStorage.getItem("switchyard_preview"))),
  );
  const previewed = new Map();
  const preview = async () => {
    await new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = origin + PREVIEW[0];
      script.integrity = PREVIEW[1];
      script.crossOrigin = "";
      script.onload = script.onerror = resolve;
      document.head.append(script);
    });
    const found = await window.switchyardPreview(origin, key);
    if (found) previewed.set(found.experiment, found.value);
    show();
  };

  // Without consent nothing is kept and nothing sent, unless the site names its visitor itself. What
  // the page has said of it while this was loading holds from the beginning: `ready` knows it.

  const early = stub && stub.calls.find(([called]) => called === "consent");
  let isAllowed = early
    ? early[1][0] === true
    : settings.consent !== "wait"
      && !(settings.consent === "gpc" && navigator.globalPrivacyControl === true);
  const named = () => {
    if (settings.visitor) return String(settings.visitor);
    const found = isAllowed ? attempt(recognise) : undefined;
    if (isAllowed && !found && domain) warn(`no cookie is kept for ${domain}.`);
    return found;
  };
  // Whoever works on the site is no visitor: a link leaves a mark in their browser, or takes it away.
  const isOwn = () => cookie("switchyard_own") === "1";
  const mark = () => {
    const ask = location.search.match(/([?&])switchyard_visits=(own|counted)(&|$)/);
    if (!ask || !isAllowed) return;
    remember("switchyard_own", 1, ask[2] === "own" ? YEAR_OF_SECONDS : 0);
    // Whoever gets this address from here is not marked by it.
    history.replaceState(history.state, "", location.href.replace(ask[0], ask[3] && ask[1]));
    alert(`Switchyard ${isOwn() ? "does not count" : "counts"} what this browser does here.`);
  };
  let visitor;
  const begin = () => {
    const found = isConnected ? attempt(named) : undefined;
    if (found && found.length > LONGEST_VISITOR) {
      // An id of ours is shorter: the site has given this one, by itself or in the cookie.
      warn(`the visitor's id has more than ${LONGEST_VISITOR} characters.`);
    } else if (found) {
      visitor = found;
      attempt(mark);
    }
  };
  begin();

  // What is known of the visitor, for experiments that not everybody takes part in.

  const agent = navigator.userAgent;
  const DEVICES = [
    ["tablet", /iPad|Tablet|Silk|Android(?!.*Mobile)/],
    ["mobile", /Mobi|iP(hone|od)/],
  ];
  const BROWSERS = [
    ["edge", /Edg/],
    ["opera", /OPR/],
    ["samsung", /SamsungBrowser/],
    ["firefox", /Firefox|FxiOS/],
    ["chrome", /Chrom|CriOS/],
    ["safari", /Safari/],
  ];
  const first = (kinds, other) => (kinds.find(([, sign]) => sign.test(agent)) || [other])[0];
  // An iPad says that it is a Mac.
  const isTouchedMac = /Mac/.test(agent) && navigator.maxTouchPoints > 1;
  const members = (pairs) =>
    pairs.reduce((all, [name, value]) => Object.assign(all, { [name]: value }), {});
  let said = settings.attributes;
  const context = () => ({
    page: location.href.slice(0, LONGEST_ADDRESS),
    query: members([...new URLSearchParams(location.search.slice(0, LONGEST_ADDRESS))]),
    cookie: members((settings.cookies || []).map((name) => [name, cookie(name)])),
    device: isTouchedMac ? "tablet" : first(DEVICES, "desktop"),
    browser: first(BROWSERS, "other"),
    language: navigator.language.split("-")[0].toLowerCase(),
    visitor: settings.visitor ? undefined : cookie(NEW) ? "new" : "returning",
    ...said,
    targetingKey: visitor,
  });

  // The variants of this visitor, asked for once; an answer that comes too late is not looked at.

  const values = new Map();
  const runs = new Map();
  // What everybody gets, or this visitor always, is compared with nothing: who sees it is not counted.
  const shipped = new Set();
  // In which run each was seen: a run afresh splits its visitors anew.
  const exposed = new Map();
  const watchers = [];
  let tag = "";
  const take = (flags) => {
    const found = flags.filter((flag) => flag.value != null);
    values.clear();
    shipped.clear();
    for (const flag of found) {
      values.set(flag.key, flag.value);
      runs.set(flag.key, flag.metadata && flag.metadata.run);
      if (flag.reason !== "SPLIT") shipped.add(flag.key);
    }
    return true;
  };

  const ask = async () => {
    const answer = await fetch(`${origin}/ofrep/v1/evaluate/flags`, {
      method: "POST",
      credentials: "omit",
      headers: Object.assign(
        { "Content-Type": "application/json", "X-API-Key": key },
        tag && { "If-None-Match": tag },
      ),
      // A site that names its visitor may ask without their consent: then nothing of it is kept.
      body: JSON.stringify({ context: context(), sample: isAllowed }),
    });
    if (answer.status === 304) return { isSame: true };
    const { flags } = await answer.json();
    return { flags, tag: answer.headers.get("ETag") || "" };
  };

  // Or decided here, by a document that any CDN keeps; while none comes, by the last one for a while.

  const isEdge = settings.edge != null;
  const isElsewhere = /\//.test(settings.edge);
  const documentAddress = isElsewhere ? settings.edge : `${origin}/edge/v1/${key}.json`;
  const kept = (name) => attempt(() => JSON.parse(localStorage.getItem(name)));
  // Consent may have been withdrawn meanwhile.
  const keep = (name, what) =>
    attempt(() => isAllowed && localStorage.setItem(name, JSON.stringify(what)));
  const decide = async () => {
    const answer = await fetch(documentAddress, { credentials: "omit" });
    const document = await answer.json();
    const flags = evaluate(document, visitor, context());
    keep(DOCUMENT, { at: Date.now(), document });
    return { flags };
  };
  const decideAsBefore = () => {
    const { at, document } = kept(DOCUMENT) || {};
    const isGood = document && Math.abs(Date.now() - at) < document.away_seconds * 1000;
    const isTaken = isGood && attempt(() => take(evaluate(document, visitor, context())));
    if (!isTaken) take([]);
    return isTaken;
  };

  const expire = () => new Promise((resolve) => setTimeout(resolve, EVALUATION_MILLISECONDS));
  const isAnother = (id) => id && id !== visitor && id.length <= LONGEST_VISITOR;
  const load = async () => {
    if (isPreview && !previewed.size) return;
    const asked = visitor;
    try {
      const found = await Promise.race([isEdge ? decide() : ask(), expire()]);
      if (found.isSame) return;
      if (!settings.visitor && visitor && isAnother(known())) {
        // Another tab has written first: whoever comes is one visitor in both.
        visitor = known();
        exposed.clear();
      }
      if (visitor !== asked) return visitor && load();
      take(found.flags);
      tag = found.tag;
    } catch (_error) {
      // No server, a wrong key, no answer that can be read: as before, at first fallbacks.
      if (isEdge && visitor) decideAsBefore();
    }
  };
  // From the second page on nobody waits for the document.
  const isDecided = visitor && isEdge && !isPreview && decideAsBefore();
  const begun = async () => {
    if (isPreview) await Promise.race([preview(), expire()]).catch(() => {});
    if (visitor) await load();
  };
  const loading = begun();
  const ready = isDecided ? Promise.resolve() : loading;

  // Looked at again now and then, and whenever the page is shown: a pause reaches open pages, too.

  const show = () => watchers.forEach((look) => look());
  let refreshing = isDecided ? loading.then(show) : loading;
  const refresh = () => {
    if (visitor) refreshing = refreshing.then(load).then(show);
    return refreshing;
  };

  // Events wait a moment for others, and for `ready`: an exposure may be about to come. What could not
  // be taken is kept for later, on this page or on another one, and counts once by its id.

  const queue = [];
  let onTheWay = [];
  let pause = FIRST_PAUSE_MILLISECONDS;
  let isWaiting = false;
  // What was sent last was not taken: until something is, what goes on leaving is kept as well.
  let isUntaken = false;
  // Each with the number of times that it was sent.
  const tries = new WeakMap();
  const keptEvents = () => kept(KEPT) || [];
  const keepEvents = (events) => {
    if (!events.length) return;
    const again = events.filter((event) => (tries.get(event) || 0) < MOST_TRIES);
    // It counts on its day, whenever it arrives.
    for (const event of again) event.time = event.time || new Date().toISOString();
    const all = keptEvents().concat(again.map((event) => [tries.get(event) || 0, event]));
    keep(KEPT, all.slice(-MOST_KEPT));
  };
  const recover = () => {
    if (isPreview) return;
    const found = keptEvents();
    attempt(() => localStorage.removeItem(KEPT));
    // Whatever else has been written there is left out.
    attempt(() => {
      for (const [number, event] of found) {
        tries.set(event, number);
        queue.push(event);
        isUntaken = true;
      }
    });
    if (queue.length) wait();
  };
  const bodyOf = (events) => {
    for (const event of events) tries.set(event, (tries.get(event) || 0) + 1);
    // A browser that a program leads says so: nobody is there to be counted.
    const automated = navigator.webdriver === true || undefined;
    return JSON.stringify({ key, events, automated });
  };
  // The server is told once of each run what its visitor has seen, not on every page.
  const told = () => {
    const { unit, runs } = kept(TOLD) || {};
    return (unit === visitor && runs) || {};
  };
  const noteTold = (events, { dropped, kept }) => {
    if (dropped.some(({ reason }) => reason === "not_exposed"))
      return localStorage.removeItem(TOLD);
    const lost = new Set(dropped.map(({ index }) => index));
    const taken = events.filter(({ type }, index) => type === "exposure" && !lost.has(index));
    if (kept || !taken.length) return;
    const added = members(taken.map(({ experiment }) => [experiment, runs.get(experiment)]));
    keep(TOLD, { unit: visitor, runs: { ...told(), ...added } });
  };
  const post = async () => {
    onTheWay = queue.splice(0, MOST_EVENTS);
    try {
      // As text, browsers ask nothing before it.
      const options = { method: "POST", keepalive: true, credentials: "omit" };
      const answer = await fetch(`${origin}/collect`, { ...options, body: bodyOf(onTheWay) });
      // Read to its end, so that the browser is done with it.
      const said = await answer.text();
      // A site may be listed again; of events that are none, or a key that is none, nothing will come.
      if (answer.status > 402) throw answer;
      attempt(() => noteTold(onTheWay, JSON.parse(said)));
      pause = FIRST_PAUSE_MILLISECONDS;
      isUntaken = false;
    } catch (_error) {
      isUntaken = true;
      keepEvents(onTheWay);
      setTimeout(recover, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS);
    }
    onTheWay = [];
  };
  const wait = () => {
    if (isWaiting || !visitor) return;
    isWaiting = true;
    ready.then(() =>
      setTimeout(async () => {
        // Nobody has seen yet what a browser prepares before it is asked for. One request at a time:
        // two on their way at once may overtake each other.
        if (queue.length && !document.prerendering) await post();
        isWaiting = false;
        if (queue.length && !document.prerendering) wait();
      }, QUEUE_MILLISECONDS),
    );
  };
  const leave = () => {
    if (document.prerendering) return;
    // Once more with the rest: nobody learns any more what becomes of it, nor which arrives first.
    // Who has not answered the last request, or not taken it, may not take this: it is kept as well.
    if (onTheWay.length) isUntaken = true;
    queue.unshift(...onTheWay.splice(0));
    while (queue.length) {
      const events = queue.splice(0, MOST_EVENTS);
      const isSent =
        navigator.onLine !== false
        && attempt(() => navigator.sendBeacon(`${origin}/collect`, bodyOf(events)));
      if (!isSent || isUntaken) keepEvents(events);
    }
  };
  if (isConnected) {
    const isShown = () => !document.hidden;
    setInterval(() => isShown() && refresh(), REFRESH_MILLISECONDS);
    document.addEventListener("visibilitychange", () => (isShown() ? refresh() : leave()));
    document.addEventListener("prerenderingchange", wait);
    window.addEventListener("pageshow", (event) => event.persisted && refresh());
    window.addEventListener("online", recover);
    window.addEventListener("pagehide", leave);
    // A page of one document has gone to another address.
    attempt(() => navigation.addEventListener("navigatesuccess", refresh));
    if (visitor) recover();
  }

  const expose = (experiment) => {
    const run = runs.get(experiment);
    exposed.set(experiment, run);
    if (isPreview || isOwn() || (run && told()[experiment] === run)) return;
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
    if (previewed.has(experiment)) return previewed.get(experiment);
    if (!values.has(experiment)) return fallback;
    const isSeen = exposed.has(experiment) && exposed.get(experiment) === runs.get(experiment);
    if (!(isSeen || shipped.has(experiment))) expose(experiment);
    return values.get(experiment);
  };
  const watch = (experiment, fallback, render) => {
    let shown;
    const look = () => {
      const now = JSON.stringify(variant(experiment, fallback));
      if (now === shown) return;
      shown = now;
      attempt(() => render(variant(experiment, fallback)));
    };
    ready.then(() => {
      watchers.push(look);
      look();
    });
  };
  const track = (goal, what) => {
    if (!visitor || isPreview || isOwn()) return;
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
      id: attempt(() => sendable(id)) || random(),
      time: attempt(() => (time == null ? undefined : new Date(time).toISOString())),
    });
    wait();
  };

  const consent = (isGiven) => {
    if (isGiven === true && isAllowed && visitor) return refreshing;
    isAllowed = isGiven === true;
    if (isAllowed) {
      if (!visitor) begin();
      return refresh();
    }
    forget();
    queue.length = 0;
    onTheWay.length = 0;
    visitor = undefined;
    tag = "";
    take([]);
    return Promise.resolve(show());
  };

  const attributes = (more) => {
    said = { ...said, ...more };
    return refresh();
  };

  const calls = stub ? stub.calls.splice(0) : [];
  const made = Object.assign(stub || {}, {
    variant,
    watch,
    track,
    refresh,
    consent,
    attributes,
  });
  window[name] = made;
  Object.defineProperty(made, "visitor", { get: () => visitor });
  if (stub) {
    // Included once more, it is not loaded anew.
    delete stub.calls;
    ready.then(stub.settle);
  } else {
    made.ready = ready;
  }
  for (const [called, values] of calls) attempt(() => made[called](...values));
};

// Two projects on one page have two names: each of their lines says its own.
// A name that the browser keeps for itself stops no other one.
(window.switchyard_names || ["switchyard"]).forEach((name) => {
  try {
    start(name);
  } catch (_error) {
    console.warn(`Switchyard: ${name} is no name that can be had.`);
  }
});
