"""Sign-in is allauth's; here is what differs: who may come in, what is mailed and how, how sessions are followed."""

from __future__ import annotations

import re
import time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.views import LoginView
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from trialogue.deliveries.carriers import plain
from trialogue.deliveries.models import Browser, Delivery
from trialogue.doors.web import demo
from trialogue.doors.web.brands import at_the_door, remember
from trialogue.doors.web.middleware import GetResponse, actor_of
from trialogue.people.brands import brand_of
from trialogue.people.models import Person


def display(person: Person) -> str:
    return str(person)


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves; mail goes out as deliveries, in the reader's language."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": gettext_lazy(
            "The address or the password is not right. Check both, or ask for a new password."
        ),
        "too_many_login_attempts": gettext_lazy(
            "Too many attempts. Wait five minutes, or ask for a new password, which works at once."
        ),
        "incorrect_password": gettext_lazy("This is not your password."),
        "enter_current_password": gettext_lazy("This is not your password."),
        "incorrect_code": gettext_lazy("This code is not right. Codes change every 30 seconds: try the newest."),
        "rate_limited": gettext_lazy("Too many attempts. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        person: Person = context["user"]
        with translation.override(person.language), timezone.override(ZoneInfo(person.zone)):
            mail = self.render_mail(
                template_prefix, email, {"link": context.get("password_reset_url")} | context | {"person": person}
            )
        # Where allauth has a text of its own, ours is the HTML beside it; else it is all there is.
        written = [alternative[0] for alternative in getattr(mail, "alternatives", [])] or [mail.body]
        text, html = plain.both(str(written[0]))
        Delivery.write_letter(to=email, subject=mail.subject, text=text, html=html, person=person)

    def send_notification_mail(
        self, template_prefix: str, user: Person, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Whoever changes how one signs in, the person hears of it: it may have been someone else."""
        about = {
            "user": user,
            "at": timezone.now(),
            "what": template_prefix.rpartition("/")[2],
            "browser": browser(self.get_http_user_agent(self.request)),
            "link": settings.BASE_URL + reverse("account_reset_password"),
        }
        self.send_mail("account/email/changed", user.email, about)

    def get_reset_password_from_key_url(self, key: str) -> str:
        # From the settings, not from the Host header, which whoever asks for the mail may choose.
        uid, token = key.split("-", 1)
        path: str = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return settings.BASE_URL + path

    def get_reauthentication_methods(self, user: Person) -> list[dict[str, Any]]:
        words = {"mfa_reauthenticate": _("Use a code"), "mfa_reauthenticate:webauthn": _("Use a passkey")}
        methods = super().get_reauthentication_methods(user)
        return [method | {"description": words.get(method["id"], method["description"])} for method in methods]

    def logout(self, request: HttpRequest) -> None:
        """Whoever sits there next gets none of this person's notices."""
        Browser.objects.of_session(request.session.session_key or "").delete()
        super().logout(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("security")

    def set_password(self, user: Person, password: str) -> None:
        """Sets it, and forgives the failed attempts: who may set a password need not wait to use it."""
        super().set_password(user, password)
        self._delete_login_attempts_cached_email(self.request, email=user.email)


class KeysAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """What a phone or a password manager shows beside the codes and passkeys it keeps for us."""

    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": Adapter.error_messages["incorrect_code"]
    }

    def generate_authenticator_name(self, user: Person, type: str) -> str:
        return _("Passkey of {browser}").format(browser=browser(self.request.headers.get("User-Agent", "")))

    def _get_site_name(self) -> str:
        return "Trialogue"


class SignIn(LoginView):  # type: ignore[misc]
    """The sign-in page; in the demo, with its one-click entrances."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"entrances": demo.entrances()}

    def form_valid(self, form: Any) -> HttpResponse:
        """Whoever comes back to this browser finds the look they had."""
        answer: HttpResponse = super().form_valid(form)
        actor = actor_of(self.request)
        remember(answer, brand_of(actor.organisation) if actor else None)
        return answer

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase = super().get(request, *args, **kwargs)
        remember(answer, at_the_door(request) if "brand" in request.GET else None)
        return answer


class SignOutElsewhere(ListUserSessionsView):  # type: ignore[misc]
    """All sessions but this one end, and notices ring in their browsers no more."""

    def form_valid(self, form: Any) -> HttpResponse:
        here = Browser.objects.of_session(self.request.session.session_key)
        Browser.objects.filter(person=self.request.user).exclude(pk__in=here).delete()
        answer: HttpResponse = super().form_valid(form)
        return answer


class Sessions:
    """Keeps the list of a person's sessions current, at most every five minutes: a look at a page is not worth a write."""

    SECONDS = 300

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            now = int(time.time())
            if now - request.session.get("seen", 0) >= self.SECONDS:
                UserSession.objects.create_from_request(request)
                request.session["seen"] = now
        return self.get_response(request)


# In this order: Edge and Opera say Chrome as well, and Chrome says Safari.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrom", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
           ("Mac OS X", "Mac"), ("Linux", "Linux"))  # fmt: skip


def browser(user_agent: str) -> str:
    """“Firefox on Linux”, as far as the browser says so."""
    name = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    if name and system:
        return _("{browser} on {system}").format(browser=name, system=system)
    return name or system or re.split(r"[/ ]", user_agent)[0][:40] or _("An unknown browser")
