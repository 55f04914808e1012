"""`trialogue articles`: a folder in, a folder out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.cast import Cast
from trialogue.articles.models import Article, Version
from trialogue.doors.console.management.commands import prepare
from trialogue.events.change import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en/cases").mkdir(parents=True)
    (tmp_path / "collections.toml").write_text('[cases]\ntitle = "Cases"\naudience = ["client"]\n')
    page = '+++\ntitle = "T"\nsummary = "S"\naudience = ["client"]\nkind = "how-to"\n+++\n\nWords.\n'
    (tmp_path / "en/cases/one.md").write_text(page)
    return tmp_path


def test_push_says_what_it_did_and_by_the_operator(
    cast: Cast, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("articles", "push", folder)
    assert capsys.readouterr().out == "1 new, 1 written, 1 published.\n"
    assert Version.objects.get().editor == "Trialogue Operations"
    call_command("articles", "push", folder)
    assert capsys.readouterr().out == "0 new, 0 written, 0 published.\n"


def test_before_there_is_an_operator_the_house_lays_it_in(folder: Path) -> None:
    call_command("articles", "push", folder)
    assert Version.objects.get().editor == "Trialogue"


def test_pull_writes_what_there_is(cast: Cast, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("articles", "push", folder)
    call_command("articles", "pull", folder / "out")
    assert "1 files in" in capsys.readouterr().out
    assert 'title = "T"' in (folder / "out/en/cases/one.md").read_text()


def test_what_is_wrong_is_told_and_nothing_is_laid_in(cast: Cast, folder: Path) -> None:
    (folder / "en/cases/two.md").write_text("nothing")
    with pytest.raises(CommandError) as caught:
        call_command("articles", "push", folder)
    assert "two.md:1: The file must begin" in str(caught.value)
    assert str(caught.value).endswith("Nothing was laid in.")
    assert not Article.objects.exists()


def test_a_folder_that_cannot_be_written_is_said_so(cast: Cast, folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(CommandError, match="file"):
        call_command("articles", "pull", folder / "file")


def test_a_new_house_begins_with_those_we_ship_once(
    folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trialogue.articles.folder.SHIPPED", folder)
    prepare.lay_in_articles()
    assert not Article.objects.exists()  # as the tests begin
    settings.SHIP_ARTICLES = True
    prepare.lay_in_articles()
    assert Version.objects.get().editor == "Trialogue"
    Article.objects.get().translations.get().take_back(by=SYSTEM)
    prepare.lay_in_articles()
    assert Version.objects.count() == 1
