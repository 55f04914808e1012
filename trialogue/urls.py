"""Addresses: pages and API. The stream stands beside these, in asgi.py."""

from django.urls import URLPattern, URLResolver, include, path

from trialogue.doors.mail import providers

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("trialogue.doors.api.urls")),
    path("api/", include("trialogue.doors.api.elsewhere")),
    path("mail/in/<slug:name>/", providers.receive, name="mail_in"),
    path("", include("trialogue.doors.web.urls")),
    path("", include("trialogue.doors.web.people_urls")),
]

handler400 = "trialogue.doors.web.middleware.malformed"
handler500 = "trialogue.doors.web.middleware.broken"
