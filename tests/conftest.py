from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import time_machine
from django.test import TransactionTestCase
from whitenoise.middleware import WhiteNoiseMiddleware

from tests.cast import MONDAY, Cast, gather
from tests.emptying import empty
from tests.hosting import hosting
from trialogue.doors.web.middleware import Storms
from trialogue.meetings.models import Host
from trialogue.people.models import Actor


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only_on(vendor): means something on this database alone, and runs there")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test for one database is left out on the other. It is not skipped: `./run test` runs both.

    What takes long begins first, or one worker would be at it when all else is done.
    """
    from django.db import connection

    elsewhere = [item for item in items if _home(item) not in ("", connection.vendor)]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        gone = set(elsewhere)
        items[:] = [item for item in items if item not in gone]
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


LONG = ("tests/journeys/", "tests/doors/stream/", "tests/doors/test_serve", "tests/house/", "tests/doors/web/test_cost")

DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}


def _home(item: pytest.Item) -> str:
    """The only database on which a test runs, or "" for both. For one that asks for no database, once is enough."""
    if mark := item.get_closest_marker("only_on"):
        return str(mark.args[0])
    touches = item.get_closest_marker("django_db") or DATABASE & set(item.fixturenames)  # type: ignore[attr-defined]
    return "" if touches else "sqlite"


def _connect_nearby(self: socket.socket, address: object) -> None:
    """Tests talk to this machine alone; one that would talk to another fails, saying where to."""
    host = address[0] if isinstance(address, tuple) else ""
    if host and not (str(host).startswith("127.") or host in ("::1", "localhost")):
        raise RuntimeError(f"a test wanted to talk to {address!r}")
    _connect(self, address)  # type: ignore[arg-type]


_connect, socket.socket.connect = socket.socket.connect, _connect_nearby  # type: ignore[method-assign,assignment]

# A test that commits leaves little behind; a flush would go through all tables, and lay in all that migrations leave.
TransactionTestCase._fixture_teardown = lambda _self: empty()  # type: ignore[method-assign,attr-defined]


def _look_once(self: WhiteNoiseMiddleware) -> None:
    """Each client of a test begins with middleware of its own; the static files are the same for all of them."""
    told = self.static_prefix, self.max_age, self.allow_all_origins
    if told not in _looked:
        _look(self)
        _looked[told] = self.files
    self.files = _looked[told]


_looked: dict[object, dict[str, object]] = {}
_look, WhiteNoiseMiddleware.add_files_from_finders = WhiteNoiseMiddleware.add_files_from_finders, _look_once


@pytest.fixture(autouse=True)
def _cheap_and_closed(settings, tmp_path, monkeypatch):  # type: ignore[no-untyped-def]
    from django.db import connection

    Storms.seen.storms = Storms.storms  # a test before this one had its database away; this one's is not to be closed
    # What is written or drawn once is made again and compared, on one of the two databases: it takes a fifth of the time.
    for proving in ("people.prepared.Prepared", "doors.web.templatetags.kept.Kept", "doors.web.folding.Run"):
        monkeypatch.setattr(f"trialogue.{proving}.proving", connection.vendor == "sqlite")
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

    options = connection.settings_dict["OPTIONS"]
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        options["timeout"] = 60
    else:  # a test is one transaction, and on a busy machine may think for long between two questions
        options |= {"options": "", "connect_timeout": 60}


@pytest.fixture
def cast(db: None) -> Cast:
    return gather()


@pytest.fixture
def at_monday() -> Iterator[None]:
    """All the while it is the moment at which the cast begins."""
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def host(cast: Cast) -> Host:
    """Olga may be met on weekdays."""
    return hosting(cast.olga)


@pytest.fixture
def enterprise(cast: Cast) -> Actor:
    """Otto, of an enterprise client, which books where others ask."""
    cast.otto.organisation.set_plan("enterprise", by=cast.olga)
    return cast.otto
