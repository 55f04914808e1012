"""Who sees what: every address of the house, asked by everyone in the cast, by keys, and by nobody.

The tables say what each gets for what is Clara's (Paul works her case, Rita brought her, Olga oversees). An address
without a row fails. Otto and Pia are outsiders to all of it: whatever they are answered, nothing of Clara's stands in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from itertools import product
from typing import Any, NamedTuple

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.asgi import ASGIRequest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone

from tests.cast import MONDAY, Cast
from tests.letters.post import SUPPORT, post, written
from tests.lib.test_drawing import picture
from tests.pushes import FakeBrowser
from tests.uploads.files import checked, claim, csv
from tests.walk import lives, walk
from trialogue.articles.models import Article, Collection
from trialogue.articles.pictures import Picture
from trialogue.cases.models import Case
from trialogue.channels.rules import shipped
from trialogue.complaints.models import Complaint
from trialogue.conversations import relationships
from trialogue.conversations.information import InformationRequest, InformationTemplate
from trialogue.conversations.models import Consent, Document, Note, Pin, Presence
from trialogue.deliveries import unsubscribing
from trialogue.deliveries.models import Bounce, Browser, Endpoint
from trialogue.doors.api import openapi
from trialogue.doors.stream.app import identify
from trialogue.escalations.models import AccountManager, Escalation
from trialogue.events.kinds import KINDS as ALL_KINDS
from trialogue.events.models import Event
from trialogue.letters.models import Alias
from trialogue.lib import webpush
from trialogue.lists.batches import Batch
from trialogue.lists.filters import Filter
from trialogue.lists.views import View
from trialogue.meetings.models import Host, Meeting
from trialogue.people.brands import Brand, Logo
from trialogue.people.models import Actor, Environment, Organisation, Person, Role, Visitor
from trialogue.requests.models import Request, SavedAnswer

PEOPLE = ("clara", "carl", "paul", "petra", "rita", "olga", "otto", "pia", "nobody")
KEYS = ("clara", "paul", "rita", "olga", "otto", "pia", "clara test", "clara revoked")
OUTSIDERS = ("otto", "pia", "nobody", "clara test", "clara revoked")
# What an outsider would recognise: the debtor, the client's reference, words, a file, a member's address.
TELLING = ("Zebrafink", "ZEBRA-7", "gazelle", "okapi", "evidence.txt", "carl@nordlys")
# What is between client and partner alone; who brought the client does not hear it: it reads their conversation, and no more.
SAID = ("okapi", "evidence.txt", "carl@nordlys")
# What is between Clara and her colleagues; nobody else hears it, not even the operator.
NOTED = ("dodo",)
STREAM = "/api/v1/stream"


class Row(NamedTuple):
    """A request and the answer to each asker: a status, `login` for the way to the sign-in page."""

    method: str
    address: str
    answers: str


# fmt: off
PAGES = [
    #                                                                                clara  carl  paul petra  rita  olga  otto   pia  nobody
    Row("GET", "/",                                                                    "  200   200   200   200   302   200   200   200 login"),
    Row("POST", "/first-steps/",                                                       "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/cases/",                                                              "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/cases/?q={case}",                                                     "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/cases/?q=Zebrafink&state=Active",                                      "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/cases/new/",                                                          "  200   200   302   302   302   302   200   302 login"),
    Row("POST", "/cases/new/",                                                         "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/cases/{case}/",                                                       "  200   200   200   200   200   200   404   404 login"),
    Row("GET", "/cases/{case}/live/?after=0&looking=1",                                "  200   200   200   200   200   200   404   404 login"),
    Row("POST", "/cases/{case}/read/",                                                 "  204   204   204   204   204   204   404   404 login"),
    Row("POST", "/cases/{case}/messages/",                                             "  302   302   302   302   422   422   404   404 login"),
    Row("POST", "/cases/{case}/documents/",                                            "  302   302   302   302   302   302   404   404 login"),
    Row("GET", "/cases/{case}/messages/1/",                                             "  200  200  200  200  200  200  404  404 login"),
    Row("POST", "/cases/{case}/messages/1/",                                            "  302  302  302  302  422  422  404  404 login"),
    Row("GET", "/cases/{case}/notes/{note}/",                                           "  200  200  404  404  404  404  404  404 login"),
    Row("POST", "/cases/{case}/notes/{note}/",                                          "  302  302  404  404  404  404  404  404 login"),
    Row("GET", "/cases/{case}/notes/{note}/place/",                                     "  302  302  404  404  404  404  404  404 login"),
    Row("POST", "/cases/{case}/pins/",                                                  "  302  302  302  302  302  302  404  404 login"),
    Row("GET", "/cases/{case}/jump/?date=2026-03-09",                                   "  302  302  302  302  302  302  404  404 login"),
    Row("GET", "/cases/{case}/writing/",                                                "  200  200  200  200  200  200  404  404 login"),
    Row("POST", "/cases/{case}/writing/",                                               "  204  204  204  204  204  204  404  404 login"),
    Row("POST", "/cases/{case}/elsewhere/",                                             "  204  204  204  204  204  204  404  404 login"),
    Row("GET", "/search/?q=Zebrafink+okapi+evidence",                                   "  200  200  200  200  200  200  200  200 login"),
    Row("GET", "/search/?q=okapi&case={case}",                                          "  200  200  200  200  200  200  404  404 login"),
    Row("GET", "/relationships/",                                                       "  200  200  200  200  302  200  200  200 login"),
    Row("POST", "/relationships/",                                                      "  302  302  404  404  302  404  404  404 login"),
    Row("GET", "/relationships/{talk}/",                                                "  200  200  200  200  404  200  404  404 login"),
    Row("GET", "/relationships/{talk}/live/?after=0&looking=1",                         "  200  200  200  200  404  200  404  404 login"),
    Row("POST", "/relationships/{talk}/read/",                                          "  204  204  204  204  404  204  404  404 login"),
    Row("POST", "/relationships/{talk}/messages/",                                      "  302  302  302  302  404  422  404  404 login"),
    Row("GET", "/relationships/{talk}/messages/1/",                                     "  200  200  200  200  404  200  404  404 login"),
    Row("POST", "/relationships/{talk}/messages/1/",                                    "  302  302  302  302  404  422  404  404 login"),
    Row("GET", "/relationships/{talk}/notes/{talk_note}/",                              "  200  200  404  404  404  404  404  404 login"),
    Row("POST", "/relationships/{talk}/notes/{talk_note}/",                             "  302  302  404  404  404  404  404  404 login"),
    Row("GET", "/relationships/{talk}/notes/{talk_note}/place/",                        "  302  302  404  404  404  404  404  404 login"),
    Row("POST", "/relationships/{talk}/pins/",                                          "  302  302  302  302  404  302  404  404 login"),
    Row("GET", "/relationships/{talk}/jump/?date=2026-03-09",                           "  302  302  302  302  404  302  404  404 login"),
    Row("GET", "/relationships/{talk}/writing/",                                        "  200  200  200  200  404  200  404  404 login"),
    Row("POST", "/relationships/{talk}/writing/",                                       "  204  204  204  204  404  204  404  404 login"),
    Row("POST", "/relationships/{talk}/mute/",                                          "  302  302  302  302  404  302  404  404 login"),
    Row("POST", "/cases/{case}/join/",                                                  "  422  422  422  422  422  302  404  404 login"),
    Row("POST", "/cases/{case}/leave/",                                                 "  302  302  302  302  302  302  404  404 login"),
    Row("POST", "/cases/{case}/consent/",                                               "  302  302  302  302  302  302  404  404 login"),
    Row("GET", "/clients/",                                                             "  404  404  404  404  200  404  404  404 login"),
    Row("GET", "/clients/{client}/",                                                    "  404  404  404  404  200  404  404  404 login"),
    Row("POST", "/settings/organisation/consent/",                                      "  302  302  302  302  302  302  302  302 login"),
    Row("POST", "/cases/{case}/owner/",                                                 "  302   302   302   302   302   302   404   404 login"),
    Row("GET", "/cases/{case}/calls/",                                                  "  200   200   200   200   200   200   404   404 login"),
    Row("POST", "/cases/{case}/calls/",                                                 "  422   422   422   422   422   422   404   404 login"),
    Row("GET", "/cases/{case}/update/",                                                 "  302   302   200   200   302   302   404   404 login"),
    Row("POST", "/cases/{case}/update/",                                                "  302   302   302   302   302   302   404   404 login"),
    Row("GET", "/cases/{asked}/information/",                                           "  200   200   200   200   200   200   404   404 login"),
    Row("POST", "/cases/{asked}/information/answer/",                                   "  422   422   422   422   422   422   404   404 login"),
    Row("GET", "/cases/{asked}/information/new/",                                       "  404   404   200   200   404   404   404   404 login"),
    Row("POST", "/cases/{asked}/information/new/",                                      "  404   404   302   302   404   404   404   404 login"),
    Row("POST", "/cases/{asked}/information/{item}/accept/",                            "  302   302   302   302   404   302   404   404 login"),
    Row("POST", "/lists/{list}/remove/",                                                "  404   404   302   302   404   404   404   404 login"),
    Row("GET", "/cases/{case}/moves/pause/",                                           "  404   404   200   200   404   404   404   404 login"),
    Row("POST", "/cases/{case}/moves/pause/",                                          "  404   404   302   302   404   404   404   404 login"),
    Row("GET", "/cases/{early}/moves/release/",                                        "  404   404   404   404   404   200   404   404 login"),
    Row("POST", "/cases/{early}/moves/release/",                                       "  404   404   404   404   404   302   404   404 login"),
    Row("GET", "/cases/{early}/",                                                      "  200   200   404   404   200   200   404   404 login"),
    Row("GET", "/cases/{case}/timeline/",                                              "  200   200   200   200   200   200   404   404 login"),
    Row("GET", "/cases/{case}/documents/",                                              "  200   200   200   200   200   200   404   404 login"),
    Row("GET", "/cases/{case}/documents.zip",                                           "  200   200   200   200   302   200   404   404 login"),
    Row("GET", "/documents/{document}/",                                                "  200   200   200   200   404   200   404   404 login"),
    Row("GET", "/documents/{document}/card/",                                           "  200   200   200   200   404   200   404   404 login"),
    Row("GET", "/documents/{document}/pictures/0/",                                     "  404   404   404   404   404   404   404   404 login"),
    Row("POST", "/documents/{document}/describe/",                                      "  302   302   422   422   404   422   404   404 login"),
    Row("POST", "/documents/{document}/replace/",                                       "  302   302   422   422   404   422   404   404 login"),
    Row("POST", "/documents/{document}/remove/",                                        "  302   302   422   422   404   422   404   404 login"),
    Row("GET", "/documents/{document}/{pass_word}/",                                   "  200   200   200   200   404   200   404   404 login"),
    Row("GET", "/documents/{paper}/",                                                   "  200   200   404   404   404   200   404   404 login"),
    Row("GET", "/documents/{paper}/{paper_word}/",                                      "  200   200   404   404   404   200   404   404 login"),
    Row("POST", "/documents/{paper}/replace/",                                          "  302   302   404   404   404   422   404   404 login"),
    Row("GET", "/cases.csv",                                                            "  200  200  200  200  200  200  200  200  login"),
    Row("GET", "/uploads/",                                                             "  200  200  302  302  302  302  200  302  login"),
    Row("POST", "/uploads/",                                                            "  302  302  302  302  302  302  302  302  login"),
    Row("GET", "/uploads/template.csv",                                                 "  200  200  200  200  200  200  200  200  login"),
    Row("GET", "/uploads/{upload}/",                                                    "  200  200  404  404  404  404  404  404  login"),
    Row("POST", "/uploads/{upload}/columns/",                                           "  302  302  404  404  404  404  404  404  login"),
    Row("POST", "/uploads/{upload}/start/",                                             "  302  302  404  404  404  404  404  404  login"),
    Row("GET", "/uploads/{upload}/report.csv",                                          "  200  200  404  404  404  404  404  404  login"),
    Row("GET", "/uploads/{upload}/left-out.csv",                                        "  200  200  404  404  404  404  404  404  login"),
    Row("POST", "/uploads/{parcel}/withdraw/",                                          "  302  302  404  404  404  404  404  404  login"),
    Row("GET", "/views/",                                                               "  200  200  200  200  200  200  200  200  login"),
    Row("POST", "/views/",                                                              "  302  302  302  302  302  302  302  302  login"),
    Row("POST", "/views/{view}/",                                                       "  302  302  404  404  404  404  404  404  login"),
    Row("GET", "/batches/",                                                             "  200  200  200  200  200  200  200  200  login"),
    Row("GET", "/batches/new/?what=message&cases={case}",                               "  200  200  200  200  302  302  302  302  login"),
    Row("POST", "/batches/new/",                                                        "  302  302  302  302  302  302  302  302  login"),
    Row("GET", "/batches/{batch}/",                                                     "  200  200  404  404  404  404  404  404  login"),
    Row("POST", "/batches/{batch}/confirm/",                                            "  302  302  404  404  404  404  404  404  login"),
    Row("POST", "/batches/{batch}/stop/",                                               "  302  302  404  404  404  404  404  404  login"),
    Row("POST", "/mail/in/postmark/",                                                   "  404  404  404  404  404  404  404  404  404"),
    Row("GET", "/keyboard/",                                                            "  200  200  200  200  200  200  200  200  login"),
    Row("GET", "/clocks/{clock}/",                                                     "  200   200   200   200   404   200   404   404 login"),
    Row("GET", "/settings/organisation/hours/",                                              "  200   200   200   200   200   200   200   200 login"),
    Row("POST", "/settings/organisation/hours/",                                              "  200   403   200   403   200   200   200   200 login"),
    Row("GET", "/organisations/{client}/hours/",                                             "  302   302   404   404   404   200   404   404 login"),
    Row("POST", "/organisations/{client}/hours/",                                             "  302   302   404   404   404   200   404   404 login"),
    Row("GET", "/policies/",                                                                 "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/policies/reply/",                                                           "  200   200   200   200   200   200   200   200 login"),
    Row("POST", "/policies/reply/",                                                           "  403   403   403   403   403   200   403   403 login"),
    Row("GET", "/promises/",                                                                 "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/promises/?of={client}",                                                     "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/promises/weeks.csv?whose=them",                                             "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/desk/",                                                             "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/desk/?view=all&q=Zebrafink",                                        "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/desk/many/",                                                       "  404  404  404  404  404  302  404  404 login"),
    Row("GET", "/desk/answers/",                                                     "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/desk/answers/",                                                    "  404  404  404  404  404  302  404  404 login"),
    Row("GET", "/desk/answers/{answer}/",                                            "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/desk/answers/{answer}/",                                           "  404  404  404  404  404  302  404  404 login"),
    Row("GET", "/complaints/",                                                       "  200  200  200  200  404  200  200  200 login"),
    Row("GET", "/complaints/{complaint}/",                                           "  200  200  404  404  404  200  404  404 login"),
    Row("POST", "/complaints/{complaint}/",                                          "  302  302  404  404  404  302  404  404 login"),
    Row("GET", "/cases/{case}/complaint/",                                           "  302  302  302  302  302  302  404  404 login"),
    Row("GET", "/cases/{asked}/complaint/",                                          "  200  200  302  302  302  302  404  404 login"),
    Row("POST", "/cases/{asked}/complaint/",                                         "  302  302  302  302  302  302  404  404 login"),
    Row("POST", "/hooks/meetings/calendly/",                                            "  404  404  404  404  404  404  404  404  404"),
    Row("GET", "/meetings/",                                                        "  200  200  200  200  200  200  200  200 login"),
    Row("GET", "/meetings/new/",                                                    "  200  200  200  200  200  302  200  200 login"),
    Row("POST", "/meetings/new/",                                                   "  200  200  302  302  302  302  200  302 login"),
    Row("GET", "/meetings/hosts/",                                                  "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/meetings/hosts/{colleague}/",                                      "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/meetings/hosts/{colleague}/",                                     "  404  404  404  404  404  422  404  404 login"),
    Row("GET", "/meetings/{meeting}/",                                              "  404  404  200  200  404  200  404  404 login"),
    Row("POST", "/meetings/{wished}/",                                              "  404  404  302  302  404  302  404  404 login"),
    Row("GET", "/meetings/{meeting}/move/",                                         "  404  404  200  200  404  200  404  404 login"),
    Row("POST", "/meetings/{meeting}/move/",                                        "  404  404  422  422  404  422  404  404 login"),
    Row("GET", "/meetings/{meeting}.ics",                                           "  404  404  200  200  404  200  404  404 login"),
    Row("GET", "/desk/stuck/",                                                       "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/desk/stuck/",                                                      "  404  404  404  404  404  302  404  404 login"),
    Row("GET", "/cases/{case}/ladder/",                                              "  200  200  404  404  200  404  404  404 login"),
    Row("POST", "/cases/{case}/ladder/",                                             "  302  302  404  404  302  404  404  404 login"),
    Row("GET", "/desk/ladders/",                                                     "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/desk/managers/?find=Nordlys",                                       "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/organisations/{client}/manager/",                                   "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/organisations/{client}/manager/",                                  "  404  404  404  404  404  302  404  404 login"),
    Row("GET", "/desk/teams/",                                                       "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/desk/teams/",                                                      "  404  404  404  404  404  302  404  404 login"),
    Row("GET", "/desk/letters/",                                                     "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/desk/letters/?view=all&q=Zebrafink",                                "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/desk/letters/mailboxes/",                                           "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/desk/letters/addresses/",                                           "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/desk/letters/addresses/",                                          "  404  404  404  404  404  302  404  404 login"),
    Row("GET", "/desk/letters/{letter}/",                                            "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/desk/letters/{letter}/original.eml",                                "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/desk/letters/{letter}/documents/0/",                                "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/desk/letters/{letter}/as-sent/",                                    "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/desk/letters/{letter}/frame/",                                      "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/desk/letters/{letter}/frame/pictures/",                             "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/desk/letters/{letter}/release/",                                   "  404  404  404  404  404  302  404  404 login"),
    Row("GET", "/desk/requests/{request}/",                                          "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/desk/requests/{request}/answer/",                                  "  404  404  404  404  404  302  404  404 login"),
    Row("GET", "/desk/requests/{request}/writing/",                                  "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/desk/requests/{request}/writing/",                                 "  404  404  404  404  404  204  404  404 login"),
    Row("POST", "/desk/requests/{request}/close/",                                   "  404  404  404  404  404  302  404  404 login"),
    Row("GET", "/rules/channels/",                                                   "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/rules/channels/",                                                  "  404  404  404  404  404  200  404  404 login"),
    Row("GET", "/rules/channels/1/",                                                 "  404  404  404  404  404  200  404  404 login"),
    Row("POST", "/rules/channels/1/",                                                "  404  404  404  404  404  302  404  404 login"),
    Row("GET", "/developers/",                                                          "  200  200  200  200  200  200  200  200   200"),
    Row("GET", "/developers/errors/",                                                   "  200  200  200  200  200  200  200  200   200"),
    Row("GET", "/developers/try/",                                                      "  200  200  200  200  200  200  200  200 login"),
    Row("GET", "/help/",                                                                "  200  200  200  200  200  302  200  200  200"),
    Row("POST", "/help/",                                                               "  200  200  200  200  200  302  200  200  200"),
    Row("POST", "/help/platform/hints/",                                                "  200  200  200  200  200  404  200  200  200"),
    Row("GET", "/which-channel/",                                                       "  302  302  302  302  302  302  302  302  302"),
    Row("GET", "/help/platform/",                                                       "  200  200  200  200  200  302  200  200  200"),
    Row("POST", "/help/legal/",                                                         "  302  302  302  302  302  302  302  302  422"),
    Row("GET", "/articles/",                                                            "  200  200  200  200  200  200  200  200  200"),
    Row("GET", "/articles/found.html?q=partner",                                        "  200  200  200  200  200  200  200  200  200"),
    Row("GET", "/articles/feed.xml",                                                    "  200  200  200  200  200  200  200  200  200"),
    Row("GET", "/articles/for/client/",                                                 "  200  200  200  200  200  200  200  200  200"),
    Row("GET", "/articles/in/{article}/",                                               "  404  404  200  200  404  200  404  200  404"),
    Row("GET", "/articles/{article}/",                                                  "  404  404  200  200  404  200  404  200  404"),
    Row("GET", "/articles/{article}/pictures/{shown}-400.webp",                         "  404  404  200  200  404  200  404  200  404"),
    Row("POST", "/articles/{article}/answered/",                                        "  404  404  200  200  404  200  404  200  404"),
    Row("GET", "/sitemap.xml",                                                          "  200  200  200  200  200  200  200  200  200"),
    Row("GET", "/robots.txt",                                                           "  200  200  200  200  200  200  200  200  200"),
    Row("GET", "/language/",                                                             "  302  302  302  302  302  302  302  302  302"),
    Row("GET", "/desk/articles/",                                                       "  404  404  404  404  404  200  404  404  login"),
    Row("GET", "/desk/articles/new/",                                                   "  404  404  404  404  404  200  404  404  login"),
    Row("POST", "/desk/articles/new/",                                                  "  404  404  404  404  404  422  404  404  login"),
    Row("GET", "/desk/articles/{article}/en/",                                          "  404  404  404  404  404  200  404  404  login"),
    Row("POST", "/desk/articles/{article}/en/",                                         "  404  404  404  404  404  302  404  404  login"),
    Row("GET", "/desk/articles/{article}/en/1/",                                        "  404  404  404  404  404  200  404  404  login"),
    Row("POST", "/desk/articles/{article}/en/1/",                                       "  404  404  404  404  404  302  404  404  login"),
    Row("GET", "/desk/new-collection/",                                                 "  404  404  404  404  404  200  404  404  login"),
    Row("POST", "/desk/collections/{article}/",                                         "  404  404  404  404  404  302  404  404  login"),
    Row("GET", "/desk/articles/readers/",                                               "  404  404  404  404  404  200  404  404  login"),
    Row("GET", "/requests/?q=okapi",                                                    "  200  200  200  200  200  302  200  200  login"),
    Row("GET", "/requests/{request}/",                                                  "  200  200  404  404  404  302  404  404  login"),
    Row("POST", "/requests/{request}/",                                                 "  302  302  404  404  404  302  404  404  login"),
    Row("POST", "/requests/{request}/mute/",                                            "  302  302  404  404  404  302  404  404  login"),
    Row("GET", "/unsubscribe/{turns_off}/",                                             "  200  200  200  200  200  200  200  200  200"),
    Row("POST", "/unsubscribe/{turns_off}/",                                            "  200  200  200  200  200  200  200  200  200"),
    Row("GET", "/r/{link}/",                                                            "  200  200  200  200  200  200  200  200  200"),
    Row("POST", "/r/{link}/",                                                           "  302  302  302  302  302  302  302  302  302"),
    Row("GET", "/r/{link}/documents/{leaflet}/",                                        "  200  200  200  200  200  200  200  200  200"),
    Row("GET", "/r/{link}/documents/{leaflet}/card/",                                   "  200  200  200  200  200  200  200  200  200"),
    Row("POST", "/r/{link}/documents/{leaflet}/remove/",                                "  302  302  302  302  302  302  302  302  302"),
    Row("GET", "/r/{link}/documents/{leaflet}/pictures/0/",                             "  404  404  404  404  404  404  404  404  404"),
    Row("GET", "/r/{link}/documents/{leaflet}/{leaflet_word}/",                         "  200  200  200  200  200  200  200  200  200"),
    Row("GET", "/r/{link}/documents/{paper}/",                                          "  404  404  404  404  404  404  404  404  404"),
    Row("GET", "/r/{link}/rate/good/",                                                  "  200  200  200  200  200  200  200  200  200"),
    Row("POST", "/r/{link}/rate/good/",                                                 "  302  302  302  302  302  302  302  302  302"),
    Row("GET", "/assets/0.css",                                                        "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/icon.svg",                                                            "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/worker.js",                                                           "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/settings/",                                                           "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/settings/sign-in/",                                                   "  200   200   200   200   200   200   200   200 login"),
    Row("POST", "/settings/sign-in/sessions/{session}/end/",                           "  302   404   404   404   404   404   404   404 login"),
    Row("GET", "/settings/organisation/",                                              "  200   200   200   200   200   200   200   200 login"),
    Row("POST", "/settings/organisation/",                                             "  302   403   302   403   302   302   302   302 login"),
    Row("POST", "/settings/organisation/members/{person}/role/",                       "  302   403   404   403   404   404   404   404 login"),
    Row("GET", "/settings/organisation/members/{person}/remove/",                      "  200   403   404   403   404   404   404   404 login"),
    Row("POST", "/settings/organisation/members/{person}/remove/",                     "  302   403   404   403   404   404   404   404 login"),
    Row("POST", "/settings/organisation/invitations/",                                 "  302   403   302   403   302   302   302   302 login"),
    Row("POST", "/settings/organisation/invitations/{invitation}/resend/",             "  302   403   404   403   404   404   404   404 login"),
    Row("POST", "/settings/organisation/invitations/{invitation}/withdraw/",           "  302   403   404   403   404   404   404   404 login"),
    Row("GET", "/notices/",                                                             "  200   200   200   200   200   200   200   200   login"),
    Row("POST", "/notices/read/",                                                       "  302   302   302   302   302   302   302   302   login"),
    Row("GET", "/settings/notices/",                                                    "  200   200   200   200   200   200   200   200   login"),
    Row("POST", "/settings/notices/",                                                   "  302   302   302   302   302   302   302   302   login"),
    Row("POST", "/settings/notices/addresses/{bounce}/clear/",                          "  302   302   404   404   404   302   404   404   login"),
    Row("POST", "/settings/notices/browsers/",                                          "  302   302   302   302   302   302   302   302   login"),
    Row("POST", "/settings/notices/browsers/{browser}/remove/",                         "  404   302   404   404   404   404   404   404   login"),
    Row("GET", "/settings/absence/",                                                    "  200   200   200   200   200   200   200   200   login"),
    Row("POST", "/settings/absence/",                                                   "  302   302   302   302   302   302   302   302   login"),
    Row("POST", "/settings/absence/end/",                                               "  302   302   302   302   302   302   302   302   login"),
    Row("GET", "/settings/organisation/members/{person}/absence/",                      "  200   403   404   403   404   404   404   404   login"),
    Row("POST", "/settings/organisation/members/{person}/absence/",                     "  302   403   404   403   404   404   404   404   login"),
    Row("POST", "/settings/organisation/members/{person}/absence/end/",                 "  302   403   404   403   404   404   404   404   login"),
    Row("POST", "/cases/{case}/mute/",                                                  "  302   302   302   302   302   302   404   404   login"),
    Row("GET", "/settings/keys/",                                                      "  200   403   200   403   200   200   200   200 login"),
    Row("POST", "/settings/keys/",                                                     "  200   403   200   403   200   200   200   200 login"),
    Row("GET", "/settings/keys/{key}/revoke/",                                         "  200   403   404   403   404   404   404   404 login"),
    Row("POST", "/settings/keys/{key}/revoke/",                                        "  302   403   404   403   404   404   404   404 login"),
    Row("GET", "/settings/brand/",                                                     "  404   403   404   403   200   404   404   404 login"),
    Row("POST", "/settings/brand/",                                                    "  404   403   404   403   302   404   404   404 login"),
    Row("POST", "/settings/brand/off/",                                                "  404   403   404   403   302   404   404   404 login"),
    Row("GET", "/organisations/{referrer}/brand/",                                     "  404   404   404   404   404   200   404   404 login"),
    Row("POST", "/organisations/{referrer}/brand/",                                    "  404   404   404   404   404   302   404   404 login"),
    Row("GET", "/brands/0f5c4a-639589.css",                                            "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/brands/{logo}.png",                                                   "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/settings/webhooks/",                                                  "  200   403   200   403   200   200   200   200 login"),
    Row("POST", "/settings/webhooks/",                                                 "  200   403   200   403   200   200   200   200 login"),
    Row("GET", "/settings/webhooks/{endpoint}/",                                       "  200   403   404   403   404   404   404   404 login"),
    Row("POST", "/settings/webhooks/{endpoint}/",                                      "  302   403   404   403   404   404   404   404 login"),
    Row("POST", "/settings/webhooks/{endpoint}/secret/",                               "  200   403   404   403   404   404   404   404 login"),
    Row("GET", "/settings/webhooks/{endpoint}/remove/",                                "  200   403   404   403   404   404   404   404 login"),
    Row("POST", "/settings/webhooks/{endpoint}/remove/",                               "  302   403   404   403   404   404   404   404 login"),
    Row("POST", "/settings/webhooks/{endpoint}/test/",                                 "  302   403   404   403   404   404   404   404 login"),
    Row("POST", "/settings/webhooks/{endpoint}/deliveries/{posted}/again/",            "  302   403   404   403   404   404   404   404 login"),
    Row("GET", "/acting/",                                                             "  200   200   200   200   200   200   200   200 login"),
    Row("POST", "/acting/",                                                            "  302   302   404   404   404   404   404   404 login"),
    Row("GET", "/invitations/{secret}/",                                               "  200   200   200   200   200   200   200   200   200"),
    Row("POST", "/demo/enter/",                                                        "  404   404   404   404   404   404   404   404   404"),
    Row("GET", "/demo/mail/",                                                          "  404   404   404   404   404   404   404   404 login"),
    Row("POST", "/demo/mail/write/",                                                   "  404   404   404   404   404   404   404   404 login"),
    Row("GET", "/demo/mail/x.eml/",                                                    "  404   404   404   404   404   404   404   404 login"),
    Row("GET", "/demo/mail/x.eml/html/",                                               "  404   404   404   404   404   404   404   404 login"),
    Row("GET", "/accounts/login/",                                                     "  302   302   302   302   302   302   302   302   200"),
    Row("GET", "/accounts/logout/",                                                    "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/accounts/inactive/",                                                  "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/accounts/reauthenticate/",                                            "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/accounts/password/change/",                                           "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/accounts/password/set/",                                              "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/accounts/password/reset/",                                            "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/accounts/password/reset/done/",                                       "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/accounts/password/reset/key/done/",                                   "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/accounts/password/reset/key/1-x-y/",                                  "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/accounts/2fa/",                                                       "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/accounts/2fa/authenticate/",                                          "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/accounts/2fa/reauthenticate/",                                        "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/accounts/2fa/totp/activate/",                                         "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/accounts/2fa/totp/deactivate/",                                       "  404   404   404   404   404   404   404   404 login"),
    Row("GET", "/accounts/2fa/recovery-codes/",                                        "  404   404   404   404   404   404   404   404 login"),
    Row("GET", "/accounts/2fa/recovery-codes/generate/",                               "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/accounts/2fa/recovery-codes/download/",                               "  404   404   404   404   404   404   404   404 login"),
    Row("GET", "/accounts/2fa/webauthn/",                                              "  200   200   200   200   200   200   200   200 login"),
    Row("GET", "/accounts/2fa/webauthn/add/",                                          "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/accounts/2fa/webauthn/reauthenticate/",                               "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/accounts/2fa/webauthn/keys/1/remove/",                                "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/accounts/2fa/webauthn/keys/1/edit/",                                  "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/accounts/2fa/webauthn/login/",                                        "  302   302   302   302   302   302   302   302 login"),
    Row("GET", "/accounts/sessions/",                                                  "  200   200   200   200   200   200   200   200 login"),
]

API = [
    #                                                                                clara  carl  paul petra  rita  olga  otto   pia  nobody
    Row("GET", "/api/v1/docs",                                                         "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/api/v1/openapi.json",                                                 "  200   200   200   200   200   200   200   200   200"),
    Row("GET", "/api/v1/me",                                                           "  200   200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/cases",                                                        "  200   200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/cases?q=Zebrafink&reference={case}",                            "  200   200   200   200   200   200   200   200   401"),
    Row("POST", "/api/v1/cases",                                                       "  201   201   403   403   403   403   201   403   401"),
    Row("GET", "/api/v1/cases/{case}",                                                 "  200   200   200   200   200   200   404   404   401"),
    Row("PUT", "/api/v1/cases/{case}/owner",                                            "  200   200   200   200   403   403   404   404   401"),
    Row("GET", "/api/v1/cases/{case}/calls",                                            "  200   200   200   200   200   200   404   404   401"),
    Row("POST", "/api/v1/cases/{case}/calls",                                           "  403   403   201   201   403   403   404   404   401"),
    Row("POST", "/api/v1/cases/{case}/updates",                                         "  403   403   200   200   403   403   404   404   401"),
    Row("GET", "/api/v1/cases/{asked}/information",                                     "  200   200   200   200   200   200   404   404   401"),
    Row("POST", "/api/v1/cases/{asked}/information",                                    "  403   403   201   201   403   403   404   404   401"),
    Row("POST", "/api/v1/items/{item}/answer",                                          "  200   200   403   403   404   403   404   404   401"),
    Row("POST", "/api/v1/items/{item}/accept",                                          "  403   403   200   200   404   403   404   404   401"),
    Row("POST", "/api/v1/items/{item}/again",                                           "  403   403   200   200   404   403   404   404   401"),
    Row("POST", "/api/v1/items/{item}/drop",                                            "  403   403   200   200   404   403   404   404   401"),
    Row("GET", "/api/v1/information-lists",                                             "  200   200   200   200   200   200   200   200   401"),
    Row("PUT", "/api/v1/information-lists",                                             "  403   403   200   200   403   403   403   200   401"),
    Row("POST", "/api/v1/cases/{case}/moves",                                          "  403   403   200   200   403   403   404   404   401"),
    Row("GET", "/api/v1/cases/{case}/timeline",                                        "  200   200   200   200   200   200   404   404   401"),
    Row("GET", "/api/v1/cases/{case}/messages",                                        "  200   200   200   200   200   200   404   404   401"),
    Row("POST", "/api/v1/cases/{case}/messages",                                       "  201   201   201   201   403   403   404   404   401"),
    Row("PATCH", "/api/v1/messages/{message}",                                          "  200  403  403  403  403  403  404  404  401"),
    Row("DELETE", "/api/v1/messages/{message}",                                         "  200  403  403  403  403  403  404  404  401"),
    Row("POST", "/api/v1/messages/{message}/excuse",                                    "  200  200  200  200  403  403  404  404  401"),
    Row("GET", "/api/v1/cases/{case}/pins",                                             "  200  200  200  200  200  200  404  404  401"),
    Row("POST", "/api/v1/cases/{case}/pins",                                            "  201  201  201  201  403  403  404  404  401"),
    Row("DELETE", "/api/v1/pins/{pin}",                                                 "  200  200  200  200  403  403  404  404  401"),
    Row("GET", "/api/v1/cases/{case}/notes",                                            "  200  200  200  200  200  200  404  404  401"),
    Row("POST", "/api/v1/cases/{case}/notes",                                           "  201  201  201  201  201  201  404  404  401"),
    Row("DELETE", "/api/v1/notes/{note}",                                               "  200  403  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/search?q=okapi",                                                "  200  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/search?q=okapi&kind=notes&case={case}",                         "  200  200  200  200  200  200  422  422  401"),
    Row("GET", "/api/v1/cases/{case}/documents",                                       "  200   200   200   200   200   200   404   404   401"),
    Row("POST", "/api/v1/cases/{case}/documents",                                      "  201   201   201   201   403   403   404   404   401"),
    Row("GET", "/api/v1/cases/{case}/documents.zip",                                    "  200   200   200   200   404   200   404   404   401"),
    Row("PATCH", "/api/v1/documents/{document}",                                        "  200   200   403   403   404   403   404   404   401"),
    Row("PUT", "/api/v1/documents/{document}",                                          "  201   201   403   403   404   403   404   404   401"),
    Row("DELETE", "/api/v1/documents/{document}",                                       "  200   200   403   403   404   403   404   404   401"),
    Row("GET", "/api/v1/documents/{document}",                                         "  200   200   200   200   404   200   404   404   401"),
    Row("GET", "/api/v1/cases.csv",                                                     "  200  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/uploads",                                                       "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/uploads",                                                      "  201  201  403  403  403  403  201  403  401"),
    Row("GET", "/api/v1/uploads/{upload}",                                              "  200  200  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/uploads/{upload}/columns",                                     "  200  200  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/uploads/{upload}/start",                                       "  200  200  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/uploads/{upload}/report",                                       "  200  200  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/uploads/{upload}/left-out",                                     "  200  200  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/uploads/{parcel}/withdraw",                                    "  200  200  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/views",                                                         "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/views",                                                        "  201  201  201  201  201  201  201  201  401"),
    Row("PATCH", "/api/v1/views/{view}",                                                "  200  403  404  404  404  404  404  404  401"),
    Row("DELETE", "/api/v1/views/{view}",                                               "  200  403  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/batches",                                                       "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/batches",                                                      "  201  201  201  201  201  201  201  422  401"),
    Row("GET", "/api/v1/batches/{batch}",                                               "  200  200  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/batches/{batch}/items",                                         "  200  200  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/batches/{batch}/confirm",                                      "  200  403  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/batches/{batch}/stop",                                         "  200  403  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/notices",                                                       "  200   200   200   200   200   200   200   200   401"),
    Row("POST", "/api/v1/notices/seen",                                                 "  200   200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/me/first-steps",                                                "  200   200   200   200   200   200   200   200   401"),
    Row("PUT", "/api/v1/me/first-steps",                                                "  200   200   200   200   200   200   200   200   401"),
    Row("DELETE", "/api/v1/me/first-steps",                                             "  200   200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/me/notices",                                                    "  200   200   200   200   200   200   200   200   401"),
    Row("PUT", "/api/v1/me/notices",                                                    "  200   200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/me/mutes",                                                      "  200   200   200   200   200   200   200   200   401"),
    Row("PUT", "/api/v1/cases/{case}/mute",                                             "  200   200   200   200   200   200   404   404   401"),
    Row("DELETE", "/api/v1/cases/{case}/mute",                                          "  200   200   200   200   200   200   404   404   401"),
    Row("PUT", "/api/v1/requests/{number}/mute",                                        "  200   200   404   404   404   200   404   404   401"),
    Row("DELETE", "/api/v1/requests/{number}/mute",                                     "  200   200   404   404   404   200   404   404   401"),
    Row("POST", "/api/v1/cases/{case}/seen",                                            "  200   200   200   200   200   200   404   404   401"),
    Row("GET", "/api/v1/me/absence",                                                    "  200   200   200   200   200   200   200   200   401"),
    Row("PUT", "/api/v1/me/absence",                                                    "  200   200   200   200   200   200   200   200   401"),
    Row("DELETE", "/api/v1/me/absence",                                                 "  200   200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/bounces",                                                       "  200   200   200   200   200   200   200   200   401"),
    Row("POST", "/api/v1/bounces/{bounce}/clear",                                       "  200   200   404   404   404   200   404   404   401"),
    Row("GET", "/api/v1/me/browsers",                                                   "  200   200   200   200   200   200   200   200   401"),
    Row("POST", "/api/v1/me/browsers",                                                  "  201   201   201   201   201   201   201   201   401"),
    Row("DELETE", "/api/v1/me/browsers/{browser}",                                      "  404   200   404   404   404   404   404   404   401"),
    Row("GET", "/api/v1/members",                                                       "  200   200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/members/{person}/absence",                                      "  200   200   404   404   404   404   404   404   401"),
    Row("PUT", "/api/v1/members/{person}/absence",                                      "  200   200   404   404   404   404   404   404   401"),
    Row("DELETE", "/api/v1/members/{person}/absence",                                   "  200   200   404   404   404   404   404   404   401"),
    Row("GET", "/api/v1/clocks",                                                       "  200   200   200   200   200   200   200   200   401"),
    Row("POST", "/api/v1/clocks/{clock}/remind",                                       "  403   403   403   403   404   200   404   404   401"),
    Row("GET", "/api/v1/clocks/{clock}/explanation",                                   "  200   200   200   200   404   200   404   404   401"),
    Row("GET", "/api/v1/organisations/{client}/calendar",                                    "  200   200   404   404   404   200   404   404   401"),
    Row("POST", "/api/v1/organisations/{client}/calendar",                                    "  201   403   404   404   404   201   404   404   401"),
    Row("POST", "/api/v1/organisations/{client}/calendar/preview",                            "  200   403   404   404   404   200   404   404   401"),
    Row("PUT", "/api/v1/organisations/{client}/calendar/feed",                               "  200   403   404   404   404   200   404   404   401"),
    Row("GET", "/api/v1/policies",                                                           "  200   200   200   200   200   200   200   200   401"),
    Row("POST", "/api/v1/policies/{promise}",                                                 "  403   403   403   403   403   201   403   403   401"),
    Row("POST", "/api/v1/policies/{promise}/preview",                                         "  403   403   403   403   403   200   403   403   401"),
    Row("GET", "/api/v1/promises",                                                           "  200   200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/channels",                                                       "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/advise",                                                        "  200  200  200  200  200  422  200  200  401"),
    Row("GET", "/api/v1/requests",                                                       "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/requests",                                                      "  201  201  201  201  201  403  201  201  401"),
    Row("POST", "/api/v1/requests/preview",                                              "  200  200  200  200  200  403  200  200  401"),
    Row("GET", "/api/v1/requests/{number}",                                              "  200  200  404  404  404  200  404  404  401"),
    Row("GET", "/api/v1/requests/{number}/messages",                                     "  200  200  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/messages",                                    "  201  201  404  404  404  201  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/documents",                                   "  201  201  404  404  404  201  404  404  401"),
    Row("GET", "/api/v1/failed-calls",                                                   "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/requests/{number}/supply",                                      "  200  200  404  404  404  403  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/close",                                       "  200  200  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/rate",                                        "  200  200  404  404  404  403  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/assign",                                      "  403  403  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/move",                                        "  403  403  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/solve",                                       "  403  403  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/link",                                        "  403  403  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/tags",                                        "  403  403  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/merge",                                       "  403  403  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/split",                                       "  201  201  404  404  404  201  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/hand",                                        "  403  403  404  404  404  403  404  404  401"),
    Row("GET", "/api/v1/saved-answers",                                                  "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/saved-answers",                                                 "  403  403  403  403  403  201  403  403  401"),
    Row("PATCH", "/api/v1/saved-answers/{saved}",                                        "  404  404  404  404  404  200  404  404  401"),
    Row("DELETE", "/api/v1/saved-answers/{saved}",                                       "  404  404  404  404  404  200  404  404  401"),
    Row("GET", "/api/v1/articles?q=partner",                                             "  200  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/articles/{article}",                                             "  404  404  200  200  404  200  404  200  401"),
    Row("PUT", "/api/v1/articles/{article}/{tongue}",                                    "  403  403  403  403  403  200  403  403  401"),
    Row("POST", "/api/v1/articles/{article}/{tongue}/moves",                             "  404  404  403  403  404  200  404  403  401"),
    Row("GET", "/api/v1/articles/{article}/pictures",                                    "  404  404  200  200  404  200  404  200  401"),
    Row("POST", "/api/v1/articles/{article}/pictures",                                   "  403  403  403  403  403  422  403  403  401"),
    Row("GET", "/api/v1/articles/{article}/pictures/{clock_face}",                       "  404  404  200  200  404  200  404  200  401"),
    Row("DELETE", "/api/v1/articles/{article}/pictures/{clock_face}",                    "  404  404  403  403  404  403  404  403  401"),
    Row("GET", "/api/v1/collections",                                                    "  200  200  200  200  200  200  200  200  401"),
    Row("PUT", "/api/v1/collections/{article}",                                          "  403  403  403  403  403  200  403  403  401"),
    Row("GET", "/api/v1/hosts",                                                         "  200  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/hosts/{host}/free",                                             "  404  404  200  200  200  200  404  200  401"),
    Row("PUT", "/api/v1/members/{colleague}/host",                                      "  404  404  404  404  404  200  404  404  401"),
    Row("GET", "/api/v1/meetings",                                                      "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/meetings",                                                     "  403  403  201  201  201  403  403  201  401"),
    Row("GET", "/api/v1/meetings/{meeting}",                                            "  404  404  200  200  404  200  404  404  401"),
    Row("POST", "/api/v1/meetings/{wished}/agree",                                      "  404  404  403  403  404  200  404  404  401"),
    Row("POST", "/api/v1/meetings/{wished}/offer",                                      "  404  404  403  403  404  200  404  404  401"),
    Row("POST", "/api/v1/meetings/{wished}/decline",                                    "  404  404  403  403  404  200  404  404  401"),
    Row("POST", "/api/v1/meetings/{meeting}/move",                                      "  404  404  409  409  404  422  404  404  401"),
    Row("POST", "/api/v1/meetings/{wished}/call-off",                                   "  404  404  200  200  404  200  404  404  401"),
    Row("POST", "/api/v1/meetings/{meeting}/notes",                                     "  404  404  403  403  404  403  404  404  401"),
    Row("GET", "/api/v1/complaints",                                                     "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/cases/{asked}/complaints",                                      "  201  201  403  403  403  403  404  404  401"),
    Row("GET", "/api/v1/complaints/{complaint}",                                         "  200  200  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/complaints/{complaint}/review",                                 "  403  403  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/complaints/{complaint}/pass-on",                                "  403  403  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/complaints/{complaint}/response",                               "  403  403  404  404  404  403  404  404  401"),
    Row("POST", "/api/v1/complaints/{complaint}/decision",                               "  403  403  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/complaints/{complaint}/withdraw",                               "  200  200  404  404  404  403  404  404  401"),
    Row("GET", "/api/v1/escalations",                                                    "  200  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/escalations/{escalation}",                                       "  404  404  404  404  200  200  404  404  401"),
    Row("POST", "/api/v1/escalations/{calling}/acknowledge",                             "  404  404  404  404  403  200  404  404  401"),
    Row("GET", "/api/v1/requests/{number}/ladder",                                       "  200  200  404  404  404  200  404  404  401"),
    Row("GET", "/api/v1/requests/{climbed}/ladder",                                      "  404  404  404  404  200  200  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/escalations",                                 "  403  403  404  404  404  403  404  404  401"),
    Row("POST", "/api/v1/requests/{climbing}/escalations",                               "  404  404  404  404  201  403  404  404  401"),
    Row("GET", "/api/v1/cases/{case}/ladder",                                            "  200  200  200  200  200  200  404  404  401"),
    Row("POST", "/api/v1/cases/{case}/escalations",                                      "  201  201  403  403  201  403  404  404  401"),
    Row("GET", "/api/v1/relationships",                                                 "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/relationships",                                                "  201  201  422  422  422  422  422  422  401"),
    Row("GET", "/api/v1/relationships/{talk}",                                          "  200  200  200  200  404  200  404  404  401"),
    Row("GET", "/api/v1/relationships/{talk}/messages",                                 "  200  200  200  200  404  200  404  404  401"),
    Row("POST", "/api/v1/relationships/{talk}/messages",                                "  201  201  201  201  404  403  404  404  401"),
    Row("POST", "/api/v1/relationships/{talk}/documents",                               "  201  201  201  201  404  403  404  404  401"),
    Row("GET", "/api/v1/relationships/{talk}/pins",                                     "  200  200  200  200  404  200  404  404  401"),
    Row("POST", "/api/v1/relationships/{talk}/pins",                                    "  201  201  201  201  404  403  404  404  401"),
    Row("GET", "/api/v1/relationships/{talk}/notes",                                    "  200  200  200  200  404  200  404  404  401"),
    Row("POST", "/api/v1/relationships/{talk}/notes",                                   "  201  201  201  201  404  201  404  404  401"),
    Row("PUT", "/api/v1/relationships/{talk}/mute",                                     "  200  200  200  200  404  200  404  404  401"),
    Row("DELETE", "/api/v1/relationships/{talk}/mute",                                  "  200  200  200  200  404  200  404  404  401"),
    Row("GET", "/api/v1/consents",                                                       "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/consents",                                                      "  201  201  403  403  403  403  422  422  401"),
    Row("POST", "/api/v1/consents/{consent}/withdraw",                                   "  200  200  404  404  403  403  404  404  401"),
    Row("GET", "/api/v1/cases/{case}/presences",                                         "  200  200  200  200  200  200  404  404  401"),
    Row("POST", "/api/v1/cases/{case}/presences",                                        "  403  403  403  403  403  201  404  404  401"),
    Row("POST", "/api/v1/presences/{presence}/leave",                                    "  403  403  403  403  403  200  404  404  401"),
    Row("GET", "/api/v1/endpoints",                                                      "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/endpoints",                                                     "  201  403  201  403  201  201  201  201  401"),
    Row("GET", "/api/v1/endpoints/{endpoint}",                                           "  200  404  404  404  404  404  404  404  401"),
    Row("PATCH", "/api/v1/endpoints/{endpoint}",                                         "  200  404  404  404  404  404  404  404  401"),
    Row("DELETE", "/api/v1/endpoints/{endpoint}",                                        "  200  404  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/endpoints/{endpoint}/secret",                                   "  200  404  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/endpoints/{endpoint}/test",                                     "  201  404  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/endpoints/{endpoint}/deliveries",                                "  200  404  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/endpoints/{endpoint}/deliveries/{posted}/again",                "  200  404  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/managers",                                                       "  200  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/organisations/{referrer}/brand",                                 "  404  404  404  404  200  200  404  404  401"),
    Row("PUT", "/api/v1/organisations/{referrer}/brand",                                 "  404  404  404  404  200  403  404  404  401"),
    Row("DELETE", "/api/v1/organisations/{referrer}/brand",                              "  404  404  404  404  200  200  404  404  401"),
    Row("PUT", "/api/v1/organisations/{client}/manager",                                 "  403  403  404  404  404  200  404  404  401"),
    Row("DELETE", "/api/v1/managers/{manager}",                                          "  403  403  404  404  404  200  404  404  401"),
    Row("PUT", "/api/v1/organisations/{client}/plan",                                    "  403  403  404  404  404  200  404  404  401"),
    Row("GET", "/api/v1/teams/{channel}",                                                    "  403  403  403  403  403  200  403  403  401"),
    Row("PUT", "/api/v1/teams/{channel}",                                                    "  403  403  403  403  403  200  403  403  401"),
    Row("GET", "/api/v1/letters",                                                        "  200  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/letters",                                                       "  403  403  403  403  403  201  403  403  401"),
    Row("GET", "/api/v1/letters/{letter}",                                               "  404  404  404  404  404  200  404  404  401"),
    Row("GET", "/api/v1/letters/{letter}/original",                                      "  404  404  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/letters/{letter}/release",                                      "  404  404  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/letters/{letter}/refuse",                                       "  404  404  404  404  404  200  404  404  401"),
    Row("POST", "/api/v1/letters/{letter}/replay",                                       "  404  404  404  404  404  200  404  404  401"),
    Row("GET", "/api/v1/mailboxes",                                                      "  200  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/trusted-addresses",                                              "  200  200  200  200  200  200  200  200  401"),
    Row("DELETE", "/api/v1/trusted-addresses/{alias}",                                   "  404  404  404  404  404  200  404  404  401"),
    Row("GET", "/api/v1/policy",                                                         "  403  403  403  403  403  200  403  403  401"),
    Row("GET", "/api/v1/policy/editions",                                                "  403  403  403  403  403  200  403  403  401"),
    Row("POST", "/api/v1/policy/preview",                                                "  403  403  403  403  403  200  403  403  401"),
    Row("POST", "/api/v1/policy/editions",                                               "  403  403  403  403  403  201  403  403  401"),
    Row("POST", "/api/v1/policy/editions/{edition}/restore",                                     "  403  403  403  403  403  201  403  403  401"),
    Row("GET", "/api/v1/events?after=",                                                "  200   200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/nothing",                                                      "  404   404   404   404   404   404   404   404   404"),
    Row("GET", "/api/nothing",                                                         "  404   404   404   404   404   404   404   404   404"),
]

BY_KEY = [
    #                                                                                clara  paul  rita  olga  otto   pia  test  revoked
    Row("GET", "/api/v1/docs",                                                         "  200   200   200   200   200   200   200   200"),
    Row("GET", "/api/v1/openapi.json",                                                 "  200   200   200   200   200   200   200   200"),
    Row("GET", "/api/v1/me",                                                           "  200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/cases",                                                        "  200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/cases?q=Zebrafink&reference={case}",                            "  200   200   200   200   200   200   200   401"),
    Row("POST", "/api/v1/cases",                                                       "  201   403   403   403   201   403   201   401"),
    Row("GET", "/api/v1/cases/{case}",                                                 "  200   200   200   200   404   404   404   401"),
    Row("PUT", "/api/v1/cases/{case}/owner",                                            "  200   200   403   403   404   404   404   401"),
    Row("GET", "/api/v1/cases/{case}/calls",                                            "  200   200   200   200   404   404   404   401"),
    Row("POST", "/api/v1/cases/{case}/calls",                                           "  403   201   403   403   404   404   404   401"),
    Row("POST", "/api/v1/cases/{case}/updates",                                         "  403   200   403   403   404   404   404   401"),
    Row("GET", "/api/v1/cases/{asked}/information",                                     "  200   200   200   200   404   404   404   401"),
    Row("POST", "/api/v1/cases/{asked}/information",                                    "  403   201   403   403   404   404   404   401"),
    Row("POST", "/api/v1/items/{item}/answer",                                          "  200   403   404   403   404   404   404   401"),
    Row("POST", "/api/v1/items/{item}/accept",                                          "  403   200   404   403   404   404   404   401"),
    Row("POST", "/api/v1/items/{item}/again",                                           "  403   200   404   403   404   404   404   401"),
    Row("POST", "/api/v1/items/{item}/drop",                                            "  403   200   404   403   404   404   404   401"),
    Row("GET", "/api/v1/information-lists",                                             "  200   200   200   200   200   200   200   401"),
    Row("PUT", "/api/v1/information-lists",                                             "  403   200   403   403   403   200   403   401"),
    Row("POST", "/api/v1/cases/{case}/moves",                                          "  403   200   403   403   404   404   404   401"),
    Row("GET", "/api/v1/cases/{case}/timeline",                                        "  200   200   200   200   404   404   404   401"),
    Row("GET", "/api/v1/cases/{case}/messages",                                        "  200   200   200   200   404   404   404   401"),
    Row("POST", "/api/v1/cases/{case}/messages",                                       "  201   201   403   403   404   404   404   401"),
    Row("PATCH", "/api/v1/messages/{message}",                                          "  403  403  403  403  404  404  404  401"),
    Row("DELETE", "/api/v1/messages/{message}",                                         "  403  403  403  403  404  404  404  401"),
    Row("POST", "/api/v1/messages/{message}/excuse",                                    "  200  200  403  403  404  404  404  401"),
    Row("GET", "/api/v1/cases/{case}/pins",                                             "  200  200  200  200  404  404  404  401"),
    Row("POST", "/api/v1/cases/{case}/pins",                                            "  201  201  403  403  404  404  404  401"),
    Row("DELETE", "/api/v1/pins/{pin}",                                                 "  200  200  403  403  404  404  404  401"),
    Row("GET", "/api/v1/cases/{case}/notes",                                            "  200  200  200  200  404  404  404  401"),
    Row("POST", "/api/v1/cases/{case}/notes",                                           "  201  201  201  201  404  404  404  401"),
    Row("DELETE", "/api/v1/notes/{note}",                                               "  403  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/search?q=okapi",                                                "  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/search?q=okapi&kind=notes&case={case}",                         "  200  200  200  200  422  422  422  401"),
    Row("GET", "/api/v1/cases/{case}/documents",                                       "  200   200   200   200   404   404   404   401"),
    Row("POST", "/api/v1/cases/{case}/documents",                                      "  201   201   403   403   404   404   404   401"),
    Row("GET", "/api/v1/cases/{case}/documents.zip",                                    "  200   200   404   200   404   404   404   401"),
    Row("PATCH", "/api/v1/documents/{document}",                                        "  200   403   404   403   404   404   404   401"),
    Row("PUT", "/api/v1/documents/{document}",                                          "  201   403   404   403   404   404   404   401"),
    Row("DELETE", "/api/v1/documents/{document}",                                       "  200   403   404   403   404   404   404   401"),
    Row("GET", "/api/v1/documents/{document}",                                         "  200   200   404   200   404   404   404   401"),
    Row("GET", "/api/v1/cases.csv",                                                     "  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/uploads",                                                       "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/uploads",                                                      "  201  403  403  403  201  403  201  401"),
    Row("GET", "/api/v1/uploads/{upload}",                                              "  200  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/uploads/{upload}/columns",                                     "  200  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/uploads/{upload}/start",                                       "  200  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/uploads/{upload}/report",                                       "  200  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/uploads/{upload}/left-out",                                     "  200  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/uploads/{parcel}/withdraw",                                    "  200  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/views",                                                         "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/views",                                                        "  201  201  201  201  201  201  201  401"),
    Row("PATCH", "/api/v1/views/{view}",                                                "  403  404  404  404  404  404  403  401"),
    Row("DELETE", "/api/v1/views/{view}",                                               "  403  404  404  404  404  404  403  401"),
    Row("GET", "/api/v1/batches",                                                       "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/batches",                                                      "  201  201  201  201  201  422  422  401"),
    Row("GET", "/api/v1/batches/{batch}",                                               "  200  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/batches/{batch}/items",                                         "  200  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/batches/{batch}/confirm",                                      "  403  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/batches/{batch}/stop",                                         "  403  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/notices",                                                       "  403   403   403   403   403   403   403   401"),
    Row("POST", "/api/v1/notices/seen",                                                 "  403   403   403   403   403   403   403   401"),
    Row("GET", "/api/v1/me/first-steps",                                                "  403   403   403   403   403   403   403   401"),
    Row("PUT", "/api/v1/me/first-steps",                                                "  403   403   403   403   403   403   403   401"),
    Row("DELETE", "/api/v1/me/first-steps",                                             "  403   403   403   403   403   403   403   401"),
    Row("GET", "/api/v1/me/notices",                                                    "  403   403   403   403   403   403   403   401"),
    Row("PUT", "/api/v1/me/notices",                                                    "  403   403   403   403   403   403   403   401"),
    Row("GET", "/api/v1/me/mutes",                                                      "  403   403   403   403   403   403   403   401"),
    Row("PUT", "/api/v1/cases/{case}/mute",                                             "  403   403   403   403   404   404   404   401"),
    Row("DELETE", "/api/v1/cases/{case}/mute",                                          "  403   403   403   403   404   404   404   401"),
    Row("PUT", "/api/v1/requests/{number}/mute",                                        "  403   404   404   403   404   404   404   401"),
    Row("DELETE", "/api/v1/requests/{number}/mute",                                     "  403   404   404   403   404   404   404   401"),
    Row("POST", "/api/v1/cases/{case}/seen",                                            "  403   403   403   403   404   404   404   401"),
    Row("GET", "/api/v1/me/absence",                                                    "  403   403   403   403   403   403   403   401"),
    Row("PUT", "/api/v1/me/absence",                                                    "  403   403   403   403   403   403   403   401"),
    Row("DELETE", "/api/v1/me/absence",                                                 "  403   403   403   403   403   403   403   401"),
    Row("GET", "/api/v1/bounces",                                                       "  200   200   200   200   200   200   200   401"),
    Row("POST", "/api/v1/bounces/{bounce}/clear",                                       "  404   404   404   200   404   404   404   401"),
    Row("GET", "/api/v1/me/browsers",                                                   "  403   403   403   403   403   403   403   401"),
    Row("POST", "/api/v1/me/browsers",                                                  "  403   403   403   403   403   403   403   401"),
    Row("DELETE", "/api/v1/me/browsers/{browser}",                                      "  403   403   403   403   403   403   403   401"),
    Row("GET", "/api/v1/members",                                                       "  200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/members/{person}/absence",                                      "  200   404   404   404   404   404   200   401"),
    Row("PUT", "/api/v1/members/{person}/absence",                                      "  403   404   404   404   404   404   403   401"),
    Row("DELETE", "/api/v1/members/{person}/absence",                                   "  200   404   404   404   404   404   200   401"),
    Row("GET", "/api/v1/clocks",                                                       "  200   200   200   200   200   200   200   401"),
    Row("POST", "/api/v1/clocks/{clock}/remind",                                       "  403   403   404   200   404   404   404   401"),
    Row("GET", "/api/v1/clocks/{clock}/explanation",                                   "  200   200   404   200   404   404   404   401"),
    Row("GET", "/api/v1/organisations/{client}/calendar",                                    "  200   404   404   200   404   404   200   401"),
    Row("POST", "/api/v1/organisations/{client}/calendar",                                    "  201   404   404   201   404   404   403   401"),
    Row("POST", "/api/v1/organisations/{client}/calendar/preview",                            "  200   404   404   200   404   404   403   401"),
    Row("PUT", "/api/v1/organisations/{client}/calendar/feed",                               "  200   404   404   200   404   404   403   401"),
    Row("GET", "/api/v1/policies",                                                           "  200   200   200   200   200   200   200   401"),
    Row("POST", "/api/v1/policies/{promise}",                                                 "  403   403   403   201   403   403   403   401"),
    Row("POST", "/api/v1/policies/{promise}/preview",                                         "  403   403   403   200   403   403   403   401"),
    Row("GET", "/api/v1/promises",                                                           "  200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/channels",                                                       "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/advise",                                                        "  200  200  200  422  200  200  200  401"),
    Row("GET", "/api/v1/requests",                                                       "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/requests",                                                      "  201  201  201  403  201  201  201  401"),
    Row("POST", "/api/v1/requests/preview",                                              "  200  200  200  403  200  200  200  401"),
    Row("GET", "/api/v1/requests/{number}",                                              "  200  404  404  200  404  404  404  401"),
    Row("GET", "/api/v1/requests/{number}/messages",                                     "  200  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/messages",                                    "  201  404  404  201  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/documents",                                   "  201  404  404  201  404  404  404  401"),
    Row("GET", "/api/v1/failed-calls",                                                   "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/requests/{number}/supply",                                      "  200  404  404  403  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/close",                                       "  200  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/rate",                                        "  200  404  404  403  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/assign",                                      "  403  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/move",                                        "  403  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/solve",                                       "  403  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/link",                                        "  403  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/tags",                                        "  403  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/merge",                                       "  403  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/split",                                       "  201  404  404  201  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/hand",                                        "  403  404  404  403  404  404  404  401"),
    Row("GET", "/api/v1/saved-answers",                                                  "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/saved-answers",                                                 "  403  403  403  201  403  403  403  401"),
    Row("PATCH", "/api/v1/saved-answers/{saved}",                                        "  404  404  404  200  404  404  404  401"),
    Row("DELETE", "/api/v1/saved-answers/{saved}",                                       "  404  404  404  200  404  404  404  401"),
    Row("GET", "/api/v1/articles?q=partner",                                             "  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/articles/{article}",                                             "  404  200  404  200  404  200  404  401"),
    Row("PUT", "/api/v1/articles/{article}/{tongue}",                                    "  403  403  403  200  403  403  403  401"),
    Row("POST", "/api/v1/articles/{article}/{tongue}/moves",                             "  404  403  404  200  404  403  404  401"),
    Row("GET", "/api/v1/articles/{article}/pictures",                                    "  404  200  404  200  404  200  404  401"),
    Row("POST", "/api/v1/articles/{article}/pictures",                                   "  403  403  403  422  403  403  403  401"),
    Row("GET", "/api/v1/articles/{article}/pictures/{clock_face}",                       "  404  200  404  200  404  200  404  401"),
    Row("DELETE", "/api/v1/articles/{article}/pictures/{clock_face}",                    "  404  403  404  403  404  403  404  401"),
    Row("GET", "/api/v1/collections",                                                    "  200  200  200  200  200  200  200  401"),
    Row("PUT", "/api/v1/collections/{article}",                                          "  403  403  403  200  403  403  403  401"),
    Row("GET", "/api/v1/hosts",                                                         "  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/hosts/{host}/free",                                             "  404  200  200  200  404  200  404  401"),
    Row("PUT", "/api/v1/members/{colleague}/host",                                      "  404  404  404  403  404  404  404  401"),
    Row("GET", "/api/v1/meetings",                                                      "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/meetings",                                                     "  403  422  422  403  403  422  403  401"),
    Row("GET", "/api/v1/meetings/{meeting}",                                            "  404  200  404  200  404  404  404  401"),
    Row("POST", "/api/v1/meetings/{wished}/agree",                                      "  404  403  404  403  404  404  404  401"),
    Row("POST", "/api/v1/meetings/{wished}/offer",                                      "  404  403  404  403  404  404  404  401"),
    Row("POST", "/api/v1/meetings/{wished}/decline",                                    "  404  403  404  200  404  404  404  401"),
    Row("POST", "/api/v1/meetings/{meeting}/move",                                      "  404  409  404  422  404  404  404  401"),
    Row("POST", "/api/v1/meetings/{wished}/call-off",                                   "  404  200  404  200  404  404  404  401"),
    Row("POST", "/api/v1/meetings/{meeting}/notes",                                     "  404  403  404  403  404  404  404  401"),
    Row("GET", "/api/v1/complaints",                                                     "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/cases/{asked}/complaints",                                      "  201  403  403  403  404  404  404  401"),
    Row("GET", "/api/v1/complaints/{complaint}",                                         "  200  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/complaints/{complaint}/review",                                 "  403  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/complaints/{complaint}/pass-on",                                "  403  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/complaints/{complaint}/response",                               "  403  404  404  403  404  404  404  401"),
    Row("POST", "/api/v1/complaints/{complaint}/decision",                               "  403  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/complaints/{complaint}/withdraw",                               "  200  404  404  403  404  404  404  401"),
    Row("GET", "/api/v1/escalations",                                                    "  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/escalations/{escalation}",                                       "  404  404  200  200  404  404  404  401"),
    Row("POST", "/api/v1/escalations/{calling}/acknowledge",                             "  404  404  403  200  404  404  404  401"),
    Row("GET", "/api/v1/requests/{number}/ladder",                                       "  200  404  404  200  404  404  404  401"),
    Row("GET", "/api/v1/requests/{climbed}/ladder",                                      "  404  404  200  200  404  404  404  401"),
    Row("POST", "/api/v1/requests/{number}/escalations",                                 "  403  404  404  403  404  404  404  401"),
    Row("POST", "/api/v1/requests/{climbing}/escalations",                               "  404  404  201  403  404  404  404  401"),
    Row("GET", "/api/v1/cases/{case}/ladder",                                            "  200  200  200  200  404  404  404  401"),
    Row("POST", "/api/v1/cases/{case}/escalations",                                      "  201  403  201  403  404  404  404  401"),
    Row("GET", "/api/v1/relationships",                                                 "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/relationships",                                                "  201  422  422  422  422  422  422  401"),
    Row("GET", "/api/v1/relationships/{talk}",                                          "  200  200  404  200  404  404  404  401"),
    Row("GET", "/api/v1/relationships/{talk}/messages",                                 "  200  200  404  200  404  404  404  401"),
    Row("POST", "/api/v1/relationships/{talk}/messages",                                "  201  201  404  403  404  404  404  401"),
    Row("POST", "/api/v1/relationships/{talk}/documents",                               "  201  201  404  403  404  404  404  401"),
    Row("GET", "/api/v1/relationships/{talk}/pins",                                     "  200  200  404  200  404  404  404  401"),
    Row("POST", "/api/v1/relationships/{talk}/pins",                                    "  201  201  404  403  404  404  404  401"),
    Row("GET", "/api/v1/relationships/{talk}/notes",                                    "  200  200  404  200  404  404  404  401"),
    Row("POST", "/api/v1/relationships/{talk}/notes",                                   "  201  201  404  201  404  404  404  401"),
    Row("PUT", "/api/v1/relationships/{talk}/mute",                                     "  403  403  404  403  404  404  404  401"),
    Row("DELETE", "/api/v1/relationships/{talk}/mute",                                  "  403  403  404  403  404  404  404  401"),
    Row("GET", "/api/v1/consents",                                                       "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/consents",                                                      "  201  403  403  403  422  422  422  401"),
    Row("POST", "/api/v1/consents/{consent}/withdraw",                                   "  200  404  403  403  404  404  404  401"),
    Row("GET", "/api/v1/cases/{case}/presences",                                         "  200  200  200  200  404  404  404  401"),
    Row("POST", "/api/v1/cases/{case}/presences",                                        "  403  403  403  403  404  404  404  401"),
    Row("POST", "/api/v1/presences/{presence}/leave",                                    "  403  403  403  403  404  404  404  401"),
    Row("GET", "/api/v1/endpoints",                                                      "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/endpoints",                                                     "  403  403  403  403  403  403  403  401"),
    Row("GET", "/api/v1/endpoints/{endpoint}",                                           "  200  404  404  404  404  404  404  401"),
    Row("PATCH", "/api/v1/endpoints/{endpoint}",                                         "  403  404  404  404  404  404  404  401"),
    Row("DELETE", "/api/v1/endpoints/{endpoint}",                                        "  403  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/endpoints/{endpoint}/secret",                                   "  403  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/endpoints/{endpoint}/test",                                     "  403  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/endpoints/{endpoint}/deliveries",                                "  200  404  404  404  404  404  404  401"),
    Row("POST", "/api/v1/endpoints/{endpoint}/deliveries/{posted}/again",                "  403  404  404  404  404  404  404  401"),
    Row("GET", "/api/v1/managers",                                                       "  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/organisations/{referrer}/brand",                                 "  404  404  200  200  404  404  404  401"),
    Row("PUT", "/api/v1/organisations/{referrer}/brand",                                 "  404  404  403  403  404  404  404  401"),
    Row("DELETE", "/api/v1/organisations/{referrer}/brand",                              "  404  404  403  403  404  404  404  401"),
    Row("PUT", "/api/v1/organisations/{client}/manager",                                 "  403  404  404  403  404  404  403  401"),
    Row("DELETE", "/api/v1/managers/{manager}",                                          "  403  404  404  403  404  404  403  401"),
    Row("PUT", "/api/v1/organisations/{client}/plan",                                    "  403  404  404  403  404  404  403  401"),
    Row("GET", "/api/v1/teams/{channel}",                                                    "  403  403  403  200  403  403  403  401"),
    Row("PUT", "/api/v1/teams/{channel}",                                                    "  403  403  403  403  403  403  403  401"),
    Row("GET", "/api/v1/letters",                                                        "  200  200  200  200  200  200  200  401"),
    Row("POST", "/api/v1/letters",                                                       "  403  403  403  201  403  403  403  401"),
    Row("GET", "/api/v1/letters/{letter}",                                               "  404  404  404  200  404  404  404  401"),
    Row("GET", "/api/v1/letters/{letter}/original",                                      "  404  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/letters/{letter}/release",                                      "  404  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/letters/{letter}/refuse",                                       "  404  404  404  200  404  404  404  401"),
    Row("POST", "/api/v1/letters/{letter}/replay",                                       "  404  404  404  200  404  404  404  401"),
    Row("GET", "/api/v1/mailboxes",                                                      "  200  200  200  200  200  200  200  401"),
    Row("GET", "/api/v1/trusted-addresses",                                              "  200  200  200  200  200  200  200  401"),
    Row("DELETE", "/api/v1/trusted-addresses/{alias}",                                   "  404  404  404  200  404  404  404  401"),
    Row("GET", "/api/v1/policy",                                                         "  403  403  403  200  403  403  403  401"),
    Row("GET", "/api/v1/policy/editions",                                                "  403  403  403  200  403  403  403  401"),
    Row("POST", "/api/v1/policy/preview",                                                "  403  403  403  200  403  403  403  401"),
    Row("POST", "/api/v1/policy/editions",                                               "  403  403  403  201  403  403  403  401"),
    Row("POST", "/api/v1/policy/editions/{edition}/restore",                                     "  403  403  403  201  403  403  403  401"),
    Row("GET", "/api/v1/events?after=",                                                "  200   200   200   200   200   200   200   401"),
    Row("GET", "/api/v1/nothing",                                                      "  404   404   404   404   404   404   404   404"),
    Row("GET", "/api/nothing",                                                         "  404   404   404   404   404   404   404   404"),
]
# fmt: on
# Open to everyone: the way in, its help, style and script, and the papers of the API.
PUBLIC = {
    "/developers/",
    "/developers/errors/",
    "/assets/0.css",
    "/brands/0f5c4a-639589.css",
    "/brands/{logo}.png",
    "/icon.svg",
    "/worker.js",
    "/invitations/{secret}/",
    "/help/",
    "/help/platform/",
    "/help/platform/hints/",
    "/which-channel/",
    "/help/legal/",
    "/articles/",
    "/articles/found.html?q=partner",
    "/articles/feed.xml",
    "/articles/for/client/",
    "/sitemap.xml",
    "/language/",
    "/robots.txt",
    "/unsubscribe/{turns_off}/",
    "/r/{link}/",
    "/r/{link}/documents/{leaflet}/",
    "/r/{link}/documents/{leaflet}/card/",
    "/r/{link}/documents/{leaflet}/remove/",
    "/r/{link}/documents/{leaflet}/{leaflet_word}/",
    "/r/{link}/rate/good/",
    "/accounts/login/",
    "/accounts/inactive/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/1-x-y/",
    "/api/v1/docs",
    "/api/v1/openapi.json",
}  # fmt: skip
CLAIM = {
    "debtor_name": "Nobody Ltd", "debtor_type": "Company", "debtor_country": "DE", "amount": "10.00", "currency": "EUR", "client_reference": "NEW",
}  # fmt: skip
ASKED = {"channel": "legal", "subject": "New", "body": "Hello"}
BRAND = {"name": "Fintegra Collect", "light": "#0f5c4a"}
ENDPOINT = {"url": "https://hooks.example/in", "wants": ["all"]}
BROWSER = FakeBrowser("https://push.example/new").told
FORMS: dict[str, dict[str, Any]] = {
    "/settings/organisation/hours/": {"zone": "UTC", "day_0": "8-17", "replaces": "1"},
    "/organisations/{client}/hours/": {"zone": "UTC", "day_0": "8-17", "replaces": "1"},
    "/policies/reply/": {"within": "36", "unit": "hours", "warn_after": "75"},
    "/cases/new/": CLAIM,
    "/cases/{case}/read/": {"through": "1"},
    "/desk/many/": {"cases": "{request}", "what": "move:legal"},
    "/desk/answers/": {"title": "Another", "body": "Words"},
    "/desk/answers/{answer}/": {"do": "remove"},
    "/desk/stuck/": {"clock": "{clock}"},
    "/complaints/{complaint}/": {"do": "withdraw"},
    "/meetings/new/": {"do": "send", "subject": "An okapi"},
    "/meetings/{wished}/": {"do": "call_off", "words": "No okapi"},
    "/meetings/{meeting}/move/": {"do": "send"},
    "/cases/{asked}/complaint/": {"category": "delay", "description": "A slow okapi"},
    "/organisations/{client}/manager/": {"do": "plan", "plan": "standard"},
    "/desk/teams/": {"channel": "sales"},
    "/desk/letters/addresses/": {"address": "{alias}"},
    "/desk/requests/{request}/answer/": {"body": "Hello", "seen": "1"},
    "/rules/channels/": {"text": shipped()},
    "/documents/{document}/describe/": {"kind": "DemandLetter"},
    "/cases/{case}/messages/": {"body": "Hello", "key": "k"},
    "/cases/{case}/messages/1/": {"do": "excuse"},
    "/relationships/": {"organisation": "{partner}"},
    "/relationships/{talk}/read/": {"through": "1"},
    "/relationships/{talk}/messages/": {"body": "Hello", "key": "k"},
    "/relationships/{talk}/messages/1/": {"do": "excuse"},
    "/relationships/{talk}/pins/": {"fact": "Closed on Mondays"},
    "/relationships/{talk}/mute/": {"until": ""},
    "/cases/{case}/join/": {"reason": "To help"},
    "/cases/{case}/pins/": {"fact": "Closed on Mondays"},
    "/uploads/{upload}/columns/": {
        "client_reference": "0",
        "debtor_name": "1",
        "debtor_country": "2",
        "amount": "3",
        "currency": "4",
    },
    "/views/": {"name": "Large", "query": "amount_from=1000"},
    "/views/{view}/": {"do": "default"},
    "/batches/new/": {"what": "message", "cases": "{case}", "body": "Hello"},
    "/cases/{case}/moves/pause/": {"reason": "Waiting"},
    "/cases/{case}/update/": {"actions": "A letter", "recommendation": "StayActive"},
    "/cases/{asked}/information/new/": {"label": "Invoice", "kind": "text", "choices": ""},
    "/cases/{early}/moves/release/": {"partner": "{partner}"},
    "/settings/organisation/": {"name": "Renamed", "country": "DK", "zone": "Europe/Copenhagen"},
    "/settings/organisation/members/{person}/role/": {"role": "admin"},
    "/settings/organisation/invitations/": {"email": "someone@new.example", "role": "member"},
    "/settings/brand/": {**BRAND, "do": "put-on"},
    "/settings/webhooks/": ENDPOINT,
    "/settings/webhooks/{endpoint}/": ENDPOINT,
    "/settings/keys/": {"name": "x", "environment": "test"},
    "/settings/notices/": dict.fromkeys(
        ("message", "mention", "information", "move", "document", "meeting", "warned", "overdue", "awaited"), "daily"
    ),
    "/settings/absence/": {"first": "2099-12-21", "last": "2099-12-31"},
    "/settings/organisation/members/{person}/absence/": {"first": "2099-12-21", "last": "2099-12-31"},
    "/settings/notices/browsers/": BROWSER,
    "/notices/read/": {"through": ""},
    "/cases/{case}/mute/": {"until": ""},
    "/requests/{request}/mute/": {"until": ""},
    "/acting/": {"organisation": "{client}"},
    "/cases/{case}/ladder/": {"do": "climb"},
    "/desk/articles/{article}/en/": {"do": "take_back"},
    "/desk/collections/{article}/": {"title_en": "Partners", "audience": "partner"},
    "/help/": {"text": "I cannot sign in"},
    "/help/platform/hints/": {"subject": "How a partner works"},
    "/help/legal/": {"do": "send", "subject": "A contract", "body": "Which law applies to the contract between us?"},
    "/requests/{request}/": {"do": "write", "body": "Hello"},
    "/r/{link}/": {"do": "write", "body": "Hello"},
    "/demo/enter/": {"person": "{person}"},
    "/demo/mail/write/": {"to": "support@trialogue.example", "text": "Words"},
}
TOLD: dict[str, dict[str, Any]] = {
    "/api/v1/organisations/{client}/calendar": {"zone": "UTC", "week": {"monday": [["08:00", "17:00"]]}},
    "/api/v1/organisations/{client}/calendar/preview": {"zone": "UTC", "week": {"monday": [["08:00", "17:00"]]}},
    "/api/v1/organisations/{client}/calendar/feed": {"address": "https://calendar.example.org/closed.ics"},
    "/api/v1/policies/{promise}": {"within": 36, "unit": "hours"},
    "/api/v1/policies/{promise}/preview": {"within": 36, "unit": "hours"},
    "/api/v1/articles/{article}/{tongue}": {"title": "Partners", "summary": "Theirs", "body": "How a partner works."},
    "/api/v1/articles/{article}/{tongue}/moves": {"move": "take_back"},
    "/api/v1/collections/{article}": {"words": {"en": {"title": "Partners"}}, "audience": ["partner"]},
    "/api/v1/documents/{document}": {"kind": "DemandLetter"},
    "/api/v1/advise": {"situation": "legal"},
    "/api/v1/requests": ASKED,
    "/api/v1/requests/preview": ASKED,
    "/api/v1/requests/{number}/messages": {"body": "Hello"},
    "/api/v1/requests/{number}/supply": {"form": {}},
    "/api/v1/requests/{number}/rate": {"helped": True},
    "/api/v1/requests/{number}/assign": {"email": None},
    "/api/v1/requests/{number}/move": {"channel": "sales"},
    "/api/v1/requests/{number}/link": {"case": None},
    "/api/v1/requests/{number}/tags": {"tags": ["new"]},
    "/api/v1/requests/{number}/merge": {"into": "{twin}"},
    "/api/v1/requests/{number}/split": {"message": "{said}", "subject": "Other"},
    "/api/v1/requests/{number}/escalations": {"reason": "Blocked"},
    "/api/v1/requests/{climbing}/escalations": {"reason": "Blocked"},
    "/api/v1/cases/{case}/escalations": {"reason": "Blocked"},
    "/api/v1/saved-answers": {"title": "New", "body": "Hello"},
    "/api/v1/cases/{asked}/complaints": {"category": "delay", "description": "A slow okapi"},
    "/api/v1/members/{colleague}/host": {"zone": "UTC", "week": {"0": [["09:00", "16:00"]]}, "lengths": [30]},
    "/api/v1/meetings": {"subject": "A wish"},
    "/api/v1/meetings/{wished}/agree": {"starts_at": "2099-03-10T09:00:00Z"},
    "/api/v1/meetings/{wished}/offer": {"times": ["2099-03-10T09:00:00Z"]},
    "/api/v1/meetings/{wished}/decline": {"reason": "No okapi"},
    "/api/v1/meetings/{meeting}/move": {"starts_at": "2026-01-01T09:00:00Z"},
    "/api/v1/meetings/{wished}/call-off": {"reason": "No okapi"},
    "/api/v1/meetings/{meeting}/notes": {"notes": "An okapi"},
    "/api/v1/complaints/{complaint}/response": {"response": "Sorry."},
    "/api/v1/complaints/{complaint}/decision": {"outcome": "declined", "reasons": "Unfounded."},
    **{f"/api/v1/complaints/{{complaint}}/{verb}": {} for verb in ("review", "pass-on", "withdraw")},
    "/api/v1/organisations/{referrer}/brand": BRAND,
    "/api/v1/endpoints": ENDPOINT,
    "/api/v1/endpoints/{endpoint}": {"on": False},
    "/api/v1/organisations/{client}/manager": {"person": "{colleague}"},
    "/api/v1/organisations/{client}/plan": {"plan": "standard"},
    "/api/v1/teams/{channel}": {"people": []},
    "/api/v1/policy/preview": {"text": shipped()},
    "/api/v1/policy/editions": {"text": shipped()},
    "/api/v1/policy/editions/{edition}/restore": {},
    "/api/v1/letters/{letter}/release": {"author_email": "olga@trialogue.example"},
    "/api/v1/cases": CLAIM,
    "/api/v1/notices/seen": {},
    "/api/v1/cases/{case}/seen": {},
    "/api/v1/me/absence": {"first": "2099-12-21", "last": "2099-12-31"},
    "/api/v1/members/{person}/absence": {"first": "2099-12-21", "last": "2099-12-31"},
    "/api/v1/me/browsers": {"name": "Firefox", **BROWSER},
    "/api/v1/cases/{case}/moves": {"move": "pause", "reason": "Waiting"},
    "/api/v1/cases/{case}/owner": {"email": None},
    "/api/v1/cases/{case}/calls": {
        "called_at": "2026-03-09T12:00:00Z",
        "number": "1",
        "outcome": "Dispute",
        "notes": "No.",
    },
    "/api/v1/cases/{case}/updates": {"actions": "A letter", "recommendation": "StayActive"},
    "/api/v1/cases/{asked}/information": {"items": [{"label": "Invoice"}]},
    "/api/v1/items/{item}/answer": {"value": "Words"},
    "/api/v1/items/{item}/again": {"reason": "No"},
    "/api/v1/information-lists": {"name": "Basics", "items": [{"label": "Invoice"}]},
    "/api/v1/cases/{case}/messages": {"body": "Hello"},
    "/api/v1/messages/{message}": {"body": "Hello"},
    "/api/v1/uploads/{upload}/columns": {
        "columns": {"client_reference": 0, "debtor_name": 1, "debtor_country": 2, "amount": 3, "currency": 4}
    },
    "/api/v1/views": {"name": "Large", "query": "amount_from=1000", "shared": True},
    "/api/v1/views/{view}": {"name": "Larger"},
    "/api/v1/batches": {"what": "message", "query": "", "body": "Hello"},
    "/api/v1/cases/{case}/pins": {"fact": "Closed on Mondays"},
    "/api/v1/cases/{case}/notes": {"body": "Ours"},
    "/api/v1/consents": {"case": "{case}"},
    "/api/v1/relationships": {"organisation": "{partner}"},
    "/api/v1/relationships/{talk}/messages": {"body": "Hello"},
    "/api/v1/relationships/{talk}/pins": {"fact": "Closed on Mondays"},
    "/api/v1/relationships/{talk}/notes": {"body": "Ours"},
    "/api/v1/cases/{case}/presences": {"reason": "To help"},
}


class World:
    """Something of everything there is, all Clara's; and a case of Otto's own, so that his lists are not empty."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.case, early = cast.confirmed("ZEBRA-7", debtor_name="Zebrafink GmbH"), cast.submitted("ZEBRA-8")
        message = self.case.conversation.post(by=cast.clara, body="The gazelle one", at=MONDAY)
        document = Document.receive(BytesIO(b"So it was said."), "evidence.txt")
        Document.add(self.case, [document], by=cast.clara, at=MONDAY)
        talk = self.case.conversation
        fresh, pin = talk.post(by=cast.clara, body="Just now"), Pin.add(talk, by=cast.clara, fact="Closed on Fridays")
        note = Note.write(talk, by=cast.clara, body="A private dodo")
        outside = relationships.between(cast.clara, cast.paul.organisation)
        outside.post(by=cast.clara, body="An okapi for all", at=MONDAY)
        outside_note = Note.write(outside, by=cast.clara, body="A private dodo")
        view = View.keep(by=cast.clara, name="Ours", filter=Filter.read("country=DE"), shared=True)
        batch = Batch.prepare([self.case], "message", by=cast.clara, body="The okapi again")
        uploads = [
            checked(csv(claim("ZEBRA-9", name="Zebrafink KG"), claim(1, amount="much")), by=cast.clara)
            for _each in range(2)
        ]
        asked = cast.confirmed("ZEBRA-11", debtor_name="Zebrafink KG")
        consent = Consent.give(asked, by=cast.clara)
        presence = Presence.join(asked.conversation, by=cast.olga, reason="Why an okapi?")
        item = InformationRequest.ask(asked, by=cast.paul, items=[{"label": "The okapi item"}]).items.get()
        item.fill("An okapi", by=cast.clara)
        kept = InformationTemplate.keep("Often", [{"label": "An invoice"}], by=cast.paul)
        browser = Browser.turn_on(
            _of(cast.carl), name="Firefox", session="s", **FakeBrowser("https://push.example/").told
        )
        Bounce.note(_of(cast.carl).email, permanent=True, words="550", at=MONDAY)
        paper, leaflet = (Document.receive(BytesIO(b"Said."), name) for name in ("evidence.txt", "leaflet.txt"))
        request = Request.open(
            by=cast.clara, channel="platform", subject="Zebrafink", body="The okapi one", documents=[paper]
        )
        answer = SavedAnswer.keep(by=cast.olga, title="Often", body="Dear {name}")
        cast.clara.organisation.set_plan("enterprise", by=cast.olga)
        manager = AccountManager.assign(cast.clara.organisation, _of(cast.olga), by=cast.olga)
        logo = Logo.keep(picture(), by=cast.rita)
        Brand.proposed(cast.rita.organisation, **BRAND, logo=logo.digest).put_on(by=cast.rita)
        endpoint = Endpoint.add(by=cast.clara, url="https://hooks.example/okapi", wants=["case.*"])
        posted = endpoint.test(by=cast.clara)
        endpoint.deliveries.update(state="sent", settled_at=MONDAY)
        invitation, secret = cast.clara.organisation.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
        question, twin = (
            Request.open(by=cast.clara, channel="legal", subject="The okapi question", body="An okapi")
            for _each in range(2)
        )
        complaint = Complaint.file(self.case, by=cast.clara, category="delay", description="The okapi is slow")
        week = {str(day): [["09:00", "16:00"]] for day in range(7)}
        host = Host.describe(_of(cast.olga), by=cast.olga, zone="UTC", week=week, lengths=[30], notice=0)
        wished, meeting = (Meeting.ask(by=cast.paul, subject="The gazelle") for _each in range(2))
        meeting.agree(timezone.now() + timedelta(days=3), by=cast.olga)
        climbing, climbed = (
            Request.open(by=cast.rita, channel="technical", subject="Fails", body="It fails", at=MONDAY)
            for _each in range(2)
        )
        escalation = Escalation.climb(climbed, by=cast.rita)
        facts = {"environment": "production", "since": "2026-03-09", "what_is_down": "It", "clients_affected": "1"}
        calling = Request.open(by=cast.rita, channel="critical", subject="Down", body="It is down", form=facts)
        saved = SavedAnswer.keep(by=cast.olga, title="Kept", body="Dear {name}")
        visited = Request.open(
            by=Visitor(), channel="sales", subject="Prices", body="How much?", name="Vera", email="vera@example.com", documents=[leaflet],
        )  # fmt: skip
        letter = post(written(cast.clara, SUPPORT, "An okapi", subject="Zebrafink", html="<p>An okapi</p>", files={"evidence.txt": b"So it was said."}, proof=""))  # fmt: skip
        alias = Alias.objects.create(address="carl@nordlys.home", person=_of(cast.carl))
        told = {"kind": "how-to", "audience": ["partner"], "visible": "partner"}
        shelf = Collection.describe("for-partners", by=cast.olga, words={"en": {"title": "For partners"}}, audience=["partner"])  # fmt: skip
        article = Article.begin("for-partners", by=cast.olga, collection=shelf, **told)
        face = Picture.add(article, BytesIO(picture()), "face.png", by=cast.olga)
        body = "How a partner works.\n\n![The clock](face.png)"
        article.write("en", by=cast.olga, title="For partners", summary="Theirs", body=body)
        article.translations.get().publish(by=cast.olga)
        cast.submitted("OWN", by=cast.otto, debtor_name="Someone else")
        self.cookies = {who: _signed_in(getattr(cast, who)) for who in PEOPLE[:-1]}
        self.secrets = {who: _key(cast, who) for who in KEYS}
        self.facts = {
            "referrer": cast.rita.acting_for, "logo": logo.digest,
            "channel": "legal", "edition": 1, "number": question.number, "twin": twin.number, "said": question.conversation.messages.get().public_id, "saved": saved.public_id,
            "climbing": climbing.number, "climbed": climbed.number, "escalation": escalation.public_id, "calling": calling.escalations.get().public_id,
            "talk": outside.public_id, "talk_note": outside_note.public_id, "complaint": complaint.number, "meeting": meeting.number, "wished": wished.number, "host": host.public_id, "consent": consent.public_id, "presence": presence.public_id, "manager": manager.public_id, "endpoint": endpoint.public_id, "posted": posted.public_id, "colleague": cast.olga.by, "letter": letter.public_id, "alias": alias.address,
            "article": article.slug, "tongue": "en", "shown": face.sha256, "clock_face": face.name,
            "turns_off": unsubscribing.page(Person.objects.get(pk=cast.carl.person_id), ["message"]).split("/")[2],
            "link": visited.secret, "asked": asked.reference, "item": item.public_id, "list": kept.public_id,
            "case": self.case.reference, "early": early.reference, "document": document.public_id, "pass_word": document.pass_word,
            "clock": self.case.clocks.get(message=message).public_id, "person": cast.carl.by, "invitation": invitation.public_id,
            "promise": "reply", "secret": secret, "key": cast.clara.organisation.keys.earliest("pk").public_id, "client": cast.clara.acting_for,
            "upload": uploads[0].public_id, "parcel": uploads[1].public_id, "view": view.public_id, "batch": batch.public_id, "message": fresh.public_id, "pin": pin.public_id, "browser": browser.public_id, "note": note.public_id,
            "bounce": Bounce.objects.get().public_id, "request": request.number, "answer": answer.public_id, "paper": paper.public_id, "paper_word": paper.pass_word,
            "leaflet": leaflet.public_id, "leaflet_word": leaflet.pass_word,
            "session": UserSession.objects.get(user=cast.clara.person).pk, "partner": cast.paul.acting_for,
        }  # fmt: skip

    def secret_from(self, who: str, row: Row) -> list[str]:
        """What must not stand in an answer to this asker, but for what they asked with."""
        telling = {"rita": SAID, **dict.fromkeys(OUTSIDERS, (*TELLING, self.case.reference, self.case.public_id))}.get(
            who, ()
        )
        if who not in ("clara", "carl"):
            telling = (*telling, *NOTED)
        return [told for told in telling if told not in row.address.format(**self.facts)]

    def client(self, who: str, *, by_key: bool = False) -> Client:
        if by_key:
            return Client(headers={"Authorization": f"Bearer {self.secrets[who]}"})
        client = Client()
        if who != "nobody":
            client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[who]
        return client

    def ask(self, row: Row, client: Client) -> tuple[str, str]:
        """One request, of which nothing remains. Answers what came, in a word and in full."""
        before = transaction.savepoint()
        try:
            response = self._send(row, client)
            return _answer(response), _words(response)
        finally:
            transaction.savepoint_rollback(before)

    def _send(self, row: Row, client: Client) -> Any:
        address = row.address.format(**self.facts)
        if row.method == "GET":
            return client.get(address)
        if row.method == "PUT" and "/documents/" in row.address:
            body = encode_multipart(BOUNDARY, {"documents": SimpleUploadedFile("newer.txt", b"Newer.")})
            return client.put(address, body, content_type=MULTIPART_CONTENT)
        if row.method != "POST":
            told = json.dumps(TOLD.get(row.address, {})).replace("{colleague}", self.facts["colleague"])
            return client.generic(row.method, address, told, content_type="application/json")
        if row.address.endswith(("/uploads", "/uploads/")):
            return client.post(address, {"file": SimpleUploadedFile("cases.csv", csv(claim("NEW")).getvalue())})
        if row.address.endswith(("/documents", "/documents/", "/replace/")):
            return client.post(address, {"documents": [SimpleUploadedFile("new.txt", b"New.")]})
        if row.address == "/api/v1/letters":
            return client.post(address, b"From: a@b.example\r\n\r\nHello", content_type="message/rfc822")
        if row.address in TOLD:
            told = {
                name: each.format(**self.facts)
                if name in ("into", "message", "case", "organisation") and each
                else each
                for name, each in TOLD[row.address].items()
            }
            return client.post(address, json.dumps(told), content_type="application/json")
        form = {
            name: value.format(**self.facts) if isinstance(value, str) else value
            for name, value in FORMS.get(row.address, {}).items()
        }
        return client.post(address, form)


