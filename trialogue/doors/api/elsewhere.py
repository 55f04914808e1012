"""Addresses below /api/ where there is nothing: a program gets a problem, not a page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from trialogue.doors.api.problems import Problem


@login_not_required
@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    said = _("There is nothing at this address. All that there is stands at /api/v1/docs.")
    return Problem("not-found", said).answer()


urlpatterns = [re_path("", nothing)]
