"""Articles as a folder: `collections.toml`, LANGUAGE/COLLECTION/SLUG.md with front matter in TOML, and pictures/SLUG/NAME.

A folder is read as a whole first, and everything wrong with it told at once, each with its file and line; then it is laid in by the
verbs of the articles. What is there already is left as it is, so twice is once; what the folder does not name is left alone.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from trialogue.articles import markdown
from trialogue.articles.models import (
    FALLBACK,
    Article,
    Audience,
    Collection,
    Kind,
    Translation,
    Visible,
    checked_words,
    loose_ends,
    unknown_pictures,
)
from trialogue.articles.pictures import Picture, judge
from trialogue.events.change import Doer

SHIPPED = Path(__file__).parent / "library"
COLLECTIONS, PICTURES = "collections.toml", "pictures"
FENCE = "+++"
_SETTINGS = ("kind", "audience", "visible", "related")
_KNOWN = {"title", "summary", "updated", "draft", *_SETTINGS}
_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)\Z")


class Unreadable(Exception):
    """What is wrong with a folder: a line each, “file:line: what it is”."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass
class Page:
    """A file: an article in one language."""

    path: Path
    language: str
    collection: str
    slug: str
    front: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)  # of what the front matter says
    body: str = ""
    begins: int = 1  # the line of the file on which the body does
    problems: list[str] = field(default_factory=list)

    def wrong(self, line: int | str, what: str) -> None:
        at = self.lines.get(line, 1) if isinstance(line, str) else line
        self.problems.append(f"{self.path}:{at}: {what}")

    @property
    def told(self) -> dict[str, Any]:
        return {name: self.front[name] for name in _SETTINGS if name in self.front}


@dataclass
class Folder:
    collections: dict[str, dict[str, Any]]
    pages: list[Page]
    pictures: list[Path] = field(default_factory=list)

    def pictures_of(self, slug: str) -> list[Path]:
        return [path for path in self.pictures if path.parent.name == slug]

    @property
    def settings(self) -> dict[str, Page]:
        """Of each article, the file that says what it is: the English one, or the only one."""
        ordered = sorted(self.pages, key=lambda page: (page.language != FALLBACK, page.language))
        told: dict[str, Page] = {}
        for page in ordered:
            told.setdefault(page.slug, page)
        return told


# --- reading ------------------------------------------------------------------------------------------------------------


def read(place: Path) -> Folder:
    """Raises `Unreadable` with everything that is wrong."""
    if not place.is_dir():
        raise Unreadable([f"{place}: There is no such folder."])
    problems: list[str] = []
    collections = _read_collections(place / COLLECTIONS, problems)
    pages = [_read_page(path, place) for path in sorted(place.rglob("*.md"))]
    pictures = sorted(path for path in (place / PICTURES).rglob("*") if path.is_file())
    folder = Folder(collections, pages, pictures)
    known = {page.slug for page in pages} | set(Article.objects.values_list("slug", flat=True))
    for page in pages:
        if not page.problems:
            _check(page, folder, known)
        problems += page.problems
    for path in pictures:
        if said := _wrong_with_picture(path, place, folder):
            problems.append(f"{path}: {said}")
    if not pages and not problems:
        problems.append(f"{place}: There is no article here. Lay them at LANGUAGE/COLLECTION/SLUG.md.")
    if problems:
        raise Unreadable(problems)
    return folder


def _read_collections(path: Path, problems: list[str]) -> dict[str, dict[str, Any]]:
    text = ""
    try:
        text = path.read_text("utf-8-sig")
        told = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
        problems.append(_told(path, why, len(text.splitlines())))
        return {}
    for slug, said in told.items():
        if not isinstance(said, dict) or not isinstance(said.get("title"), str):
            problems.append(f"{path}: [{slug}] has no title.")
        elif not set(_words(said.get("audience"))) <= set(Audience.values) or not said.get("audience"):
            problems.append(f"{path}: [{slug}] needs an audience: one or more of {', '.join(Audience.values)}.")
    return told


