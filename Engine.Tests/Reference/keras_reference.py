"""Writes keras_reference.txt: Keras 3's optimizers and learning-rate schedules, their formulas written out in double.

Run: python3 keras_reference.py > keras_reference.txt. A line is a name, a shape in brackets and the values. The optimizers take twenty
steps on two variables, of the first three and the last four numbers of START; the gradient is g(i) = (i + 1)·θ(i) / 7 + sin(t + i).
"""

import math

START = [0.5, -1.0, 2.0, 0.0, -0.25, 3.0, -2.0]
PARTS = [slice(0, 3), slice(3, 7)]
EPSILON = 1e-7


def emit(name, values):
    print(f"{name} [{len(values)}] {' '.join(f'{v:.17g}' for v in values)}")


def norm(values):
    return math.sqrt(sum(v * v for v in values))


def run(name, step, clip=lambda g: g, decay=0.0, undecayed=(), accumulate=1, rate=lambda iteration: 0.02, ema=None, overwrite=None):
    """base_optimizer.apply: gather, clip, decay, step, average."""
    theta, slots = list(START), [{} for _ in START]
    gathered, average = [0.0] * len(START), [0.0] * len(START)
    for call in range(20):
        iteration = call // accumulate
        lr = rate(call)
        for i in range(len(START)):
            gathered[i] += (i + 1) * theta[i] / 7 + math.sin(call + 1 + i)
        if (call + 1) % accumulate == 0:
            g = clip([x / accumulate for x in gathered])
            for i in range(len(START)):
                if i not in undecayed:
                    theta[i] -= theta[i] * lr * decay
                theta[i] = step(theta[i], g[i], slots[i], lr, iteration + 1)
            gathered = [0.0] * len(START)
        if ema is not None:
            momentum = ema if iteration != 0 else 0.0
            average = [momentum * a + (1 - momentum) * w for a, w in zip(average, theta)]
            if overwrite and (iteration + 1) % overwrite == 0:
                theta = list(average)
    emit(name, theta)
    if ema is not None:
        emit(f"{name}.average", average)


def sgd(w, g, s, lr, t):
    return w - lr * g


def adam(beta_1=0.9, beta_2=0.999, epsilon=EPSILON, amsgrad=False):
    def step(w, g, s, lr, t):
        s["m"] = s.get("m", 0.0) + (g - s.get("m", 0.0)) * (1 - beta_1)
        s["v"] = s.get("v", 0.0) + (g * g - s.get("v", 0.0)) * (1 - beta_2)
        v = s["v"]
        if amsgrad:
            v = s["v_hat"] = max(s.get("v_hat", 0.0), v)
        alpha = lr * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        return w - s["m"] * alpha / (math.sqrt(v) + epsilon)

    return step


def rmsprop(rho=0.9, momentum=0.0, epsilon=EPSILON, centered=False):
    def step(w, g, s, lr, t):
        s["v"] = rho * s.get("v", 0.0) + (1 - rho) * g * g
        denominator = s["v"] + epsilon
        if centered:
            s["a"] = rho * s.get("a", 0.0) + (1 - rho) * g
            denominator -= s["a"] ** 2
        increment = lr * g / math.sqrt(denominator)
        if momentum > 0:
            increment = s["m"] = momentum * s.get("m", 0.0) + increment
        return w - increment

    return step


def adagrad(initial=0.1, epsilon=EPSILON):
    def step(w, g, s, lr, t):
        s["a"] = s.get("a", initial) + g * g
        return w - lr * g / math.sqrt(s["a"] + epsilon)

    return step


def adadelta(rho=0.95, epsilon=EPSILON):
    def step(w, g, s, lr, t):
        s["g"] = rho * s.get("g", 0.0) + (1 - rho) * g * g
        delta = -math.sqrt(s.get("d", 0.0) + epsilon) * g / math.sqrt(s["g"] + epsilon)
        s["d"] = rho * s.get("d", 0.0) + (1 - rho) * delta * delta
        return w + lr * delta

    return step


def adamax(beta_1=0.9, beta_2=0.999, epsilon=EPSILON):
    def step(w, g, s, lr, t):
        s["m"] = s.get("m", 0.0) + (g - s.get("m", 0.0)) * (1 - beta_1)
        s["u"] = max(beta_2 * s.get("u", 0.0), abs(g))
        return w - lr * s["m"] / ((1 - beta_1**t) * (s["u"] + epsilon))

    return step


def nadam(beta_1=0.9, beta_2=0.999, epsilon=EPSILON):
    def step(w, g, s, lr, t):
        u, u_next = (beta_1 * (1 - 0.5 * 0.96**k) for k in (t, t + 1))
        s["product"] = s.get("product", 1.0) * u
        s["m"] = s.get("m", 0.0) + (g - s.get("m", 0.0)) * (1 - beta_1)
        s["v"] = s.get("v", 0.0) + (g * g - s.get("v", 0.0)) * (1 - beta_2)
        m_hat = u_next * s["m"] / (1 - s["product"] * u_next) + (1 - u) * g / (1 - s["product"])
        return w - m_hat * lr / (math.sqrt(s["v"] / (1 - beta_2**t)) + epsilon)

    return step


