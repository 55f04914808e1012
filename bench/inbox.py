"""The desk's inbox among very many requests: `python -m bench.inbox [--count 100000] [--only sqlite|postgresql]`. As in `bench.lists`."""

from __future__ import annotations

import time

from bench.lists import run, timed

# All the ways to look at it; then each of them narrowed by whose, channel, tag, and by what two of them say together.
DESK = (
    "", "view=soon", "view=broken", "view=waiting", "view=answered", "view=solved", "view=closed", "view=all",
    "whose=mine", "whose=team", "whose=nobody", "view=waiting&whose=mine", "view=closed&whose=mine", "view=closed&whose=team", "view=all&whose=mine",
    "view=all&whose=team", "view=all&whose=nobody", "channel=platform", "channel=legal", "view=closed&channel=legal", "view=all&channel=legal",
    "view=all&channel=platform", "tag=often", "tag=seldom", "view=closed&tag=often", "view=closed&tag=seldom", "view=all&tag=often",
    "view=all&tag=seldom", "view=all&tag=seldom&channel=legal", "view=closed&tag=often&whose=mine", "view=all&channel=legal&whose=mine",
    "view=closed&channel=legal&whose=nobody",
)  # fmt: skip
# A number, one of which the year is left out, one that is wrong; subjects, senders, words of all messages, of some, of few; nothing.
FOUND = (
    "R-{year}-000123",
    "123",
    "R-{year}-999999",
    "white",
    "zebra",
    "Client 17",
    "Visitor 5",
    "monday",
    "bailiff",
    "zebra crossing",
    "nosuchword",
)
THEIRS = ("/requests/", "/requests/?state=closed", "/requests/?q=zebra", "/requests/?q=000123")


def measure(count: int) -> None:
    """In a process of its own, on the database of its environment; prints lines of name and milliseconds."""
    import django

    django.setup()
    from django.test import Client
    from django.utils import timezone

    from bench.many import ask

    begun = time.perf_counter()
    cast = ask(count)
    print("made", round(time.perf_counter() - begun), flush=True)
    olga, clara = Client(headers={"host": "localhost"}), Client(headers={"host": "localhost"})
    olga.force_login(cast.olga.person)  # type: ignore[arg-type]
    clara.force_login(cast.clara.person)  # type: ignore[arg-type]
    found = (f"q={words.format(year=timezone.now().year)}" for words in FOUND)
    for asked in (*DESK, *found, "view=broken&q=white", "q=white&channel=legal"):
        timed(olga, f"`/desk/?{asked}`", f"/desk/?{asked}".replace(" ", "+"))
    timed(olga, "twenty pages on, all", _deep(olga, "?view=all"))
    timed(olga, "a request at the desk", f"/desk/requests/R-{timezone.now().year}-000123/")
    for address in THEIRS:
        timed(clara, f"Clara, of 5,000: `{address}`", address)


def _deep(client: object, query: str) -> str:
    """Where twenty clicks on Further lead."""
    for _click in range(20):
        found = client.get(f"/desk/{query}").content.decode()  # type: ignore[attr-defined]
        link = next(part for part in found.split("<a ") if 'rel="next"' in part.partition(">")[0])
        query = link.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    return f"/desk/{query}"


def main() -> None:
    run("bench.inbox", measure, lambda count: f"{count:,} requests, {count * 2:,} messages")


if __name__ == "__main__":
    main()
