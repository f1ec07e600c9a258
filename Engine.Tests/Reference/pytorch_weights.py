"""Writes small safetensors files of PyTorch modules, and what the modules compute, into the folder pytorch. Run: python3 pytorch_weights.py

Each file pytorch/NAME.safetensors holds a state_dict in PyTorch's layout. pytorch_weights.txt holds, in the form of
torch_reference.txt, NAME.x (channels last) and NAME.y. The safetensors format is written by hand: no package is needed.
"""

import json
import os
import struct

import torch
from torch import nn

torch.manual_seed(3)
HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}
lines = []


def save(name, state):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for key, tensor in state.items():
        tensor = tensor.detach().contiguous()
        # numpy has no bfloat16: its bytes are read as 16-bit integers.
        raw = (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy().tobytes()
        header[key] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(HERE, "pytorch", name + ".safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def emit(name, tensor):
    values = " ".join(f"{v:.9g}" for v in tensor.detach().flatten().tolist())
    lines.append(f"{name} [{','.join(str(n) for n in tensor.shape)}] {values}")


def record(name, module, x, channels_last=True, state=None):
    """x is in PyTorch's order; it is stored channels last."""
    module.eval()
    with torch.no_grad():
        y = module(x)
    emit(name + ".x", torch.movedim(x, 1, -1) if channels_last and x.dim() > 2 else x)
    emit(name + ".y", torch.movedim(y, 1, -1) if channels_last and y.dim() > 2 else y)
    save(name, state if state is not None else module.state_dict())


def settle(module, x):
    """Running statistics and factors that are not those of a new layer."""
    module.train()
    for part in module.modules():
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.uniform_(part.bias, -0.5, 0.5)
    with torch.no_grad():
        for _ in range(5):
            module(x + torch.randn_like(x) * 0.3)
    return module


dense = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
record("dense", dense, torch.randn(3, 5))

x = torch.randn(2, 3, 7, 6)
images = nn.Sequential(
    nn.Conv2d(3, 4, (3, 2), bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 6, 3, padding=1, groups=2), nn.MaxPool2d(2),
    nn.Flatten(), nn.BatchNorm1d(24), nn.Dropout(0.5), nn.Linear(24, 5), nn.ReLU(), nn.Linear(5, 2))
record("images", settle(images, x), x)

x = torch.randn(2, 3, 9)
series = nn.Sequential(nn.Conv1d(3, 4, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3))
record("series", series, x)

words = nn.Sequential(nn.Embedding(11, 4), nn.Linear(4, 2))
record("words", words, torch.randint(0, 11, (2, 5)), channels_last=False)

halves = nn.Linear(6, 3).half()
brains = nn.Linear(3, 2).bfloat16()
both = nn.Sequential(nn.Linear(6, 3), nn.Linear(3, 2))
both.load_state_dict({"0.weight": halves.weight, "0.bias": halves.bias, "1.weight": brains.weight, "1.bias": brains.bias})
record("narrow", both, torch.randn(2, 6),
       state={"0.weight": halves.weight, "0.bias": halves.bias, "1.weight": brains.weight, "1.bias": brains.bias})


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 2, 2), nn.ReLU())
        self.head = nn.Linear(2 * 3 * 2, 3)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


record("named", Named(), torch.randn(2, 1, 4, 3))

with open(os.path.join(HERE, "pytorch_weights.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
