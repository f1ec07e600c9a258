#!/usr/bin/python3
"""BLEU from its formula (Papineni et al. 2002; tokens of mteval-v13a, exponential smoothing: Post 2018), without any library: prints the
stored values of BleuTests. usage: bleu_reference.py"""
import math, re
from collections import Counter
from fractions import Fraction

SIGNS = set('!"#$%&()*+/:;<=>?@[\\]^_`{|}~')


def tokens_13a(s):
    s = s.replace('<skipped>', '').replace('-\n', '').replace('\n', ' ')
    for entity, sign in (('&quot;', '"'), ('&amp;', '&'), ('&lt;', '<'), ('&gt;', '>')):
        s = s.replace(entity, sign)
    s = ' ' + s + ' '
    s = ''.join(' %s ' % c if c in SIGNS else c for c in s)
    s = re.sub(r'([^0-9])([.,])', r'\1 \2 ', s)
    s = re.sub(r'([.,])([^0-9])', r' \1 \2', s)
    s = re.sub(r'([0-9])(-)', r'\1 \2 ', s)
    return s.split()


def grams(ts, n):
    return Counter(tuple(ts[i:i + n]) for i in range(len(ts) - n + 1))


def bleu(pairs, effective=False, lower=False, tok=tokens_13a, smooth=True):
    correct, total, c, r = [0] * 4, [0] * 4, 0, 0
    for h, refs in pairs:
        h, refs = tok(h.lower() if lower else h), [tok(x.lower() if lower else x) for x in refs]
        c += len(h)
        r += min((abs(len(x) - len(h)), len(x)) for x in refs)[1]
        for n in range(4):
            have, most = grams(h, n + 1), Counter()
            for x in refs:
                most |= grams(x, n + 1)
            total[n] += sum(have.values())
            correct[n] += sum((have & most).values())
    if not any(correct):
        return 0.0, correct, total, c, r
    product, halvings, orders = Fraction(1), 0, 4
    for n in range(4):
        if total[n] == 0:
            if not effective:
                product = Fraction(0)
            break
        orders = n + 1 if effective else 4
        if correct[n]:
            product *= Fraction(correct[n], total[n])
        else:
            halvings += 1
            product *= Fraction(1, 2 ** halvings * total[n]) if smooth else 0
    return 100 * math.exp(min(0, 1 - r / c)) * float(product) ** (1 / orders), correct, total, c, r


DOG = [('The dog bit the man.', ['The dog bit the man.', 'The dog had bit the man.']),
       ("It wasn't surprising.", ['It was not unexpected.', 'No one was surprised.']),
       ('The man had just bitten him.', ['The man bit him first.', 'The man had bitten the dog.'])]
PRICES = [('It costs $1,234.56 (about 5-10% more), "he" said...', ['It costs $1,234.50 (or 5-10% more), "she" said...']),
          ('A well-known café &amp; bar, no. 7: 3.5/5 stars; e-mail a@b.org!', ['The well-known café & bar no. 7: 3.5/5 stars; mail a@b.org!'])]
SHORT = [('Ein Hund rennt', ['Ein Hund rennt .'])]
NONE = [('A B C D E', ['A C E D B'])]
REPEATED = [('the the the the the the the', ['The cat is on the mat', 'there is a cat on the mat'])]
CASE = [('the DOG bit The Man today', ['The dog bit the man today'])]

if __name__ == '__main__':
    white = str.split
    for name, value in (
            ('dog 13a', bleu(DOG)), ('dog white space', bleu(DOG, tok=white)), ('prices', bleu(PRICES)),
            ('short corpus', bleu(SHORT)), ('short sentence', bleu(SHORT, effective=True)), ('no pair matches', bleu(NONE)),
            ('no pair, no smoothing', bleu(NONE, smooth=False)), ('repeated', bleu(REPEATED, effective=True)), ('case', bleu(CASE)),
            ('case lower', bleu(CASE, lower=True)), ('prices sentence 1', bleu(PRICES[:1], effective=True))):
        print('%-22s %.12f correct %s total %s c %d r %d' % ((name,) + value))
    print(tokens_13a(PRICES[0][0]))
    print(tokens_13a(PRICES[1][0]))
