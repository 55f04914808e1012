"""format=flowed (RFC 3676): a line that ends in a blank goes on in the next."""

from __future__ import annotations


def unflowed(text: str, delete_space: bool) -> str:
    done: list[str] = []
    held: list[str] = []  # what is said so far of a paragraph
    depth = 0  # how deep it is quoted
    for line in text.split("\n"):
        words = line.lstrip(">")
        quoted = len(line) - len(words)
        words = words.removeprefix(" ")
        if held and depth != quoted:
            done.append(_line(held, depth))
            held = []
        depth = quoted
        flows = words.endswith(" ") and words != "-- "
        held.append(words[:-1] if flows and delete_space else words)
        if not flows:
            done.append(_line(held, depth))
            held = []
    return "\n".join([*done, _line(held, depth)] if held else done)


def _line(held: list[str], depth: int) -> str:
    return f"{'>' * depth} {''.join(held)}" if depth else "".join(held)
