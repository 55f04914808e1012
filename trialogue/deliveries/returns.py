"""What we write back to a letter, and what comes back to us: reactions to letters and bounces."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from trialogue.deliveries.bounces import Bounce
from trialogue.deliveries.models import Delivery
from trialogue.events.change import Happening
from trialogue.letters.models import Letter
from trialogue.people.models import Person

# By the reasons of `letters.route`. What is not here is refused without a word: nobody wrote it, or nobody who is proven.
REFUSED = {
    "no_longer": _("You may not write in this conversation any more: your organisation has no part in it now."),
    "not_read": _("Answers to the mails that come from this address are not read. Answer on the page that the mail names."),
}  # fmt: skip
_DAY = timedelta(days=1)


def acknowledge_another_matter(happening: Happening) -> None:
    """A letter into a request under another subject: its sender hears where it stands, and how it becomes a request of its own."""
    letter = happening.subject
    assert isinstance(letter, Letter)
    talk = letter.conversation
    if letter.topic and talk and talk.is_request and letter.message and letter.message.organisation_id == talk.asker_id:
        Delivery.acknowledge(talk.request, at=happening.at, letter=letter)


def tell_refused(happening: Happening) -> None:
    """The sender of a refused letter is told why, once a day at most, whatever they write."""
    letter = happening.subject
    assert isinstance(letter, Letter)
    why, person = REFUSED.get(letter.reason), letter.person
    if why is None or person is None:
        return
    Person.objects.select_for_update().get(pk=person.pk)  # or two workers would each tell of one of two letters
    if Letter.objects.filter(person=person, told_at__gt=happening.at - _DAY).exists():
        return
    Letter.objects.filter(pk=letter.pk).update(told_at=happening.at)
    with translation.override(person.language):
        gist = translation.gettext("Your mail “{subject}” has reached nobody, and nothing comes of it.")
        help_ = translation.gettext("What you may write, and where: {link}").format(
            link=settings.BASE_URL + reverse("help")
        )
        text = "\n\n".join([gist.format(subject=letter.subject), str(why), help_]) + "\n"
        Delivery.write_letter(
            to=letter.sender, subject=f"Re: {letter.subject}", text=text, person=person, answers=letter
        )  # fmt: skip


def take_back(happening: Happening) -> None:
    """A letter says that mails of ours have come back. Believed is only what names one that went to that very address: whoever
    could make up such a letter could silence anybody."""  # fmt: skip
    for one in happening.things["bounced"]:
        named = Delivery.named_by(one.message_id or "")
        delivery = (
            Delivery.objects.shown(Delivery.Kind.BUNDLE).filter(public_id=named, settled_at__isnull=False).first()
        )
        if delivery and delivery.to.lower() == one.email.lower():
            delivery.come_back(one.words or one.status, permanent=one.permanent, at=happening.at)


def send_a_test(happening: Happening) -> None:
    """Whoever says that an address works again gets a mail there that shows it."""
    bounce = happening.subject
    assert isinstance(bounce, Bounce)
    person = Person.objects.filter(email=bounce.address).first()
    with translation.override(person.language if person else settings.LANGUAGE_CODE):
        subject = translation.gettext("Mails reach you here again")
        text = translation.gettext(
            "Mails to {address} came back for a while. Somebody has said that the address works again, and this mail shows it:"
            " you get notices as before. What you have missed stands behind the bell: {link}"
        ).format(address=bounce.address, link=settings.BASE_URL + reverse("notices"))
        Delivery.write_letter(to=bounce.address, subject=subject, text=text, person=person)
