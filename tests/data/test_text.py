"""Text: to numbers and back, blocks, and a corpus whose rules hold."""

import hashlib
import math
import re
from collections import Counter

import pytest

import micrograd_lab as torch
from micrograd_lab.data import (
    ByteTokenizer,
    CharTokenizer,
    TextBlocks,
    corpus,
    read_text,
    split,
)
from micrograd_lab.data.corpus import DAYS, NUMBERS, RHYMES
from micrograd_lab.errors import DtypeError, FileError, OptionError, SizeError, StateError
from micrograd_lab.utils.data import DataLoader, default_collate

ODD = "naïve – 你好 🎈\n"


@pytest.mark.parametrize("make", [lambda: CharTokenizer(ODD), ByteTokenizer])
def test_decoding_undoes_encoding(make):
    tokenizer = make()
    ids = tokenizer.encode(ODD)
    assert ids.dtype == torch.int64
    assert tokenizer.decode(ids) == tokenizer.decode(ids.tolist()) == ODD
    assert tokenizer.encode("").shape == (0,)
    assert ids.max().item() < tokenizer.vocab_size


def test_characters_are_numbered_in_order():
    tokenizer = CharTokenizer("hello")
    assert tokenizer.characters == "ehlo"
    assert tokenizer.encode("hole").tolist() == [1, 3, 2, 0]


@pytest.mark.parametrize(("text", "name"), [("heé", "'é' (U+00E9), character 2"), ("z", "'z'"), ("a", "'a'")])  # fmt: skip
def test_an_unknown_character_is_named(text, name):
    with pytest.raises(OptionError, match=re.escape(name)):
        CharTokenizer("hello").encode(text)


def test_numbers_that_stand_for_nothing_are_refused():
    for tokenizer, wrong in ((CharTokenizer("ab"), [0, 2]), (ByteTokenizer(), [256]), (CharTokenizer("ab"), [-1])):  # fmt: skip
        with pytest.raises(OptionError, match="stands for nothing"):
            tokenizer.decode(wrong)
    assert ByteTokenizer().decode([0xC3]) == "�"
    with pytest.raises(OptionError, match="empty"):
        CharTokenizer("")


def test_a_tokenizer_survives_saving(tmp_path):
    tokenizer = CharTokenizer(ODD)
    torch.save(tokenizer.state_dict(), tmp_path / "t.npz")
    again = CharTokenizer.from_state_dict(torch.load(tmp_path / "t.npz"))
    assert again.encode(ODD).tolist() == tokenizer.encode(ODD).tolist()
    for wrong in ({}, {"tokenizer": "bytes"}, {"tokenizer": "characters", "characters": "ba"},
                  {"tokenizer": "characters", "characters": ""}):  # fmt: skip
        with pytest.raises(StateError):
            CharTokenizer.from_state_dict(wrong)


def test_a_text_is_read_with_plain_line_ends_and_no_mark(tmp_path):
    path = tmp_path / "t"
    path.write_bytes("\ufeffa\r\nb\rc\n".encode())
    assert read_text(path) == "a\nb\nc\n"
    path.write_bytes("é".encode("latin-1"))
    assert read_text(path, "latin-1") == "é"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"ab\ncd\xe9f", r"byte 5 \(line 2\), e9, is no utf-8.*latin-1"),
        (b"ab\xc3", "byte 2"),
        (b"", "no text"),
        (b" \n", "no text"),
    ],
)
def test_a_text_that_cannot_be_read_says_where(tmp_path, content, words):
    path = tmp_path / "t"
    path.write_bytes(content)
    with pytest.raises(FileError, match=words):
        read_text(path)


def test_blocks_are_windows_and_what_comes_next():
    blocks = TextBlocks(torch.arange(6), 3)
    assert [(x.tolist(), y.tolist()) for x, y in blocks] == [
        ([0, 1, 2], [1, 2, 3]), ([1, 2, 3], [2, 3, 4]), ([2, 3, 4], [3, 4, 5]),
    ]  # fmt: skip
    assert blocks[-1][0].tolist() == [2, 3, 4]
    quick = next(iter(DataLoader(blocks, 3)))
    slow = default_collate([blocks[i] for i in range(3)])
    assert [t.tolist() for t in quick] == [t.tolist() for t in slow]
    quick[0].add_(1)
    assert quick[1].tolist() == slow[1].tolist()  # x and y share no memory
    with pytest.raises(IndexError):
        blocks[3]


def test_texts_that_make_no_block_are_refused():
    for text, size, error in ((torch.arange(3), 3, SizeError), (torch.arange(3), 0, OptionError),
                              (torch.ones(9), 3, DtypeError), (torch.ones(3, 3).long(), 1, DtypeError)):  # fmt: skip
        with pytest.raises(error):
            TextBlocks(text, size)


def test_a_text_is_split_where_it_is_cut():
    assert split("abcdefghij", 0.8) == ("abcdefgh", "ij")
    first, rest = split(torch.arange(10))
    assert (first.tolist(), rest.tolist()) == (list(range(9)), [9])
    for wrong, error in (((("ab"), 1.0), OptionError), (("a", 0.5), SizeError)):
        with pytest.raises(error):
            split(*wrong)


def test_the_corpus_is_the_same_everywhere():
    text = corpus()
    assert len(text) == DIGEST[0]
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == DIGEST[1]
    assert corpus(1000, seed=2) != corpus(1000)
    assert text.startswith(corpus(1000))


DIGEST = (200288, "6240bd8e7f3a433e")


def test_its_sums_are_right_and_its_days_follow():
    text = corpus()
    sums = re.findall(r"(\w+) (\w+) and (\w+) \w+ make (\w+) \w+\.", text)
    assert len(sums) > 300
    for a, _, b, total in sums:
        assert NUMBERS.index(a.lower()) + NUMBERS.index(b) == NUMBERS.index(total)
    days = re.findall(r"After (\w+) came (\w+), and then (\w+)\.", text)
    assert len(days) > 300
    for three in days:
        first = DAYS.index(three[0])
        assert list(three) == [DAYS[(first + i) % 7] for i in range(3)]


def test_its_brackets_close_and_its_lines_rhyme():
    text = corpus()
    for paragraph in text.split("\n\n"):
        depth = 0
        for c in paragraph:
            depth += (c == "(") - (c == ")")
            assert depth >= 0
        assert depth == 0
        assert paragraph.count('"') % 2 == 0
    assert "))" in text
    couplets = re.findall(r"looked at ([\w ]+),\nand the \w+ ([\w ]+)\.", text)
    assert len(couplets) > 300
    for seen, done in couplets:
        assert any(seen in row and done in rest for row, rest in RHYMES)


def test_what_was_lost_is_found():
    tales = corpus().strip("\n").split("\n\n")
    for tale in tales:
        lost = re.match(r"On \w+ (\w+) the \w+ lost a ([\w ]+)\.", tale)
        found = re.search(r"So (\w+) went to look .* found the ([\w ]+)\.$", tale)
        assert lost.groups() == found.groups()


def test_more_letters_of_memory_tell_far_more():
    text = corpus()

    def entropy(memory):  # of a letter, given so many before it, in nats
        long = Counter(text[i : i + memory + 1] for i in range(len(text) - memory))
        short = Counter(text[i : i + memory] for i in range(len(text) - memory))
        return -sum(n * math.log(n / short[s[:-1]]) for s, n in long.items()) / len(text)

    assert entropy(1) > 1.8
    assert entropy(6) < 0.4