def _read_page(path: Path, place: Path) -> Page:
    where = path.relative_to(place).parts
    page = Page(path, *(where[:2] if len(where) == 3 else ("", "")), path.stem)
    if len(where) != 3:
        page.wrong(1, "An article lies at LANGUAGE/COLLECTION/SLUG.md, two folders deep.")
        return page
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as why:
        page.problems.append(_told(path, why))
        return page
    end = next((at for at, line in enumerate(lines) if at and line.strip() == FENCE), None)
    if not lines or lines[0].strip() != FENCE or end is None:
        page.wrong(1, f"The file must begin with what the article is, between two lines of {FENCE}.")
        return page
    try:
        page.front = tomllib.loads("\n".join(["", *lines[1:end]]))  # an empty line first: its lines are the file's
    except tomllib.TOMLDecodeError as why:
        page.problems.append(_told(path, why, end))
    page.lines = {found[1]: at for at, line in enumerate(lines[:end], 1) if (found := re.match(r"(\w+)\s*=", line))}
    page.body, page.begins = "\n".join(lines[end + 1 :]), end + 2
    return page


def _check(page: Page, folder: Folder, known: set[str]) -> None:
    for name in sorted(set(page.front) - _KNOWN):
        page.wrong(name, f"“{name}” is unknown. Known are: {', '.join(sorted(_KNOWN))}.")
    if page.language not in dict(settings.LANGUAGES):
        page.wrong(1, f"“{page.language}” is no language of ours: {', '.join(dict(settings.LANGUAGES))}.")
    if page.collection not in folder.collections:
        page.wrong(1, f"{COLLECTIONS} has no [{page.collection}].")
    _check_settings(page, folder.settings[page.slug], known)
    there = Picture.objects.filter(article__slug=page.slug).values_list("name", flat=True)
    _check_words(page, known, {*there, *(path.name for path in folder.pictures_of(page.slug))})


def _wrong_with_picture(path: Path, place: Path, folder: Folder) -> str:
    where = path.relative_to(place / PICTURES).parts
    if len(where) != 2 or where[0] not in folder.settings:
        return f"A picture lies at {PICTURES}/SLUG/NAME, by the name of an article that is here."
    there = Picture.objects.filter(article__slug=where[0], name=path.name).first()
    try:
        with path.open("rb") as content:
            return judge(content, path.name, there)
    except OSError as why:
        return f"{why.strerror}."


def _check_settings(page: Page, first: Page, known: set[str]) -> None:
    front = page.front
    if page is not first:
        for name, said in page.told.items():
            if said != first.front.get(name):
                page.wrong(name, f"{first.path} says otherwise. Leave it out here.")
        return
    if front.get("kind") not in Kind.values:
        page.wrong("kind", f"“kind” must be one of: {', '.join(Kind.values)}.")
    audience = _words(front.get("audience"))
    if not audience or set(audience) - set(Audience.values):
        page.wrong("audience", f"“audience” must be one or more of: {', '.join(Audience.values)}.")
    if front.get("visible", Visible.PUBLIC) not in Visible.values:
        page.wrong("visible", f"“visible” must be one of: {', '.join(Visible.values)}.")
    for slug in _words(front.get("related", [])):
        if slug not in known or slug == page.slug:
            page.wrong("related", f"“related” names no other article: “{slug}”.")
    if not isinstance(front.get("draft", False), bool):
        page.wrong("draft", "“draft” must be true or false.")


def _check_words(page: Page, known: set[str], pictures: set[str]) -> None:
    if type(page.front.get("updated", date.today())) is not date:  # noqa: DTZ011 - only its type
        page.wrong("updated", "“updated” must be a day, such as 2026-11-30.")
    title, summary = (page.front.get(name, "") for name in ("title", "summary"))
    if not isinstance(title, str) or not isinstance(summary, str):
        page.wrong("title", "“title” and “summary” must be text.")
        return
    problems = markdown.problems(page.body)
    for one in (*(problems or unknown_pictures(page.body, pictures)), *loose_ends(page.body, known)):
        page.wrong(page.begins + one.line - 1, one.what)
    try:
        checked_words(FALLBACK, title, summary, page.body, (one.what for one in markdown.pictures(page.body)))
    except ValidationError as why:
        for name, said in why.message_dict.items():
            # What is wrong in a line of the body is told already, with its line in the file.
            if name != "body" or not problems:
                page.wrong(page.begins if name == "body" else name, f"{name}: {' '.join(said)}")