def lion(beta_1=0.9, beta_2=0.99):
    def step(w, g, s, lr, t):
        m = s.get("m", 0.0)
        direction = m * beta_1 + g * (1 - beta_1)
        s["m"] = m * beta_2 + g * (1 - beta_2)
        return w - lr * ((direction > 0) - (direction < 0))

    return step


def clip_norm(limit):
    def clip(g):
        result = list(g)
        for part in PARTS:
            n = norm(g[part])
            result[part] = [x * limit / max(n, limit) for x in g[part]]
        return result

    return clip


def clip_global_norm(limit):
    return lambda g: [x * limit * min(1 / norm(g), 1 / limit) for x in g]


def clip_value(limit):
    return lambda g: [min(max(x, -limit), limit) for x in g]


run("adam", adam())
run("adam_amsgrad", adam(0.8, 0.9, 1e-3, True))
run("adamw", adam(), decay=0.004)
run("rmsprop", rmsprop())
run("rmsprop_momentum", rmsprop(momentum=0.6))
run("rmsprop_centered", rmsprop(centered=True))
run("rmsprop_full", rmsprop(0.8, 0.6, 1e-3, True))
run("adagrad", adagrad())
run("adagrad_full", adagrad(0.3, 1e-2), decay=0.2)
run("adadelta", adadelta())
run("adadelta_full", adadelta(0.8, 1e-2), decay=0.2, rate=lambda _: 1.0)
run("adamax", adamax())
run("adamax_full", adamax(0.8, 0.9, 1e-2), decay=0.2)
run("nadam", nadam())
run("nadam_full", nadam(0.8, 0.9, 1e-2), decay=0.2)
run("lion", lion())
run("lion_full", lion(0.7, 0.8), decay=0.2)

run("clip_value", adagrad(), clip=clip_value(0.4))
run("clip_norm", adagrad(), clip=clip_norm(0.9))
run("global_clip_norm", adagrad(), clip=clip_global_norm(1.1))
run("sgd_clip_norm", sgd, clip=clip_norm(0.9))
run("undecayed", sgd, decay=0.3, undecayed=range(0, 3))
run("accumulated", adam(), accumulate=3)
run("accumulated_clip_norm", nadam(), accumulate=4, clip=clip_norm(0.5), decay=0.1)
run("accumulated_schedule", sgd, accumulate=2, rate=lambda call: 0.1 * 0.9 ** (call / 3))
run("ema", adam(), ema=0.7)
run("ema_overwrite", sgd, ema=0.9, overwrite=6)
run("ema_accumulated", sgd, ema=0.8, accumulate=3)
run("schedule", adam(), rate=lambda call: 0.1 * 0.9 ** (call / 3), decay=0.05)


def cosine(step, initial, steps, alpha=0.0, target=None, warmup=0):
    if target is None:
        step = min(step, steps)
        return initial * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * step / steps)) + alpha)
    step = min(step, steps + warmup)
    if step < warmup:
        return (target - initial) * (step / warmup) + initial
    return target * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * (step - warmup) / steps)) + alpha)


def restarts(step, initial, first, t_mul=2.0, m_mul=1.0, alpha=0.0):
    fraction = step / first
    if t_mul == 1.0:
        i = math.floor(fraction)
        fraction -= i
    else:
        i = math.floor(math.log(1 - fraction * (1 - t_mul)) / math.log(t_mul))
        fraction = (fraction - (1 - t_mul**i) / (1 - t_mul)) / t_mul**i
    return initial * ((1 - alpha) * 0.5 * m_mul**i * (1 + math.cos(math.pi * fraction)) + alpha)


def polynomial(step, initial, steps, end=0.0001, power=1.0, cycle=False):
    if cycle:
        steps *= 1.0 if step == 0 else math.ceil(step / steps)
    else:
        step = min(step, steps)
    return (initial - end) * (1 - step / steps) ** power + end


def piecewise(step, boundaries, values):
    return values[sum(step > b for b in boundaries)]


SCHEDULES = {
    "piecewise": lambda s: piecewise(s, [3, 10], [0.1, 0.05, 0.01]),
    "exponential": lambda s: 0.1 * 0.8 ** (s / 4),
    "exponential_staircase": lambda s: 0.1 * 0.8 ** math.floor(s / 4),
    "inverse_time": lambda s: 0.1 / (1 + 0.5 * (s / 4)),
    "inverse_time_staircase": lambda s: 0.1 / (1 + 0.5 * math.floor(s / 4)),
    "polynomial": lambda s: polynomial(s, 0.1, 12),
    "polynomial_cycle": lambda s: polynomial(s, 0.1, 7, 0.01, 2.0, True),
    "cosine": lambda s: cosine(s, 0.1, 12),
    "cosine_warmup": lambda s: cosine(s, 0.01, 12, 0.1, 0.2, 5),
    "restarts": lambda s: restarts(s, 0.1, 3),
    "restarts_equal": lambda s: restarts(s, 0.1, 5, 1.0, 0.5, 0.05),
    "restarts_full": lambda s: restarts(s, 0.1, 4, 1.5, 0.8, 0.1),
}
for name, schedule in SCHEDULES.items():
    emit(f"schedule.{name}", [schedule(step) for step in range(25)])
