"""What the files of `deploy/` say, and other places say alike."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.docs.documents import ROOT, text_of, tracked

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
HOME = "/opt/switchyard"
_INSTRUCTION = re.compile(r"^(?:HEALTHCHECK .*\s)?([A-Z]+)\s+(.*)$", re.S)


def whole_lines(path: Path) -> list[str]:
    """The lines of a file without comments; one that ends with a backslash goes on."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.M)
    return [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line.strip()]


def instructions(name: str) -> list[str]:
    """Return what the Containerfile's instructions of a name say, from top to bottom."""
    found = (_INSTRUCTION.fullmatch(line) for line in whole_lines(DEPLOY / "Containerfile"))
    return [each[2] for each in found if each and each[1] == name]


def copied() -> list[str]:
    """Return what of the repository is in the image."""
    own = (shlex.split(each) for each in instructions("COPY") if not each.startswith("--from"))
    return [source for words in own for source in words[:-1]]


def copied_to_install() -> list[str]:
    """Return what of the repository is there when the image installs what it needs."""
    return [each for each in copied() if each.endswith(("pyproject.toml", "uv.lock"))]


def healthcheck() -> list[str]:
    """The command that asks whether a container is well."""
    return json.loads(instructions("CMD")[0])


def command() -> list[str]:
    """The image's own command."""
    return json.loads(instructions("CMD")[1])


def compose() -> Any:  # noqa: ANN401 - YAML
    """The compose file."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def typed_for_containers() -> list[list[str]]:
    """Return what documents have operators type for containers: a verb of compose, and more."""
    begin = re.compile(r"^docker compose --env-file settings\.env (.*)$", re.M)
    texts = (text_of(each) for each in tracked("*.md"))
    return [shlex.split(each) for text in texts for each in begin.findall(text)]


def typed(document: str, heading: str) -> Sequence[str]:
    """Return what a document tells operators to type under a heading, line by line."""
    section = text_of(document).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^```text\n(.*?)^```", section, re.M | re.S)
    return "".join(found).splitlines()


def unit(path: Path) -> Mapping[str, str]:
    """Return what a systemd unit says."""
    return dict(line.split("=", 1) for line in whole_lines(path) if "=" in line)


def example_settings() -> list[str]:
    """The names in the example of the settings' file."""
    return [line.split("=")[0] for line in whole_lines(DEPLOY / "settings.env.example")]


def settings() -> set[str]:
    """The settings that the application knows, by its reference, which a test holds to it."""
    return set(re.findall(r"`([A-Z][A-Z_]+)`", text_of("docs/reference/settings.md")))


def of_server(words: list[str]) -> list[str]:
    """The server's command as it is everywhere: without where it is, and what it listens at."""
    without_address = re.sub(r"--host \S+ --port \S+ ", "", shlex.join(words))
    return shlex.split(re.sub(r"^\S*granian ", "", without_address))
