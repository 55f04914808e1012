"""The new words of a letter apart from those that are quoted, signed under or put below by machines.

Works on lines. Three things begin a quote: lines with ">", a line that says who wrote ("On Monday Anna wrote:"), and a block of
header lines ("Von: … Gesendet: …") with or without a line like "-----Original Message-----" above it. New words may stand above,
below and between. Whatever is folded is kept in order; when nothing new would be left, everything is new.
"""

from __future__ import annotations

from collections.abc import Iterator

from trialogue.lib.mailtext import phrases
from trialogue.lib.mailtext.html import END, QUOTE, REST, SIGNATURE
from trialogue.lib.mailtext.parsed import Folded

_MARKS = {QUOTE, REST, SIGNATURE, END}
MOST_LINES = 10_000  # in which quotes are looked for; what follows is as the last of them is
_LONGEST_ENDING = 40
LONGEST_LINE = 400  # of a line that may say who wrote


def fold(text: str) -> tuple[str, tuple[Folded, ...]]:
    """(the new words, what was folded)"""
    lines = text.split("\n")
    pieces = list(_pieces(lines[:MOST_LINES]))
    if lines[MOST_LINES:]:
        pieces.append(("quote" if pieces[-1][0] == "quote" else "own", lines[MOST_LINES:]))
    pieces = _answered(pieces)
    pieces = _joined([part for piece in pieces for part in (_signed(piece[1]) if piece[0] == "own" else [piece])])
    own = _tidy("\n".join(line for kind, said in pieces if kind in ("own", "answered") for line in said))
    folded = tuple(
        Folded(kind, words)
        for kind, said in pieces
        if kind not in ("own", "answered") and (words := _tidy("\n".join(said)))
    )
    if own or not folded:
        return own, folded
    return _only_quoted(folded)