def _of(actor: Actor) -> Person:
    assert actor.person
    return actor.person


def _signed_in(actor: Actor) -> str:
    client = Client()
    client.force_login(actor.person)  # type: ignore[arg-type]
    client.get("/settings/sign-in/")  # the house notes the session
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _key(cast: Cast, who: str) -> str:
    name, _space, kind = who.partition(" ")
    actor: Actor = getattr(cast, name)
    key, secret = actor.organisation.issue_key("test" if kind == "test" else "production", by=actor)
    if kind == "revoked":
        key.revoke(by=actor)
    return secret


def _answer(response: Any) -> str:
    if response.status_code == 302 and response["Location"].startswith("/accounts/login/"):
        return "login"
    return str(response.status_code)


def _words(response: HttpResponse) -> str:
    told = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return f"{response.headers} {told.decode(errors='replace')}"


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _patterns(pattern, route)


@pytest.fixture
def world(cast: Cast, settings) -> World:  # type: ignore[no-untyped-def]
    settings.PUSH, settings.PUSH_KEY = True, webpush.new_key()
    return World(cast)


def _wrong(world: World, rows: list[Row], askers: tuple[str, ...], who: str, client: Client) -> list[str]:
    """Where an answer is another than the table's, or tells what the asker must not hear."""
    wrong = []
    for row in rows:
        expected = row.answers.split()[askers.index(who)]
        got, words = world.ask(row, client)
        if got != expected:
            wrong.append(f"{row.method} {row.address}: {got}, not {expected}")
        wrong += [f"{row.method} {row.address} tells “{told}”" for told in world.secret_from(who, row) if told in words]
    return wrong


