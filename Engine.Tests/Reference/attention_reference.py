"""Writes attention_reference.txt: PyTorch's nn.MultiheadAttention and Bahdanau's formula with random weights, in double, outputs and
gradients. Run: python3 attention_reference.py > attention_reference.txt

A line is a name, a shape in brackets and the values in row-major order. Weights of PyTorch's modules are in PyTorch's layouts.
"""

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)


def emit(name, tensor):
    tensor = tensor.detach().contiguous()
    values = " ".join(f"{v:.15g}" for v in tensor.flatten().tolist())
    print(f"{name} [{','.join(str(n) for n in tensor.shape)}] {values}")


def multihead(name, heads, size, keys, values, same, padding, causal):
    module = nn.MultiheadAttention(size, heads, kdim=keys, vdim=values, batch_first=True)
    for p in module.parameters():
        nn.init.normal_(p, std=0.5)
    q = torch.randn(2, 3, size, requires_grad=True)
    k = q if same else torch.randn(2, 4, keys, requires_grad=True)
    v = q if same else torch.randn(2, 4, values, requires_grad=True)
    pad = None
    if padding:
        pad = torch.zeros(2, k.shape[1], dtype=torch.bool)
        pad[0, -1] = pad[1, 0] = True
    mask = torch.ones(3, k.shape[1]).tril() == 0 if causal else None
    y, weights = module(q, k, v, key_padding_mask=pad, attn_mask=mask, average_attn_weights=False)
    (y * y).sum().backward()
    emit(f"{name}.query", q)
    if not same:
        emit(f"{name}.key", k)
        emit(f"{name}.value", v)
    for part, p in module.named_parameters():
        emit(f"{name}.{part}", p)
        emit(f"{name}.d{part}", p.grad)
    emit(f"{name}.y", y)
    emit(f"{name}.weights", weights)
    emit(f"{name}.dquery", q.grad)


def additive(name):
    """The attention of a translator: v·tanh(m·Wa + h·Ua + b), padding left out."""
    h, m = torch.randn(3, 4, requires_grad=True), torch.randn(3, 5, 6, requires_grad=True)
    wa, ua, va = nn.Linear(6, 4, False), nn.Linear(4, 4), nn.Linear(4, 1, False)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 1, 1, 1, 0]]) == 1
    q = va(torch.tanh(wa(m) + ua(h)[:, None])).squeeze(-1).masked_fill(~mask, -1e9)
    c = (q.softmax(1)[:, None] @ m)[:, 0]
    (c * c).sum().backward()
    for part, value in (("query", h), ("value", m), ("wa", wa.weight), ("ua", ua.weight), ("b", ua.bias), ("va", va.weight), ("y", c),
                        ("weights", q.softmax(1)), ("dquery", h.grad), ("dvalue", m.grad), ("dwa", wa.weight.grad), ("dua", ua.weight.grad),
                        ("dva", va.weight.grad)):
        emit(f"{name}.{part}", value)


multihead("self", 2, 4, None, None, True, False, True)
multihead("cross", 3, 6, 5, 4, False, True, False)
additive("additive")
