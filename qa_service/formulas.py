"""The formulas of evaluation: how like a gold answer a text is, how high its article stands, how sound its
probability is. Nothing here knows of questions or services."""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

_CALIBRATION_BINS = 10

# As in index.words, with the later blocks of Chinese characters.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_ARTICLES = frozenset({"a", "an", "the"})

# Korean is spaced, but particles cling to its words.
_SPACED_LETTER = re.compile(rf"[^\W{_UNSPACED}\uac00-\ud7a3]")


def exact_match(text: str, golds: Sequence[str]) -> float:
    """1.0 where the text is one of the gold answers, as `tokens` has them, else 0.0."""
    return float(tokens(text) in [tokens(gold) for gold in golds])


def f1(text: str, golds: Sequence[str]) -> float:
    """The best F1 between the tokens of the text and of a gold answer, 0..1 (Rajpurkar et al., 2018)."""
    return max((_f1(tokens(text), tokens(gold)) for gold in golds), default=0.0)


def tokens(text: str) -> list[str]:
    """What SQuAD's evaluation compares: the words, without punctuation and the English articles.

    Folded (NFKC, case). As in the script of SQuAD 2.0 (Rajpurkar et al., 2018, "Know What You Don't Know")
    punctuation leaves no gap; as in that of MLQA (Lewis et al., 2020) it is that of all Unicode, and Chinese
    is compared by characters, which is done here for Thai, Lao, Khmer, Burmese and Japanese as well, all
    written without spaces.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(character for character in folded if not _is_punctuation(character))
    return [token for token in _TOKEN.findall(bare) if token not in _ARTICLES]


def holds(quote: str, golds: Sequence[str]) -> bool:
    """Whether a gold answer stands in the quote, whatever the case, the width and the white space.

    It stands there as whole words: 2017 does not hold 17. In scripts that don't part words by spaces, it may
    stand anywhere.
    """
    folded = _folded(quote)
    return any(_whole(gold).search(folded) for gold in map(_folded, golds) if gold)


def recall(ranks: Sequence[int], *, at: int) -> float:
    """1.0 where an article that answers is among the first `at`. `ranks` are those of all that were found,
    from 1, ascending."""
    return float(bool(ranks) and ranks[0] <= at)


def reciprocal_rank(ranks: Sequence[int], *, at: int) -> float:
    """1 / rank of the first article that answers, 0 where that is beyond `at`."""
    return 1 / ranks[0] if recall(ranks, at=at) else 0.0


def ndcg(ranks: Sequence[int], *, relevant: int, at: int) -> float:
    """Normalised discounted cumulative gain with gains of 0 and 1 (Järvelin and Kekäläinen, 2002).

    `relevant` is how many articles answer, found or not.
    """
    gain = sum(1 / math.log2(rank + 1) for rank in ranks if rank <= at)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(relevant, at) + 1))


def auroc(positive: ArrayLike, scores: ArrayLike) -> NDArray[np.float64]:
    """The probability that a positive scores higher than a negative, along the last axis.

    From the ranks of the positives (Mann and Whitney, 1947), ties counted by half; NaN where either is
    missing.
    """
    # Here, not above: it takes a second that `tanya --help` need not wait.
    from scipy.stats import rankdata

    are_positive = np.asarray(positive, dtype=bool)
    n = are_positive.sum(axis=-1)
    pairs = n * (are_positive.shape[-1] - n)
    ranks = np.where(are_positive, rankdata(scores, axis=-1), 0.0).sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray((ranks - n * (n + 1) / 2) / pairs)


def expected_calibration_error(right: ArrayLike, probabilities: ArrayLike) -> NDArray[np.float64]:
    """How far, on average, the share of right ones lies from their mean probability (Naeini et al., 2015).

    Along the last axis, over ten bins of equal width, each weighed by what is in it.
    """
    given = np.asarray(probabilities, dtype=float)
    gaps = np.asarray(right, dtype=float) - given
    bins = np.minimum((given * _CALIBRATION_BINS).astype(int), _CALIBRATION_BINS - 1)
    each_bin = [np.where(bins == each, gaps, 0.0).sum(axis=-1) for each in range(_CALIBRATION_BINS)]
    return np.asarray(np.abs(each_bin).sum(axis=0) / given.shape[-1])


def _f1(given: Sequence[str], gold: Sequence[str]) -> float:
    if not given or not gold:
        return float(given == gold)
    shared = (Counter(given) & Counter(gold)).total()
    return 2 * shared / (len(given) + len(gold))


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _whole(gold: str) -> re.Pattern[str]:
    """Finds the answer where its first and its last letter are not amid a word."""
    letter = _SPACED_LETTER.pattern
    before = f"(?<!{letter})" if _SPACED_LETTER.match(gold[0]) else ""
    after = f"(?!{letter})" if _SPACED_LETTER.match(gold[-1]) else ""
    return re.compile(before + re.escape(gold) + after)
