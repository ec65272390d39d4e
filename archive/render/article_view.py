"""What `show`, `history` and `sources` show: an article, paragraphs of it, its versions, files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archive.render.screen import Segment, screen

if TYPE_CHECKING:
    from archive.engines.taking_back import SourceFile
    from archive.records import Passage, StoredArticle, Version


def show(found: Iterable[StoredArticle | tuple[Passage, ...]]) -> None:
    """Shows articles, and paragraphs of others, with blank lines around articles."""
    before: StoredArticle | tuple[Passage, ...] = ()
    for one in found:
        if before and not (isinstance(one, tuple) and isinstance(before, tuple)):
            screen().line()
        if isinstance(one, tuple):
            show_passages(one)
        else:
            show_article(one)
        before = one


def show_article(stored: StoredArticle) -> None:
    """Shows a whole article, each paragraph with its number."""
    out = screen()
    article = stored.article
    number = str(stored.id)
    if stored.version != stored.versions:
        number += f"@{stored.version}"
    head: list[Segment] = [(number, "id"), ("  ", ""), (article.published_on, "date")]
    for text, style in (
        *((article.category, "category"), (article.publication, "category"), (article.byline, "")),
    ):
        head += [("  ", ""), (text, style)] if text else []
    out.line(*head)
    out.line((article.title, "title"))
    for position, text in enumerate(article.paragraphs, 1):
        out.line()
        out.line((f"{number}:{position}", "cite"), ("  ", ""), (text, ""))
    out.line()
    for name, said in (("url", stored.origin.url), ("number", stored.origin.identifier)):
        if said:
            out.line((f"{name:7} {said}", "dim"))
    for source in stored.sources:
        member = "" if source.member is None else f" [{source.member}]"
        out.line((f"source  {source.path}{member}", "dim"))
    if stored.versions > 1:
        out.line((f"version {stored.version} of {stored.versions}", "dim"))


def show_passages(passages: Iterable[Passage]) -> None:
    """Shows paragraphs, each with its citation."""
    out = screen()
    for passage in passages:
        out.line((passage.citation, "cite"), ("  ", ""), (passage.text, ""))


def show_versions(article_id: int, versions: Iterable[Version]) -> None:
    """Shows the versions of an article, each with the file that it was read from."""
    out = screen()
    for version in versions:
        until = f"until {version.replaced_at[:19]}Z" if version.replaced_at else "current"
        out.line(
            (f"{article_id}@{version.number}", "id"),
            (f"  {until:<26}  ", "date"),
            (version.title, "title"),
        )
        note = "; the text is the same" if version.same_text else ""
        out.line((f"{version.path or 'no file holds it any more'}{note}", "dim"), indent=4)


def show_files(files: Iterable[SourceFile]) -> None:
    """Shows files, each with the article, or the version of it, that it holds."""
    out = screen()
    for file in files:
        version = "" if file.version is None else f"@{file.version}"
        name = file.path if file.member is None else f"{file.path} [{file.member}]"
        out.line((f"{file.article_id}{version}", "id"), (f"  {name}", ""))
