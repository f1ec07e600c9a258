#!/usr/bin/python3
"""PyTorch's side of `Engine.Bench -- compare`: times the same cases and writes {"results": {name: {"min": ms}}, "torch": version, ...}.

usage: torch_peer.py THREADS SECONDS CASES FILE      CASES: comma-separated parts of names, or all
"""
import json, os, sys, time

threads, seconds, parts, path = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3].split(','), sys.argv[4]
os.environ.update(OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(threads)
torch.manual_seed(1)
results = {}


def measure(name, make, whole=False):
    if parts != ['all'] and not any(part in name for part in parts):
        return
    for variant in make():  # both memory layouts where they differ; the better one counts
        for _ in range(1 if whole else 4):
            variant()
        start = time.perf_counter()
        variant()
        one = max(time.perf_counter() - start, 1e-7)
        inner = 1 if whole else max(1, int(2e-4 / one))
        best = results.get(name, dict(min=float('inf')))['min']
        for _ in range(3 if whole else int(min(400, max(5, seconds / (one * inner))))):
            start = time.perf_counter()
            for _ in range(inner):
                variant()
            best = min(best, (time.perf_counter() - start) / inner * 1e3)
        results[name] = dict(min=best)


def inference(function):
    def run():
        with torch.inference_mode():
            function()
    return run


def product(m, k, n, transposed=False):
    a, b, c = torch.randn(m, k), torch.randn(n, k).t() if transposed else torch.randn(k, n), torch.empty(m, n)
    yield inference(lambda: torch.mm(a, b, out=c))


def convolution(shape, filters, kernel, pad, backward):
    for layout in (torch.contiguous_format, torch.channels_last):
        x = torch.randn(shape).to(memory_format=layout).requires_grad_(True)
        layer = nn.Conv2d(shape[1], filters, kernel, padding=pad).to(memory_format=layout)
        dy = torch.randn_like(layer(x))

        def both():
            x.grad = layer.weight.grad = layer.bias.grad = None
            layer(x).backward(dy)
        yield both if backward else inference(lambda: layer(x))


def pooling():
    for layout in (torch.contiguous_format, torch.channels_last):
        x, dy = torch.randn(32, 32, 26, 26).to(memory_format=layout).requires_grad_(True), torch.randn(32, 32, 13, 13).to(memory_format=layout)

        def both():
            x.grad = None
            F.max_pool2d(x, 2).backward(dy)
        yield both


def batch_norm(shape):
    for layout in (torch.contiguous_format, torch.channels_last)[:len(shape) // 2]:
        x = (torch.randn(shape).to(memory_format=layout) if len(shape) == 4 else torch.randn(shape)).requires_grad_(True)
        gamma, beta, dy = torch.randn(shape[1], requires_grad=True), torch.randn(shape[1], requires_grad=True), torch.randn_like(x)

        def both():
            x.grad = gamma.grad = beta.grad = None
            F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-3).backward(dy)
        yield both


def layer_norm(rows, columns):
    x, dy = torch.randn(rows, columns, requires_grad=True), torch.randn(rows, columns)
    gamma, beta = torch.randn(columns, requires_grad=True), torch.randn(columns, requires_grad=True)

    def both():
        x.grad = gamma.grad = beta.grad = None
        F.layer_norm(x, (columns,), gamma, beta, 1e-3).backward(dy)
    yield both


def cross_entropy(rows, classes):
    x, labels = torch.randn(rows, classes, requires_grad=True), torch.randint(0, classes, (rows,))

    def both():
        x.grad = None
        F.cross_entropy(x, labels).backward()
    yield both


def digits(layout):
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10)).to(memory_format=layout)


def train(count, batch):
    for layout in (torch.contiguous_format, torch.channels_last):
        model = digits(layout)
        optimizer = torch.optim.Adam(model.parameters())
        x, y = torch.rand(count, 1, 28, 28), torch.randint(0, 10, (count,))

        def epoch():
            order = torch.randperm(count)
            for first in range(0, count, batch):
                rows = order[first:first + batch]
                images, labels = (x, y) if count == batch else (x[rows], y[rows])
                optimizer.zero_grad(set_to_none=True)
                F.cross_entropy(model(images.contiguous(memory_format=layout)), labels).backward()
                optimizer.step()
        yield epoch


def infer(batch):
    for layout in (torch.contiguous_format, torch.channels_last):
        model, x = digits(layout).eval(), torch.rand(batch, 1, 28, 28).to(memory_format=layout)
        yield inference(lambda: model(x))


def adam():
    for foreach in (False, True):
        p = nn.Parameter(torch.randn(10_000_000))
        p.grad = torch.randn(10_000_000) * 1e-3
        yield torch.optim.Adam([p], foreach=foreach).step


def function(name, n):
    x, y = torch.randn(n), torch.empty(n)
    yield inference((lambda: torch.clamp_min(x, 0, out=y)) if name == 'relu' else (lambda: getattr(torch, name)(x, out=y)))


for n in (64, 128, 256, 512, 1024, 2048):
    measure(f'gemm_{n}', lambda: product(n, n, n))
for m, k, n in ((32, 1600, 128), (32, 128, 512)):
    measure(f'gemm_{m}x{k}x{n}', lambda: product(m, k, n))
    measure(f'gemm_{m}x{k}x{n}_BT', lambda: product(m, k, n, True))
for name, shape, filters, kernel, pad in (
        ('conv_32x1x28_32', (32, 1, 28, 28), 32, 3, 0), ('conv_32x32x13_64', (32, 32, 13, 13), 64, 3, 0), ('conv_8x3x224_64p1', (8, 3, 224, 224), 64, 3, 1),
        ('conv_8x64x56_64p1', (8, 64, 56, 56), 64, 3, 1), ('conv1d_32x64x128_128k3', (32, 64, 1, 128), 128, (1, 3), 0)):
    for backward in (False, True):
        measure(f'{name}_fwd{"bwd" if backward else ""}', lambda: convolution(shape, filters, kernel, pad, backward))
measure('maxpool2_fwdbwd', pooling)
for name, shape in (('32x6272', (32, 6272)), ('32x14x14x128', (32, 128, 14, 14)), ('128x14x14x64', (128, 64, 14, 14))):
    measure(f'batchnorm_{name}_fwdbwd', lambda: batch_norm(shape))
measure('layernorm_2560x256_fwdbwd', lambda: layer_norm(2560, 256))
for rows, classes in ((32, 10), (2560, 5000)):
    measure(f'softmaxce_{rows}x{classes}', lambda: cross_entropy(rows, classes))
for batch in (32, 128):
    measure(f'mnist_cnn_train_b{batch}', lambda: train(batch, batch))
measure('mnist_cnn_epoch10k_b32', lambda: train(10_000, 32), whole=True)
for batch in (1, 128):
    measure(f'mnist_cnn_infer_b{batch}', lambda: infer(batch))
measure('adam_10M', adam)
for size, n in (('1M', 1 << 20), ('16M', 1 << 24)):
    for name in ('relu', 'tanh', 'sigmoid', 'exp'):
        measure(f'ew_{name}_{size}', lambda: function(name, n))
json.dump(dict(results=results, torch=torch.__version__), open(path, 'w'))
