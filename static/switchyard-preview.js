// What /switchyard.js loads where somebody follows a preview link: which variant the link shows, and
// the bar that says so. The link is kept for the tab alone, so that it lasts while they click on.
(() => {
  "use strict";

  const PARAMETER = "switchyard_preview";
  const IN_ADDRESS = /([?&])switchyard_preview=[^&]*&?/;
  const MILLISECONDS = 2000;
  const NO_LINK = 404;
  // No such key, a site that is not listed, no link, or one that has ended: that stays so.
  const LASTING = [401, 403, NO_LINK, 410];
  const BAR = "switchyard-preview";
  const STYLE = `
    :host { all: initial; display: block; }
    section {
      position: fixed; right: 0; bottom: 0; left: 0; z-index: 2147483647; box-sizing: border-box;
      display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; padding: 8px 12px;
      border-top: 2px solid #ffd23f; background: #1d2129; color: #fff; color-scheme: dark;
      font: 15px/1.4 system-ui, sans-serif;
    }
    p { flex: 1 1 14em; margin: 0; overflow-wrap: anywhere; }
    form { display: flex; flex-wrap: wrap; gap: 8px; max-width: 100%; margin: 0; }
    select, button {
      box-sizing: border-box; min-height: 36px; max-width: 100%; margin: 0; padding: 4px 10px;
      border: 1px solid #aeb6c2; border-radius: 6px; background: #2e3440; color: #fff; font: inherit;
    }
    select { flex: 1 1 4.5em; min-width: 0; }
    button { cursor: pointer; }
    button:hover { background: #434c5e; }
    :focus-visible { outline: 3px solid #ffd23f; outline-offset: 2px; }
    .folded { right: auto; border-right: 2px solid #ffd23f; }
    .folded > :not(.fold) { display: none; }
    @media print { section { display: none; } }
  `;

  const attempt = (work) => {
    try {
      return work();
    } catch (_error) {
      return undefined;
    }
  };
  const made = (name, members, ...within) => {
    const element = Object.assign(document.createElement(name), members);
    element.append(...within);
    return element;
  };

  // The rest of the address stays as it is written: experiments may ask for it.
  const leaveAddress = () => {
    const query = location.search.replace(IN_ADDRESS, "$1").replace(/[?&]$/, "");
    const address = location.pathname + query + location.hash;
    attempt(() => history.replaceState(history.state, "", address));
  };
  const reload = () => {
    leaveAddress();
    location.reload();
  };

  const begin = (origin, key) => {
    const keep = (entry) =>
      attempt(() => {
        sessionStorage.setItem(PARAMETER, JSON.stringify(entry));
        return true;
      });
    const token = new URLSearchParams(location.search).get(PARAMETER);
    const kept = attempt(() => JSON.parse(sessionStorage.getItem(PARAMETER))) || {};
    // What is followed anew goes before what was chosen in the bar.
    const entry = token ? { token } : kept;
    const isKept = keep(entry);
    if (isKept) leaveAddress();

    const draw = (said, ...controls) => {
      const end = made("button", { type: "button", textContent: "End preview" });
      end.addEventListener("click", () => {
        attempt(() => sessionStorage.removeItem(PARAMETER));
        reload();
      });
      const form = made("form", {}, ...controls, end);
      const text = made("p", { textContent: said });
      const fold = made("button", { type: "button", className: "fold" });
      const bar = made("section", { lang: "en" }, text, form, fold);
      const foldOr = (isFolded) => {
        bar.classList.toggle("folded", isFolded);
        fold.textContent = isFolded ? "Preview" : "Fold";
        fold.setAttribute("aria-expanded", String(!isFolded));
      };
      foldOr(entry.isFolded === true);
      fold.addEventListener("click", () => {
        entry.isFolded = entry.isFolded !== true;
        foldOr(entry.isFolded);
        if (isKept) keep(entry);
      });
      bar.setAttribute("aria-label", "Switchyard preview");
      const host = document.createElement(BAR);
      const root = host.attachShadow({ mode: "open" });
      attempt(() => {
        // The page's policy may forbid any other style.
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
        root.adoptedStyleSheets = [sheet];
      });
      root.append(bar);
      for (const other of document.querySelectorAll(BAR)) other.remove();
      // Beside the body, which may not be there yet, and which the page may draw anew.
      document.documentElement.append(host);
      // As much room below the page as the bar takes: it covers nothing that is at the foot.
      const leaveRoom = () => {
        host.style.height = `${bar.offsetHeight}px`;
      };
      attempt(() => new ResizeObserver(leaveRoom).observe(bar));
      return form;
    };

    const drawVariants = ({ name, variants }, shown) => {
      const options = variants.map((each) =>
        made("option", { value: each.key, textContent: each.name, selected: each === shown }),
      );
      const choice = made("select", {}, ...options);
      choice.setAttribute("aria-label", "Variant");
      const button = made("button", { textContent: "Show" });
      const said = `Preview: ${name}, ${shown.name}. Nothing is counted.`;
      // Where nothing is kept, the next page would know nothing of another choice.
      draw(said, ...(isKept ? [choice, button] : [])).addEventListener("submit", (event) => {
        event.preventDefault();
        keep({ ...entry, variant: choice.value });
        reload();
      });
    };

    const found = async () => {
      const address = `${origin}/preview/v1/${key}?token=${encodeURIComponent(entry.token)}`;
      const answer = await fetch(address, { credentials: "omit" });
      const members = await answer.json();
      return { ...members, status: answer.status };
    };
    const late = () => new Promise((_, refuse) => setTimeout(refuse, MILLISECONDS));
    return Promise.race([found(), late()])
      .catch(() => ({}))
      .then((preview) => {
        if (!preview.variants) {
          // Of two projects on the page it is the other's.
          if (preview.status === NO_LINK && document.querySelector(BAR)) return undefined;
          const why =
            (LASTING.includes(preview.status) && preview.error)
            || "The preview cannot be had now: load the page again.";
          draw(`${why} You see the original. Nothing is counted.`);
          return undefined;
        }
        const { experiment, variants } = preview;
        const of = (wanted) => variants.find((each) => each.key === wanted);
        const shown = of(entry.variant) || of(preview.variant);
        drawVariants(preview, shown);
        return { experiment, value: shown.value };
      });
  };

  window.switchyardPreview = begin;
})();
