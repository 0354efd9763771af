"""The lines by which a page loads the script, and what a content security policy says of them."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

from app.api.visitors import built_scripts

SECONDS_TO_LOAD = 3
LONGEST_HIDDEN_MILLISECONDS = 1000

# Whatever becomes of the server, the page's own scripts do not wait for it, nor its `load`: this
# loads the script beside them, keeps what is called meanwhile, and has `ready` come in any case.
# Where no script has come by then, what is watched shows the original.
_LINES = """
  ((name, settings) => {
    if ((window[name] || {}).track) return;
    const stub = { settings, calls: [], variant: (experiment, fallback) => fallback };
    stub.refresh = () => stub.ready;
    for (const called of ["track", "watch", "consent", "attributes"]) {
      stub[called] = (...values) => {
        stub.calls.push([called, values]);
        if (called === "watch") stub.ready.then(() => stub.calls && values[2](values[1]));
      };
    }
    stub.ready = new Promise((settle) => {
      stub.settle = settle;
      setTimeout(settle, %(milliseconds)s);
    });
    window[name] = stub;
    (window.switchyard_names = window.switchyard_names || []).push(name);
%(loading)s
    if (settings.hide && document.adoptedStyleSheets) {
      const hidden = new CSSStyleSheet();
      hidden.replaceSync(`${settings.hide} { visibility: hidden !important }`);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, hidden];
      const show = () => hidden.replaceSync("");
      stub.ready.then(show);
      setTimeout(show, %(hidden_milliseconds)s);
    }
  })("switchyard", {
%(settings)s
  });
"""
_NEWEST = "    import(`${settings.src}#${name}`).catch(() => stub.settle());"
# No import compares what it loads with a checksum, and a tag would have the page wait for it.
_FIXED = """\
    fetch(settings.src, { integrity: settings.integrity })
      .then((answer) => answer.text())
      .then((text) => {
        document.head.append(Object.assign(document.createElement("script"), { text }));
      })
      .catch(() => stub.settle());"""


@dataclass(frozen=True)
class ScriptLines:
    """The lines as they stand between their tags, and the policy that lets only them run."""

    lines: str
    policy: str

    @property
    def tag(self) -> str:
        """Return the lines with their tags."""
        return f"<script>{self.lines}</script>"


def newest(address: str, client_key: str) -> ScriptLines:
    """Return what loads the script that the server has then."""
    lines = _lines(_NEWEST, src=f"{address}/switchyard.js", key=client_key)
    return ScriptLines(lines, _policy(address, _checksum(lines)))


def fixed(address: str, client_key: str) -> ScriptLines:
    """Return what loads the script of this version, and nothing else."""
    script = built_scripts.newest()
    settings = {"src": f"{address}{script.path}", "integrity": script.integrity, "key": client_key}
    lines = _lines(_FIXED, **settings)
    return ScriptLines(lines, _policy(address, _checksum(lines), script.integrity))


def _lines(loading: str, **settings: str) -> str:
    return _LINES % {
        "loading": loading,
        "settings": "\n".join(f'    {name}: "{value}",' for name, value in settings.items()),
        "milliseconds": SECONDS_TO_LOAD * 1000,
        "hidden_milliseconds": LONGEST_HIDDEN_MILLISECONDS,
    }


def _policy(address: str, *checksums: str) -> str:
    allowed = " ".join(f"'{each}'" for each in checksums)
    return f"script-src {allowed} {address}; connect-src {address}"


def _checksum(lines: str) -> str:
    return f"sha256-{b64encode(sha256(lines.encode()).digest()).decode()}"
