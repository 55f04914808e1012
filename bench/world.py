"""A world for benches: cases with an open conversation and the keys to them, as JSON on the last line."""

from __future__ import annotations

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialogue.settings")

import django

django.setup()

from django.core.management import call_command

from tests.cast import gather
from trialogue.people.models import Environment


def main(count: int) -> None:
    call_command("prepare", verbosity=0)
    cast = gather()
    keys = {
        "client_key": cast.clara.organisation.issue_key(Environment.PRODUCTION)[1],
        "partner_key": cast.paul.organisation.issue_key(Environment.PRODUCTION)[1],
    }
    made = [{"reference": cast.confirmed(f"INV-{number}").reference, **keys} for number in range(count)]
    print(json.dumps(made))


if __name__ == "__main__":
    main(int(sys.argv[1]))
