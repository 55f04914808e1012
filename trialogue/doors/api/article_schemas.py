"""What comes in and goes out of articles. `schemas` says how these are used."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from trialogue.articles.models import (
    LONGEST_BODY,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    LONGEST_WHY,
    MOST_RELATED,
    Audience,
    Kind,
    State,
    Visible,
)
from trialogue.doors.api.schemas import Given, Moment, Shown, Text

Audiences = Annotated[list[str], Field(description=f"One or more of {', '.join(Audience.values)}.")]


class NewArticle(Given):
    title: Text = Field(description=f"1 to {LONGEST_TITLE} characters.")
    summary: Text = Field(description=f"1 to {LONGEST_SUMMARY} characters.")
    body: Text = Field(description=f"Markdown, 1 to {LONGEST_BODY} characters.")
    replaces: int | None = Field(
        None, description="The version you began from; with another one meanwhile nothing is written."
    )
    why: Text = Field("", description=f"What changed, up to {LONGEST_WHY} characters.")
    collection: Text = Field(
        "", description="The name of its collection: for an article that is new, or to change where it stands."
    )
    kind: Text = Field("", description=f"With a collection: one of {', '.join(Kind.values)}.")
    audience: list[Text] = Field(
        default_factory=list, description=f"With a collection: one or more of {', '.join(Audience.values)}."
    )
    visible: Text = Field(
        "",
        description=f"With a collection: one of {', '.join(Visible.values)}; left out, public, or the operator's when it is written for it alone.",
    )
    related: list[Text] = Field(
        default_factory=list, max_length=MOST_RELATED, description="With a collection: names of other articles."
    )


class ArticleMove(Given):
    move: Literal["review", "publish", "schedule", "take_back", "roll_back"]
    version: int | None = Field(None, description="Which one you have read; for `roll_back` the one to go back to.")
    publish_at: AwareDatetime | None = Field(
        None, description="For `schedule`: a moment to come, with its offset from UTC."
    )


class CollectionWords(Given):
    title: Text
    summary: Text = ""


class NewCollection(Given):
    words: dict[str, CollectionWords] = Field(description="By language; English at least.")
    audience: Audiences
    order: int = Field(0, ge=0, le=9_999)


class ArticleCollection(Shown):
    name: str
    title: str = Field(description="In your language, or in English.")
    summary: str
    audience: Audiences
    order: int


class CollectionList(Shown):
    items: list[ArticleCollection]


class ArticleLine(Shown):
    name: str = Field(description="As it stands in its address, the same in all languages.")
    language: str
    title: str
    summary: str
    collection: str
    kind: str
    audience: Audiences
    visible: str
    updated: str | None = Field(description="A day.")
    url: str


class ArticlePage(Shown):
    items: list[ArticleLine]
    next: str | None


class Draft(Shown):
    """The newest words, which the operator alone sees until they are live."""

    version: int
    state: Annotated[str, Field(json_schema_extra={"enum": State.values})]
    live_version: int | None
    publish_at: Moment | None
    title: str
    summary: str
    body: str


class PictureSize(Shown):
    width: int
    url: str


class Picture(Shown):
    name: str = Field(description="As Markdown calls it: `![What it shows](its-name.png)`.")
    width: int
    height: int
    bytes: int
    sha256: str
    used: bool = Field(description="Whether a version of the article shows it; then it stays.")
    sizes: list[PictureSize]


class PictureList(Shown):
    items: list[Picture]


class Article(ArticleLine):
    related: list[str]
    languages: list[str] = Field(description="In which it is live.")
    body: str | None = Field(description="Markdown of what is live.")
    html: str | None
    draft: Draft | None = Field(description="For the operator; null for all others.")
