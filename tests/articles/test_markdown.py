"""The Markdown of articles: what it can say, and that nothing in it can act."""

from __future__ import annotations

import re

import pytest

from trialogue.articles.markdown import buttons, draw, links, pictures, problems


def drawn(body: str) -> str:
    return draw(body, lambda to: f"/to/{to}").html


def test_tables_can_be_moved_by_keyboard_on_a_phone() -> None:
    html = drawn("| a | b |\n|---|---|\n| 1 | 2 |")
    assert html.startswith('<div class="table-scroll" tabindex="0"><table class="table">')
    assert html.endswith("</table></div>")


def test_a_callout_says_what_it_is() -> None:
    html = drawn("> [!WARNING]\n> Not yet.")
    assert html.startswith('<div class="callout callout--warning" role="note"><p class="callout__says">Warning</p>')
    assert "Not yet." in html
    assert "[!WARNING]" not in html
    assert "<p></p>" not in drawn("> [!TIP]\n>\n> On its own.")
    assert drawn("> Just a quote") == "<blockquote>\n<p>Just a quote</p>\n</blockquote>"


def test_a_named_button_looks_like_one_and_is_known_by_its_line() -> None:
    body = "Open the case.\n\n1. Press **[Confirm case]**\n2. or **not**, and **[Ask for information]**."
    assert drawn(body).count('<span class="named">') == 2
    assert [(one.line, one.what) for one in buttons(body)] == [(3, "Confirm case"), (4, "Ask for information")]


def test_links_lead_to_articles_pages_and_places_in_them() -> None:
    html = drawn("[a](article:confirm-a-case#how) [p](page:cases) [h](#the-end)\n\n## The end")
    assert re.findall('href="([^"]+)"', html) == ["/to/article:confirm-a-case#s-how", "/to/page:cases", "#s-the-end"]
    assert [one.what for one in links("[a](article:x) and\n[b](https://b.example)")] == [
        "article:x",
        "https://b.example",
    ]


def test_headings_begin_below_the_title_and_are_told_once_each() -> None:
    told = draw("# One\n\n## One\n\n### Deeper", str)
    assert told.html.splitlines() == ['<h2 id="s-one">One</h2>', '<h2 id="s-one-2">One</h2>', '<h3 id="s-deeper">Deeper</h3>']  # fmt: skip
    assert told.headings == [("s-one", "One"), ("s-one-2", "One")]


def test_the_words_alone_are_kept_for_the_search() -> None:
    told = draw("## Head\n\n> [!NOTE]\n> Press **[Confirm case]** in `it`.\n\n```\ncode\n```", str)
    assert told.text == "Head\nPress Confirm case in it.\ncode\n"


CLOCK = {"src": "/clock.webp", "srcset": "/clock.webp 9w", "width": "9", "height": "6", "loading": "lazy"}


def test_a_picture_is_drawn_with_its_measures_and_what_it_shows() -> None:
    body = "One\n\n![A *running* clock](clock.png) and\n![gone](gone.png)"
    told = draw(body, str, {"clock.png": CLOCK})
    assert '<img src="/clock.webp" srcset="/clock.webp 9w" width="9" height="6" loading="lazy" alt="A running clock">' in told.html  # fmt: skip
    assert told.html.endswith("and\ngone</p>")
    assert "running" in told.text
    assert [(one.line, one.what) for one in pictures(body)] == [(3, "clock.png"), (4, "gone.png")]


def test_what_a_picture_shows_cannot_act() -> None:
    html = draw("""![" onerror="alert(1)](clock.png '" onload="alert(1)')""", str, {"clock.png": CLOCK}).html
    assert re.findall(r'\w+=(?=")', html) == ["src=", "srcset=", "width=", "height=", "loading=", "alt="]
    assert 'alt="&quot; onerror=&quot;alert(1)"' in html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        "![x](https://elsewhere.example/pixel.png)",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        '[x](https://x.example "onmouseover=alert(1)")',
        "<a href='javascript:x'>y</a>",
        "| <svg/onload=alert(1)> |\n|---|\n| <iframe src=x> |",
        "```html\n<script>alert(1)</script>\n```",
        "> [!NOTE]\n> <style>*{display:none}</style>",
        "**[<b onclick=x>y</b>]**",
        "[x]: javascript:alert(1)\n\n[x]",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ],
)
def test_nothing_that_is_written_can_act(hostile: str) -> None:
    html = drawn(hostile)
    tags = re.findall(r"<[^>]*>", html)
    names = {re.match(r"</?(\w+)", tag)[1] for tag in tags}  # type: ignore[index]
    assert names <= {"p", "a", "pre", "code", "div", "table", "thead", "tbody", "tr", "th", "td", "span", "strong"}
    assert not [tag for tag in tags if re.search(r"\son\w+=|(javascript|vbscript|data):", tag, re.IGNORECASE)]


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("Fine\n\n[x](javascript:alert(1))", 3, "leads nowhere"),
        ("a\nb\n[x](data:text/html,x)", 3, "leads nowhere"),
        ("[x](//elsewhere.example)", 1, "leads nowhere"),
        ("[x](cases)", 1, "leads nowhere"),
        ("[x](article:Not_A_Slug)", 1, "leads nowhere"),
        ("[x](#nothing)", 1, "No heading here is called “#nothing”"),
        ("text\n\n![x](https://e.example/x.png)", 3, "is no picture of this article. Add the picture"),
        ("![x](data:image/svg+xml;base64,PHN2Zz4=)", 1, "is no picture of this article"),
        ("![x](/articles/other/pictures/x.webp)", 1, "is no picture of this article"),
        ("![x](../x.png)", 1, "is no picture of this article"),
        ("![x](picture.svg)", 1, "is no picture of this article"),
        ("a\n\n- b\n- ![](clock.png)", 4, "Say what “clock.png” shows"),
        ("![ ](clock.png)", 1, "Say what “clock.png” shows"),
        ("text\n\n> [!DANGER]\n> x", 3, "There is no callout “DANGER”"),
        ("> " * 40 + "x", 1, "nested too deep"),
        ("- " * 40 + "x", 1, "nested too deep"),
    ],
)
def test_what_cannot_be_drawn_is_told_with_its_line(body: str, line: int, said: str) -> None:
    (one,) = problems(body)
    assert one.line == line
    assert said in one.what


def test_what_is_right_has_no_problem() -> None:
    body = "## Head\n\n[a](https://a.example) [b](mailto:b@b.example) [c](/api/v1/docs) [d](#head) [e](article:e) [f](page:f)\n\n> [!NOTE]\n> x"  # fmt: skip
    assert problems(body) == []
