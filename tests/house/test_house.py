"""The house itself: its rules hold, its papers say what is there, and nothing of others lies in it."""

from __future__ import annotations

import os
import re
import stat
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from trialogue.settings import env

# None of this asks a database anything, so once is enough.
pytestmark = pytest.mark.only_on("sqlite")

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "trialogue"
NOT_OURS = {
    ".git", ".venv", ".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__",
    "build", "data", "dist", "node_modules", "test-results",
}  # fmt: skip


def _run() -> ModuleType:
    loader = SourceFileLoader("run", str(ROOT / "run"))
    spec = spec_from_loader("run", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


run = _run()


def _files(*endings: str, below: Path = ROOT) -> Iterator[Path]:
    for folder, folders, names in os.walk(below):
        folders[:] = [name for name in folders if name not in NOT_OURS and not name.endswith(".egg-info")]
        yield from (Path(folder) / name for name in names if name.endswith(endings or ("",)))


def _told(paths: Iterator[Path] | list[Path]) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in paths)


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", run.CHECKS)
def test_the_house_passes(name: str) -> None:
    done = run.run_check(run.CHECKS[name])
    assert done.returncode == 0, done.stdout


# --- what is told and what is there -----------------------------------------------------------------------------------


def _rooms_that_are() -> set[str]:
    """Every folder of Python that is more than a collection of others, as ARCHITECTURE.md draws them."""
    inner = {"management", "migrations", "templatetags", "carriers", "commands", "locale", "templates", "static"}
    folders = {path.parent.relative_to(HOUSE) for path in _files("__init__.py", below=HOUSE)}
    return {
        str(folder) for folder in folders if folder.parts and not inner & set(folder.parts) and len(folder.parts) < 3
    } - {"lib/businesstime", "lib/mailtext", "lib/redact"}


def _rooms_that_are_told() -> set[str]:
    """The folders below trialogue/ in the tree of ARCHITECTURE.md, which is indented by two spaces a step."""
    drawn = (ROOT / "ARCHITECTURE.md").read_text()
    tree = next(
        block for block in re.findall(r"```\w*\n(.*?)```", drawn, re.S) if re.search(r"^trialogue/", block, re.M)
    )
    rooms, above = set[str](), list[str]()
    for line in tree.splitlines():
        if found := re.match(r"( *)(\w+)/(?:\s|$)", line):
            above[len(found[1]) // 2 :] = [found[2]]
            rooms.add("/".join(above))
    return {room.removeprefix("trialogue/") for room in rooms if room.startswith("trialogue/")}


def test_every_room_is_in_the_architecture_and_every_room_there_exists() -> None:
    assert _rooms_that_are_told() == _rooms_that_are()


@pytest.mark.parametrize("room", sorted(_rooms_that_are()))
def test_every_room_has_a_page_about_itself(room: str) -> None:
    page = (HOUSE / room / "README.md").read_text()
    assert 4 <= len(page.splitlines()) <= 20
    assert page.startswith(f"# {Path(room).name}")


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    documented = set(re.findall(r"\bTRIALOGUE_[A-Z_]+\b", (ROOT / "docs" / "operations.md").read_text()))
    assert {name for name in documented if not name.startswith("TRIALOGUE_TEST_")} == set(env.known)


def test_the_default_of_no_setting_is_left_unsaid() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    rows = {row.split("`")[1] for row in page.splitlines() if row.startswith("| `TRIALOGUE_") and row.count("|") == 4}
    assert rows == set(env.known)


def test_every_verb_that_a_page_tells_of_exists() -> None:
    told = {verb for page in _files(".md") for verb in re.findall(r"\./run ([a-z]+)", page.read_text())}
    assert told - run.VERBS.keys() == set()
    assert {"demo", "test"} <= told


# --- what must not be here --------------------------------------------------------------------------------------------

REGISTRIES = (
    "pypi" ".org", "python" "hosted.org", "registry." "npmjs", "npmjs" ".com", "deb." "debian", "unpkg" ".com", "jsdelivr" ".net",
    "cdn" "js.",
)  # fmt: skip


def test_no_host_of_a_package_registry_is_named() -> None:
    naming = [path for path in _files() if any(host.encode() in path.read_bytes() for host in REGISTRIES)]
    assert _told(naming) == []


def test_no_file_of_others_lies_here() -> None:
    foreign = re.compile(rb"@license|@preserve|Copyright \(c\)|sourceMappingURL", re.I)
    theirs = [
        path
        for path in _files(".js", ".css", ".py", ".html", ".svg")
        if path != Path(__file__) and foreign.search(path.read_bytes())
    ]
    minified = [
        path
        for path in _files(".js", ".css")
        if ".min." in path.name or max(map(len, path.read_text().splitlines()), default=0) > 1000
    ]
    assert _told(theirs + minified) == []


def test_nothing_large_lies_here() -> None:
    assert _told([path for path in _files() if path.stat().st_size > 600_000]) == []


def _pages() -> list[Path]:
    """Templates of pages; those of mails are read by programs that know no other style than one in place."""
    found = _files(".html", below=HOUSE)
    return [path for path in found if not {"deliveries", "email"} & set(path.parts) and "letter" not in path.name]


INLINE = {
    "a script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/(ld\+)?json)", re.I),
    "a style": re.compile(r"<style\b", re.I),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "a handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "a javascript: address": re.compile(r"javascript:", re.I),
}


@pytest.mark.parametrize("what", INLINE)
def test_no_page_carries_code_or_style_in_place(what: str) -> None:
    assert len(_pages()) > 10
    assert _told([path for path in _pages() if INLINE[what].search(path.read_text())]) == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a script", "<script>1</script>"),
        ("a style", "<style>"),
        ("a style attribute", '<p class="a" style="b">'),
        ("a handler", "<a\nonclick = 'x'>"),
        ("a javascript: address", "<a href=javascript:x>"),
    ],
)
def test_code_or_style_in_place_would_be_found(what: str, text: str) -> None:
    assert INLINE[what].search(text)


# --- what is installed ------------------------------------------------------------------------------------------------


def _pinned(name: str) -> dict[str, str]:
    """Name and version of every requirement, each of which carries a hash."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    assert [line for line in lines if not re.match(r"[a-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []
    return dict(line.split()[0].split("==") for line in lines)


def test_what_runs_is_tested_at_the_same_versions() -> None:
    tested = _pinned("dev")
    assert {name: version for name, version in _pinned("run").items() if tested.get(name) != version} == {}


def test_every_dependency_is_locked() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = told["project"]["dependencies"] + [
        each for extra in told["project"]["optional-dependencies"].values() for each in extra
    ]
    names = {re.split(r"[\[<>=~!; ]", each)[0].lower() for each in wanted}
    assert names - _pinned("run").keys() == set()


def test_the_wheel_holds_everything_that_is_no_python(tmp_path: Path) -> None:
    with zipfile.ZipFile(run.build_wheel(tmp_path / "source", tmp_path)) as wheel:
        held = set(wheel.namelist())
    wanted = {str(path.relative_to(ROOT)) for path in _files(below=HOUSE) if path.suffix not in (".pyc", ".md", ".po")}
    assert sorted(wanted - held) == []
    assert sorted(name for name in held if name.startswith(("tests/", "bench/"))) == []


def test_ci_runs_all_of_it() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert script.read_text().rstrip().endswith("exec ./run test")
