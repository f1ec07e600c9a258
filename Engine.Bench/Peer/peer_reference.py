#!/usr/bin/python3
"""Stores PyTorch's outputs for the peer cases on inputs that Engine.Bench makes too. usage: peer_reference.py > peer_reference.json"""
import json, sys
import numpy as np, torch, torch.nn.functional as F

torch.set_num_threads(1)


def values(shape, seed):
    i = np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64)
    h = (i * 2654435761 + seed * 0x10000000) % (1 << 32)
    return torch.tensor(((h >> 8).astype(np.float32) / np.float32(1 << 24) - np.float32(0.5)).reshape(shape)).double()  # summed in double: Float32 sums of PyTorch's are less exact than the engine's


def labels(count, classes):
    i = np.arange(1, count + 1, dtype=np.uint64)
    return torch.tensor(((((i * 2654435761) % (1 << 32)) >> 8) % classes).astype(np.int64))


def store(*outputs):
    rows = []
    for t in outputs:
        a = t.detach().contiguous().numpy().reshape(-1)
        step = max(1, a.size // 16)
        rows.append(dict(largest=float(np.abs(a).max()), magnitude=float(np.abs(a.astype(np.float64)).sum()),
                         samples=[[int(i), float(a[i])] for i in range(0, a.size, step)][:16]))
    return rows


out = {}
for n in (64, 128, 256, 512, 1024, 2048):
    out[f'gemm_{n}'] = store(values((n, n), 1) @ values((n, n), 2))
for m, k, n in ((32, 1600, 128), (32, 128, 512)):
    out[f'gemm_{m}x{k}x{n}'] = store(values((m, k), 1) @ values((k, n), 2))
    out[f'gemm_{m}x{k}x{n}_BT'] = store(values((m, k), 1) @ values((n, k), 2).t())


def conv(name, n, h, w, ci, co, kh, kw, pad):
    x, k, b = values((n, h, w, ci), 1), values((kh, kw, ci, co), 2), values((co,), 3)
    xt = x.permute(0, 3, 1, 2).requires_grad_(True)
    kt = k.permute(3, 2, 0, 1).requires_grad_(True)
    bt = b.clone().requires_grad_(True)
    y = F.conv2d(xt, kt, bt, padding=(pad if kh > 1 else 0, pad))
    oh, ow = y.shape[2:]
    out[name + '_fwd'] = store(y.permute(0, 2, 3, 1))
    y.backward(values((n, oh, ow, co), 4).permute(0, 3, 1, 2))
    out[name + '_fwdbwd'] = store(xt.grad.permute(0, 2, 3, 1), kt.grad.permute(2, 3, 1, 0), bt.grad)


conv('conv_32x1x28_32', 32, 28, 28, 1, 32, 3, 3, 0)
conv('conv_32x32x13_64', 32, 13, 13, 32, 64, 3, 3, 0)
conv('conv_8x3x224_64p1', 8, 224, 224, 3, 64, 3, 3, 1)
conv('conv_8x64x56_64p1', 8, 56, 56, 64, 64, 3, 3, 1)
conv('conv1d_32x64x128_128k3', 32, 1, 128, 64, 128, 1, 3, 0)
x = values((32, 26, 26, 32), 1).permute(0, 3, 1, 2).requires_grad_(True)
F.max_pool2d(x, 2).backward(values((32, 13, 13, 32), 2).permute(0, 3, 1, 2))
out['maxpool2_fwdbwd'] = store(x.grad.permute(0, 2, 3, 1))


def normalization(name, shape, function):
    x, gamma, beta = (values(s, seed).requires_grad_(True) for seed, s in ((1, shape), (2, shape[-1:]), (3, shape[-1:])))
    function(x, gamma, beta).backward(values(shape, 4))
    out[name] = store(x.grad, gamma.grad, beta.grad)


for shape in ((32, 6272), (32, 14, 14, 128), (128, 14, 14, 64)):
    normalization(f'batchnorm_{"x".join(map(str, shape))}_fwdbwd', shape, lambda x, gamma, beta: F.batch_norm(
        x.reshape(-1, shape[-1]), None, None, gamma, beta, training=True, eps=1e-3).reshape(shape))
normalization('layernorm_2560x256_fwdbwd', (2560, 256), lambda x, gamma, beta: F.layer_norm(x, (256,), gamma, beta, 1e-3))
for b, c in ((32, 10), (2560, 5000)):
    x = values((b, c), 1).requires_grad_(True)
    F.cross_entropy(x, labels(b, c)).backward()
    out[f'softmaxce_{b}x{c}'] = store(x.grad)
for size, n in (('1M', 1 << 20), ('16M', 1 << 24)):
    x = values((n,), 1)
    for op in ('relu', 'tanh', 'sigmoid', 'exp'):
        out[f'ew_{op}_{size}'] = store(getattr(torch, op)(x))
p = torch.nn.Parameter(values((10_000_000,), 1))
p.grad = values((10_000_000,), 2) * 1e-3
torch.optim.Adam([p], eps=1e-7).step()
out['adam_10M'] = store(p)


def digits(batch):
    w = [values(shape, 10 + i) * scale for i, (shape, scale) in enumerate((
        ((3, 3, 1, 32), 0.5), ((32,), 0.1), ((3, 3, 32, 64), 0.1), ((64,), 0.1), ((1600, 128), 0.05), ((128,), 0.1), ((128, 10), 0.2), ((10,), 0.1)))]
    h = values((batch, 28, 28, 1), 1).permute(0, 3, 1, 2)
    h = F.max_pool2d(F.relu(F.conv2d(h, w[0].permute(3, 2, 0, 1), w[1])), 2)
    h = F.max_pool2d(F.relu(F.conv2d(h, w[2].permute(3, 2, 0, 1), w[3])), 2)
    h = F.relu(h.permute(0, 2, 3, 1).reshape(batch, 1600) @ w[4] + w[5])
    return h @ w[6] + w[7]


for batch in (1, 128):
    out[f'mnist_cnn_infer_b{batch}'] = store(digits(batch))
json.dump(out, sys.stdout)
