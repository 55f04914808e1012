"""Keys, tokens and passwords that show by their own shape, whatever stands before them.

Every search begins at a fixed string, found at the speed of `str.find`, and goes on from the end of what it looked at:
no text makes it look at a character more than a few times.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from .spans import Kind, Span

# What a maker's keys begin with, and the least that follows: fewer is what is shown of a key to tell it from others.
_MAKERS = {
    "tri_live_": 20, "tri_test_": 20, "inv_": 40,
    "sk_live_": 16, "sk_test_": 16, "rk_live_": 16, "rk_test_": 16, "whsec_": 16, "sk-": 20,
    "ghp_": 30, "gho_": 30, "ghs_": 30, "ghu_": 30, "ghr_": 30, "github_pat_": 22, "glpat-": 18,
    "xoxb-": 16, "xoxp-": 16, "xoxa-": 16, "xoxs-": 16, "xapp-": 16,
    "AKIA": 16, "ASIA": 16, "AIza": 30, "ya29.": 20, "SG.": 40, "npm_": 30, "pypi-": 40, "shpat_": 30, "dop_v1_": 40,
    "hvs.": 20, "key-": 32, "EAAC": 40,
}  # fmt: skip
_EXACT = {"AKIA": 16, "ASIA": 16}  # capitals and digits, and no more of them
_RUN = re.compile(r"[A-Za-z0-9_.~/+=-]*+")
_BEARER = re.compile(r"earer\s{1,4}([A-Za-z0-9_.~/+-]{12,}+=*)", re.ASCII)
_BASIC = re.compile(r"asic\s{1,4}([A-Za-z0-9+/_-]{8,}+={0,2})", re.ASCII)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]*+(?:\.[A-Za-z0-9_-]++){0,4}(\.?)", re.ASCII)
_USER = re.compile(r"(?:-u|--user|--proxy-user)[ =]{1,3}[\"']?[^\s:\"']{1,100}:([^\s\"']{1,200})")
_SAID = re.compile(
    r"(?:word|wort|kode|kodeord|kodeordet|koden|pw)(?: is| was| ist| war| lautet| er| var):? [\"'„“»]?([^\s\"'„“»«]{4,100})"
)
_COOKIES = re.compile(r"(?:-b|--cookie)[ =]{1,3}([\"'])([^\"'\n]{1,4000})\1")
_PAIR = re.compile(r"[;\s]{0,4}[^=;:,\s\"']{1,200}=([^;\s\"',\\]{1,4000})")
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----")
# user:password@ in an address; a password may hold an @ itself, so the last one counts.
_USERINFO = re.compile(r"://([^\s/@:\"'<>]{0,128})(?::([^\s/\"'<>]{1,256}))?@")


def shaped(text: str) -> Iterator[Span]:
    for prefix, least in _MAKERS.items():
        yield from _made(text, prefix, least)
    yield from _grouped(text, "earer ", _BEARER, Kind.TOKEN)
    yield from _grouped(text, "asic ", _BASIC, Kind.PASSWORD)
    yield from _jwts(text)
    yield from _grouped(text, ":", _USER, Kind.PASSWORD, also=("-u", "--user", "--proxy-user"))
    for match in _SAID.finditer(text) if any(word in text for word in ("assw", "ennwort", "kode", "pw ")) else ():
        value = match[1].rstrip(".,;!?")
        if any(char.isdigit() for char in value) and len(value) > 5:
            yield Span(match.start(1), match.start(1) + len(value), Kind.PASSWORD)
    if "-b " in text or "--cookie" in text:
        for jar in _COOKIES.finditer(text):
            yield from cookies(text, *jar.span(2))
    yield from _private_keys(text)


def cookies(text: str, start: int, end: int, most: int = 1000) -> Generator[Span, None, int]:
    """The values of `a=1; b=2`. Their names say which cookie it was, and stay. Answers where it ends."""
    for _ in range(most):
        pair = _PAIR.match(text, start, end)
        if not pair:
            break
        yield Span(*pair.span(1), Kind.COOKIE)
        start = pair.end()
    return start


def in_addresses(text: str) -> tuple[list[Span], set[int]]:
    """Passwords in `scheme://user:password@host`, and where each @ is: what is around it is no e-mail."""
    found, ats = [], set()
    if "://" in text:
        for match in _USERINFO.finditer(text):
            ats.add(match.end() - 1)
            if match[2]:
                found.append(Span(*match.span(2), Kind.PASSWORD))
            elif len(match[1]) >= 16:
                found.append(Span(*match.span(1), Kind.API_KEY))
    return found, ats


def maker(value: str) -> str:
    """What everyone knows of a key: whose it is."""
    return next((prefix for prefix in _MAKERS if value.startswith(prefix)), "")


def _made(text: str, prefix: str, least: int) -> Iterator[Span]:
    at = text.find(prefix)
    while at >= 0:
        run = _RUN.match(text, at)
        assert run
        end = at + len(text[at : run.end()].rstrip(".~/+-"))
        fresh = (
            not at
            or not (text[at - 1].isalnum() or text[at - 1] in "_-")
            or text[max(0, at - 2) : at] in ("\\n", "\\t")
        )
        long = end - at - len(prefix)
        if fresh and (long == _EXACT[prefix] if prefix in _EXACT else long >= least) and _mixed(text[at:end]):
            yield Span(at, end, Kind.API_KEY)
        at = text.find(prefix, max(end, at + len(prefix)) if fresh else at + len(prefix))


def _mixed(value: str) -> bool:
    """Random letters and digits, not words: `sk-learn-contrib-something-else` is none."""
    return any(char.isdigit() for char in value[4:]) and "://" not in value


def _grouped(text: str, sign: str, pattern: re.Pattern[str], kind: Kind, also: tuple[str, ...] = ()) -> Iterator[Span]:
    if sign in text and (not also or any(word in text for word in also)):
        for match in pattern.finditer(text):
            if any(char.isdigit() or char in "+/=" for char in match[1]) or kind is Kind.PASSWORD:
                yield Span(*match.span(1), kind)


def _jwts(text: str) -> Iterator[Span]:
    if "eyJ" in text:
        for match in _JWT.finditer(text):
            end = match.end() - len(match[1])
            if end - match.start() >= 24 and "." in match[0][:-1]:
                yield Span(match.start(), end, Kind.TOKEN)


def _private_keys(text: str) -> Iterator[Span]:
    """From BEGIN to END, or to the end of what looks like one when it was cut off."""
    if "PRIVATE KEY" not in text:
        return
    done = 0
    for match in _PEM.finditer(text):
        if match.start() < done:
            continue
        closing = f"-----END {match[1]}-----"
        end = text.find(closing, match.end(), match.end() + 20_000)
        done = end + len(closing) if end >= 0 else _body_end(text, match.end())
        yield Span(match.start(), done, Kind.PRIVATE_KEY)


_BODY = re.compile(r"(?:[A-Za-z0-9+/=\s]|\\[nr])*+")


def _body_end(text: str, at: int) -> int:
    body = _BODY.match(text, at)
    return at + len(body[0].rstrip()) if body else at
