from __future__ import annotations

import os
import tempfile

# Before Django reads its settings: nothing a test does may land in the checkout.
os.environ.setdefault("TRIALOGUE_DATA", tempfile.mkdtemp(prefix="trialogue-tests-"))
os.environ.setdefault("TRIALOGUE_SQLITE_SYNCHRONOUS", "NORMAL")
os.environ["DJANGO_SETTINGS_MODULE"] = "trialogue.settings"

import pytest

from tests.cast import Cast, gather


@pytest.fixture(autouse=True)
def _cheap_and_closed(settings, tmp_path):  # type: ignore[no-untyped-def]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MAIL_FOLDER = str(tmp_path / "mail")
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "documents")},
        }
    }


# In memory, SQLite's connections share one cache and fail at once where a file makes them wait: threads need the file.
@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):  # type: ignore[no-untyped-def]
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture
def cast(db: None) -> Cast:
    return gather()