def _words(given: Any) -> list[str]:
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def _told(path: Path, why: Exception, last: int = 1) -> str:
    """`last`: the line where what could not be read ends."""
    if isinstance(why, OSError):
        return f"{path}: {why.strerror}."
    if isinstance(why, UnicodeDecodeError):
        return f"{path}: This is no text in UTF-8."
    at = _AT.search(str(why))
    return f"{path}:{at[1] or last if at else 1}: {_AT.sub('', str(why))}."


# --- laying in ------------------------------------------------------------------------------------------------------------


def push(place: Path, *, by: Doer) -> Counter[str]:
    """Lays a folder in; counts what was `begun`, `written` and `published`. Raises `Unreadable`, before anything is laid in."""
    folder = read(place)
    done: Counter[str] = Counter()
    made = {slug: _describe_collection(slug, said, by) for slug, said in folder.collections.items()}
    for slug, first in folder.settings.items():  # all of them first: they lead to each other
        article = Article.objects.filter(slug=slug).first()
        told = first.told | {"collection": made[first.collection]}
        if article is None:
            article = Article.begin(slug, by=by, **told)
            done["begun"] += 1
        else:
            article.describe(by=by, **told)
        for path in folder.pictures_of(slug):
            with path.open("rb") as content:
                Picture.add(article, content, path.name, by=by)
    for page in folder.pages:
        _write(page, by, done)
    for page in folder.pages:
        _publish(page, by, done)
    return done


def _describe_collection(slug: str, said: Mapping[str, Any], by: Doer) -> Collection:
    words = {FALLBACK: {"title": said["title"], "summary": said.get("summary", "")}}
    words |= {one: said[one] for one in dict(settings.LANGUAGES) if isinstance(said.get(one), dict)}
    return Collection.describe(slug, by=by, words=words, audience=said["audience"], order=said.get("order", 0))


def _write(page: Page, by: Doer, done: Counter[str]) -> None:
    article = Article.objects.get(slug=page.slug)
    words = {"title": page.front["title"], "summary": page.front["summary"], "body": page.body}
    before = _translation(page)
    version = article.write(page.language, by=by, updated=page.front.get("updated"), **words)
    done["written"] += before is None or version.number > before.newest


def _publish(page: Page, by: Doer, done: Counter[str]) -> None:
    told = _translation(page)
    assert told is not None
    if not page.front.get("draft") and (told.live is None or told.live.number != told.newest):
        told.publish(by=by)
        done["published"] += 1


def _translation(page: Page) -> Translation | None:
    rows = Translation.objects.filter(article__slug=page.slug, language=page.language)
    return rows.select_related("article", "live").first()


# --- writing out ------------------------------------------------------------------------------------------------------------


def pull(place: Path) -> int:
    """Writes all articles out, each as it is live, or as a draft; answers how many texts there are. Others are left alone."""
    place.mkdir(parents=True, exist_ok=True)
    (place / COLLECTIONS).write_text("\n".join(_collection_lines()), "utf-8")
    rows = Translation.objects.select_related("article__collection", "live").order_by("article__slug", "language")
    for told in rows:
        path = place / told.language / told.article.collection.slug / f"{told.article.slug}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(_page_lines(told)), "utf-8")
    for picture in Picture.objects.select_related("article"):
        path = place / PICTURES / picture.article.slug / picture.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with picture.open() as content:
            path.write_bytes(content.read())
    return len(rows)


def _collection_lines() -> Iterator[str]:
    for one in Collection.objects.all():
        yield f"[{one.slug}]"
        yield from _toml({**one.words[FALLBACK], "audience": one.audience, "order": one.order})
        for language, said in one.words.items():
            if language != FALLBACK:
                yield from (f"[{one.slug}.{language}]", *_toml(said))
        yield ""


def _page_lines(told: Translation) -> Iterator[str]:
    article, version = told.article, told.live or told.newest_version()
    assert version is not None
    front: dict[str, Any] = {"title": version.title, "summary": version.summary}
    front |= {name: getattr(article, name) for name in _SETTINGS}
    front["updated"] = version.updated
    yield from (FENCE, *_toml(front | ({} if told.live else {"draft": True})), FENCE, version.body)


def _toml(told: Mapping[str, Any]) -> Iterable[str]:
    """Texts, numbers, lists of texts and days, as TOML writes them: but for days, as JSON does."""
    for name, value in told.items():
        yield f"{name} = {value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)}"
