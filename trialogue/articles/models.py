"""The help portal: articles in collections, each in some languages, with every version of its words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from trialogue.articles import index, markdown, reading  # noqa: F401 - `reading` has tables of its own
from trialogue.events.change import SYSTEM, Doer, Record, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Environment, Organisation, Person, Refused, Side

if TYPE_CHECKING:
    from trialogue.articles.pictures import Picture

LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_BODY, LONGEST_WHY = 120, 300, 100_000, 200
MOST_RELATED = 8
FALLBACK = "en"
_SLUG = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", _("Use small letters, digits and single hyphens."))


def _collection_id() -> str:
    return publicid.new("col")


def _article_id() -> str:
    return publicid.new("art")


class Kind(models.TextChoices):
    HOW_TO = "how-to", _("How-to")
    REFERENCE = "reference", _("Reference")
    UNDERSTANDING = "understanding", _("Understanding")
    TROUBLESHOOTING = "troubleshooting", _("Troubleshooting")


class Audience(models.TextChoices):
    """For whom it is written. Who may read it is another question: `Visible`."""

    CLIENT = "client", _("Clients")
    PARTNER = "partner", _("Collection Partners")
    REFERRER = "referrer", _("Referral Partners")
    EVERYONE = "everyone", _("Everyone")
    OPERATOR = "operator", _("The operator")


class Visible(models.TextChoices):
    PUBLIC = "public", _("everyone, also without signing in")
    SIGNED_IN = "signed-in", _("everyone who has signed in")
    CLIENT = "client", _("clients")
    PARTNER = "partner", _("collection partners")
    REFERRER = "referrer", _("referral partners")
    OPERATOR = "operator", _("the operator")


class State(models.TextChoices):
    """Of the newest words in a language; earlier ones may be live meanwhile."""

    DRAFT = "draft", _("draft")
    REVIEW = "in_review", _("in review")
    SCHEDULED = "scheduled", _("scheduled")
    PUBLISHED = "published", _("published")
    TAKEN_BACK = "taken_back", _("taken back")


SIDES = {Side.CLIENT: Audience.CLIENT, Side.PARTNER: Audience.PARTNER, Side.REFERRER: Audience.REFERRER}


class Overtaken(ValidationError):
    """Somebody else wrote meanwhile. `newest` is what stands there by now; the words that came too late are with the caller."""

    def __init__(self, newest: Version) -> None:
        self.newest = newest
        said = _("%(who)s saved version %(number)s while you wrote. Your words are kept here: compare, and save again.")
        super().__init__(said, params={"who": newest.editor, "number": newest.number})


class Collection(Subject):
    """Articles that belong together. `words` maps a language to its title and summary."""

    public_id = models.CharField(max_length=32, unique=True, default=_collection_id, editable=False)
    slug = models.CharField(max_length=60, unique=True, validators=[_SLUG])
    words = models.JSONField(default=dict)
    audience = models.JSONField(default=list)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("order", "slug")

    def __str__(self) -> str:
        return str(self._said("title"))

    @property
    def summary(self) -> str:
        return str(self._said("summary"))

    def _said(self, what: str) -> str:
        told = self.words.get(translation.get_language() or FALLBACK) or self.words.get(FALLBACK) or {}
        return str(told.get(what, self.slug if what == "title" else ""))

    def concerns(self) -> Concerned:
        return Concerned()

    @classmethod
    def describe(
        cls, slug: str, *, by: Doer, words: Mapping[str, Mapping[str, str]], audience: Sequence[str], order: int = 0
    ) -> Collection:
        """Makes it, or says anew what it is. `words` for each language: title, summary. Raises `ValidationError`, `Refused`."""
        must_edit(by)
        collection = cls.objects.filter(slug=slug).first() or cls(slug=slug)
        with change(collection, by=by) as record:
            told = {
                "words": {one: dict(said) for one, said in words.items()},
                "audience": list(audience),
                "order": order,
            }
            if collection.pk and all(getattr(collection, name) == value for name, value in told.items()):
                return collection
            for name, value in told.items():
                setattr(collection, name, value)
            collection.full_clean()
            _must_be_among(Audience, "audience", audience)
            if not collection.words.get(FALLBACK, {}).get("title"):
                raise ValidationError({"title": _("Say what the collection is called, in English at least.")})
            collection.save()
            record("collection.described", collection=collection)
        return collection


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, actor: Any) -> Self:
        """Whom it is written to be read by; the operator sees all that there is, drafts as well. None: somebody without an account."""
        if isinstance(actor, Actor) and actor.side == Side.OPERATOR:
            return self
        return self.filter(readable_by(actor)).filter(translations__live__isnull=False).distinct()


def readable_by(actor: Any, path: str = "") -> Q:
    """Of what is live. `path` leads to the article."""
    places = [Visible.PUBLIC]
    if isinstance(actor, Actor):
        if actor.side == Side.OPERATOR:
            return Q()
        places += [Visible.SIGNED_IN, Visible(SIDES[Side(actor.side)].value)]
    return Q(**{f"{path}visible__in": places})


class Article(Subject):
    """One thing that somebody may want to know, under one name in all languages."""

    public_id = models.CharField(max_length=32, unique=True, default=_article_id, editable=False)
    slug = models.CharField(max_length=80, unique=True, validators=[_SLUG])
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="articles")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    audience = models.JSONField(default=list)
    visible = models.CharField(max_length=10, choices=Visible.choices, default=Visible.PUBLIC)
    related = models.JSONField(default=list, blank=True)
    begun_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[ArticleQuerySet] = ArticleQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.slug

    def concerns(self) -> Concerned:
        return Concerned()

    # --- verbs ----------------------------------------------------------------------------------------------------------

    @classmethod
    def begin(cls, slug: str, *, by: Doer, at: datetime | None = None, **told: Any) -> Article:
        """`told`: collection, kind, audience, perhaps visible and related. Raises `ValidationError` by field, `Refused`."""
        must_edit(by)
        article = cls(slug=slug)
        with change(article, by=by, at=at) as record:
            article.begun_at = record.at
            article._become(**told)
            record("article.begun", article=article, visible=article.visible)
        return article

    def describe(self, *, by: Doer, at: datetime | None = None, **told: Any) -> None:
        """Where it stands, what it is, for whom, and who may read it: at once, and in all languages. As `begin`.

        Who may read what is live is said by whoever may publish.
        """
        must_edit(by)
        with change(self, by=by, at=at) as record:
            if all(getattr(self, name) == value for name, value in _completed(told).items()):
                return
            if self.translations.exclude(live=None).exists():
                must_publish(by)
            self._become(**told)
            record("article.described", article=self, visible=self.visible)

    def write(
        self, language: str, *, by: Doer, title: str, summary: str, body: str,
        replaces: int | None = None, why: str = "", updated: date | None = None, at: datetime | None = None,
    ) -> Version:  # fmt: skip
        """Other words in a language: another version, a draft. Words that are there already make none.

        `replaces` is the version the writer began from (0: none); another one meanwhile is `Overtaken`. Raises `ValidationError`
        by field, `Refused`.
        """
        must_edit(by)
        with change(self, by=by, at=at) as record:
            words = checked_words(language, title, summary, body, map(str, self.pictures_in(body)))
            told = self.translations.filter(language=language).first() or Translation(article=self, language=language)
            newest = told.newest_version()
            if newest and newest.digest == _digest(words):
                return newest
            if newest and replaces is not None and replaces != newest.number:
                raise Overtaken(newest)
            version = told.add(record, words, why=why, updated=updated)
            record("article.written", article=self, language=language, version=version.number, words="\n".join(words))
        return version

    # --- questions ------------------------------------------------------------------------------------------------------

    def pictures_in(self, body: str) -> list[Picture]:
        """Those of its own that these words show."""
        names = {one.what for one in markdown.pictures(body)}
        return list(self.pictures.filter(name__in=names)) if names else []

    # --- within ---------------------------------------------------------------------------------------------------------

    def _become(self, **told: Any) -> None:
        for name, value in _completed(told).items():
            setattr(self, name, value)
        self.full_clean()
        _must_be_among(Audience, "audience", self.audience)
        if self.slug in self.related or len(self.related) > MOST_RELATED:
            raise ValidationError({"related": _("Name up to eight other articles.")})
        self.save()


def _completed(told: dict[str, Any]) -> dict[str, Any]:
    """What is written for the operator alone is for the operator's eyes, unless somebody says so otherwise."""
    told = {**told, "audience": list(told["audience"]), "related": list(told.get("related", ()))}
    inner = told["audience"] == [Audience.OPERATOR]
    return {**told, "visible": told.get("visible") or (Visible.OPERATOR if inner else Visible.PUBLIC)}


