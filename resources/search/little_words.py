# ruff: noqa: RUF001 - words of many scripts
"""Articles, prepositions and conjunctions, in the form in which ``text_folding`` leaves them.

No stop words: they are kept in every text and found when they are all that was asked for, as in "To
be or not to be". Beside other words of a question they do not make a picture a hit by themselves.
English after Lucene's EnglishAnalyzer, other languages after Snowball's lists, without verbs and
pronouns.
"""

_BY_LANGUAGE = {
    "English": "a an and are as at be but by for from if in into is it no not of on or such that "
    "the their then there these they this to was will with",
    "German": "der die das den dem des ein eine einen einem einer und oder im in am an auf aus bei "
    "mit von vom zu zum zur fur nach uber unter vor",
    "French": "le la les l un une des du de d et ou au aux a en dans sur sous par pour avec",
    "Spanish": "el la los las un una unos unas y o de del al a en con por para sobre sin",
    "Portuguese": "o a os as um uma e ou de do da dos das no na nos nas em com por para",
    "Italian": "il lo la i gli le un uno una e o di del della dei delle a al alla in nel nella con "
    "su per da dal",
    "Dutch": "de het een en of in op aan van met voor bij uit te",
    "Scandinavian": "en et ett och og i pa av af med for til till den det",
    "Polish": "i w na z ze do od o u oraz",
    "Czech": "a i v ve na s se z ze do od o u k",
    "Russian": "и в во на с со к о об от по за из у для",
    "Ukrainian": "і й в у на з із до від по за для",
    "Turkish": "ve bir ile",
    "Greek": "ο η το οι τα του τησ των και σε με στο στη στην για",
    "Hindi": "का की के में और से पर को",
}

LITTLE_WORDS = frozenset(word for words in _BY_LANGUAGE.values() for word in words.split())
