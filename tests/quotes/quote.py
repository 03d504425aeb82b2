"""A passage of a page that states results: what it says is held to the committed results, and can be written anew."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from re import Match

Said = float | str
"""A number, or a word such as a verdict."""

NUMBER = r"[+-]?\d[\d,]*(?:\.\d+)?"
_OUTSIDE = re.compile(r"<!--.*?-->|```.*?```|`[^`]*`|\]\([^)]*\)|^#.*?$|(?<!\S)https?://\S+", re.DOTALL | re.MULTILINE)
"""Comments, code, addresses and headings, none of which states a result."""


@dataclass(frozen=True)
class Quote:
    """A passage with places for what the results say.

    Attributes:
        words: the passage, with a place such as `{:+.1f}` for every number and `{}` for every word; line breaks of the
            page do not count.
        says: what belongs into the places.
        holds: whether what the words themselves say is so, e.g. that one method is ahead of another.
    """

    words: str
    says: Callable[[], Sequence[Said]] = tuple
    holds: Callable[[], bool] = lambda: True

    def find(self, text: str) -> Match[str]:
        """Return the only place of a page that has these words.

        Raises:
            LookupError: when there is none, or another.
        """
        found = list(re.finditer(self._pattern, text))
        if len(found) != 1:
            raise LookupError(f"{self.words!r} stands {len(found)} times on the page instead of once")
        return found[0]

    def right(self) -> list[str]:
        """Return what belongs into the places, as text."""
        return [shown(one, spec) for one, spec in zip(self.says(), self._specs, strict=True)]

    def wrong(self, text: str) -> list[tuple[tuple[int, int], str]]:
        """Return where something else stands, and what belongs there; halves may have been rounded either way."""
        place = self.find(text)
        told = zip(self.says(), self.right(), range(1, len(self._specs) + 1), strict=True)
        return [(place.span(group), right) for one, right, group in told if not _is(place[group], one, right)]

    @property
    def _specs(self) -> list[str]:
        return [spec or "" for _, name, spec, _ in string.Formatter().parse(self.words) if name is not None]

    @property
    def _pattern(self) -> str:
        pattern = ""
        for literal, name, spec, _ in string.Formatter().parse(self.words):
            pattern += r"\s+".join(re.escape(word) for word in re.split(r"\s+", literal))
            if name is not None:
                pattern += f"({NUMBER})" if spec else (r"([^|]+?)" if literal.endswith("| ") else r"([^|,;()]+?)")
        begins, ends = (r"(?<!\w)" if self.words[0].isalnum() else ""), (r"(?!\w)" if self.words[-1].isalnum() else "")
        return begins + pattern + ends


def shown(one: Said, spec: str) -> str:
    """Return a number with as many decimals as a place has, without the sign of a zero; a word as it is."""
    if isinstance(one, str):
        return one
    digits = int(found[1]) if (found := re.search(r"\.(\d+)f", spec)) else 0
    return format(rounded, spec) if (rounded := round(one, digits)) else format(0.0, spec.replace("+", ""))


def _is(quoted: str, one: Said, right: str) -> bool:
    if isinstance(one, str) or quoted == right:
        return quoted == right
    digits = len(quoted.partition(".")[2])
    same_looks = digits == len(right.partition(".")[2]) and (quoted[0] == "+") == (right[0] == "+")
    return same_looks and abs(float(quoted.replace(",", "")) - one) <= 0.5 * 10**-digits + 1e-9


@dataclass(frozen=True)
class Page:
    """A page, the passages that are held to results, and the numbers on it that are none.

    Attributes:
        path: of the page.
        quotes: all passages that state results.
        plain: regular expressions of what else has numbers in it: names, settings, limits.
        first, last: headings between which every number has to be accounted for; the whole page when empty.
    """

    path: Path
    quotes: Sequence[Quote]
    plain: Sequence[str] = ()
    first: str = ""
    last: str = ""

    def read(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def complaints(self) -> Iterator[str]:
        """What is wrong on the page: a line for every passage, with what it has to say."""
        text = self.read()
        for quote in self.quotes:
            yield from complaints(quote, text)

    def rewritten(self) -> str:
        """The page with the numbers of all passages put right; what their words say is left to people."""
        text = self.read()
        wrong = {span: right for quote in self.quotes for span, right in quote.wrong(text)}
        for (start, end), right in sorted(wrong.items(), reverse=True):
            text = text[:start] + right + text[end:]
        return text

    def unaccounted(self) -> list[str]:
        """The numbers that stand in no passage and are not said to be plain, each with what stands around it."""
        text = self.read()
        spans = [quote.find(text).span() for quote in self.quotes]
        spans += [found.span() for plain in (_OUTSIDE, *map(re.compile, self.plain)) for found in plain.finditer(text)]
        start = text.index(self.first) if self.first else 0
        end = text.index(self.last) if self.last else len(text)
        return [
            " ".join(text[max(0, found.start() - 40) : found.end() + 20].split())
            for found in re.finditer(rf"(?<![\w.]){NUMBER}", text)
            if start <= found.start() < end
            and not any(low <= found.start() and found.end() <= high for low, high in spans)
        ]


def complaints(quote: Quote, text: str) -> Iterator[str]:
    """What is wrong with a passage: numbers, what its words say, or that it is not there."""
    try:
        place, wrong = quote.find(text), quote.wrong(text)
    except (LookupError, ValueError, AssertionError) as error:
        yield f"{quote.words!r} cannot be held to the results: {error}"
        return
    said = " ".join(place[0].split())
    if wrong:
        yield f"{said!r} has to say {', '.join(right for _, right in wrong)}: {quote.words.format(*_filled(quote))}"
    if not quote.holds():
        yield f"{said!r} is no longer so: say what is"


def _filled(quote: Quote) -> list[Said]:
    return [one if isinstance(one, str) else round(one, 6) for one in quote.says()]
