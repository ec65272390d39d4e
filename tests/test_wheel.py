"""The installed wheel: builds, holds migrations and seeds, and works from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT, SEEDS


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "-w",
            str(target),
            str(ROOT),
        ],
        check=True,
    )
    (built,) = target.glob("*.whl")
    return built


def test_the_wheel_holds_migrations_and_seeds(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "archive/migrations/env.py" in names
    assert "archive/migrations/versions/0001_articles.py" in names
    assert {"archive/docs/format.md", "archive/docs/json.md"} <= names
    assert f"archive/seeds/{next(SEEDS.glob('*.txt')).name}" in names
    assert {name.split("/")[0] for name in names if "dist-info" not in name} == {"archive"}


def test_the_wheel_works_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    # Its dependencies are those of this environment, which was made from the same pyproject.toml;
    # .ci/run installs the wheel with its own, from the index.
    site = next((home / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(ours))
    env = {**os.environ, "PYTHONPATH": ""}

    def run(*arguments: str) -> str:
        return subprocess.run(
            [str(python), "-m", "archive", *arguments],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    where = "import archive; print(archive.__file__)"
    loaded = subprocess.run(
        [str(python), "-c", where],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.startswith(str(site))
    assert run("ingest", str(site / "archive" / "seeds")).startswith("1 new")
    assert "1:10" in run("search", '"nuclear threats"')
    assert run("help", "json").startswith("# JSON and CSV")
    assert run("verify").startswith("1 article, 21 paragraphs")
