CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE articles (
	id INTEGER NOT NULL, 
	published_on DATE NOT NULL, 
	category TEXT, 
	byline TEXT, 
	title TEXT NOT NULL, 
	folded_title TEXT, 
	word_count INTEGER NOT NULL, 
	paragraph_count INTEGER NOT NULL, 
	content_hash BLOB NOT NULL, 
	added_at TEXT NOT NULL, 
	updated_at TEXT NOT NULL, forms TEXT, publication TEXT, 
	CONSTRAINT pk_articles PRIMARY KEY (id), 
	CONSTRAINT uq_articles_content_hash UNIQUE (content_hash), 
	CONSTRAINT ck_articles_paragraph_count CHECK (paragraph_count >= 1)
);

CREATE INDEX ix_articles_published_on ON articles (published_on);

CREATE INDEX ix_articles_category ON articles (category);

CREATE TABLE paragraphs (
	article_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	folded TEXT, 
	CONSTRAINT pk_paragraphs PRIMARY KEY (article_id, position), 
	CONSTRAINT fk_paragraphs_article_id_articles FOREIGN KEY(article_id) REFERENCES articles (id), 
	CONSTRAINT ck_paragraphs_position CHECK (position >= 1)
);

CREATE VIEW article_text AS
        SELECT id, title AS title,
               (SELECT group_concat(text, char(10))
                  FROM (SELECT text AS text FROM paragraphs
                         WHERE article_id = articles.id ORDER BY position)) AS body
          FROM articles;

