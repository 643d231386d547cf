"""How a reviewed item is written: the few parts that are its own, between parts that are kept.

A form has some sixty items with four choices each. What a choice's line says follows from its
letter, its words, and whether it is right and was chosen: whoever reads it, it is written once.
"""

from __future__ import annotations

from markupsafe import Markup

from app.bank.labels import KIND, TOPIC
from app.core.kept_parts import kept_macros
from app.exams.reviewing import Review

PARTS = "exams/_review_parts.html"


class ReviewParts:
    """Writes parts of reviewed items, inside a request; words are those of its language."""

    def __init__(self) -> None:
        self._kept = kept_macros(PARTS)
        self._chips: dict[tuple[str, str], Markup] = {}

    def head(self, review: Review) -> Markup:
        """Return an item's beginning, with its number, kind, topic and outcome."""
        return _joined(self._head(review))

    def selection(self, review: Review) -> Markup:
        """Return the whole of an item whose answer is a choice among lines, as most are."""
        kept, line, item = self._kept, self._kept.choice, review.item
        parts = self._head(review)
        parts.append(kept.choices_opening(review.stem))
        parts += [line(one.letter, one.html, one.is_key, one.is_chosen) for one in review.choices]
        parts.append(kept.choices_end())
        parts += self._why(review)
        if item.handbook:
            parts.append(kept.handbook(item.handbook))
        parts.append(kept.end())
        return _joined(parts)

    def choices(self, review: Review) -> Markup:
        """Return the lines of an item's choices."""
        line = self._kept.choice
        return _joined(
            [line(one.letter, one.html, one.is_key, one.is_chosen) for one in review.choices]
        )

    def why(self, review: Review) -> Markup:
        """Return what went wrong, the rationale, and what the other choices would have shown."""
        return _joined(self._why(review))

    def _head(self, review: Review) -> list[Markup]:
        kept, item = self._kept, review.item
        parts = [
            kept.opening(review.position, review.outcome),
            self._chips_of(item.kind.value, item.topic.value),
        ]
        if review.outcome == "partial":
            parts.append(kept.credit(f"{review.credit:.2f}".rstrip("0")))
        parts.append(kept.outcome_chip(review.outcome))
        return parts

    def _chips_of(self, kind: str, topic: str) -> Markup:
        """Return the words of a kind and a topic, looked up once a page."""
        if (kind, topic) not in self._chips:
            self._chips[kind, topic] = self._kept.chips(str(KIND[kind]), str(TOPIC[topic]))
        return self._chips[kind, topic]

    def _why(self, review: Review) -> list[Markup]:
        kept = self._kept
        chosen = review.chosen_mistakes
        parts: list[Markup] = []
        if chosen or review.mistakes:
            parts.append(kept.mistakes_opening())
            parts += [kept.mistake(one.letter, one.mistake) for one in chosen]
            # What somebody typed is theirs alone, and so is what is said of it.
            parts += [Markup("<p>{}</p>").format(text) for text in review.mistakes]
            parts.append(Markup("</div></div>"))
        parts.append(kept.rationale(review.rationale))
        if review.outcome != "right" and (others := review.other_mistakes):
            parts.append(kept.others_opening())
            parts += [kept.other(one.letter, one.mistake) for one in others]
            parts.append(Markup("</ul></details>"))
        return parts


def _joined(parts: list[Markup]) -> Markup:
    return Markup("".join(parts))  # noqa: S704 - each is markup already