# --- the tables hold --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", PEOPLE)
def test_each_person_gets_what_the_tables_say(world: World, who: str) -> None:
    for rows in (PAGES, API):
        for row in rows:
            assert _wrong(world, [row], PEOPLE, who, world.client(who)) == []


@pytest.mark.parametrize("who", KEYS)
def test_each_key_gets_what_the_table_says(world: World, who: str) -> None:
    assert _wrong(world, BY_KEY, KEYS, who, world.client(who, by_key=True)) == []


@pytest.mark.parametrize("who", ["clara", "olga"])
def test_a_key_opens_no_page(world: World, who: str) -> None:
    nobody = world.client("nobody")
    key = world.client(who, by_key=True)
    for row in PAGES:
        assert world.ask(row, key)[0] == world.ask(row, nobody)[0], row.address


def test_there_are_outsiders_and_there_is_something_to_hide(world: World) -> None:
    for who in ("otto", "pia"):
        actor: Actor = getattr(world.cast, who)
        assert actor.acting_for not in {getattr(world.cast, other).acting_for for other in PEOPLE[:6]}
    _got, words = world.ask(Row("GET", "/cases/{case}/", ""), world.client("clara"))
    assert all(told in words for told in ("Zebrafink", "ZEBRA-7", "gazelle", "evidence.txt"))


