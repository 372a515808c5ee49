"""The model's vocabulary and normaliser map -> a fast tokenizer with XLM-R's token ids."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from index.e5_file import Vocabulary

MASK = "<mask>"
_BREAK = "\x01"


def e5_tokenizer(vocabulary: Vocabulary, replacements: Mapping[str, str]) -> Tokenizer:
    """XLM-R's: unigram pieces of text whose spaces are a character, and marks around a text or a pair."""
    bos, eos, pad, unk = (vocabulary.pieces[id_] for id_ in vocabulary.special)
    tokenizer = Tokenizer(
        models.Unigram(
            list(zip(vocabulary.pieces, vocabulary.scores, strict=True)), vocabulary.unk, byte_fallback=False
        )
    )
    tokenizer.normalizer = _normaliser(replacements)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, vocabulary.bos), (eos, vocabulary.eos)],
    )
    tokenizer.add_special_tokens([AddedToken(text, normalized=False) for text in (bos, pad, eos, unk)])
    tokenizer.add_special_tokens([AddedToken(MASK, lstrip=True, normalized=False)])
    return tokenizer


def _normaliser(replacements: Mapping[str, str]) -> normalizers.Normalizer:
    """Each character replaced on its own as the map says, then runs of spaces collapsed.

    `Precompiled` looks up a short grapheme (a letter with its accents) whole, finds its first character and
    forgets the rest; a control character between the two keeps them apart, and goes with the others after.
    Those are dropped in a step of their own since `Precompiled` loses count of offsets at an empty
    replacement.
    """
    dropped = [character for character, replacement in replacements.items() if not replacement]
    replaced = {character: replacement for character, replacement in replacements.items() if replacement}
    wide = [character for character in replaced if character >= "\x80"]
    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(rf"(?<={_character_class(wide)})(?=[\u0300-\uffff])"), _BREAK),
            normalizers.Precompiled(_charsmap(replaced)),
            normalizers.Replace(Regex(_character_class(dropped)), ""),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )


def _character_class(characters: list[str]) -> str:
    """A regular expression that matches any one of `characters`."""
    points = np.array(sorted(map(ord, characters)))
    runs = np.split(points, np.flatnonzero(np.diff(points) != 1) + 1)
    return "[" + "".join(rf"\x{{{run[0]:x}}}-\x{{{run[-1]:x}}}" for run in runs) + "]"


def _charsmap(replacements: Mapping[str, str]) -> bytes:
    """SentencePiece's charsmap: u32 size of a trie, the trie, then the replacements, each ended by a NUL.

    The trie is a double array over UTF-8 bytes in the format of darts-clone: the child of a node with base
    b under byte c is unit b^c, which holds c, the distance to its own base (<< 10), and, if a key ends
    there, a mark (1 << 8); its base then holds the value, an offset into the replacements. Packing it
    tightly is not worth the code: each prefix gets 256 units, each value one after them all.
    """
    keys = {key.encode(): value.encode() for key, value in replacements.items()}
    prefixes = sorted({key[:length] for key in keys for length in range(len(key))})
    bases = {prefix: 256 * number for number, prefix in enumerate(prefixes)}
    values_at = 256 * len(prefixes)
    trie = np.zeros(-(-(values_at + len(keys)) // 256) * 256, "<u4")
    texts = bytearray()
    for prefix in prefixes[1:]:
        unit = bases[prefix[:-1]] + prefix[-1]
        trie[unit] = prefix[-1] | (unit ^ bases[prefix]) << 10
    for number, (key, value) in enumerate(keys.items(), start=values_at):
        unit = bases[key[:-1]] + key[-1]
        trie[unit] = key[-1] | 1 << 8 | (unit ^ number) << 10
        trie[number] = len(texts)
        texts += value + b"\0"
    return struct.pack("<I", trie.nbytes) + trie.tobytes() + bytes(texts)
