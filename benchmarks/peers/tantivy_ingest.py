"""The same files by tantivy: title and body indexed with stems and stored.

tantivy_ingest.py FOLDER INDEX
"""

import os
import sys

import tantivy

folder, path = sys.argv[1:]
os.makedirs(path)
builder = tantivy.SchemaBuilder()
builder.add_integer_field("id", stored=True)
for field in ("date", "category"):
    builder.add_text_field(field, stored=True, tokenizer_name="raw")
for field in ("title", "body"):
    builder.add_text_field(field, stored=True, tokenizer_name="en_stem")
index = tantivy.Index(builder.build(), path=path)
writer = index.writer(128_000_000)
number = 0
for where, folders, names in os.walk(folder):
    folders.sort()
    for name in sorted(names):
        with open(os.path.join(where, name), encoding="utf-8") as file:
            head, title, body = file.read().split("\n", 2)
        _, date, category = (*head.split(None, 2), "")[:3]
        number += 1
        writer.add_document(
            tantivy.Document(id=number, date=date, category=category, title=title, body=body)
        )
writer.commit()
writer.wait_merging_threads()
