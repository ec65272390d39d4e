"""Several processes at one archive: writers, readers, and first opens."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path

from harness import Child, Result, articles, command, complain_to, scratch, write_articles

from archive import Archive


def readers_and_writers(seconds: float) -> Result:
    """Two ingests of one growing folder, over and over, and three readers that look at every article
    they meet."""
    result = Result(f"two ingests of one folder and three readers for {seconds:.0f} s")
    with scratch() as root:
        news, path = root / "news", root / "a.db"
        write_articles(news, 100)
        Child(lambda _: command("--db", path, "ingest", news)).end()
        until = time.monotonic() + seconds

        def write(report: int) -> int:
            runs = 0
            while time.monotonic() < until:
                if command("--db", path, "ingest", news) not in (0, 3):
                    return 1
                runs += 1
            os.write(report, f"{runs} runs".encode())
            return 0

        def read(report: int) -> int:
            looked = 0
            while time.monotonic() < until:
                with Archive(path) as archive:
                    for hit in archive.search("moscow", sort="newest", limit=30):
                        stored = archive.article(hit.article_id)
                        if stored.article.content_hash() != stored.content_hash:
                            os.write(report, f"!half an article {hit.article_id}".encode())
                            return 1
                        archive.raw(hit.article_id)
                        looked += 1
            os.write(report, f"{looked} articles".encode())
            return 0

        children = [Child(write), Child(write), Child(read), Child(read), Child(read)]
        first = 100
        while time.monotonic() < until:
            write_articles(news, 20, seed=first, first=first)
            for at in range(0, first, 7):
                changed = news / f"{at:05}.txt"
                temporary = root / "temporary"
                temporary.write_text(f" date 2023-01-01\nTitle {at}\nmoscow changed {first}.\n")
                os.replace(temporary, changed)
            first += 20
            time.sleep(0.3)
        for at, child in enumerate(children):
            code = child.end()
            result.check(code == 0, f"process {at}: exit {code} {child.said!r}")
        result.tries = len(children)
        result.sound(path)
        last = Child(lambda _: command("--db", path, "ingest", news)).end()
        result.check(last == 0, f"the last run ended with {last}")
        with Archive(path) as archive:
            found = archive.stats()
            result.check(found.sources == first, f"{first} files, {found.sources} sources")
            twice = list(
                archive.sql("SELECT count(*) - count(DISTINCT content_hash) FROM articles").rows
            )
            result.check(twice == [(0,)], "an article is there twice")
        result.sound(path)
        said = [child.said.decode() for child in children]
        busy = sum(int(words.split()[0]) > 1 for words in said if words[:1].isdigit())
        result.most(busy, "did their work more than once")
        result.note = f"{', '.join(said[:2])} of ingest; looked at {', '.join(said[2:])}"
    return result


def first_opens(times: int) -> Result:
    """Four ingests at once where there is no archive yet."""
    result = Result("four processes opening a missing archive", times)
    together = 0
    with scratch() as root:
        write_articles(root / "news", 20)
        for at in range(times):
            path = root / str(at) / "a.db"
            path.parent.mkdir()

            def run(report: int, path: Path = path) -> int:
                began = time.monotonic()
                code = command("--db", path, "ingest", root / "news")
                os.write(report, f"{began} {time.monotonic()}".encode())
                return code

            children = [Child(run) for _ in range(4)]
            codes = [child.end() for child in children]
            spans = [tuple(map(float, child.said.split())) for child in children]
            together += max(span[0] for span in spans) < min(span[-1] for span in spans)
            result.check(codes == [0] * 4, f"{at}: exits {codes}")
            result.check(articles(path) == 20, f"{at}: {articles(path)} articles")
            result.sound(path, f"{at}: ")
            left = os.listdir(path.parent)
            result.check(left == ["a.db"], f"{at}: left {left}")
    result.note = f"{together} with all four at it at once"
    result.most(together, "had all four at it at once")
    return result


def tiny_files(count: int) -> Result:
    """Very many very small files: memory stays flat."""
    result = Result(f"{count:,} tiny files in one ingest", 1)
    with scratch() as root:
        for at in range(count):
            folder = root / "news" / f"{at // 1000}"
            if at % 1000 == 0:
                folder.mkdir(parents=True)
            (folder / f"{at}.txt").write_bytes(b" date 2023-01-31\nTitle %d\nText.\n" % at)

        def ingest(report: int) -> int:
            code = command("--db", root / "a.db", "ingest", root / "news")
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            os.write(report, str(peak // (1024 if sys.platform != "darwin" else 1 << 20)).encode())
            return code

        child = Child(ingest)
        result.check(child.end() == 0, f"{child.said!r}")
        result.check(articles(root / "a.db") == count, f"{articles(root / 'a.db')} articles")
        result.check(int(child.said or 999) < 250, f"{child.said!r} MB of memory")
        result.note = f"peak memory {child.said.decode()} MB"
    return result


def lock_held(seconds: float) -> Result:
    """An outside program that holds the database: a bounded wait, and one line that says so."""
    result = Result(f"the database locked by another program for {seconds:.0f} s", 1)
    with scratch() as root:
        write_articles(root / "news", 5)
        path = root / "a.db"
        Child(lambda _: command("--db", path, "ingest", root / "news")).end()
        write_articles(root / "news", 6)

        def hold(report: int) -> int:
            import sqlite3  # noqa: PLC0415

            outside = sqlite3.connect(path, isolation_level=None)
            outside.execute("BEGIN EXCLUSIVE")
            os.write(report, b"held ")
            time.sleep(seconds)
            return 0

        holder = Child(hold)
        holder.wait_for(1)
        said = root / "said"

        def blocked(_: int) -> int:
            complain_to(os.open(said, os.O_WRONLY | os.O_CREAT))
            return command("--db", path, "ingest", root / "news")

        began = time.monotonic()
        code = Child(blocked).end()
        took = time.monotonic() - began
        holder.kill(signal.SIGKILL)
        holder.end()
        lines = said.read_text().splitlines()
        result.check(took < max(45, seconds), f"waited {took:.0f} s")
        result.check(code == 4 or took > seconds - 1, f"exit {code}")
        result.check(code == 0 or (len(lines) == 1 and "locked by another" in lines[0]), str(lines))
        last = Child(lambda _: command("--db", path, "ingest", root / "news")).end()
        result.check(last == 0, f"the next run ended with {last}")
        result.sound(path)
        result.note = f"waited {took:.0f} s, exit {code}"
    return result
