"""The `run` script: how it counts, and what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.test_house import ROOT, run

pytestmark = pytest.mark.only_on("sqlite")

RESULT = """<testsuites><testsuite>
<testcase classname="tests.a" name="good"/>
<testcase classname="tests.a" name="wrong"><failure message="no"/></testcase>
<testcase classname="tests.a" name="broke"><error message="oh"/></testcase>
<testcase classname="tests.a" name="left_out"><skipped message="no browser"/></testcase>
</testsuite></testsuites>"""


def test_what_was_skipped_has_failed_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "result.xml").write_text(RESULT)
    assert run.counted("SQLite", tmp_path / "result.xml") == [1, 3]
    assert "SQLite: skipped, so failed: tests.a::left_out: no browser" in capsys.readouterr().out


def _said(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(ROOT / "run"), *words], capture_output=True, text=True, check=False)


def test_without_words_it_lists_every_verb() -> None:
    done = _said()
    assert done.returncode == 0
    for verb in run.VERBS:
        assert f"./run {verb:10} " in done.stdout


def test_an_unknown_verb_is_told_and_fails() -> None:
    done = _said("tset")
    assert (done.returncode, "“tset” is none of these." in done.stderr) == (1, True)


def test_an_unknown_bench_is_told_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "install", lambda what: None)
    with pytest.raises(SystemExit, match=r"No bench called nosuch\. There are: "):
        run.bench("nosuch")


def test_a_missing_browser_is_told_where_it_cannot_be_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"A browser for the tests .* is missing here"):
        run.browser()


def test_a_browser_on_the_path_or_of_playwright_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "own" / "chromium-1" / "chrome-linux" / "chrome"
    own.parent.mkdir(parents=True)
    own.touch()
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run.browser() == str(own)
    installed = tmp_path / "google-chrome"
    installed.touch(0o755)
    assert run.browser() == str(installed)


def test_an_installation_is_known_by_all_that_it_depends_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run, "VENV", tmp_path)
    assert not run._stamped("run")
    run._stamp("run").write_text(run._print_of("run"))
    assert run._stamped("run")
    changed = tmp_path / "run.txt"
    changed.write_text(run.WANTED["run"].read_text() + "one==1")
    monkeypatch.setitem(run.WANTED, "run", changed)
    assert not run._stamped("run")


def test_ones_own_settings_do_not_reach_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIALOGUE_DATABASE_URL", "postgresql://production")
    monkeypatch.setenv("TRIALOGUE_TEST_POSTGRES", "postgresql://mine")
    environment = run._bare_environment()
    assert "TRIALOGUE_DATABASE_URL" not in environment
    assert environment["TRIALOGUE_TEST_POSTGRES"] == "postgresql://mine"
