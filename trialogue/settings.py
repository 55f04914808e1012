"""Everything that can be set, read from TRIALOGUE_… variables. `docs/operations.md` says the same in words (a test compares)."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import ParseResult, parse_qs, unquote

from django.utils.translation import gettext_lazy as _

from trialogue.lib import clamd, webpush
from trialogue.lib.catalogues import compiled
from trialogue.lib.environ import Environ

env = Environ(os.environ, "TRIALOGUE_")
PACKAGE = Path(__file__).resolve().parent

# --- where things are -------------------------------------------------------------------------------------------------

DATA = Path(
    env.text(
        "DATA", "data", about="Folder for the database, documents, keys and outgoing mail of an embedded installation."
    )
).resolve()
DEMO = env.flag(
    "DEMO",
    False,
    about="1 loads nothing but opens the demo's one-click entrances and its mail page. Never on the internet.",
)
SHIP_ARTICLES = env.flag(
    "SHIP_ARTICLES", True, about="0 begins a new house without the articles of the help portal that we ship."
)
DEBUG = env.flag("DEBUG", False, about="1 shows error details to everyone. For development only.")
_base_url = env.url(
    "BASE_URL", "http://127.0.0.1:8000", ("http", "https"), about="The address people open, as it stands in mails."
)
BASE_URL = _base_url.geturl().rstrip("/")
HOST = _base_url.hostname or "127.0.0.1"
ALLOWED_HOSTS = [
    h
    for h in env.text(
        "ALLOWED_HOSTS", HOST, about="Host names to answer to, separated by commas; default: the one in BASE_URL."
    ).split(",")
    if h
]
if HOST in ("127.0.0.1", "localhost"):
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
BEHIND_TLS = _base_url.scheme == "https"


def _kept(name: str, make: Callable[[], str]) -> str:
    """A secret made once, in a file of DATA that its owner alone can read."""
    kept = DATA / name
    DATA.mkdir(parents=True, exist_ok=True)
    if not kept.exists():
        fresh = DATA / f"{name}.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        # Two processes may start at once: the first link wins, the other reads it.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, kept)
        fresh.unlink()
    return kept.read_text()


def _secret_key() -> str:
    """The given key, else one made once and kept."""
    given = env.text(
        "SECRET_KEY", "", about="Signs sessions and download addresses. Default: made once, kept in DATA/secret_key."
    )
    if given:
        if len(given) < 50:
            env.refuse(
                "SECRET_KEY",
                "is shorter than 50 characters",
                "Leave it out to have one made, or give a long random one.",
            )
        return given
    return _kept("secret_key", lambda: secrets.token_urlsafe(64))


SECRET_KEY = _secret_key()

# --- database ---------------------------------------------------------------------------------------------------------

_database_url = env.url(
    "DATABASE_URL",
    f"sqlite:///{DATA}/trialogue.sqlite3",
    ("sqlite", "postgres", "postgresql"),
    about="sqlite:///path or postgresql://user:password@host:port/name. Default: SQLite in DATA.",
)
_synchronous = env.choice(
    "SQLITE_SYNCHRONOUS",
    "FULL",
    ("FULL", "NORMAL"),
    about="FULL survives a power cut; NORMAL is faster and may lose the last commits in one.",
)


def _database(url: ParseResult) -> dict[str, Any]:
    if url.scheme == "sqlite":
        return {
            "ENGINE": "trialogue.sqlite",
            "NAME": unquote(url.path)[1:] if url.path.startswith("//") else unquote(url.path) or ":memory:",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": f"PRAGMA journal_mode=WAL;PRAGMA synchronous={_synchronous};PRAGMA foreign_keys=ON;PRAGMA temp_store=MEMORY;",
            },
            "CONN_MAX_AGE": 3600,  # what a stock-taking found is read when a connection is made
        }
    options: dict[str, Any] = {key: values[-1] for key, values in parse_qs(url.query).items()}
    options |= {"prepare_threshold": 3, "server_side_binding": True, "connect_timeout": 5}
    # A forgotten write transaction anywhere in the cluster would hold every tail of the log back.
    # Compiling a query takes longer than any of ours; and with too little room for what an index found, whole pages are read anew.
    options["options"] = "-c idle_in_transaction_session_timeout=30s -c jit=off -c work_mem=32MB"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", None) or unquote(url.hostname or ""),
        "PORT": url.port or "",
        "OPTIONS": options,
        "CONN_MAX_AGE": 600,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


DATABASES = {"default": _database(_database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- the house --------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "trialogue.events",
    "trialogue.people",
    "trialogue.cases",
    "trialogue.channels",
    "trialogue.conversations",
    "trialogue.clocks",
    "trialogue.requests",
    "trialogue.articles",
    "trialogue.escalations",
    "trialogue.complaints",
    "trialogue.meetings",
    "trialogue.letters",
    "trialogue.lists",
    "trialogue.deliveries",
    "trialogue.uploads",
    "trialogue.doors.web",  # before allauth: its pages wear our clothes
    "trialogue.doors.mail",
    "trialogue.doors.console",
    "trialogue.doors.api",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "lucide",
    "ninja",
]
ROOT_REACTIONS = "trialogue.reactions"
ROOT_URLCONF = "trialogue.urls"
WSGI_APPLICATION = "trialogue.wsgi.application"

MIDDLEWARE = [
    "trialogue.doors.web.middleware.Storms",
    "django.middleware.security.SecurityMiddleware",
    "trialogue.doors.api.lane.BearerLane",  # before everything that is for pages
    "trialogue.doors.web.middleware.PermissionsPolicy",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "trialogue.doors.web.assets.Lane",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "trialogue.doors.web.accounts.Sessions",
    "trialogue.doors.web.middleware.Acting",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [("trialogue.doors.web.folding.Loader", ["django.template.loaders.app_directories.Loader"])],
            "builtins": [
                "trialogue.doors.web.templatetags.trialogue",
                "trialogue.doors.web.templatetags.kept",
                "django.templatetags.i18n",
                "django.templatetags.tz",
                "lucide.templatetags.lucide",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "trialogue.doors.web.context.everywhere",
            ],
        },
    }
]

# --- people -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["trialogue.doors.web.sessions.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "trialogue.doors.web.accounts.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "trialogue.doors.web.accounts.display"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation proves the address
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # or anyone could have us write to any address
# allauth's own would give each person a second, unproven copy of their address.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
PASSWORD_RESET_TIMEOUT = 24 * 3600
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
MFA_ADAPTER = "trialogue.doors.web.accounts.KeysAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Trialogue"
MFA_TOTP_TOLERANCE = 1  # a code typed as its half minute ended is still right (RFC 6238, 5.2)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = HOST in ("localhost", "127.0.0.1")
USERSESSIONS_TRACK_ACTIVITY = True  # by accounts.Sessions, which does not write at every page
SESSION_ENGINE = "trialogue.doors.web.sessions"
SESSION_COOKIE_AGE = 30 * 24 * 3600
# Who has no account asks for help so often in an hour, from one address and from one network.
ACCOUNT_RATE_LIMITS = {"help": "5/h/key,20/h/ip", "files": "15/h/ip", "articles": "60/h/ip"}
# Throttling of sign-in must count across processes; a table does that without another service.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_cache"}}

# --- safe as installed ------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
if env.flag(
    "TRUSTED_PROXY",
    False,
    about="1 when a proxy in front sets X-Forwarded-Proto and removes the same header from outside, and adds to X-Forwarded-For.",
):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # or all the world would be throttled as one
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

API_PER_MINUTE = env.number(
    "API_PER_MINUTE", 2000, at_least=1, about="How many requests an API key may make in a minute, in each process."
)

# --- documents --------------------------------------------------------------------------------------------------------

DOCUMENT_MAX_BYTES = 25 * 1024 * 1024
# Of somebody without an account: with one message, and four times as many in all of a request.
VISITOR_DOCUMENT_MAX_BYTES, VISITOR_MOST_DOCUMENTS = 10 * 1024 * 1024, 5
DOCUMENT_LINK_SECONDS = 3600
CLAMAV = env.text(
    "CLAMAV",
    "",
    about="host:port or /path/of/socket of a ClamAV daemon; every document stays shut until it has found nothing in it.",
)
try:
    if CLAMAV:
        clamd.parse(CLAMAV)
except ValueError:
    env.refuse(
        "CLAMAV",
        f"{CLAMAV!r} cannot be used",
        "Give host:port, or the path of a socket, such as /run/clamav/clamd.ctl.",
    )
    CLAMAV = ""
_documents_url = env.url(
    "DOCUMENTS_URL",
    f"file://{DATA}/documents",
    ("file", "s3"),
    about="file:///folder, or s3://bucket?endpoint=…&region=… (keys from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY).",
)


def _documents(url: ParseResult) -> dict[str, Any]:
    if url.scheme == "file":
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": unquote(url.path)}}
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": url.netloc,
            "location": url.path.strip("/"),
            "file_overwrite": False,
            "endpoint_url": query.get("endpoint"),
            "region_name": query.get("region"),
        },
    }


STORAGES = {
    "default": _documents(_documents_url),
    "staticfiles": {"BACKEND": "trialogue.doors.web.assets.Assets"},
}

# --- mail -------------------------------------------------------------------------------------------------------------

_mail_url = env.url(
    "MAIL_URL",
    f"folder://{DATA}/mail",
    ("folder", "smtp", "smtps", "smtp+starttls"),
    about="smtp://, smtps:// or smtp+starttls://user:password@host:port; default: folder://DATA/mail, which writes each mail to a file.",
)
MAIL_FOLDER = unquote(_mail_url.path) if _mail_url.scheme == "folder" else ""
EMAIL_BACKEND = (
    "trialogue.deliveries.carriers.folder.EmailBackend"
    if MAIL_FOLDER
    else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_HOST, EMAIL_PORT = (
    _mail_url.hostname or "localhost",
    _mail_url.port or {"smtps": 465, "smtp+starttls": 587}.get(_mail_url.scheme, 25),
)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail_url.username or ""), unquote(_mail_url.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail_url.scheme == "smtps", _mail_url.scheme == "smtp+starttls"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text(
    "MAIL_FROM",
    f"Trialogue <notices@{HOST if '.' in HOST and not HOST[0].isdigit() else 'trialogue.example'}>",
    about="Who our mails are from.",
)
REPLY_ADDRESS = env.text(
    "REPLY_ADDRESS",
    "",
    about="Where answers to our mails come back to, such as reply@example.com; the part after + is ours. Default: off, and mails say so.",
).lower()
if REPLY_ADDRESS and not re.fullmatch(r"[a-z0-9._-]{1,36}@[a-z0-9.-]{1,200}", REPLY_ADDRESS):
    env.refuse(
        "REPLY_ADDRESS", f"{REPLY_ADDRESS!r} cannot be used", "Give one address without +, such as reply@example.com."
    )
    REPLY_ADDRESS = ""
MAIL_TRUST = env.text(
    "MAIL_TRUST",
    "",
    about="The mail server whose Authentication-Results we believe, by the name it gives itself there. Without, nobody's letter is proven, and is held.",
).lower()
MAILBOXES = env.text(
    "MAILBOXES",
    "",
    about="A TOML file of the IMAP mailboxes that are read; docs/operations.md shows one. Default: none.",
)
LMTP = env.text(
    "LMTP",
    "",
    about="host:port or /path/of/socket, where the worker takes letters by LMTP from a mail server on this machine. Default: off.",
)
try:
    if LMTP:
        clamd.parse(LMTP)
except ValueError:
    env.refuse(
        "LMTP", f"{LMTP!r} cannot be used", "Give the path of a socket, such as /run/trialogue/lmtp, or 127.0.0.1:24."
    )
    LMTP = ""
_anymail = env.text(
    "ANYMAIL",
    "",
    about="Mail providers that post letters to us, each with its secret: postmark=user:password mailgun=signing-key. Default: none.",
)
MAIL_PROVIDERS = {name: secret for name, _equal, secret in (word.partition("=") for word in _anymail.split())}
_bookings = env.text(
    "BOOKING_PAGES",
    "",
    about="Pages of others where meetings are booked and that post to us, each with its signing key: calendly=key cal=key. Default: none.",
)
BOOKING_PAGES = {name: key for name, _equal, key in (word.partition("=") for word in _bookings.split())}
QUIET_SECONDS = env.number(
    "QUIET_SECONDS",
    600,
    at_most=86400,
    about="How long a message waits before its mail is sent; read meanwhile, no mail is sent.",
)

# --- notices in browsers ----------------------------------------------------------------------------------------------

PUSH = env.flag("PUSH", False, about="1 lets people have their notices ring in their browsers, by Web Push.")


def _push_key() -> str:
    """The given key, else one made once and kept: browsers take notices from the key alone that they were turned on with."""
    given = env.text(
        "PUSH_KEY",
        "",
        about="Who we are to push services: 32 bytes in base64url. Default: made once, kept in DATA/push_key.",
    )
    if not PUSH:
        return given
    key = given or _kept("push_key", webpush.new_key).strip()
    try:
        webpush.public(key)
    except ValueError:
        env.refuse(
            "PUSH_KEY", "is no key", "Leave it out to have one made, or give the content of another's DATA/push_key."
        )
    return key


PUSH_KEY = _push_key()

# --- webhooks ---------------------------------------------------------------------------------------------------------

_webhook_networks = env.text(
    "WEBHOOK_NETWORKS",
    "",
    about="Networks of your own that webhooks may reach besides public addresses, also by http://, such as 10.0.0.0/8,127.0.0.1. Default: none.",
)
WEBHOOK_NETWORKS: list[IPv4Network | IPv6Network] = []
try:
    WEBHOOK_NETWORKS = [ip_network(each.strip()) for each in _webhook_networks.split(",") if each.strip()]
except ValueError:
    env.refuse(
        "WEBHOOK_NETWORKS",
        f"{_webhook_networks!r} cannot be used",
        "Give networks such as 10.0.0.0/8, separated by commas.",
    )

# --- words and time ---------------------------------------------------------------------------------------------------

USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German")), ("da", _("Danish"))]
LOCALE_PATHS = [compiled(PACKAGE / "locale")]

# --- static files and answers -----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = None  # nothing is collected; a folder that is not there would only be warned of
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
NINJA_PAGINATION_MAX_LIMIT = 100
TEST_RUNNER = "django.test.runner.DiscoverRunner"
LOG_LEVEL = env.choice(
    "LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"), about="How much is said on standard error."
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"trialogue": {"level": LOG_LEVEL}, "django.request": {"level": "ERROR"}},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
