"""Light Markdown: what it knows, what it leaves as typed, and what it never lets through."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialogue.lib import lightmarkup

REL = 'rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("Hello", "<p>Hello</p>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("a\n\nb", "<p>a</p>\n<p>b</p>"),
        ("**bold** and *soft*", "<p><strong>bold</strong> and <em>soft</em></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. c\n4. d", '<ol start="3">\n<li>c</li>\n<li>d</li>\n</ol>'),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        ("```\nx < y\n```", "<pre><code>x &lt; y\n</code></pre>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("[here](https://a.example/?x=1&y=2)", f'<p><a href="https://a.example/?x=1&amp;y=2" {REL}>here</a></p>'),
        ("<https://a.example>", f'<p><a href="https://a.example" {REL}>https://a.example</a></p>'),
        ("[me](mailto:a@b.de)", f'<p><a href="mailto:a@b.de" {REL}>me</a></p>'),
        (r"\*as typed\*", "<p>*as typed*</p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("", ""),
    ],
)
def test_what_it_knows(typed: str, html: str) -> None:
    assert lightmarkup.to_html(typed) == html


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("# no heading", "<p># no heading</p>"),
        ("---", "<p>---</p>"),
        ("| a |\n|---|", "<p>| a |<br>\n|---|</p>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("<!-- x -->", "<p>&lt;!-- x --&gt;</p>"),
        ("&lt;b&gt;", "<p>&lt;b&gt;</p>"),
        ("a < b & c > d", "<p>a &lt; b &amp; c &gt; d</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](data:text/html,x)", "<p>[x](data:text/html,x)</p>"),
    ],
)
def test_what_it_does_not_know_shows_as_typed(typed: str, html: str) -> None:
    assert lightmarkup.to_html(typed) == html


@pytest.mark.parametrize(
    "address", ["//evil.example", "/cases/", "cases", "#x", "ftp://a.example", "tel:1", "vbscript:x", ""]
)
def test_a_link_leads_out_by_a_whole_address_or_nowhere(address: str) -> None:
    assert "href" not in lightmarkup.to_html(f"[x]({address})")


@pytest.mark.parametrize(
    "typed", ["> " * 30 + "zebra", "- " * 30 + "zebra", "1. " * 12 + "zebra", ">" * 5000 + "zebra", "~~~ zebra", "~~~ zebra and\nmore\n~~~",
              "[" * 500 + "zebra", "*" * 99 + "zebra", "\x00zebra", "\ud800zebra", "    zebra", "[zebra]: https://a.example"],
)  # fmt: skip
def test_no_word_vanishes(typed: str) -> None:
    assert "zebra" in lightmarkup.to_html(typed)


ALLOWED = {"p", "br", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote"}


class Tags(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        for name, value in attrs:
            assert (tag, name) in {("a", "href"), ("a", "rel"), ("a", "title"), ("ol", "start")}, (tag, name)
            if name == "href":
                assert (value or "").startswith(("https://", "http://", "mailto:")), value


bits = st.sampled_from(
    ["<script>", "</p>", "<img src=x onerror=alert(1)>", "javascript:", "[x](", ")", "](", "![", "`", "```\n", "*", "_", "> ", "- ", "1. ",
     "\n", "\n\n", "    ", "<", ">", "&#106;", "&lt;", "\\", "http://a.b", "<http://a>", '"', "'", "a", "\x00", "\ud800", "\u202e", "🙂", "\t"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(bits, max_size=40).map("".join)))
def test_only_these_tags_and_addresses_ever_come_out(typed: str) -> None:
    Tags().feed(lightmarkup.to_html(typed))


@pytest.mark.parametrize("typed", ["[", "*a ", "*_", "](", "<", "> - ", "a**b", "`", "![", "[x]("])
def test_ten_thousand_characters_of_anything_take_no_time(typed: str) -> None:
    begun = time.process_time()
    lightmarkup.to_html((typed * 10_000)[:10_000])
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("**Monthly update**\n\nTwo *letters*.", "Monthly update\n\nTwo letters."),
        ("- **Invoice**: `abc`\n- b\n\n> **q**", "- Invoice: abc\n- b\n\n> q"),
        ("1. **one**\n2. two", "1. one\n2. two"),
        ("see [here](https://a.example/c) and <https://b.example>", "see here (https://a.example/c) and https://b.example"),
        ("<anna@mail.example>", "anna@mail.example"),
        ("snake_case_name, 2 * 3 * 4\n\n\nand **a\nb** c", "snake_case_name, 2 * 3 * 4\n\n\nand a\nb c"),
        ("```\n**code**\n```\nplain", "```\n**code**\n```\nplain"),
        ("> " * 40 + "**deep**", "> " * 40 + "**deep**"),
        ("", ""),
    ],
)  # fmt: skip
def test_in_plain_words_no_mark_is_left_and_nothing_is_lost(typed: str, said: str) -> None:
    assert lightmarkup.to_text(typed) == said


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("a\n  b\tc", "a b c"),
        ("One back: **which reference**,\n`a_b` or *ours*?", "One back: which reference, a_b or ours?"),
        ("", ""),
        ("x" * 140, "x" * 140),
        ("x" * 141, "x" * 139 + "…"),
        ("word " * 100, ("word " * 28)[:139].rstrip() + "…"),
    ],
)
def test_the_first_words_on_one_line(typed: str, line: str) -> None:
    assert lightmarkup.to_line(typed) == line
    assert len(lightmarkup.to_line(typed, 10)) <= 10
