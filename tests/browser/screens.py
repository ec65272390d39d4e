"""Makes the README's screenshots, from the seed and from news of Reuters (reuters-5k).

    python tests/browser/screens.py FOLDER [TARGET]

`FOLDER` holds the news; the pictures go to `TARGET`, else to docs/screenshots. The system's fonts
show: those that are checked in have Inter and Charis SIL.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from archive import Archive  # noqa: E402 - after the path to test_serve
from test_serve import serving  # noqa: E402

SEARCH = "/?q=oil+prices+OPEC"
TIMELINE = "/timeline?q=Lehman&q=Greece+debt&q=oil&date=2006..2013"


def _made(folder: Path, work: Path) -> tuple[str, int]:
    """An archive of the news and the seed, and the number of the seed, corrected once."""
    seed = next((ROOT / "seeds").glob("*.txt"))
    story = work / seed.name
    text = seed.read_text(encoding="utf-8")
    earlier = text.replace("likely to visit", "expected to visit").replace(
        "at the invitation of", "after an invitation from"
    )
    path = str(work / "archive.db")
    with Archive(path) as archive:
        archive.ingest([folder])
        for version in (earlier, text):
            story.write_text(version, encoding="utf-8")
            archive.ingest([story])
        return path, archive.search("title:xi")[0].article_id


def main() -> None:
    """Make all pictures."""
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs" / "screenshots"
    out.mkdir(exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        db, seed = _made(Path(sys.argv[1]), Path(work))
        paths = {
            "search": SEARCH,
            "article": f"/article/{seed}?q=xi+moscow",
            "diff": f"/article/{seed}/diff",
            "timeline": TIMELINE,
        }
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        with serving(db) as (_, place):
            for name, path in paths.items():
                for scheme in ("light", "dark"):
                    page = browser.new_page(
                        viewport={"width": 1120, "height": 700}, color_scheme=scheme
                    )
                    page.goto(f"http://{place}{path}")
                    page.wait_for_load_state("networkidle")
                    page.screenshot(path=out / f"{name}-{scheme}.png")
                    page.close()
        browser.close()


if __name__ == "__main__":
    main()
