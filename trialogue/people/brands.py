"""A referral partner's own clothes: the name, logo, colours and sender that its clients see instead of the house's."""

from __future__ import annotations

import hashlib
import re
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.events.change import change
from trialogue.lib import contrast, drawing
from trialogue.people import typed
from trialogue.people.models import Actor, Organisation, Refused, Side

LEAST = 4.5  # WCAG AA, of words
MOST_BYTES = 1024 * 1024  # of a logo as it is given; what is kept is drawn anew and far smaller
_COLOUR = re.compile("#[0-9a-f]{6}")
# What no mail program may read as an address, a comment or a second sender.
_STRANGE = re.compile(r'[<>",;:@\\()\[\]]')


class Scheme(NamedTuple):
    """What a colour meets on pages (a test compares with tokens.css): the grounds it lies on, and the words that lie on it."""

    grounds: tuple[str, ...]
    words: str

    def measure(self, colour: str) -> float:
        """The least contrast that the colour has to anything it meets."""
        return contrast.worst(colour, (*self.grounds, self.words))

    def nearest(self, colour: str) -> str:
        return contrast.nearest(colour, (*self.grounds, self.words), LEAST)


LIGHT = Scheme(("#fbf9f5", "#fffefe", "#f3f0ec", "#ffffff"), "#f9fcfe")
DARK = Scheme(("#141210", "#1d1a17", "#26231f", "#26221f"), "#071822")


class Brand(models.Model):
    """One for each referral partner that wants it. `logo` is the digest of its picture; "" where there is none."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="brand")
    name = models.CharField(max_length=40)
    sender = models.CharField(max_length=60, blank=True)
    light = models.CharField(max_length=7)
    dark = models.CharField(max_length=7)
    logo = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def sends_as(self) -> str:
        return self.sender or self.name

    @property
    def colours(self) -> str:
        """As they stand in the address of its stylesheet."""
        return f"{self.light}-{self.dark}".replace("#", "")

    @classmethod
    def proposed(
        cls, organisation: Organisation, *, name: str, light: str, dark: str = "", sender: str = "", logo: str = ""
    ) -> Brand:
        """How it would be; nothing is stored. Without `dark` it follows from `light`. Raises `ValidationError` by field."""
        light, dark = (colour.strip().lower() for colour in (light, dark))
        dark = dark or DARK.nearest(light if _COLOUR.fullmatch(light) else DARK.words)
        made = cls(organisation=organisation, name=name, sender=sender, light=light, dark=dark, logo=logo)
        made.full_clean(validate_unique=False)
        return made

    def clean(self) -> None:
        wrong: dict[str, Any] = typed.problems(self, lines=("name", "sender"))
        if self.organisation.kind != Side.REFERRER:
            raise ValidationError(_("Only referral partners have a brand."))
        if (self.sender and not self.sender.isprintable()) or _STRANGE.search(self.sender):
            wrong["sender"] = [_('A sender is a plain name, without < > " , ; : @ \\ ( ) [ ].')]
        for field, scheme in (("light", LIGHT), ("dark", DARK)):
            if said := _wrong_with(getattr(self, field), scheme):
                wrong[field] = [said]
        if self.logo and not Logo.objects.filter(organisation=self.organisation, digest=self.logo).exists():
            wrong["logo"] = [_("This logo is not there any more. Choose the file again.")]
        if wrong:
            raise ValidationError(wrong)

    def put_on(self, *, by: Actor) -> None:
        """From now on its clients see it. Raises `Refused`, `ValidationError` by field."""
        by.must_administer(self.organisation)
        with change(self.organisation, by=by) as record:
            self.full_clean(validate_unique=False)  # behind the lock: its logo may have gone meanwhile
            told = {name: getattr(self, name) for name in ("name", "sender", "light", "dark", "logo")}
            Brand.objects.update_or_create(organisation=self.organisation, defaults=told)
            self.organisation.logos.exclude(digest=self.logo).delete()
            record("organisation.branded", name=self.name, look=f"{self.light} {self.dark} {self.logo}")

    def take_off(self, *, by: Actor) -> None:
        """By an admin of its own, or of the operator, who answers for what the pages show."""
        if by.side != Side.OPERATOR or not by.may_administer:
            by.must_administer(self.organisation)
        with change(self.organisation, by=by) as record:
            if Brand.objects.filter(organisation=self.organisation).delete()[0]:
                self.organisation.logos.all().delete()
                record("organisation.unbranded", name=self.name)


class Logo(models.Model):
    """A picture as we drew it ourselves, whatever was given. It waits here for the brand that it is previewed with."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="logos")
    digest = models.CharField(max_length=32, db_index=True)
    content = models.BinaryField()
    drawn_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "digest"], name="logo_once")]

    def __str__(self) -> str:
        return self.digest

    @classmethod
    def keep(cls, content: bytes, *, by: Actor) -> Logo:
        """Draws and keeps it; of those not worn, the last alone. Call outside any transaction. Raises `Refused`, `ValidationError`."""
        ours = by.organisation
        by.must_administer(ours)
        if ours.kind != Side.REFERRER:
            raise Refused(_("Only referral partners have a brand."))
        if len(content) > MOST_BYTES:
            raise ValidationError({"logo": _("This picture is larger than 1 MB. Save a smaller one and choose that.")})
        try:
            drawn = drawing.draw_logo(content)
        except drawing.CannotDraw as trouble:
            said = _("This is no picture that can be shown. Give a PNG, JPEG or WebP; save an SVG as PNG first.")
            raise ValidationError({"logo": said}) from trouble
        digest = hashlib.sha256(drawn).hexdigest()[:32]
        kept, _made = cls.objects.get_or_create(organisation=ours, digest=digest, defaults={"content": drawn})
        worn = Brand.objects.filter(organisation=ours).values("logo")
        ours.logos.exclude(digest=digest).exclude(digest__in=worn).delete()
        return kept


def brand_of(organisation: Organisation) -> Brand | None:
    """What the people of an organisation see: the brand of who brought them here, or their own; None is the house's."""
    home = organisation if organisation.kind == Side.REFERRER else organisation.referrer
    return getattr(home, "brand", None)


def brand_called(public_id: str) -> Brand | None:
    """That of a referral partner, by its own id. A client's id names none: nobody learns by whom it came."""
    plain = public_id.isascii() and public_id.isprintable() and len(public_id) <= 32
    return (
        Brand.objects.filter(organisation__public_id=public_id).select_related("organisation").first()
        if plain
        else None
    )


def worn_by(organisation: str) -> tuple[str, str]:
    """What to load along with an organisation so that `brand_of` asks for nothing more."""
    return f"{organisation}__brand", f"{organisation}__referrer__brand"


def _wrong_with(colour: str, scheme: Scheme) -> str:
    if not _COLOUR.fullmatch(colour):
        return str(_("Give a colour as six hexadecimal digits, such as #105e83."))
    if (measured := scheme.measure(colour)) >= LEAST:
        return ""
    said = _("The contrast is {measured}:1, and words need {least}:1 to be read. {near} is near and reaches it.")
    return said.format(measured=f"{measured:.2f}", least=LEAST, near=scheme.nearest(colour))
