"""Mail providers post letters to us. django-anymail proves that it is them, and reads what is no longer a letter."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from email.encoders import encode_base64
from hashlib import sha256
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from trialogue.letters.models import LARGEST, Letter

log = logging.getLogger(__name__)
MOST_BYTES = LARGEST * 3 // 2  # a letter in base64, and what is said of it
HEADER = 2**18


class Posted(NamedTuple):
    """A letter as its provider had it."""

    raw: bytes
    sender: str | None
    receivers: list[str | None]


class Provider(NamedTuple):
    """Its view in django-anymail, what that calls its secret, and where the letter itself lies in what it posts, if it does."""

    view: str
    secret: str
    whole: Callable[[HttpRequest], Iterator[Posted]]

    @property
    def takes_password(self) -> bool:
        return self.secret == "webhook_secret"  # noqa: S105 - a name


@csrf_exempt
@login_not_required
@require_http_methods(["HEAD", "POST"])
def receive(request: HttpRequest, name: str) -> HttpResponse:
    """Thanks only for what is kept: anything else than 200 has the provider try again."""
    if name not in PROVIDERS or not settings.MAIL_PROVIDERS.get(name):
        raise Http404
    if request.method == "HEAD":  # some look whether anybody is there
        return HttpResponse()
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return _say(_("A letter may have {size} MB.").format(size=LARGEST // 2**20), 413)
    _take_in(request)
    from anymail.exceptions import (  # brings an HTTP client: not for a house that has no provider
        AnymailConfigurationError,
        AnymailError,
    )

    try:
        posted = list(_proven(request, name))
    except SuspiciousOperation as why:
        log.warning("%s: %s", name, why)
        return _say(_("This does not come from who it says. Compare the secret in TRIALOGUE_ANYMAIL with theirs."), 403)
    except (AnymailError, AnymailConfigurationError, AttributeError, LookupError, TypeError, ValueError) as why:
        log.warning("%s posted what cannot be read: %s: %s", name, type(why).__name__, why)
        return _say(
            _("This cannot be read as a letter. Have the provider post inbound mail here, and nothing else."), 400
        )
    for letter in posted:
        _keep(letter, name)
    return HttpResponse()


def _say(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")


def _keep(posted: Posted, name: str) -> None:
    """Nobody would tell the sender of one that is too large, so its header is kept for us to see."""
    cut = "too_large" if len(posted.raw) > LARGEST else ""
    raw = posted.raw[:HEADER].partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if cut else posted.raw
    receivers = [each for each in posted.receivers if each]
    Letter.keep(raw, door=name, envelope_from=posted.sender or "", envelope_to=receivers, cut=cut)


def _proven(request: HttpRequest, name: str) -> Iterator[Posted]:
    provider = PROVIDERS[name]
    module, _dot, view = provider.view.partition(".")
    told = {provider.secret: settings.MAIL_PROVIDERS[name]}
    if name == "mandrill":  # signs the address, too
        told["webhook_url"] = f"{settings.BASE_URL}{request.path}"
    reader = getattr(import_module(f"anymail.webhooks.{module}"), view)(**told)
    reader.run_validators(request)
    whole = list(provider.whole(request))
    yield from whole or (_written(event.message) for event in reader.parse_events(request))


# --- what they post ---------------------------------------------------------------------------------------------------


def _take_in(request: HttpRequest) -> None:
    """Django takes 2 MB of text, as from a person. A letter may be more."""
    request._body = request.read()
    kind, told = parse_header_parameters(request.META.get("CONTENT_TYPE", ""))
    if kind == "multipart/form-data":
        request._post, request._files = _form(request.body, told.get("boundary", ""))  # type: ignore[attr-defined]


def _form(body: bytes, boundary: str) -> tuple[QueryDict, MultiValueDict[str, SimpleUploadedFile]]:
    fields, files = QueryDict(mutable=True), MultiValueDict[str, SimpleUploadedFile]()
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:-1]:
        head, _empty, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = dict(_header(line) for line in head.decode("utf-8", "replace").split("\r\n"))
        _kind, told = parse_header_parameters(headers.get("content-disposition", ""))
        if "filename" in told:
            kind = headers.get("content-type", "application/octet-stream")
            files.appendlist(told.get("name", ""), SimpleUploadedFile(told["filename"] or "file", content, kind))
        else:
            fields.appendlist(told.get("name", ""), content.decode("utf-8", "surrogateescape"))
    return fields, files


def _header(line: str) -> tuple[str, str]:
    name, _colon, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _told(request: HttpRequest) -> Any:
    return json.loads(request.body)


def _bytes(raw: str, base64_: object = False) -> bytes:
    return base64.b64decode(raw) if base64_ else raw.encode("utf-8", "surrogateescape")


def _postmark(request: HttpRequest) -> Iterator[Posted]:
    told = _told(request)
    if "RawEmail" in told:
        first = (told.get("Headers") or [{}])[0]
        sender = first.get("Value", "").strip("<>") if first.get("Name", "").lower() == "return-path" else None
        yield Posted(_bytes(told["RawEmail"]), sender, [told.get("OriginalRecipient")])


def _mailgun(request: HttpRequest) -> Iterator[Posted]:
    if "body-mime" in request.POST:
        told = request.POST
        yield Posted(_bytes(told["body-mime"]), told.get("sender"), [told.get("recipient")])


def _sparkpost(request: HttpRequest) -> Iterator[Posted]:
    for one in _told(request):
        if told := one["msys"].get("relay_message"):
            content = told["content"]
            raw = _bytes(content["email_rfc822"], content.get("email_rfc822_is_base64"))
            yield Posted(raw, told.get("msg_from"), [told.get("rcpt_to")])


def _mailersend(request: HttpRequest) -> Iterator[Posted]:
    told = _told(request)["data"]
    receivers = [each.get("email") for each in told.get("recipients", {}).get("rcptTo", [])]
    yield Posted(_bytes(told["raw"]), told.get("sender", {}).get("email"), receivers)


def _mandrill(request: HttpRequest) -> Iterator[Posted]:
    for one in json.loads(request.POST["mandrill_events"]):
        if one.get("event") == "inbound":
            yield Posted(_bytes(one["msg"]["raw_msg"]), None, [one["msg"].get("email")])


def _postal(request: HttpRequest) -> Iterator[Posted]:
    told = _told(request)
    yield Posted(_bytes(told["message"], told.get("base64")), told.get("mail_from"), [told.get("rcpt_to")])


def _none(_request: HttpRequest) -> Iterator[Posted]:
    yield from ()


# --- a letter written anew --------------------------------------------------------------------------------------------


def _written(message: Any) -> Posted:
    """The bytes of what a provider has taken apart: the same each time, so that twice is once."""
    name = sha256(str(message["Message-ID"]).encode("utf-8", "replace")).hexdigest()[:32]
    for number, part in enumerate(message.walk()):
        if part.get_content_maintype() == "multipart":
            part.set_boundary(f"=_{number}_{name}")
        elif part.get_content_maintype() not in ("text", "message"):  # or its ends of lines would be written anew
            content = part.get_payload(decode=True)
            del part["Content-Transfer-Encoding"]
            part.set_payload(content)
            encode_base64(part)
    raw = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    return Posted(raw, message.envelope_sender, [message.envelope_recipient])


# Those whose post holds all of a letter. The others send a notice and have us come for the letter: for them there is IMAP.
PROVIDERS = {
    "mailersend": Provider("mailersend.MailerSendInboundWebhookView", "inbound_secret", _mailersend),
    "mailgun": Provider("mailgun.MailgunInboundWebhookView", "webhook_signing_key", _mailgun),
    "mailjet": Provider("mailjet.MailjetInboundWebhookView", "webhook_secret", _none),
    "mandrill": Provider("mandrill.MandrillCombinedWebhookView", "webhook_key", _mandrill),
    "postal": Provider("postal.PostalInboundWebhookView", "webhook_key", _postal),
    "postmark": Provider("postmark.PostmarkInboundWebhookView", "webhook_secret", _postmark),
    "sparkpost": Provider("sparkpost.SparkPostInboundWebhookView", "webhook_secret", _sparkpost),
}