class TranslationQuerySet(models.QuerySet["Translation"]):
    def visible_to(self, actor: Any) -> Self:
        """What is live of what they may read; the operator sees drafts as well."""
        if isinstance(actor, Actor) and actor.side == Side.OPERATOR:
            return self
        return self.live().filter(readable_by(actor, "article__"))

    def live(self) -> Self:
        return self.filter(live__isnull=False)

    def written_for(self, *audiences: str) -> Self:
        told = self.annotate(told=Cast("article__audience", models.TextField()))
        return told.filter(reduce(or_, (Q(told__contains=f'"{one}"') for one in audiences)))

    def due(self, now: datetime) -> Self:
        return self.filter(state=State.SCHEDULED, publish_at__lte=now)


class Translation(models.Model):
    """An article in one language. What readers get is drawn once, when it is published, and stands here."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="translations")
    language = models.CharField(max_length=5)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    newest = models.PositiveIntegerField(default=0)
    live = models.ForeignKey("Version", null=True, on_delete=models.PROTECT, related_name="+")
    publish_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    updated = models.DateField(null=True)
    title = models.CharField(max_length=LONGEST_TITLE, blank=True)
    summary = models.CharField(max_length=LONGEST_SUMMARY, blank=True)
    html = models.TextField(blank=True)
    headings = models.JSONField(default=list)
    text = models.TextField(blank=True)

    objects: ClassVar[TranslationQuerySet] = TranslationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "language"], name="translation_once")]
        indexes = [
            models.Index(fields=["publish_at"], name="translation_scheduled", condition=Q(state=State.SCHEDULED)),
        ]

    def __str__(self) -> str:
        return f"{self.article} ({self.language})"

    # --- verbs: each under the lock of the article ----------------------------------------------------------------------

    def send_to_review(self, *, by: Doer, at: datetime | None = None) -> None:
        """The newest words are ready to be looked at by whoever may publish."""
        must_edit(by)
        with change(self.article, by=by, at=at) as record:
            self._reread()
            self._must_be(State.DRAFT, State.TAKEN_BACK)
            self._become(State.REVIEW)
            self._tell(record, "article.in_review")

    def publish(self, *, by: Doer, version: int | None = None, at: datetime | None = None) -> None:
        """The newest words go live. `version`: the one that whoever publishes has read; a newer one is `Overtaken`."""
        must_publish(by)
        with change(self.article, by=by, at=at) as record:
            self._reread()
            self._go_live(record, self._read(version))

    def schedule(
        self, publish_at: datetime, *, by: Doer, version: int | None = None, at: datetime | None = None
    ) -> None:
        """The newest words go live by themselves at a moment to come. Whoever writes meanwhile calls it off."""
        must_publish(by)
        with change(self.article, by=by, at=at) as record:
            self._reread()
            if publish_at <= record.at:
                raise ValidationError({"publish_at": _("Choose a moment that is still to come, or publish it now.")})
            self._must_hold_together(self._read(version))
            self._become(State.SCHEDULED, publish_at=publish_at)
            self._tell(record, "article.scheduled", publish_at=publish_at)

    def take_back(self, *, by: Doer, at: datetime | None = None) -> None:
        """Nobody but the operator reads it any more; its words are kept."""
        must_publish(by)
        with change(self.article, by=by, at=at) as record:
            self._reread()
            if self.live is None and self.state != State.SCHEDULED:
                raise Refused(_("It is not published. Load the page again to see how it stands."))
            self._become(
                State.TAKEN_BACK, live=None, publish_at=None, html="", headings=[], text="", title="", summary=""
            )
            index.forget(self)
            self._tell(record, "article.taken_back")

    def roll_back(self, number: int, *, by: Doer, at: datetime | None = None) -> Version:
        """The words of an earlier version once more, as the newest. What is live reads so at once."""
        must_publish(by)
        with change(self.article, by=by, at=at) as record:
            self._reread()
            old = self.versions.filter(number=number).first()
            if old is None:
                raise ValidationError(_("There is no version %(number)s."), params={"number": number})
            if old.number == self.newest:
                raise Refused(_("These are the newest words already."))
            why = str(_("As version {number}")).format(number=number)
            version = self.add(record, (old.title, old.summary, old.body), why=why)
            self._tell(record, "article.rolled_back", old=number)
            if self.live:
                self._go_live(record, version)
        return version

    def come_due(self, now: datetime) -> bool:
        """The moment it was scheduled for has come. What leads to something that is gone meanwhile goes back to review."""
        with change(self.article, by=SYSTEM, at=self.publish_at) as record:
            self._reread()
            if self.state != State.SCHEDULED or self.publish_at is None or self.publish_at > now:
                return False
            version = self._read(None)
            if any(loose_ends(version.body)):
                self._become(State.REVIEW, publish_at=None)
                self._tell(record, "article.in_review")
            else:
                self._go_live(record, version)
        return True

    # --- questions --------------------------------------------------------------------------------------------------------

    def newest_version(self) -> Version | None:
        return self.versions.filter(number=self.newest).first() if self.newest else None

    # --- within: called under the lock ------------------------------------------------------------------------------------

    def add(
        self, record: Record, words: tuple[str, str, str], *, why: str = "", updated: date | None = None
    ) -> Version:
        """Another version, which is a draft until somebody says more."""
        self.newest += 1
        self._become(State.DRAFT, newest=self.newest, publish_at=None)
        title, summary, body = words
        person, organisation = getattr(record.by, "person", None), getattr(record.by, "organisation", None)
        version = self.versions.create(
            number=self.newest, title=title, summary=summary, body=body, digest=_digest(words), at=record.at,
            why=" ".join(why.split())[:LONGEST_WHY], updated=updated or record.at.date(), person=person, organisation=organisation,
        )  # fmt: skip
        version.pictures.add(*self.article.pictures_in(body))
        return version

    def _go_live(self, record: Record, version: Version) -> None:
        self._must_hold_together(version)
        with translation.override(self.language):
            drawn = as_read(version.body, self.article)
        self._become(
            State.PUBLISHED, live=version, publish_at=None, published_at=record.at, updated=version.updated, html=drawn.html,
            headings=drawn.headings, text=drawn.text, title=version.title, summary=version.summary,
        )  # fmt: skip
        index.take_in(self)
        self._tell(record, "article.published")

    def _tell(self, record: Record, kind: str, **more: Any) -> None:
        record(kind, article=self.article, language=self.language, version=self.newest, **more)

    def _reread(self) -> None:
        """After the lock, in a statement of its own: what it reads must not be from before the wait."""
        if self.pk:
            self.refresh_from_db()

    def _read(self, seen: int | None) -> Version:
        newest = self.newest_version()
        if newest is None:
            raise Refused(_("Nothing is written yet."))
        if seen is not None and seen != newest.number:
            raise Overtaken(newest)
        return newest

    def _must_be(self, *states: str) -> None:
        if self.state not in states:
            said = _("It is {state} by now. Load the page again to see what can be done.")
            raise Refused(str(said).format(state=State(self.state).label))

    def _must_hold_together(self, version: Version) -> None:
        """Where it leads, there is something."""
        if wrong := list(loose_ends(version.body)):
            raise ValidationError({"body": [f"{_('Line')} {one.line}: {one.what}" for one in wrong]})

    def _become(self, state: str, **also: Any) -> None:
        self.state = state
        for name, value in also.items():
            setattr(self, name, value)
        self.save(update_fields=["state", *also] if self.pk else None)


class Version(models.Model):
    """The words of an article in one language, as somebody saved them. Never changed."""

    translation = models.ForeignKey(Translation, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=LONGEST_TITLE)
    summary = models.CharField(max_length=LONGEST_SUMMARY)
    body = models.TextField()
    digest = models.CharField(max_length=64)
    why = models.CharField(max_length=LONGEST_WHY, blank=True)
    at = models.DateTimeField()
    updated = models.DateField()
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    pictures: models.ManyToManyField[Picture, Any] = models.ManyToManyField("Picture", related_name="versions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["translation", "number"], name="version_once")]
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"{self.number} of {self.at:%Y-%m-%d}"

    @property
    def editor(self) -> str:
        return str(self.person or self.organisation or "Trialogue")


# --- who may, and what must hold ----------------------------------------------------------------------------------------


def _digest(words: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def may_edit(actor: Any) -> bool:
    """Everyone at the operator writes; by program with a production key, since articles are the same in both environments."""
    if actor is SYSTEM:
        return True
    if not isinstance(actor, Actor) or actor.side != Side.OPERATOR:
        return False
    return actor.via != "api" or actor.person is not None or actor.environment == Environment.PRODUCTION


def may_publish(actor: Any) -> bool:
    """An admin of the operator, or its program; so what a member has written is read by another before it goes live."""
    return may_edit(actor) and (actor is SYSTEM or actor.may_administer or (actor.via == "api" and not actor.person))


def must_edit(actor: Any) -> None:
    if not may_edit(actor):
        raise Refused(_("Only the operator writes articles."))


def must_publish(actor: Any) -> None:
    if not may_publish(actor):
        raise Refused(_("Only an admin of the operator publishes articles. Send it to review."))


def checked_words(
    language: str, title: str, summary: str, body: str, there: Iterable[str] = ()
) -> tuple[str, str, str]:
    """Cleaned. `there`: the names of pictures that they may show. Raises `ValidationError` by field."""
    wrong: dict[str, list[str]] = {}
    if language not in dict(settings.LANGUAGES):
        wrong["language"] = [str(_("Choose a language from the list."))]
    title, summary, body = " ".join(title.split()), " ".join(summary.split()), body.replace("\r\n", "\n").strip() + "\n"
    lengths = (("title", title, LONGEST_TITLE), ("summary", summary, LONGEST_SUMMARY), ("body", body, LONGEST_BODY))
    for name, text, longest in lengths:
        if not text.strip():
            wrong[name] = [str(_("This cannot be empty."))]
        elif not typed.can_be_kept(text):
            wrong[name] = [str(typed.CANNOT_BE_KEPT)]
        elif len(text) > longest:
            said = _("This holds {count} characters, and up to {longest} can be kept. Shorten it.")
            wrong[name] = [str(said).format(count=len(text), longest=longest)]
    if "body" not in wrong and (problems := markdown.problems(body) or unknown_pictures(body, there)):
        wrong["body"] = [f"{_('Line')} {one.line}: {one.what}" for one in problems]
    if wrong:
        raise ValidationError(wrong)
    return title, summary, body


def unknown_pictures(body: str, there: Iterable[str]) -> list[markdown.Said]:
    known, said = set(there), str(_("There is no picture called “{name}”. Add it to the article first."))
    shown = markdown.pictures(body)
    return [markdown.Said(one.line, said.format(name=one.what)) for one in shown if one.what not in known]


def as_read(body: str, article: Article | None) -> markdown.Drawn:
    """With the pictures of an article, if it is begun."""
    shown = {one.name: one.attributes for one in article.pictures_in(body)} if article else {}
    return markdown.draw(body, address_of, shown)


def loose_ends(body: str, known: Iterable[str] | None = None) -> Iterable[markdown.Said]:
    """Links to articles or pages that there are none of. `known`: the articles, if not those there are."""
    inner = [one for one in markdown.links(body) if one.what.startswith(("article:", "page:"))]
    slugs = {one.what[8:].partition("#")[0] for one in inner if one.what.startswith("article:")}
    if known is None:
        known = Article.objects.filter(slug__in=slugs).values_list("slug", flat=True) if slugs else ()
    there = set(known)
    for one in inner:
        kind, _colon, name = one.what.partition("#")[0].partition(":")
        if kind == "article" and name not in there:
            yield markdown.Said(one.line, str(_("There is no article called “{name}”.")).format(name=name))
        if kind == "page" and not _page(name):
            yield markdown.Said(one.line, str(_("There is no page called “{name}”.")).format(name=name))


def address_of(to: str) -> str:
    """Of what `article:…` or `page:…` names."""
    kind, _colon, name = to.partition(":")
    return reverse("article", args=[name]) if kind == "article" else _page(name)


def _page(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _must_be_among(choices: type[models.TextChoices], field: str, given: Iterable[str]) -> None:
    if not given or set(given) - set(choices.values):
        raise ValidationError(
            {field: _("Choose one or more of: %(choices)s.") % {"choices": ", ".join(choices.values)}}
        )


def publish_due(now: datetime, most: int = 50) -> int:
    """A round of the worker: what was scheduled goes live, at the moment it was to. Whoever has the lock first does it."""
    due = Translation.objects.due(now).select_related("article").order_by("publish_at")[:most]
    return sum(told.come_due(now) for told in due)


from trialogue.articles import pictures  # noqa: E402, F401 - has a table of its own, and builds on these
