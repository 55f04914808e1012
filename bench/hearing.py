"""How well a text is heard, and how fast: `python -m bench.hearing`; `--wrong` lists what was heard wrongly of what one may tune by.

`held_out`, `held_out_third` and `held_out_fourth` were never trained on or tuned against, so their wrong ones are not shown.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable

from bench.machine import described, table
from tests.channels.said import FILES, Said, Score, said
from trialogue.channels import hearing

LONG = 2000  # characters


def scores() -> str:
    head = (
        "sentences",
        "language",
        "how many",
        "rightly",
        "wrongly",
        "missed",
        "left",
        "precision",
        "recall",
        "situation right",
    )
    rows = []
    for file in FILES:
        sentences = list(said(file))
        for language in ("all", "en", "de", "da"):
            some = [one for one in sentences if language in ("all", one.language)]
            score = Score.of(some)
            right = sum(hearing.hear(one.text).situation in one.right for one in some) / len(some)
            rows.append(
                (
                    file, language, len(some), score.rightly, score.wrongly, score.missed, score.left,
                    f"{score.precision:.3f}", f"{score.recall:.3f}", f"{right:.3f}",
                )
            )  # fmt: skip
    return table(head, rows)


def confusion(file: str) -> str:
    """What each situation was taken for. Where several are right, it counts for the one that was heard, or the first."""
    taken: Counter[tuple[str, str]] = Counter()
    for one in said(file):
        heard = hearing.hear(one.text).situation
        taken[heard if heard in one.right else min(one.right), heard or "(untold)"] += 1
    names = sorted({name for pair in taken for name in pair})
    short = [name.replace("_", " ") for name in names]
    rows = [(shown, *(taken[name, other] or "" for other in names)) for name, shown in zip(names, short, strict=True)]
    return table(("is ↓, heard as →", *short), rows)


def times() -> str:
    long = " ".join(one.text for one in said("tuning"))
    texts = {
        f"{LONG:,} characters of ordinary text": long[:LONG],
        f"{len(long * 10):,} characters": long * 10,
        "an ordinary message": "Hi Paul, I cannot log in since yesterday, the reset mail does not come. Who can help?",
        "hostile: a thousand words of one letter": "a " * (LONG // 2),
        "hostile: one word": "x" * LONG,
        "hostile: a thousand sentences": "a." + ". " * (LONG // 2),
    }
    rows = []
    for what, text in texts.items():
        cold, warm = first_time(text), min(timed(lambda text=text: hearing.hear(text)) for _ in range(50))
        rows.append((what, f"{cold * 1e3:.2f}", f"{warm * 1e3:.2f}"))
    learned = min(timed(relearn) for _ in range(3))
    return f"\nLearned in {learned:.2f} s.\n" + table(("text", "ms, words not met before", "ms"), rows)


def first_time(text: str) -> float:
    hearing._plain.cache_clear()
    hearing._parts.cache_clear()
    hearing._families_of.cache_clear()
    return timed(lambda: hearing.hear(text))


def relearn() -> None:
    hearing._learned.cache_clear()
    hearing.hear("hello")


def timed(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def wrong() -> str:
    return table(
        ("place", "is", "heard as", "sent elsewhere", "because of", "text"),
        [_told(one) for one in said("tuning") if one.belongs_elsewhere != one.is_sent_elsewhere],
    )


def _told(one: Said) -> tuple[object, ...]:
    heard = hearing.hear(one.text)
    ranked = ", ".join(f"{name} {share:.2f}" for name, share in heard.ranked)
    return (
        one.place,
        ",".join(sorted(one.right)),
        ranked,
        one.is_sent_elsewhere,
        "; ".join(heard.reasons),
        one.text[:80],
    )


def main() -> None:
    print(f"{described()}\n\n### “This belongs elsewhere”\n{scores()}")
    print(f"### What was heard, held out\n{confusion('held_out')}\n### Time\n{times()}")
    if "--wrong" in sys.argv:
        print(f"### Wrong, of what may be tuned by\n{wrong()}")


if __name__ == "__main__":
    main()
