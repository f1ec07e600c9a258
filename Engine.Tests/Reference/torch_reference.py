"""Writes torch_reference.txt: what PyTorch computes on fixed inputs, in double. Run: python3 torch_reference.py > torch_reference.txt

A line is a name, a shape in brackets and the values in row-major order. Images are stored channels last and kernels as
[height, width, channels / groups, filters], which is Engine's layout.
"""

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)


def emit(name, tensor):
    tensor = tensor.detach().contiguous()
    values = " ".join(f"{v:.15g}" for v in tensor.flatten().tolist())
    print(f"{name} [{','.join(str(n) for n in tensor.shape)}] {values}")


def images(x):
    return x.permute(0, 3, 1, 2)


def back(x):
    return x.permute(0, 2, 3, 1)


def convolution(name, x, k, b, stride, padding, dilation, groups, relu):
    """padding is (top, bottom, left, right); the loss is the sum of squares."""
    x, k, b = (t.clone().requires_grad_() for t in (x, k, b))
    top, bottom, left, right = padding
    padded = F.pad(images(x), (left, right, top, bottom))
    y = F.conv2d(padded, k.permute(3, 2, 0, 1), b, stride=stride, dilation=dilation, groups=groups)
    y = back(torch.relu(y) if relu else y)
    (y * y).sum().backward()
    for part, value in (("x", x), ("kernel", k), ("bias", b), ("y", y), ("dx", x.grad), ("dkernel", k.grad), ("dbias", b.grad)):
        emit(f"{name}.{part}", value)


def pooling(name, x, function):
    x = x.clone().requires_grad_()
    y = back(function(images(x)))
    (y * y).sum().backward()
    for part, value in (("x", x), ("y", y), ("dx", x.grad)):
        emit(f"{name}.{part}", value)


convolution("conv", torch.randn(2, 6, 5, 3), torch.randn(3, 2, 3, 4), torch.randn(4), (2, 1), (1, 0, 0, 1), (1, 1), 1, True)
convolution("conv_dilated", torch.randn(1, 7, 8, 2), torch.randn(2, 3, 2, 3), torch.randn(3), (1, 1), (0, 0, 0, 0), (2, 3), 1, False)
convolution("conv_grouped", torch.randn(2, 5, 5, 4), torch.randn(3, 3, 2, 6), torch.randn(6), (1, 1), (1, 1, 1, 1), (1, 1), 2, False)
pooling("max_pooling", torch.randn(2, 7, 5, 3), lambda x: F.max_pool2d(x, (3, 2), (2, 2), (1, 1)))
pooling("average_pooling", torch.randn(2, 7, 5, 3), lambda x: F.avg_pool2d(x, (3, 2), (2, 2), (1, 1), count_include_pad=False))

logits = (3 * torch.randn(6, 5)).requires_grad_()
labels = torch.tensor([0, 4, 2, 2, 1, 3])
emit("crossentropy.logits", logits)
emit("crossentropy.labels", labels)
emit("crossentropy.softmax", logits.softmax(-1))
for name, arguments in (("", {}), ("_smoothed", {"label_smoothing": 0.1}), ("_ignored", {"ignore_index": 2})):
    logits.grad = None
    loss = F.cross_entropy(logits, labels, **arguments)
    loss.backward()
    emit(f"crossentropy{name}.loss", loss)
    emit(f"crossentropy{name}.dlogits", logits.grad)
targets = torch.rand(6, 5)
logits.grad = None
loss = F.binary_cross_entropy_with_logits(logits, targets)
loss.backward()
emit("binary_crossentropy.targets", targets)
emit("binary_crossentropy.loss", loss)
emit("binary_crossentropy.dlogits", logits.grad)

# Twenty steps from the same start. The gradient is g(i) = (i + 1)·θ(i) / 7 + sin(t + i); the tiny epsilon takes away the difference
# between an epsilon inside and outside of the root.
START = [0.5, -1.0, 2.0, 0.0, -0.25, 3.0, -2.0]