def _joined(pieces: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """Who wrote, and what: one quote."""
    done: list[tuple[str, list[str]]] = []
    for kind, said in pieces:
        if done and done[-1][0] == kind:
            done[-1][1].extend(said)
        elif kind != "own" or any(line.strip() for line in said):
            done.append((kind, list(said)))
    return done


def _only_quoted(folded: tuple[Folded, ...]) -> tuple[str, tuple[Folded, ...]]:
    """A letter that is only a quote or a forward keeps its words, without the marks of quoting."""
    words = "\n\n".join(fold.text for fold in folded if fold.kind != "footer") or "\n\n".join(
        fold.text for fold in folded
    )
    return _tidy("\n".join(_unquoted(line) for line in words.split("\n"))), ()


def _unquoted(line: str) -> str:
    return line[1:].removeprefix(" ") if line.startswith(">") else line


def _tidy(text: str) -> str:
    """No marks, no empty lines at the ends, at most one between."""
    kept: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip()
        if line in _MARKS or (not line and kept and not kept[-1]):
            continue
        kept.append(line)
    return "\n".join(kept).strip("\n")


def _pieces(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """("own", lines), ("said", who wrote) and ("quote", lines), in order; all after a hard beginning is one quote."""
    own: list[str] = []
    at, end = 0, len(lines)
    while at < end:
        line = lines[at]
        if line.startswith(">") or (line.startswith((" >", "  >")) and not own):
            until = _quoted_until(lines, at)
            yield from (("own", own), ("quote", lines[at:until]))
            own, at = [], until
            continue
        size, hard = _begins(lines, at)
        if size:
            after = _next_words(lines, at + size)
            quoted = after < end and lines[after].startswith(">")
            if quoted or hard:
                yield "own", own
                own = []
                if not quoted:
                    yield "quote", lines[at:]
                    return
                yield "said", lines[at:after]
                at = after
                continue
        own.append(line)
        at += 1
    yield "own", own


def _next_words(lines: list[str], at: int) -> int:
    while at < len(lines) and (not lines[at].strip() or lines[at] in _MARKS):
        at += 1
    return at


def _quoted_until(lines: list[str], at: int) -> int:
    """Empty lines between quoted ones are quoted, and so is the rest of a quoted line that was broken too early."""
    end = at
    while at < len(lines):
        if lines[at].startswith(">"):
            end = at = at + 1
        elif not lines[at].strip() and at - end < 2:
            at += 1
        elif at == end and _broken_off(lines, at):
            end = at = at + 1
        else:
            break
    return end


def _broken_off(lines: list[str], at: int) -> bool:
    """One short line between two quoted ones, the first of them long: its end, which a program put on a line of its own."""
    here = lines[at]
    return (
        bool(here.strip()) and len(here) < 25 and here[0].islower() and at + 1 < len(lines) and lines[at + 1].startswith(">")
        and len(lines[at - 1]) > 65
    )  # fmt: skip


def _begins(lines: list[str], at: int) -> tuple[int, bool]:
    """How many lines here say that a quote begins, and whether all that follows is quoted even without ">"."""
    line = lines[at]
    if line == REST:
        return 1, True
    if line == QUOTE:
        return _marked(lines, at)
    words = line.strip()
    if not words or words[0] == ">":
        return 0, False
    if phrases.separates(words):
        after = _next_words(lines, at + 1)
        size = phrases.header_block(lines, after)
        return (after + size - at if size else 1), True
    if size := phrases.header_block(lines, at):
        return size, True
    return _wrote(lines, at)


def _marked(lines: list[str], at: int) -> tuple[int, bool]:
    """A mail program's own mark: what stands between it and the first quoted line says who wrote, in whatever language."""
    after = _next_words(lines, at + 1)
    for place in range(after, min(after + 5, len(lines))):
        if lines[place].startswith(">"):
            return place - at, False
    return max(1, _wrote(lines, after)[0] + after - at), True


def _wrote(lines: list[str], at: int) -> tuple[int, bool]:
    """Who wrote, on one line or broken over up to four."""
    joined = ""
    for size in range(1, 5):
        if at + size > len(lines):
            break
        line = lines[at + size - 1].strip()
        if size > 1 and (not line or line[0] == ">" or phrases.attributes(line)):
            break
        joined = f"{joined} {line}".strip()
        if len(joined) > LONGEST_LINE:
            break
        if sure := phrases.attributes(joined):
            after = _next_words(lines, at + size)
            if sure == 2 or (after < len(lines) and lines[after].startswith(">")):
                return size, sure == 2
        if size == 1 and not phrases.may_begin(line):
            break
    return 0, False


def _answered(pieces: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """Quotes with new words under them stay where the answer stands, when there is more than one answer or words before it."""
    pieces = [
        piece for piece in pieces if piece[0] != "own" or any(line.strip() and line not in _MARKS for line in piece[1])
    ]
    quotes = [place for place, (kind, _) in enumerate(pieces) if kind == "quote"]
    answers = [
        place
        for place in quotes
        if place + 1 < len(pieces) and pieces[place + 1][0] == "own" and _says(pieces[place + 1][1])
    ]
    above = any(kind == "own" for kind, _ in pieces[: quotes[0]]) if quotes else False
    if len(answers) < 2 and not (answers and above and len(pieces[answers[0]][1]) <= 12):
        answers = []
    kept = set(answers)
    return [
        ("answered", ["", *said, ""]) if place in kept else ("quote" if kind == "said" else kind, said)
        for place, (kind, said) in enumerate(pieces)
    ]


def _says(lines: list[str]) -> bool:
    """More than a signature."""
    first = next(line for line in lines if line.strip())
    return not phrases.ends(first.strip())


def _signed(lines: list[str]) -> list[tuple[str, list[str]]]:
    """New words, and the signature and footers among and under them."""
    begun = _banner(lines)
    top = [("footer", lines[:begun])] if begun else []
    lines = lines[begun:]
    cut = _signature(lines)
    own, rest = lines[:cut], lines[cut:]
    kind = "footer" if rest and phrases.footers(_first(rest)) else "signature"
    return [*top, ("own", own), (kind, rest)] if rest else [*top, ("own", own)]


def _first(lines: list[str]) -> str:
    return next((line.strip() for line in lines if line.strip() and line not in _MARKS), "")


def _banner(lines: list[str]) -> int:
    """How many lines at the top a mail server put there ("CAUTION: external sender")."""
    start = _next_words(lines, 0)
    if start < len(lines) and phrases.banner(lines[start].strip()):
        end = start + 1
        while end < len(lines) and end - start < 5 and lines[end].strip():
            end += 1
        return end
    return 0


def _signature(lines: list[str]) -> int:
    """Where the signature begins. Nobody writes such lines otherwise, but some write on below: then it is no ending."""
    below = _counted(lines)
    for at, line in enumerate(lines[:MOST_LINES]):
        if line == SIGNATURE:
            return _past_marked(lines, at)
        if below[at] <= _LONGEST_ENDING and (most := phrases.ends(line.strip())) and below[at] <= most:
            return at
        if below[at] < 10 and phrases.rules(line.strip()) and phrases.card(_written(lines[at + 1 :])):
            return at
    return _after_closing(lines)


def _counted(lines: list[str]) -> list[int]:
    """How many lines are written from each on."""
    counts, count = [], 0
    for line in reversed(lines):
        count += bool(line.strip()) and line not in _MARKS
        counts.append(count)
    return counts[::-1]


def _past_marked(lines: list[str], at: int) -> int:
    """A signature that the mail program marked may have words of the writer below it; then it is no ending."""
    if END in lines[at:]:
        end = lines.index(END, at)
        if any(line.strip() and line not in _MARKS for line in lines[end:]):
            return len(lines)
    return at


def _written(lines: list[str]) -> list[str]:
    return [line for line in lines if line.strip() and line not in _MARKS]


def _after_closing(lines: list[str]) -> int:
    """Under "Kind regards" and a name, what looks like a visiting card is folded; the name stays."""
    for at in range(len(lines) - 1, max(-1, len(lines) - 25), -1):
        if phrases.closes(lines[at].strip()):
            below = [place for place in range(at + 1, len(lines)) if _written([lines[place]])]
            if len(below) >= 2 and phrases.card([lines[place] for place in below[1:]]):
                return below[1]
            break
    return len(lines)
