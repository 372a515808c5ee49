"""Text -> its language, for whole articles and for questions of three words alike."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"
"""ISO 639's code for text without a language: no letters, or a script that we know no language of."""

_ENOUGH_CHARACTERS = 2000
"""The first paragraphs settle the language; the rest of a long article would only cost time."""

_SCRIPT_LANGUAGES = {
    "LATIN": frozenset({"id", "en", "ms", "jv", "es", "fr", "de", "nl", "pt", "vi", "tr", "it", "tl"}),
    "ARABIC": frozenset({"ar"}),
    "CJK": frozenset({"zh", "ja"}),
    "HIRAGANA": frozenset({"ja"}),
    "KATAKANA": frozenset({"ja"}),
    "HANGUL": frozenset({"ko"}),
    "THAI": frozenset({"th"}),
    "CYRILLIC": frozenset({"ru"}),
    "DEVANAGARI": frozenset({"hi"}),
    "TAMIL": frozenset({"ta"}),
}
"""By the first word of a character's Unicode name, the languages that are told apart."""

KNOWN_LANGUAGES = frozenset[str]({"su"}).union(*_SCRIPT_LANGUAGES.values())
"""What `detect` can answer; a text in any other language is taken for one of these."""

_CORPUS_PRIOR = {"id": 7.0, "en": 4.0}
"""Log-odds before a word is read: an archive of Indonesian news is mostly asked in Indonesian, then in
English. It settles names and five-word questions; in a paragraph the model's margin is in the tens."""

_WORD_WEIGHT = 12.0
"""Log-odds that one telling word adds to its language; a word counts once."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TELLING_WORDS = {
    "id": _words(
        """kapan kapankah berapa siapa bisa karena bahwa adalah dimaksud didirikan mobil uang kantor
        kabupaten kecamatan kelurahan provinsi pemkot dinas jumat senin kamis agustus juni juli
        persen miliar triliun gratis nomor resmi kondisi enggak nggak gak ngga banget dong sih
        gimana aja yaitu meski maupun saat usai terkait sebagian kebijakan kinerja kebutuhan
        kesehatan keuangan bagian aktivitas berbeda lainnya polisi anggaran"""
    ),
    "ms": _words(
        """berapa siapa kerana bahawa iaitu ialah sahaja mahu boleh bolehkah baharu pelbagai syarikat
        peratus timbalan naib pengerusi datuk tun bandar bandaraya majlis menerusi kes kesihatan
        kewangan wang polis kerajaan tempoh saiz selepas manakala semasa setakat rasmi jawatan
        berkata berjaya tiada pengarah projek bilion perkhidmatan maklumat bahagian sebahagian
        adakah bilakah bila setiausaha penjawat encik awak kakitangan sebarang berkenaan berhubung
        mengikut kualiti aktiviti universiti parlimen parti antarabangsa tempatan pertubuhan
        persekutuan pegawai pelajar akhbar sokongan sekiranya sentiasa justeru berbeza peribadi
        mesyuarat pentadbiran kos kempen jenayah peguam peniaga perniagaan usahawan pelaburan
        pembangkang daripada memandangkan berikutan dijangka tanggungjawab terbabit membabitkan"""
    ),
    "jv": _words(
        """kapan sapa sopo pira piro pirang endi ngendi nendi kepriye piye kepiye opo punapa menapa
        sinten pinten wonten sing ingkang kang karo kaliyan lan iki iku kuwi niku ora mboten wong
        tiyang saka saking marang dening nalika wis sampun arep wae nang neng ing ana jenenge kena
        kenging anyar dados babagan ngomong ngendika miturut kutha panjenengan"""
    ),
    "su": _words(
        """saha iraha sabaraha naon kumaha naha nu anu jeung sareng teu henteu kana tina keur ieu eta
        éta urang aya teh téh mah geus parantos pikeun ku ceuk saur nyaeta nyaéta"""
    ),
    "en": _words("who what when where why how which is are were did does the of and for that with many much"),
}
"""Words that one language has and its neighbours have not. For Indonesian and Malay they are the function
words and spellings with the highest log-odds between two news collections; English ones are there for
questions about Indonesian names, whose letters look Javanese to the model."""

_LATIN_NAME = re.compile(r"\b[A-Z][\w'.-]*")


def detect(text: str) -> str:
    """The language of `text` as ISO 639-1, one of some twenty; `und` where it has no letters we know.

    Close languages (Indonesian, Malay, Javanese, Sundanese) are settled by telling words where a short
    text leaves the model undecided, and by what the archive mostly holds where there are none.
    """
    head = text[:_ENOUGH_CHARACTERS]
    possible = _written_in(head)
    if len(possible) < 2:
        return next(iter(possible), UNDETERMINED)
    scores = _model_scores(head, possible)
    words = set(re.findall(r"\w+", head.lower()))
    for language in scores.keys() & _TELLING_WORDS.keys():
        scores[language] += _WORD_WEIGHT * len(words & _TELLING_WORDS[language])
    return max(scores, key=lambda language: scores[language] + _CORPUS_PRIOR.get(language, 0.0))


def _written_in(text: str) -> frozenset[str]:
    """The languages of the script that most letters belong to, the Latin names in other scripts aside."""
    scripts = _scripts(_LATIN_NAME.sub("", text)) or _scripts(text)
    if scripts["HIRAGANA"] + scripts["KATAKANA"]:
        del scripts["CJK"]  # Kana among Chinese characters is Japanese, however few.
    languages = (_SCRIPT_LANGUAGES.get(script, frozenset()) for script, _ in scripts.most_common(1))
    return next(languages, frozenset())


def _scripts(text: str) -> Counter[str]:
    """How many letters each script has."""
    return Counter(unicodedata.name(c, "").partition(" ")[0] for c in text if c.isalpha())


def _model_scores(text: str, languages: frozenset[str]) -> dict[str, float]:
    """The model's log-likelihoods; tens apart for a paragraph, a few for a short question."""
    scores = {language: score for language, score in _identifier().rank(text) if language in languages}
    if "jv" in scores:
        # The model knows no Sundanese: it starts just behind its neighbours, and its words must speak.
        scores["su"] = max(scores["jv"], scores["id"]) - 1.0
    return scores


@cache
def _identifier() -> LanguageIdentifier:
    # Our own copy, limited once: py3langid's module-level one is shared with whoever else imports it.
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(frozenset[str]().union(*_SCRIPT_LANGUAGES.values()))
    return identifier