def optimize(name, make):
    theta = torch.tensor(START, requires_grad=True)
    optimizer = make([theta])
    index = torch.arange(7.0)
    for t in range(1, 21):
        theta.grad = ((index + 1) * theta.detach() / 7) + torch.sin(t + index)
        optimizer.step()
    emit(f"optimizer.{name}", theta)


optimize("sgd", lambda p: torch.optim.SGD(p, lr=0.05))
optimize("sgd_momentum", lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9))
optimize("sgd_nesterov", lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True))
optimize("adam", lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-14))
optimize("adam_amsgrad", lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-14, amsgrad=True))
optimize("adam_decay", lambda p: torch.optim.AdamW(p, lr=0.02, betas=(0.8, 0.95), eps=1e-14, weight_decay=0.3))
optimize("rmsprop", lambda p: torch.optim.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-14))
optimize("rmsprop_full", lambda p: torch.optim.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-14, momentum=0.7, centered=True))

losses_targets, losses_predictions = torch.randn(4, 5), torch.randn(4, 5)
emit("losses.targets", losses_targets)
emit("losses.predictions", losses_predictions)


def loss(name, function, target, prediction):
    prediction = prediction.clone().requires_grad_()
    value = function(prediction, target)
    value.backward()
    emit(f"losses.{name}", value)
    emit(f"losses.{name}.gradient", prediction.grad)


loss("l1", F.l1_loss, losses_targets, losses_predictions)
loss("huber", lambda p, y: F.huber_loss(p, y, delta=0.7), losses_targets, losses_predictions)
loss("cosine", lambda p, y: -F.cosine_similarity(p, y, eps=1e-14).mean(), losses_targets, losses_predictions)
loss(
    "poisson",
    lambda p, y: F.poisson_nll_loss(p, y, log_input=False, eps=1e-7),
    losses_targets.exp(),
    losses_predictions.exp(),
)
loss(
    "kl",
    lambda p, y: F.kl_div(p.log(), y, reduction="batchmean"),
    losses_targets.softmax(-1),
    losses_predictions.softmax(-1),
)

optimize("adagrad", lambda p: torch.optim.Adagrad(p, lr=0.2, initial_accumulator_value=0.1, eps=1e-14))
optimize("adadelta", lambda p: torch.optim.Adadelta(p, lr=0.7, rho=0.9, eps=1e-4))
optimize("adamax", lambda p: torch.optim.Adamax(p, lr=0.02, betas=(0.8, 0.95), eps=1e-14))
# NAdam is left out: PyTorch 1.13 multiplies one momentum too many into its second correction, which PyTorch 2 put right.


def schedule(name, make, steps):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) < steps:
            scheduler.step()
    emit(f"schedule.{name}", torch.tensor(rates))


OneCycleLR = torch.optim.lr_scheduler.OneCycleLR
schedule("onecycle", lambda o: OneCycleLR(o, max_lr=0.1, total_steps=20), 20)
schedule(
    "onecycle_linear",
    lambda o: OneCycleLR(o, 0.1, total_steps=15, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=100),
    15,
)
schedule("restarts", lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2), 25)


def normalized(name, x, function, gamma, beta):
    """Parameters are random; the loss is the sum of cubes, whose gradient the normalisation does not cancel."""
    x, gamma, beta = (t.clone().requires_grad_() for t in (x, gamma, beta))
    y = function(x, gamma, beta)
    (y * y * y).sum().backward()
    for part, value in (("x", x), ("gamma", gamma), ("beta", beta), ("y", y), ("dx", x.grad), ("dgamma", gamma.grad), ("dbeta", beta.grad)):
        emit(f"{name}.{part}", value)