# --- nothing is left out ----------------------------------------------------------------------------------------------


def test_every_address_has_a_row(world: World) -> None:
    """A new page stands in the table before it stands in the house."""
    told = {resolve(row.address.format(**world.facts).partition("?")[0]).route for row in (*PAGES, *API)}
    assert set(_patterns(get_resolver())) - told == set()


def test_every_operation_of_the_api_has_a_row() -> None:
    wanted = {
        (method.upper(), re.sub(r"{\w+}", "{}", f"/api/v1{path.removeprefix('/api/v1')}"))
        for path, methods in openapi.document()["paths"].items()
        for method in methods
    }
    told = {(row.method, re.sub(r"{\w+}", "{}", row.address.partition("?")[0])) for row in API}
    assert wanted - told == {("GET", STREAM)}, "the stream is not Django's: see below"
    assert [row[:2] for row in API] == [row[:2] for row in BY_KEY]


def test_the_public_pages_are_these(world: World) -> None:
    nobody = world.client("nobody")
    answers = {row.address: world.ask(row, nobody)[0] for row in (*PAGES, *API)}
    assert {address for address, got in answers.items() if got not in ("login", "401", "404")} == PUBLIC


# --- the stream and the log -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", PEOPLE)
def test_the_stream_knows_people_as_the_pages_do(world: World, who: str) -> None:
    actor = identify(_listening(Cookie=f"{settings.SESSION_COOKIE_NAME}={world.cookies.get(who, 'x')}"))
    expected = getattr(world.cast, who, None)
    assert (actor and (actor.by, actor.acting_for, actor.environment)) == (
        expected and (expected.by, expected.acting_for, "production")
    )


