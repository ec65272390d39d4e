"""The tables, as SQLAlchemy Core objects with a description of each: the public schema.

Alembic makes them (migrations/), the store writes them, `archive schema` and docs/schema.md print
them from here. What only SQLite has (the full-text index and its views) stands in
`archive.engines.sqlite.connection`. Knows no engine; imports nothing of ours.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _unique_by_path(table: str) -> tuple[Index, Index]:
    """Files are unique by their path, records of a file by its path and their member."""
    plain, packed = text("member IS NULL"), text("member IS NOT NULL")
    return (
        Index(f"uq_{table}_path", "path", unique=True, sqlite_where=plain, postgresql_where=plain),
        Index(
            f"uq_{table}_path_member",
            *("path", "member"),
            unique=True,
            sqlite_where=packed,
            postgresql_where=packed,
        ),
    )


def _part(name: str, comment: str, kind: type[Integer] | ForeignKey = Integer) -> Column[int]:
    """A column of a key that others have a part in."""
    return Column(name, kind, primary_key=True, autoincrement=False, comment=comment)


articles = Table(
    "articles",
    metadata,
    Column("id", Integer, primary_key=True, comment="stable number of the article"),
    Column("published_on", Date, nullable=False, index=True, comment="ISO date of the header"),
    Column("category", Text, index=True, comment="rest of the header line; NULL where missing"),
    Column("byline", Text, comment="text before the date in the header; NULL where missing"),
    Column("title", Text, nullable=False, comment="the title as written"),
    Column("folded_title", Text, comment="the title as indexed, only where that differs"),
    Column("forms", Text, comment="other ways to write words of it: uk for U.K., us for US"),
    Column("word_count", Integer, nullable=False, comment="words in the paragraphs"),
    Column("paragraph_count", Integer, nullable=False, comment="number of paragraphs, from 1"),
    Column(
        "content_hash",
        LargeBinary,
        nullable=False,
        unique=True,
        comment="SHA-256 (32 bytes) of the article's canonical form",
    ),
    Column("added_at", Text, nullable=False, comment="UTC time of the ingest that brought it"),
    Column("updated_at", Text, nullable=False, comment="UTC time of its last new version"),
    Column(
        "publication",
        Text,
        comment="newspaper, agency or site that published it; NULL where the file does not say",
    ),
    CheckConstraint("paragraph_count >= 1", name="paragraph_count"),
    Index(
        "ix_articles_publication",
        "publication",
        sqlite_where=text("publication IS NOT NULL"),
        postgresql_where=text("publication IS NOT NULL"),
    ),
    comment="One row for each article, in its current version.",
)

paragraphs = Table(
    "paragraphs",
    metadata,
    _part("article_id", "the article", ForeignKey("articles.id")),
    _part("position", "place in the article, from 1; article 12, position 7 is cited as 12:7"),
    Column("text", Text, nullable=False, comment="the paragraph as written"),
    Column("folded", Text, comment="the text as indexed, only where that differs"),
    CheckConstraint("position >= 1", name="position"),
    comment="The paragraphs of the current versions.",
)

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True, comment="number of the source"),
    Column(
        "article_id",
        ForeignKey("articles.id"),
        nullable=False,
        index=True,
        comment="the article that the file holds",
    ),
    Column(
        "revision",
        Integer,
        comment="NULL: it holds the current version; else the number in revisions that it holds",
    ),
    Column(
        "path",
        Text,
        nullable=False,
        comment="absolute path of the file as it was given, in NFC; unique with member",
    ),
    Column("member", Text, comment="name inside a file of many articles; else NULL"),
    Column(
        "file_hash",
        LargeBinary,
        nullable=False,
        comment="SHA-256 of the file's bytes; of a member: the fingerprint of its article",
    ),
    Column(
        "size",
        Integer,
        nullable=False,
        comment="size of the file in bytes; of a member: of its article as dated text",
    ),
    Column("mtime_ns", BigInteger, nullable=False, comment="modification time, ns since 1970 UTC"),
    Column(
        "original",
        LargeBinary,
        comment="the file's bytes, compressed, where the article's rows do not rebuild them",
    ),
    Column("first_seen_at", Text, nullable=False, comment="UTC time of the run that first read it"),
    Column("last_seen_at", Text, nullable=False, comment="UTC time of the run that last read it"),
    Column("gone_at", Text, comment="UTC time of the run that found the file gone; else NULL"),
    Column("url", Text, comment="address on the web, where the file names one"),
    Column("identifier", Text, comment="accession number or DOI, where the file names one"),
    Column("published_at", Text, comment="ISO time with offset, where the file names one"),
    Column("language", Text, comment="language code, where the file names one"),
    *_unique_by_path("sources"),
    comment="One row for each file that was read; several may hold the same article.",
)

revisions = Table(
    "revisions",
    metadata,
    _part("article_id", "the article", ForeignKey("articles.id")),
    _part("number", "version number, from 1; the current version is one above the highest here"),
    Column("published_on", Date, nullable=False, comment="as in articles"),
    Column("category", Text, comment="as in articles"),
    Column("byline", Text, comment="as in articles"),
    Column("title", Text, nullable=False, comment="as in articles"),
    Column(
        "text",
        Text,
        comment="the paragraphs, joined by newlines; NULL: those of the next version, whose text is"
        " the same (see revision_text)",
    ),
    Column("content_hash", LargeBinary, nullable=False, index=True, comment="as in articles"),
    Column("path", Text, nullable=False, comment="the file that held it"),
    Column("file_hash", LargeBinary, nullable=False, comment="as in sources"),
    Column("size", Integer, nullable=False, comment="as in sources"),
    Column("mtime_ns", BigInteger, nullable=False, comment="as in sources"),
    Column("original", LargeBinary, comment="as in sources"),
    Column("replaced_at", Text, nullable=False, comment="UTC time of the run that replaced it"),
    Column("publication", Text, comment="as in articles"),
    comment="One row for each replaced version of an article, with all that rebuilds its bytes.",
)

ingests = Table(
    "ingests",
    metadata,
    Column("id", Integer, primary_key=True, comment="number of the run"),
    Column("started_at", Text, nullable=False, comment="UTC time"),
    Column("finished_at", Text, comment="UTC time; NULL where the run was cut short"),
    Column("new", Integer, nullable=False, comment="files that became new articles"),
    Column("changed", Integer, nullable=False, comment="files that gave a new version"),
    Column(
        "rewritten",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="files with the same text in other bytes (line ends, say)",
    ),
    Column("split", Integer, nullable=False, comment="changed files that became articles"),
    Column("moved", Integer, nullable=False, comment="known content that left an earlier path"),
    Column("copied", Integer, nullable=False, comment="known content at a further path"),
    Column("unchanged", Integer, nullable=False, comment="files with nothing new"),
    Column("rejected", Integer, nullable=False, comment="files that did not go in"),
    comment="One row for each run of ingest, with its counts of files.",
)

rejections = Table(
    "rejections",
    metadata,
    Column("id", Integer, primary_key=True, comment="number of the rejection"),
    Column(
        "path",
        Text,
        nullable=False,
        comment="the file; bytes that are not UTF-8 are escaped; unique with member",
    ),
    Column("member", Text, comment="record of a file of many articles; else NULL"),
    Column("size", Integer, comment="size of the file in bytes, where it was read"),
    Column("mtime_ns", BigInteger, comment="modification time, ns since 1970 UTC"),
    Column("encoding", Text, comment="encoding it was read in"),
    Column("max_size", Integer, comment="limit of that run, in bytes"),
    Column("reader", Text, comment="version of the reader that rejected it"),
    Column("line", Integer, comment="line at fault, from 1, where there is one"),
    Column("reason", Text, nullable=False, comment="why it did not go in"),
    Column(
        "first_ingest_id",
        ForeignKey("ingests.id"),
        nullable=False,
        comment="the run that first rejected the file as it is",
    ),
    Column(
        "last_ingest_id",
        ForeignKey("ingests.id"),
        nullable=False,
        index=True,
        comment="the run that rejected it last",
    ),
    *_unique_by_path("rejections"),
    comment="One row for each file that does not go in, until it does.",
)

roots = Table(
    "roots",
    metadata,
    Column("path", Text, primary_key=True, comment="file or folder that was given to ingest"),
    Column("options", Text, nullable=False, comment="the options of that run, a JSON object"),
    Column("last_ingest_id", ForeignKey("ingests.id"), nullable=False, comment="the last such run"),
    comment="What earlier runs of ingest were given.",
)

removals = Table(
    "removals",
    metadata,
    _part("article_id", "number of the removed article; never used again"),
    Column(
        "content_hash",
        LargeBinary,
        primary_key=True,
        index=True,
        comment="fingerprint of one of its versions: this content is kept out",
    ),
    Column("removed_at", Text, nullable=False, comment="UTC time"),
    Column("reason", Text, comment="why it was taken out"),
    comment="One row for each version of each article that was taken out.",
)

archive = Table(
    "archive",
    metadata,
    Column("id", Text, primary_key=True, comment="random, made once: tells archives apart"),
    Column("made_at", Text, nullable=False, comment="UTC time"),
    comment="One row: the identity of this archive, kept by backup, dump and load.",
)

containers = Table(
    "containers",
    metadata,
    Column("id", Integer, primary_key=True, comment="number of the container"),
    Column("path", Text, nullable=False, comment="as in sources; unique among those not replaced"),
    Column("format", Text, nullable=False, comment="name of its format"),
    Column("reader", Text, nullable=False, comment="version of the reader"),
    Column("options", Text, nullable=False, comment="how it was read, a JSON object"),
    Column("file_hash", LargeBinary, nullable=False, comment="SHA-256 of the file's bytes"),
    Column("size", Integer, nullable=False, comment="size of the file in bytes"),
    Column("mtime_ns", BigInteger, nullable=False, comment="modification time, ns since 1970 UTC"),
    Column("stored_at", Text, nullable=False, comment="UTC time of the run that kept its bytes"),
    Column("read_at", Text, comment="UTC time of the run that read it to its end; else NULL"),
    Column("replaced_at", Text, comment="UTC time of the run that found other bytes; else NULL"),
    Column("gone_at", Text, comment="as in sources"),
    Index(
        "uq_containers_path",
        "path",
        unique=True,
        sqlite_where=text("replaced_at IS NULL"),
        postgresql_where=text("replaced_at IS NULL"),
    ),
    comment="One row for each file of many articles, in each state of it that was read.",
)

pieces = Table(
    "pieces",
    metadata,
    Column("id", Integer, primary_key=True, comment="number of the piece"),
    Column("hash", LargeBinary, nullable=False, unique=True, comment="SHA-256 of its bytes"),
    Column("data", LargeBinary, nullable=False, comment="its bytes, compressed (zlib)"),
    comment="The bytes of containers in pieces of 8 MiB; equal pieces are kept once.",
)

container_pieces = Table(
    "container_pieces",
    metadata,
    _part(
        "container_id",
        "the container; without pieces where its bytes had to go with a removed article",
        ForeignKey("containers.id"),
    ),
    _part("position", "place of the piece in the container, from 1"),
    Column("piece_id", ForeignKey("pieces.id"), nullable=False, comment="the piece"),
    comment="Which pieces make up a container, in order.",
)
