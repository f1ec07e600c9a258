"""Writes torch_recurrent.txt: what PyTorch's recurrent layers compute on fixed inputs, in double, with gradients.
Run: python3 torch_recurrent.py > torch_recurrent.txt

A line is a name, a shape in brackets and the values in row-major order. Weights stay in PyTorch's layout. The loss is the sum of the squares of
the outputs and of the last states. Packed sequences have the lengths 4, 2 and 3.
"""

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)
LENGTHS = [4, 2, 3]


def emit(name, tensor):
    tensor = tensor.detach().contiguous()
    values = " ".join(f"{v:.12g}" for v in tensor.flatten().tolist())
    print(f"{name} [{','.join(str(n) for n in tensor.shape)}] {values}")


def case(name, kind, layers, both, start, packed, **options):
    module = kind(2, 2, num_layers=layers, bidirectional=both, batch_first=True, **options)
    for weight in module.parameters():
        nn.init.normal_(weight, 0, 0.6)
    x = torch.randn(3, 4, 2, requires_grad=True)
    count = layers * (2 if both else 1)
    states = [torch.randn(count, 3, 2, requires_grad=True) for _ in range(2 if kind is nn.LSTM else 1)]
    given = (tuple(states) if kind is nn.LSTM else states[0]) if start else None
    fed = nn.utils.rnn.pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False) if packed else x
    y, last = module(fed, given)
    if packed:
        y, _ = nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=4)
    ends = list(last) if kind is nn.LSTM else [last]
    ((y * y).sum() + sum((end * end).sum() for end in ends)).backward()
    emit(f"{name}.x", x)
    emit(f"{name}.dx", x.grad)
    emit(f"{name}.y", y)
    for i, end in enumerate(ends):
        emit(f"{name}.end{i}", end)
        if start:
            emit(f"{name}.start{i}", states[i])
            emit(f"{name}.dstart{i}", states[i].grad)
    for part, weight in module.named_parameters():
        emit(f"{name}.{part}", weight)
        emit(f"{name}.d{part}", weight.grad)


case("rnn", nn.RNN, 1, False, False, False)
case("rnn_relu_both", nn.RNN, 1, True, True, True, nonlinearity="relu")
case("lstm", nn.LSTM, 1, False, True, False)
case("lstm_two_both", nn.LSTM, 2, True, True, True)
case("lstm_plain", nn.LSTM, 1, True, False, False, bias=False)
case("gru", nn.GRU, 1, False, False, False)
case("gru_two_both", nn.GRU, 2, True, True, True)