CREATE VIRTUAL TABLE article_search USING fts5(body, title, content="indexed_text", content_rowid="id", tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc' tokenchars '¶'");

CREATE VIRTUAL TABLE article_terms USING fts5vocab(article_search, row);

CREATE TABLE "sources" (
	id INTEGER NOT NULL, 
	article_id INTEGER NOT NULL, 
	revision INTEGER, 
	path TEXT NOT NULL, 
	member TEXT, 
	file_hash BLOB NOT NULL, 
	size INTEGER NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	original BLOB, 
	first_seen_at TEXT NOT NULL, 
	last_seen_at TEXT NOT NULL, 
	gone_at TEXT, url TEXT, identifier TEXT, published_at TEXT, language TEXT, 
	CONSTRAINT pk_sources PRIMARY KEY (id), 
	CONSTRAINT fk_sources_article_id_articles FOREIGN KEY(article_id) REFERENCES articles (id)
);

CREATE INDEX ix_sources_article_id ON sources (article_id);

CREATE UNIQUE INDEX uq_sources_path ON sources (path) WHERE member IS NULL;

CREATE UNIQUE INDEX uq_sources_path_member ON sources (path, member) WHERE member IS NOT NULL;

CREATE TABLE "revisions" (
	article_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	published_on DATE NOT NULL, 
	category TEXT, 
	byline TEXT, 
	title TEXT NOT NULL, 
	text TEXT, 
	content_hash BLOB NOT NULL, 
	path TEXT NOT NULL, 
	file_hash BLOB NOT NULL, 
	size INTEGER NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	original BLOB, 
	replaced_at TEXT NOT NULL, publication TEXT, 
	CONSTRAINT pk_revisions PRIMARY KEY (article_id, number), 
	CONSTRAINT fk_revisions_article_id_articles FOREIGN KEY(article_id) REFERENCES articles (id)
);

CREATE INDEX ix_revisions_content_hash ON revisions (content_hash);

CREATE TABLE "ingests" (
	id INTEGER NOT NULL, 
	started_at TEXT NOT NULL, 
	finished_at TEXT, 
	new INTEGER NOT NULL, 
	changed INTEGER NOT NULL, 
	rewritten INTEGER DEFAULT 0 NOT NULL, 
	split INTEGER NOT NULL, 
	moved INTEGER NOT NULL, 
	copied INTEGER NOT NULL, 
	unchanged INTEGER NOT NULL, 
	rejected INTEGER NOT NULL, 
	CONSTRAINT pk_ingests PRIMARY KEY (id)
);

CREATE TABLE roots (
	path TEXT NOT NULL, 
	options TEXT NOT NULL, 
	last_ingest_id INTEGER NOT NULL, 
	CONSTRAINT pk_roots PRIMARY KEY (path), 
	CONSTRAINT fk_roots_last_ingest_id_ingests FOREIGN KEY(last_ingest_id) REFERENCES ingests (id)
);

CREATE TABLE removals (
	article_id INTEGER NOT NULL, 
	content_hash BLOB NOT NULL, 
	removed_at TEXT NOT NULL, 
	reason TEXT, 
	CONSTRAINT pk_removals PRIMARY KEY (article_id, content_hash)
);

CREATE INDEX ix_removals_content_hash ON removals (content_hash);

CREATE TABLE archive (
	id TEXT NOT NULL, 
	made_at TEXT NOT NULL, 
	CONSTRAINT pk_archive PRIMARY KEY (id)
);

CREATE VIEW revision_text AS
        SELECT article_id, number,
               coalesce(text,
                        (SELECT later.text FROM revisions AS later
                          WHERE later.article_id = revisions.article_id
                            AND later.number > revisions.number AND later.text IS NOT NULL
                          ORDER BY later.number LIMIT 1),
                        (SELECT body FROM article_text
                          WHERE article_text.id = revisions.article_id)) AS text
          FROM revisions;

CREATE VIEW indexed_text AS
        SELECT id, coalesce(folded_title, title) AS title,
               (SELECT group_concat(text, char(10) || '¶ ')
                  FROM (SELECT coalesce(folded, text) AS text FROM paragraphs
                         WHERE article_id = articles.id ORDER BY position)) AS body,
               'ℵ' || replace(forms, ' ', ' ℵ') AS forms
          FROM articles;

CREATE VIRTUAL TABLE article_words USING fts5(body, title, forms, content="indexed_text", content_rowid="id", tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc' tokenchars '¶'");

CREATE VIRTUAL TABLE article_vocabulary USING fts5vocab(article_words, row);

CREATE INDEX ix_articles_publication ON articles (publication) WHERE publication IS NOT NULL;

CREATE TABLE rejections (
	id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	member TEXT, 
	size INTEGER, 
	mtime_ns BIGINT, 
	encoding TEXT, 
	max_size INTEGER, 
	reader TEXT, 
	line INTEGER, 
	reason TEXT NOT NULL, 
	first_ingest_id INTEGER NOT NULL, 
	last_ingest_id INTEGER NOT NULL, 
	CONSTRAINT pk_rejections PRIMARY KEY (id), 
	CONSTRAINT fk_rejections_first_ingest_id_ingests FOREIGN KEY(first_ingest_id) REFERENCES ingests (id), 
	CONSTRAINT fk_rejections_last_ingest_id_ingests FOREIGN KEY(last_ingest_id) REFERENCES ingests (id)
);

CREATE INDEX ix_rejections_last_ingest_id ON rejections (last_ingest_id);

CREATE UNIQUE INDEX uq_rejections_path ON rejections (path) WHERE member IS NULL;

CREATE UNIQUE INDEX uq_rejections_path_member ON rejections (path, member) WHERE member IS NOT NULL;

CREATE TABLE containers (
	id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	format TEXT NOT NULL, 
	reader TEXT NOT NULL, 
	options TEXT NOT NULL, 
	file_hash BLOB NOT NULL, 
	size INTEGER NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	stored_at TEXT NOT NULL, 
	read_at TEXT, 
	replaced_at TEXT, 
	gone_at TEXT, 
	CONSTRAINT pk_containers PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_containers_path ON containers (path) WHERE replaced_at IS NULL;

CREATE TABLE pieces (
	id INTEGER NOT NULL, 
	hash BLOB NOT NULL, 
	data BLOB NOT NULL, 
	CONSTRAINT pk_pieces PRIMARY KEY (id), 
	CONSTRAINT uq_pieces_hash UNIQUE (hash)
);

CREATE TABLE container_pieces (
	container_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	piece_id INTEGER NOT NULL, 
	CONSTRAINT pk_container_pieces PRIMARY KEY (container_id, position), 
	CONSTRAINT fk_container_pieces_container_id_containers FOREIGN KEY(container_id) REFERENCES containers (id), 
	CONSTRAINT fk_container_pieces_piece_id_pieces FOREIGN KEY(piece_id) REFERENCES pieces (id)
);

INSERT INTO article_search (article_search, rank) VALUES ('automerge', 8);

INSERT INTO article_search (article_search, rank) VALUES ('hashsize', 33554432);

INSERT INTO article_words (article_words, rank) VALUES ('automerge', 8);

INSERT INTO article_words (article_words, rank) VALUES ('hashsize', 33554432);

INSERT INTO archive (id, made_at) VALUES (lower(hex(randomblob(16))), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'));

INSERT INTO alembic_version (version_num) VALUES ('0005');

