"""A readable label for each group: the words that set its texts apart from those of the others.

Class-based TF-IDF after Grootendorst, "BERTopic" (arXiv 2203.05794, 2022): all texts of a group are
one document; a word counts with its frequency in the group times log(1 + A / f), where A is the
average number of words per group and f the word's frequency over all groups.
"""

from collections.abc import Sequence

import numpy as np

WORDS_IN_A_LABEL = 3
LONGEST_WORD = 30
NO_WORDS = "unnamed"

WORD = rf"(?u)\b[^\W\d_][\w'-]{{1,{LONGEST_WORD}}}\b"
"""Begins with a letter: dates and numbers are no labels."""


def labels_of(groups: Sequence[Sequence[str]]) -> list[str]:
    """One label per group of texts, such as "barn, snow, field"; "unnamed" without words."""
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(token_pattern=WORD, stop_words="english", strip_accents=None)
    documents = [" ".join(texts) for texts in groups]
    try:
        counts = counter.fit_transform(documents).toarray().astype(np.float64)
    except ValueError:  # scikit-learn's way to say that no text has a word
        return [NO_WORDS] * len(groups)
    words = counter.get_feature_names_out()
    frequency = counts.sum(axis=0)
    weights = np.log1p(counts.sum() / len(groups) / frequency)
    scores = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) * weights
    return [label(words, one) for one in scores]


def label(words: Sequence[str], scores: Sequence[float]) -> str:
    """The words with the highest scores, best first."""
    best = np.argsort(-np.asarray(scores), kind="stable")[:WORDS_IN_A_LABEL]
    return ", ".join(str(words[place]) for place in best if scores[place] > 0) or NO_WORDS