torch.manual_seed(2)
normalized("batch_norm", torch.randn(3, 2, 2, 4) * 2 + 1, lambda x, g, b: back(F.batch_norm(images(x), None, None, g, b, training=True)), torch.randn(4), torch.randn(4))
normalized("layer_norm", torch.randn(3, 2, 5) * 2 + 1, lambda x, g, b: F.layer_norm(x, (5,), g, b), torch.randn(5), torch.randn(5))
normalized("group_norm", torch.randn(2, 2, 2, 6) * 2 + 1, lambda x, g, b: back(F.group_norm(images(x), 3, g, b)), torch.randn(6), torch.randn(6))

x, slopes = torch.randn(2, 3, 3, 4).requires_grad_(), torch.randn(4).requires_grad_()
y = back(F.prelu(images(x), slopes))
(y * y * y).sum().backward()
for part, value in (("x", x), ("alpha", slopes), ("y", y), ("dx", x.grad), ("dalpha", slopes.grad)):
    emit(f"prelu.{part}", value)
table, rows = torch.randn(5, 3).requires_grad_(), torch.tensor([[0, 4, 2], [2, 2, 1]])
y = F.embedding(rows, table)
(y * y * y).sum().backward()
for part, value in (("table", table), ("rows", rows), ("y", y), ("dtable", table.grad)):
    emit(f"embedding.{part}", value)


def transposed(name, x, k, b, stride, padding, output_padding, dilation, relu):
    """The kernel is [height, width, filters, channels]; padding and output_padding are (rows, columns); the loss is the sum of squares."""
    x, k, b = (t.clone().requires_grad_() for t in (x, k, b))
    y = F.conv_transpose2d(images(x), k.permute(3, 2, 0, 1), b, stride, padding, output_padding, 1, dilation)
    y = back(torch.relu(y) if relu else y)
    (y * y).sum().backward()
    for part, value in (("x", x), ("kernel", k), ("bias", b), ("y", y), ("dx", x.grad), ("dkernel", k.grad), ("dbias", b.grad)):
        emit(f"{name}.{part}", value)


torch.manual_seed(3)
transposed("transposed", torch.randn(2, 3, 4, 2), torch.randn(3, 2, 3, 2), torch.randn(3), (2, 1), (0, 0), (0, 0), (1, 1), True)
transposed("transposed_padded", torch.randn(1, 4, 3, 3), torch.randn(4, 3, 2, 3), torch.randn(2), (2, 3), (1, 1), (1, 2), (1, 1), False)
transposed("transposed_dilated", torch.randn(1, 3, 3, 2), torch.randn(3, 2, 2, 2), torch.randn(2), (2, 2), (1, 0), (0, 1), (2, 3), False)


def separable(name, x, depthwise, pointwise, b, stride, dilation):
    """depthwise is [height, width, channels, multiplier], pointwise [channels · multiplier, filters]; the loss is the sum of squares."""
    x, depthwise, pointwise, b = (t.clone().requires_grad_() for t in (x, depthwise, pointwise, b))
    height, width, channels, multiplier = depthwise.shape
    each = depthwise.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    z = F.conv2d(images(x), each, None, stride, 0, dilation, channels)
    y = back(F.conv2d(z, pointwise.T[:, :, None, None], b))
    (y * y).sum().backward()
    parts = (("x", x), ("depthwise", depthwise), ("pointwise", pointwise), ("bias", b), ("z", back(z)), ("y", y), ("dx", x.grad))
    for part, value in parts + (("ddepthwise", depthwise.grad), ("dpointwise", pointwise.grad), ("dbias", b.grad)):
        emit(f"{name}.{part}", value)


separable("separable", torch.randn(2, 5, 6, 3), torch.randn(3, 2, 3, 2), torch.randn(6, 4), torch.randn(4), (2, 1), (1, 2))

x = torch.randn(2, 3, 4, 2).requires_grad_()
y = back(F.interpolate(images(x), scale_factor=(3, 2), mode="bilinear", align_corners=False))
(y * y).sum().backward()
for part, value in (("x", x), ("y", y), ("dx", x.grad)):
    emit(f"upsampled.{part}", value)
