"""The nginx of `deploy/` on free ports of 127.0.0.1, with a certificate of its own."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.servers import ROOT
from tests.watching import until

NAME = "experiments.example.com"
HOW_TO_GET_NGINX = "nginx or openssl is not installed: apt-get install nginx openssl"
SECONDS_TO_BEGIN = 20
# A test says by it from where it comes, of addresses that this machine does not have.
COMES_FROM = "X-Test-Address"
_FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def find_nginx() -> str | None:
    """Return where nginx is, if it and what makes certificates are installed."""
    return shutil.which("openssl") and shutil.which(
        "nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin"
    )


@dataclass(frozen=True)
class Proxy:
    """An nginx that answers browsers that ask for NAME; `folder` is its own."""

    folder: Path
    port: int
    plain_port: int

    @property
    def log(self) -> Path:
        """Return where it writes a line for each request."""
        return self.folder / "access.log"

    @property
    def tls(self) -> ssl.SSLContext:
        """Return what trusts its certificate."""
        return ssl.create_default_context(cafile=self.folder / "tls" / "fullchain.pem")

    def client(self, at: str = "127.0.0.1") -> httpx.Client:
        """A browser at an address of this machine, which takes it for NAME."""
        return httpx.Client(
            base_url=f"https://{'[::1]' if ':' in at else '127.0.0.1'}:{self.port}",
            headers={"Host": NAME, "User-Agent": "Mozilla/5.0"},
            transport=httpx.HTTPTransport(verify=self.tls, local_address=at),
            event_hooks={"request": [_by_name]},
            timeout=20,
        )

    def connect(self) -> ssl.SSLSocket:
        """A bare connection to it."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return self.tls.wrap_socket(plain, server_hostname=NAME)


def _by_name(request: httpx.Request) -> None:
    request.extensions["sni_hostname"] = NAME


@contextmanager
def proxy(folder: Path, upstream: str) -> Generator[Proxy]:
    """The nginx of `deploy/` before what listens at `upstream`, a host and port."""
    port, plain_port = free_port(), free_port()
    nginx = _set_up(folder, upstream, port, plain_port)
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen([*nginx, "-g", "daemon off;"], stderr=log, stdout=log)
    try:
        until(lambda: listens(process, port, folder / "error.log"), SECONDS_TO_BEGIN)
        yield Proxy(folder, port, plain_port)
    finally:
        process.terminate()
        process.wait()


def _set_up(folder: Path, upstream: str, port: int, plain_port: int) -> list[str]:
    """Write its files, have it check them itself, and return how it is started with them."""
    site = _written((ROOT / "deploy/nginx/switchyard.conf").read_text(), folder, port, plain_port)
    before = (ROOT / "deploy/nginx/upstream-systemd.conf").read_text()
    assert "127.0.0.1:8000" in before
    named = (ROOT / "deploy/nginx/server-name.conf.example").read_text()
    (folder / "server-name.conf").write_text(named)
    (folder / "site.conf").write_text(site + before.replace("127.0.0.1:8000", upstream))
    temporary = "\n".join(f"{each}_temp_path {folder}/{each};" for each in _FOLDERS)
    # Workers of another user may not write where this one's tests do.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\ngzip on;\ngzip_proxied any;\n{temporary}\n"
        f"set_real_ip_from 127.0.0.1;\nreal_ip_header {COMES_FROM};\n"
        f"include {folder}/site.conf;\n}}\n"
    )
    _certify(folder / "tls")
    nginx = [str(find_nginx()), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    checked = subprocess.run([*nginx, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    return nginx


def _written(site: str, folder: Path, port: int, plain_port: int) -> str:
    """Return the site with this machine's ports and paths."""
    assert site.count("listen 443") == site.count("listen [::]:443") == 2
    if not has_ipv6():
        site = re.sub(r"^ *listen \[::\].*\n", "", site, flags=re.M)
    for its, ours in (("", "127.0.0.1:"), ("[::]:", "[::1]:")):
        site = site.replace(f"listen {its}443", f"listen {ours}{port}")
        site = site.replace(f"listen {its}80;", f"listen {ours}{plain_port};")
    assert site.count("/var/log/nginx/") == 1
    site = site.replace("/var/log/nginx/", f"{folder}/")
    return site.replace("/etc/switchyard/", f"{folder}/")


def _certify(folder: Path) -> None:
    """Make a certificate for NAME that is good for a day."""
    folder.mkdir()
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-days", "1"]
    command += ["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", f"/CN={NAME}"]
    command += ["-addext", f"subjectAltName=DNS:{NAME}"]
    command += ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(command, check=True, capture_output=True)


def has_ipv6() -> bool:
    """Return whether this machine has IPv6 switched on."""
    return Path("/proc/net/if_inet6").exists()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def listens(process: "subprocess.Popen[bytes]", port: int, log: Path) -> bool:
    """Return whether a process has come to listen; fail with its log where it has ended."""
    assert process.poll() is None, log.read_text()
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
