"""``words.py [PATH ...]``: fails where a comment, docstring, message or page says what docs/words.md has a word for."""

from __future__ import annotations

import functools
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIST = ROOT / "docs" / "words.md"
PLACES = ["minigrad", "lessons", "reference_torch", "tests", "docs", "README.md", "CONTRIBUTING.md", "SECURITY.md"]
# the list itself, its test, programs in the words of their authors
SKIPPED = [LIST, *(ROOT / name for name in ("tests/test_words.py", "tests/mirror/programs"))]
GAP = r"""[\s#"']+"""  # between two words: also a line's end, in a comment or in adjacent literals
NAME = re.compile(r"""[a-zA-Z]*(["'])[\w.]*\1""")  # a string of one word: a key, or the name of an op
CODE = "\0"  # stands for what is neither comment nor string, and so no phrase runs across it


def tables(text: str) -> list[list[tuple[str, str]]]:
    """The two-column tables of a page, each a list of rows, without their heads."""
    blocks = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    rows = [[row.strip("|").split("|") for row in block.splitlines()[2:]] for block in blocks]
    return [[(left.strip(), right.strip()) for left, right in block] for block in rows]


def phrase(words: str) -> str:
    return r"\b" + GAP.join(map(re.escape, words.split())) + r"\b"


@functools.cache
def rules() -> tuple[dict[str, str], re.Pattern[str], re.Pattern[str]]:
    """phrase -> what to write; a pattern of all phrases, longest first; one of what is fine, as code in backticks."""
    wrong, fine = tables(LIST.read_text(encoding="utf-8"))
    better = {p.strip(): right for left, right in wrong for p in left.split(",")}
    allowed = [p.strip() for left, _ in fine for p in left.split(",")]
    patterns = ["|".join(map(phrase, sorted(found, key=len, reverse=True))) for found in (better, allowed)]
    patterns[1] += r"|``[^`\n]+``|`[^`\n]+`"
    return better, *(re.compile(p, re.IGNORECASE) for p in patterns)  # type: ignore[return-value]


def prose(source: str) -> str:
    """The comments and strings of a Python file, each on its own line; f-strings without the code in them."""
    lines: list[list[str]] = [[] for _ in range(source.count("\n") + 2)]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        said = token.type in (tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", None))
        said = said and not NAME.fullmatch(token.string)
        text = re.sub(r"\{[^{}\n]*\}", CODE, token.string) if said else CODE * bool(token.string.strip())
        for i, line in enumerate(text.split("\n")):
            lines[token.start[0] - 1 + i].append(line)
    return "\n".join(map(" ".join, lines))


def files(places: list[Path]) -> Iterator[Path]:
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.suffix in (".py", ".md") and not any(path.is_relative_to(skipped) for skipped in SKIPPED):
                yield path


def complaints(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, what it says, what to write instead)."""
    better, wrong, fine = rules()
    text = fine.sub(lambda match: re.sub(r"\S", "-", match[0]), text)
    for match in wrong.finditer(text):
        words = " ".join(re.findall(r"[\w-]+", match[0]))
        yield text.count("\n", 0, match.start()) + 1, words, better[words.lower()]


def main(arguments: list[str]) -> int:
    found = 0
    for path in files([Path(argument).resolve() for argument in arguments] or [ROOT / place for place in PLACES]):
        text = path.read_text(encoding="utf-8")
        for line, words, right in complaints(prose(text) if path.suffix == ".py" else text):
            print(f'{path.relative_to(ROOT)}:{line}: "{words}": write {right}')
            found += 1
    return found > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
