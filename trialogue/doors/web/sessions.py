"""Whose session it is. Kept in the database as Django keeps it; each page asks for both, by queries that are written once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from trialogue.people.models import Person
from trialogue.people.prepared import prepared


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        for session in _session(str(self.session_key), timezone.now()):
            return session
        self._session_key = None
        return None


class Backend(AuthenticationBackend):  # type: ignore[misc]
    def get_user(self, user_id: Any) -> Person | None:
        return next((person for person in _person(user_id) if self.user_can_authenticate(person)), None)


@prepared
def _session(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


@prepared
def _person(pk: int) -> QuerySet[Person]:
    return Person.objects.filter(pk=pk)
