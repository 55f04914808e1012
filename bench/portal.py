"""The search of the help portal among very many articles: `python -m bench.portal [--count 10000] [--only sqlite|postgresql]`.

As in `bench.lists`. The words are those of the articles we ship and made ones, as often as words are in what people write (Zipf).
"""

from __future__ import annotations

import gc
import random
import time
from collections import Counter

from bench.lists import run, timed

VOCABULARY, OF_AN_ARTICLE = 20_000, 250
# Whole words, common and rare, beginnings as somebody types them, letters mistyped, whole questions, what stands nowhere.
TYPED = (
    "case", "confirm a case", "how do i escalate a case when nobody answers", "co", "con", "conf", "confirm", "confrim", "esclation", "partnr",
    "uberfallig", "reminder invoice", "the", "a case and a partner and a client", "documant", "withdarw the case", "nosuchwordanywhere",
    "account manager does not answer", "api key", "upload many cases at once",
)  # fmt: skip


def fill(count: int) -> None:
    from tests.cast import MONDAY, gather
    from trialogue.articles import folder, index
    from trialogue.articles.index import Posting, Spelling, Word
    from trialogue.articles.models import Article, Collection, Translation, Version

    olga = gather().olga
    pages = folder.read(folder.SHIPPED).pages
    chance = random.Random(7)  # the same articles each time
    real = sorted(
        Counter(word for page in pages for word in index.words_of(page.body)).items(), key=lambda pair: -pair[1]
    )
    vocabulary = [word for word, _times in real] + [_made(chance) for _each in range(VOCABULARY - len(real))]
    odds = [1 / (place + 3) for place in range(len(vocabulary))]
    shelf = Collection.describe("bench", by=olga, words={"en": {"title": "Bench"}}, audience=["everyone"])
    told = {"collection": shelf, "kind": "how-to", "audience": ["everyone"]}
    articles = Article.objects.bulk_create([Article(slug=f"bench-{n}", **told) for n in range(count)], batch_size=1_000)
    bodies = [" ".join(chance.choices(vocabulary, odds, k=OF_AN_ARTICLE)) for _each in articles]
    said = [{"title": " ".join(body.split()[:6]), "summary": " ".join(body.split()[6:20])} for body in bodies]
    rows = Translation.objects.bulk_create(
        [Translation(article=one, language="en", text=body, **words) for one, body, words in zip(articles, bodies, said, strict=True)],
        batch_size=500,
    )  # fmt: skip
    moment = {"number": 1, "at": MONDAY, "updated": MONDAY.date()}
    versions = Version.objects.bulk_create([Version(translation=one, title=one.title, summary=one.summary, body="-", **moment) for one in rows], batch_size=500)  # fmt: skip
    for one, version in zip(rows, versions, strict=True):
        one.live, one.newest, one.state = version, 1, "published"
    Translation.objects.bulk_update(rows, ["live", "newest", "state"], batch_size=500)
    weights = [index.weights(one.title, one.summary, [], one.text) for one in rows]
    words = sorted(set().union(*weights))
    Word.objects.bulk_create([Word(word=word) for word in words], batch_size=2_000, ignore_conflicts=True)
    ids = {word.word: word.pk for word in Word.objects.all()}
    keys = [Spelling(key=key, word_id=pk) for word, pk in ids.items() for key in index.keys_of(word)]
    Spelling.objects.bulk_create(keys, batch_size=5_000, ignore_conflicts=True)
    for start in range(0, count, 500):
        pairs = zip(rows[start : start + 500], weights[start : start + 500], strict=True)
        postings = [
            Posting(word_id=ids[word], translation=one, weight=weight)
            for one, has in pairs
            for word, weight in has.items()
        ]
        Posting.objects.bulk_create(postings, batch_size=5_000)


def _made(chance: random.Random) -> str:
    return "".join(chance.choice("bcdfghklmnprstvw") + chance.choice("aeiou") for _each in range(chance.randint(2, 5)))


def measure(count: int) -> None:
    """In a process of its own, on the database of its environment; prints lines of name and milliseconds."""
    import django

    django.setup()
    from django.test import Client

    from trialogue.doors.console.management.commands.prepare import prepare, take_stock

    begun = time.perf_counter()
    prepare()
    fill(count)
    take_stock()
    gc.collect()  # what was made here is not what is measured
    print("made", round(time.perf_counter() - begun), flush=True)
    nobody = Client(headers={"host": "localhost"})
    for typed in TYPED:
        timed(nobody, f"`{typed}`", f"/articles/found.html?q={typed}".replace(" ", "+"))


def main() -> None:
    run("bench.portal", measure, lambda count: f"{count:,} articles of {OF_AN_ARTICLE} words", count=10_000, limit=50)


if __name__ == "__main__":
    main()