@pytest.mark.parametrize("who", KEYS)
def test_the_stream_knows_keys_as_the_api_does(world: World, who: str) -> None:
    actor = identify(_listening(Authorization=f"Bearer {world.secrets[who]}"))
    name, _space, kind = who.partition(" ")
    if kind == "revoked":
        assert actor is None
    else:
        assert actor is not None
        assert (actor.acting_for, actor.environment) == (getattr(world.cast, name).acting_for, kind or "production")


def _listening(**headers: str) -> ASGIRequest:
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": STREAM, "query_string": b"", "headers": told}
    return ASGIRequest(scope, BytesIO())


def _everyone(cast: Cast) -> list[Actor]:
    """Each of the cast, in both environments."""
    people = [getattr(cast, who) for who in PEOPLE[:-1]]
    return [replace(actor, environment=where) for actor, where in product(people, Environment.values)]


@pytest.fixture
def eventful(cast: Cast) -> Cast:
    """A log with every kind of event in it, of several cases, and of test data as well."""
    walk(cast)
    lives(cast)
    cast.submitted("OWN", by=cast.otto)
    tested = cast.submitted("TEST", by=replace(cast.clara, environment="test"))
    tested.release(cast.pia.organisation, by=replace(cast.olga, environment="test"))
    tested.confirm(by=replace(cast.pia, environment="test"), message="Only a test")
    return cast


