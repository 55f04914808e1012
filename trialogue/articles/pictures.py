"""The pictures of an article: drawn anew by ourselves in a few widths, shared by its languages, never changed.

What is given is judged and drawn in a process of its own, without what it carried besides. Another picture has another name, so a
version of the words shows for ever what it showed when it was saved.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from trialogue.articles.models import Article, Version, must_edit, readable_by
from trialogue.events.change import Doer, change
from trialogue.lib import drawing, filekind, publicid
from trialogue.people.models import Actor, Refused, Side

MEGABYTE = 2**20
MOST_BYTES, MOST, LONGEST_STEM = 10 * MEGABYTE, 50, 60
UNFIT = {
    "moves": _("“%(name)s” moves, and pictures here stand still. Save the one frame that says it."),
    "large": _("“%(name)s” has too many pixels. Save it with 4,000 pixels at its longer edge, or fewer."),
    "": _("“%(name)s” is no picture that can be shown. Give a PNG, JPEG, WebP or GIF; save an SVG as PNG first."),
}
TAKEN = _("Another picture here is called “%(name)s”, and a picture never changes. Choose another name.")
# The column of words is 44 times the size of its letters wide; on a phone it is the page, but for its edges.
SIZES = "(min-width: 48rem) 44rem, calc(100vw - 2rem)"


def _picture_id() -> str:
    return publicid.new("pic")


class PictureQuerySet(models.QuerySet["Picture"]):
    def visible_to(self, actor: Any) -> Self:
        """What stands in words that are live and that they may read; the operator sees those of drafts as well."""
        if isinstance(actor, Actor) and actor.side == Side.OPERATOR:
            return self
        return self.filter(readable_by(actor, "article__"), versions__translation__live=F("versions")).distinct()

    def with_use(self) -> Self:
        """Whether any version shows it, as `used`."""
        return self.annotate(used=Exists(Version.pictures.through.objects.filter(picture=OuterRef("pk"))))


class Picture(models.Model):
    """`name` is how Markdown calls it; `sha256` and `given` are the digests of the file we keep and of the one that was given."""

    public_id = models.CharField(max_length=32, unique=True, default=_picture_id, editable=False)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=80)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    widths = models.JSONField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    given = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[PictureQuerySet] = PictureQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "name"], name="picture_once")]
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    # --- verbs ----------------------------------------------------------------------------------------------------------

    @classmethod
    def add(cls, article: Article, content: IO[bytes], name: str, *, by: Doer, at: datetime | None = None) -> Picture:
        """Draws and keeps it; the same file under the same name is there already. Call outside any transaction.

        Its name becomes small letters and hyphens, and ends as what it is. Raises `ValidationError` at `picture`, `Refused`.
        """
        must_edit(by)
        given = _digest_of_small(content, name)
        with TemporaryDirectory(prefix="trialogue-drawing-") as folder:
            sizes = _draw(content, Path(folder), name)
            clean = Path(folder) / sizes.clean
            picture = cls(
                article=article, name=called(name, sizes.kind), width=sizes.width, height=sizes.height, widths=sizes.widths,
                size=clean.stat().st_size, sha256=hashlib.sha256(clean.read_bytes()).hexdigest(), given=given,
            )  # fmt: skip
            picture._store(Path(folder))
        try:
            kept = picture._lay(by, at)
        except (ValidationError, Refused):  # not a commit that may or may not have come through
            picture._wipe()
            raise
        if kept is not picture:
            picture._wipe()
        return kept

    def remove(self, *, by: Doer, at: datetime | None = None) -> None:
        """Takes it away for good. Raises `Refused` while a version of the words shows it."""
        must_edit(by)
        with change(self.article, by=by, at=at) as record:
            if self.is_shown():
                raise Refused(_("A version of the article shows this picture, so it stays."))
            record("article.picture_removed", article=self.article, picture=self, sha256=self.sha256)
            Picture.objects.filter(pk=self.pk).delete()
        self._wipe()

    # --- questions --------------------------------------------------------------------------------------------------------

    def is_shown(self) -> bool:
        """By any version of the words, live or not."""
        return Version.objects.filter(pictures=self).exists()

    @property
    def attributes(self) -> dict[str, str]:
        """Of the element that shows it: with its measures, so that nothing moves when it comes."""
        told = [(width, self.address(width)) for width in self.widths]
        return {
            "src": next((to for width, to in told if width >= 760), told[-1][1]), "srcset": ", ".join(f"{to} {width}w" for width, to in told),
            "sizes": SIZES, "width": str(self.width), "height": str(self.height), "loading": "lazy", "decoding": "async",
        }  # fmt: skip

    def address(self, width: int) -> str:
        return reverse("article-picture", args=[self.article.slug, self.sha256, width])

    @property
    def small(self) -> str:
        return self.address(self.widths[0])

    @property
    def line(self) -> str:
        """As it stands in Markdown, where its writer is still to say what it shows."""
        return f"![]({self.name})"

    def open(self, width: int = 0) -> File[bytes]:
        """As it is drawn in one of its widths, or, without one, as we keep it. Raises `FileNotFoundError`."""
        return default_storage.open(self._stored(drawing.size_name(width) if width else self.name))

    # --- within -------------------------------------------------------------------------------------------------------------

    def _lay(self, by: Doer, at: datetime | None) -> Picture:
        with change(self.article, by=by, at=at) as record:
            there = self.article.pictures.filter(name=self.name).first()
            if there and self.given in (there.given, there.sha256):
                return there
            if there:
                raise _unfit(TAKEN % {"name": self.name})
            if self.article.pictures.count() >= MOST:
                raise _unfit(_("An article holds %(most)s pictures. Remove one that is not used.") % {"most": MOST})
            self.at = record.at
            self.save()
            record("article.picture_added", article=self.article, picture=self, sha256=self.sha256)
        return self

    def _stored(self, name: str) -> str:
        return f"articles/{self.public_id}.{name}"

    def _store(self, folder: Path) -> None:
        sizes = {drawing.size_name(width): drawing.size_name(width) for width in self.widths}
        for name, drawn in {self.name: f"clean.{self.name.rpartition('.')[2]}", **sizes}.items():
            with (folder / drawn).open("rb") as content:
                default_storage.save(self._stored(name), File(content))

    def _wipe(self) -> None:
        for name in (self.name, *map(drawing.size_name, self.widths)):
            default_storage.delete(self._stored(name))


def called(name: str, kind: str) -> str:
    """The name that a file gets here, whatever it was called."""
    stem = re.sub(r"[-_]+", "-", slugify(Path(filekind.clean_name(name)).stem))[:LONGEST_STEM].strip("-")
    return f"{stem or 'picture'}.{kind}"


def judge(content: IO[bytes], name: str, there: Picture | None) -> str:
    """What is wrong with a file that is to be laid in under its own name, or nothing. `there`: the picture of this name."""
    try:
        given = _digest_of_small(content, name)
        if there and given in (there.given, there.sha256):
            return ""
        if there:
            return str(TAKEN % {"name": name})
        with TemporaryDirectory(prefix="trialogue-drawing-") as folder:
            right = called(name, _draw(content, Path(folder), name).kind)
    except ValidationError as why:
        return " ".join(why.messages)
    return (
        ""
        if right == name
        else str(_("Call it “%(name)s”: small letters and hyphens, and what it is.") % {"name": right})
    )


def _draw(content: IO[bytes], folder: Path, name: str) -> drawing.Sizes:
    source = folder / "source"
    with source.open("wb") as copy:
        shutil.copyfileobj(content, copy)
    try:
        return drawing.draw_sizes(source, folder)
    except drawing.CannotDraw as why:
        raise _unfit(UNFIT[str(why)] % {"name": name[:80]}) from why


def _digest_of_small(content: IO[bytes], name: str) -> str:
    """How large it is is known before any of it is read."""
    size = content.seek(0, 2)
    content.seek(0)
    if size > MOST_BYTES:
        said = _("“%(name)s” has %(size)s MB, and a picture may have at most %(most)s. Save it smaller.")
        raise _unfit(said % {"name": name[:80], "size": -(-size // MEGABYTE), "most": MOST_BYTES // MEGABYTE})
    digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
    content.seek(0)
    return digest


def _unfit(said: Any) -> ValidationError:
    return ValidationError({"picture": str(said)})
