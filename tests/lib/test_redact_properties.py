"""What must hold for every text: made of what people paste, cut and put together in any way, and of any characters at all."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lib import redact_samples
from trialogue.lib.redact import redact

SAMPLES = [
    sample.text for name in ("redact_samples.txt", "redact_samples_held.txt") for sample in redact_samples.read(name)
]
PIECES = sorted(
    {piece for text in SAMPLES for piece in re.findall(r"\w+|[^\w\s]+|\s+", text)}
    | {"[e-mail 1]", "[name]", "[phone 2]"}
)

anything = st.text(st.characters(exclude_categories=()), max_size=200)
cut = st.builds(
    lambda text, start, size: text[start : start + size],
    st.sampled_from(SAMPLES),
    st.integers(0, 300),
    st.integers(1, 120),
)
shuffled = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
texts = st.lists(st.one_of(cut, shuffled, anything), min_size=1, max_size=5).map("".join)

# The same texts on every run: what is found once is mended, and a run elsewhere fails for no other reason.
always = settings(derandomize=True, deadline=None, max_examples=400)


@always
@given(texts)
def test_findings_are_in_order_and_what_is_between_them_stays(text: str) -> None:
    done = redact(text)
    parts, at = [], 0
    for finding in done.findings:
        assert at <= finding.start < finding.end <= len(text)
        parts += [text[at : finding.start], finding.instead]
        at = finding.end
    assert "".join([*parts, text[at:]]) == done.text


@always
@given(texts)
def test_masking_what_is_masked_finds_nothing(text: str) -> None:
    masked = redact(text).text
    again = redact(masked)
    assert again.findings == []
    assert again.text == masked


@always
@given(texts)
def test_all_kept_is_the_text_itself(text: str) -> None:
    done = redact(text)
    assert redact(text, keep=[finding.id for finding in done.findings]).text == text
    assert redact(text, keep=[(finding.start, finding.end) for finding in done.findings]).text == text


@always
@given(texts)
def test_what_is_kept_changes_nothing_else(text: str) -> None:
    done = redact(text)
    for finding in done.findings[:1]:
        kept = redact(text, keep=[finding.id])
        assert [(one.start, one.end, one.id, one.kept) for one in kept.findings] == [
            (one.start, one.end, one.id, one.id == finding.id) for one in done.findings
        ]


@always
@given(texts)
def test_a_hint_is_never_the_value(text: str) -> None:
    for finding in redact(text).findings:
        value = text[finding.start : finding.end]
        shown = [char for char in finding.hint if char not in "·@ "]
        assert len(shown) <= 4 or value.startswith(finding.hint.rstrip("·"))
        assert value not in finding.hint or len(value) == 1


@always
@given(anything, st.sampled_from(SAMPLES))
def test_lines_of_anything_around_hide_nothing(around: str, sample: str) -> None:
    around = re.sub(r"PRIVATE KEY|name=", "", around)
    text = f"{around}\n\n{sample}\n\n{around}"
    spans = [(one.start, one.end) for one in redact(text).findings]
    for one in redact(sample).findings:
        at = len(around) + 2
        assert any(start <= at + one.start and at + one.end <= end for start, end in spans)