def test_a_listener_is_told_exactly_what_it_could_read(eventful: Cast) -> None:
    events = list(Event.objects.all())
    assert len({event.kind for event in events}) == len(ALL_KINDS), "every kind has happened"
    for actor in _everyone(eventful):
        readable = set(Event.objects.visible_to(actor).values_list("pk", flat=True))
        assert {event.pk for event in events if event.is_visible_to(actor)} == readable, actor
        if actor.side != "operator":
            assert 0 < len(readable) < len(events), f"{actor} sees some, and not all"


def test_nobody_hears_of_a_case_that_they_do_not_see(eventful: Cast) -> None:
    """Who is not in a case does not even learn that it moved."""
    for actor in _everyone(eventful):
        seen = set(Case.objects.visible_to(actor).values_list("pk", flat=True))
        heard = set(Event.objects.visible_to(actor).exclude(case_id=None).values_list("case_id", flat=True))
        assert heard <= seen, actor


def test_nobody_hears_of_people_of_others(eventful: Cast) -> None:
    for actor in _everyone(eventful):
        if actor.side == "operator":
            continue
        others = Organisation.objects.exclude(pk=actor.organisation.pk).values("public_id")
        heard = Event.objects.visible_to(actor)
        assert not heard.filter(subject__in=others).exists(), actor


def test_referral_partners_hear_no_reading_no_evidence_and_no_clocks(eventful: Cast) -> None:
    """But for what they have asked the operator themselves, and for answers that they are owed."""
    asked = Request.objects.visible_to(eventful.rita)
    own = {*asked.values_list("public_id", flat=True), *asked.values_list("conversation__public_id", flat=True)}
    heard = {e.kind for e in Event.objects.visible_to(eventful.rita) if e.subject not in own}
    assert "conversation.read" not in heard
    assert {kind.partition(".")[0] for kind in heard} & {"document", "clock", "delivery"} == set()
    assert {"case.confirmed", "message.posted"} <= heard
