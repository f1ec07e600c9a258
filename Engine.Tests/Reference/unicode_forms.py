#!/usr/bin/python3
"""Writes Engine/Data/UnicodeForms.txt, what Unicode normalisation needs of the Unicode Character Database, and, with --cases, the cases
of UnicodeFormTests, both from Python's unicodedata. Lines of the table, in hexadecimal, without Hangul, which is computed:
N c d…  the whole canonical decomposition of c         K c d…  its whole compatibility decomposition, where that is another
C a b c the pair a, b composes to c                    M a b n the characters a to b have the combining class n (decimal)"""
import os, random, sys, unicodedata as u

ALL = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF and not 0xAC00 <= c <= 0xD7A3]


def show(text):
    return ' '.join('%X' % ord(c) for c in text)


def table():
    yield '# Unicode %s' % u.unidata_version
    for c in ALL:
        whole, compatible = u.normalize('NFD', chr(c)), u.normalize('NFKD', chr(c))
        if whole != chr(c):
            yield 'N %X %s' % (c, show(whole))
        if compatible != whole:
            yield 'K %X %s' % (c, show(compatible))
    for c in ALL:
        parts = u.decomposition(chr(c)).split()
        if len(parts) == 2 and not parts[0].startswith('<'):
            a, b = (int(p, 16) for p in parts)
            if u.normalize('NFC', chr(a) + chr(b)) == chr(c):
                yield 'C %X %X %X' % (a, b, c)
    start = None
    for c in ALL + [0x110000]:
        n = u.combining(chr(c)) if c < 0x110000 else 0
        if start is not None and (n != last or c != previous + 1):
            yield 'M %X %X %d' % (start, previous, last)
            start = None
        if n and start is None:
            start = c
        last, previous = n, c


def cases():
    """Texts of letters and marks in any order, and what each form makes of them."""
    r = random.Random(5)
    marks = [c for c in ALL if u.combining(chr(c))]
    dense = [c for c in ALL if u.decomposition(chr(c))] + list(range(0xAC00, 0xAC40)) + list(range(0x1100, 0x1113)) \
        + list(range(0x1161, 0x1176)) + list(range(0x11A8, 0x11C3)) + list(range(0x41, 0x7B)) * 8
    for _ in range(400):
        text = ''.join(chr(r.choice(marks if r.random() < .45 else dense)) for _ in range(r.randint(1, 8)))
        yield '; '.join(show(u.normalize(form, text) if form else text) for form in ('', 'NFC', 'NFD', 'NFKC', 'NFKD'))


here = os.path.dirname(os.path.abspath(__file__))
name, lines = ('unicode_forms.txt', cases()) if '--cases' in sys.argv else ('../../Engine/Data/UnicodeForms.txt', table())
with open(os.path.join(here, name), 'w', encoding='ascii', newline='\n') as f:
    f.writelines(line + '\n' for line in lines)
