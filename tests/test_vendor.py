"""Scripts of others in static/vendor: pinned, whole, licensed, and used as they are."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VENDOR = ROOT / "static" / "vendor"
SUMS = {
    name: checksum
    for checksum, name in (
        line.split() for line in (VENDOR / "SHA256SUMS").read_text().splitlines()
    )
}
OUR_OWN = ("{{ url_for('static'", "{{ url_for('script.show')")
SCRIPTS = sorted(path.name for path in VENDOR.glob("*.js"))


@pytest.mark.parametrize("name", SUMS)
def test_a_vendored_file_is_what_its_checksum_says(name: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == SUMS[name]


def test_every_vendored_file_has_a_checksum() -> None:
    files = {path.name for path in VENDOR.iterdir()} - {"SHA256SUMS"}
    assert files == set(SUMS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_vendored_script_has_its_version_in_its_name_and_its_licence_beside_it(
    script: str,
) -> None:
    versioned = re.fullmatch(r"(?P<package>.+)-\d+\.\d+\.\d+\.min\.js", script)
    assert versioned
    package = versioned["package"]
    licences = [VENDOR / f"{name}-LICENSE.txt" for name in (package, package.removesuffix("-ext"))]
    assert any(path.exists() and len(path.read_text()) > 300 for path in licences)


def test_htmx_is_the_2_that_the_pages_are_written_for() -> None:
    assert 'version:"2.0.11"' in (VENDOR / "htmx-2.0.11.min.js").read_text()


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_vendored_script_is_loaded_by_a_template(script: str) -> None:
    templates = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    assert any(f"vendor/{script}" in template for template in templates)


def test_no_template_loads_anything_from_elsewhere() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        loaded = re.findall(
            r"<(?:script|link|img|iframe)[^>]*?(?:src|href)=\"([^\"]*)", path.read_text()
        )
        assert all(address.startswith(OUR_OWN) for address in loaded), path.name
