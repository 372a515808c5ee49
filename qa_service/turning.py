"""The words that turn what is said into another claim: "tidak", "akan", "diduga", "mantan"."""

from __future__ import annotations

from index.words import all_words, stems

_WORDS = """
tidak tak tiada bukan belum tanpa jangan batal gagal tolak menolak tunda menunda larang cegah cabut
henti akan bakal hendak diduga dugaan mungkin jika kalau bila apabila asalkan hampir sekitar kira
nyaris kurang lebih hanya rencana rencananya berencana direncanakan diusulkan diharapkan seharusnya
membantah bantah hoaks mengaku klaim mengklaim konon isu kabarnya dikabarkan rumor seolah
wakil mantan eks bekas calon plt plh pj kecuali selain padahal andai seandainya andaikan bohong palsu keliru
not no never none neither nor without cannot will would may might could
should if unless about nearly almost around alleged allegedly only less more than plans planned
expected denied denies hoax refused refuses rejected rejects cancelled canceled postponed failed
fails forbade forbids stopped claim claims claimed rumor rumors rumour rumours reportedly
deputy vice former ex candidate candidates acting
except excluding besides false fake untrue wrongly supposedly
"""
"""What turns a sentence into another claim where it is left out, in any form of the word."""

_STEMS = frozenset(stems(_WORDS.split()))


def turning(text: str) -> set[str]:
    """The stems of the text's words that turn it into another claim."""
    return set(stems(list(all_words(text)))) & _STEMS
