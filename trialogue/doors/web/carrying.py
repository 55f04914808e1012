"""The files of a form that may come back before it is sent: they are carried along, and chosen only once."""

from __future__ import annotations

from dataclasses import dataclass, field

from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from trialogue.conversations.documents import limits
from trialogue.conversations.models import Document
from trialogue.people.models import Actor, Visitor


@dataclass
class Files:
    """Those to be sent, and what is wrong with others."""

    documents: list[Document] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def to_send(self) -> list[Document]:
        """Raises `ValidationError`, when something is wrong with any."""
        if self.wrong:
            raise ValidationError({"documents": self.wrong})
        return self.documents


def carried(request: HttpRequest, by: Actor | Visitor) -> Files:
    """Those that the form has brought before and still wants, and those it brings now."""
    found = Files(Document.taken_up(request.POST.getlist("file"), by=by))
    fresh = request.FILES.getlist("documents")
    most, _size = limits(isinstance(by, Visitor))
    if len(found.documents) + len(fresh) > most:
        found.wrong.append(_("At most {count} files can be sent at once. Leave some out.").format(count=most))
        return found
    if fresh and isinstance(by, Visitor) and not ratelimit.consume(request, action="files"):
        found.wrong.append(
            _("So many files came from this network that we take no more for now. Try again in an hour.")
        )
        return found
    for file in fresh:
        try:
            found.documents.append(Document.set_aside(file, file.name or "", by=by))
        except ValidationError as problem:
            found.wrong += problem.messages
    return found
