from __future__ import annotations

import socket

import pytest

from tests.cast import Cast, gather


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only_on(vendor): means something on this database alone, and runs there")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test for one database is left out on the other. It is not skipped: `./run test` runs both."""
    from django.db import connection

    elsewhere = [item for item in items if _home(item) not in ("", connection.vendor)]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


def _home(item: pytest.Item) -> str:
    """The only database on which a test runs, or "" for both. `lib` has never heard of one, so once is enough."""
    mark = item.get_closest_marker("only_on")
    return mark.args[0] if mark else "sqlite" if "lib" in item.path.relative_to(item.config.rootpath).parts else ""


def _connect_nearby(self: socket.socket, address: object) -> None:
    """Tests talk to this machine alone; one that would talk to another fails, saying where to."""
    host = address[0] if isinstance(address, tuple) else ""
    if host and not (str(host).startswith("127.") or host in ("::1", "localhost")):
        raise RuntimeError(f"a test wanted to talk to {address!r}")
    _connect(self, address)  # type: ignore[arg-type]


_connect, socket.socket.connect = socket.socket.connect, _connect_nearby  # type: ignore[method-assign,assignment]


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
