"""``contents.py TREE DIST``: the wheel and the sdist in DIST hold every file they should, and no other."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

PACKAGES = ("minigrad", "reference_torch", "lessons")
BESIDE = (
    "docs",
    "tests",
    "conftest.py",
    ".ci",
    "README.md",
    "API.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "LICENSE",
    "pyproject.toml",
)


def files(tree: Path, *names: str) -> set[str]:
    """Every file under these names, relative to the tree."""
    paths = [path for name in names for path in (tree / name, *(tree / name).rglob("*"))]
    return {p.relative_to(tree).as_posix() for p in paths if p.is_file() and "__pycache__" not in p.parts}


def check(archive: Path, found: set[str], expected: set[str]) -> None:
    """Print what the archive lacks or holds too much; exit if anything."""
    print(f"{archive.name}: {len(found)} files, {archive.stat().st_size / 1e3:.0f} kB")
    if found != expected:
        sys.exit(f"  missing {sorted(expected - found)}\n  too much {sorted(found - expected)}")


tree, dist = Path(sys.argv[1]), Path(sys.argv[2])
(wheel,) = dist.glob("*.whl")
(sdist,) = dist.glob("*.tar.gz")

with zipfile.ZipFile(wheel) as opened:
    names = {name for name in opened.namelist() if ".dist-info/" not in name}
check(wheel, names, files(tree, *PACKAGES))

with tarfile.open(sdist) as opened:
    names = {member.name.partition("/")[2] for member in opened.getmembers() if member.isfile()}
check(sdist, names - {"PKG-INFO", ".gitignore"}, files(tree, *PACKAGES, *BESIDE))
