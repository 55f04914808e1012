"""What the tests run in, said before Django reads its settings (`-p tests.environment` in pyproject.toml; a conftest is too late).

Nothing a test does lands in the checkout. On PostgreSQL each worker has a server of its own: a transaction that stands open
anywhere in a cluster holds its log's tails back, and one worker would wait for another's tests.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

if "TRIALOGUE_DATA" not in os.environ:
    os.environ["TRIALOGUE_DATA"] = tempfile.mkdtemp(prefix="trialogue-tests-")
    atexit.register(shutil.rmtree, os.environ["TRIALOGUE_DATA"], ignore_errors=True)
os.environ.setdefault("TRIALOGUE_SQLITE_SYNCHRONOUS", "NORMAL")
os.environ.setdefault("TRIALOGUE_SHIP_ARTICLES", "0")  # a house that a test begins is empty
os.environ["DJANGO_SETTINGS_MODULE"] = "trialogue.settings"
if servers := os.environ.get("TRIALOGUE_TEST_SERVERS", "").split():
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.environ["TRIALOGUE_DATABASE_URL"] = servers[worker % len(servers)]
