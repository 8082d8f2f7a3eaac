"""What the papers say each fix does to gradients and weights, written a second time from their formulas.

Plain NumPy in double precision, with nothing taken from the helpers that the fixes put into a script. A reference of
gradients is called once an optimizer step with the raw gradients and gives back those that the step should see. A
reference of updates is called with weights, raw gradients and the learning rate, and gives back the weights after it.
"""

import math

import numpy as np


def norm(array):
    return float(np.sqrt(np.sum(np.square(array))))


def total(gradients):
    return math.sqrt(sum(norm(g) ** 2 for g in gradients))


def bounded(gradients, limit):
    """torch's clip_grad_norm_: the factor is limit / (norm + 1e-6), and never above one."""
    factor = min(1.0, limit / (total(gradients) + 1e-6))
    return [g * factor for g in gradients]


class ZClip:
    """z = (|g| - mu) / sigma; if z > z0, |g| becomes mu + z0² sigma / z; the statistics take the clipped norm."""

    def __init__(self, z_threshold, alpha, warmup_steps):
        self.z0, self.alpha, self.warmup = z_threshold, alpha, warmup_steps
        self.first = []
        self.mu = self.var = None

    def __call__(self, gradients, weights, names):
        size = total(gradients)
        if len(self.first) < self.warmup:
            self.first.append(size)
            self.mu, self.var = float(np.mean(self.first)), float(np.var(self.first))
            return gradients
        sigma = math.sqrt(self.var)
        z = (size - self.mu) / (sigma + 1e-6)
        result = gradients
        if z > self.z0:
            size = self.mu + self.z0**2 * sigma / z
            result = bounded(gradients, size)
        self.mu = self.alpha * self.mu + (1 - self.alpha) * size
        self.var = self.alpha * self.var + (1 - self.alpha) * (size - self.mu) ** 2
        return result


class AutoClip:
    """The limit is the p-th percentile of all norms, the present one included."""

    def __init__(self, percentile):
        self.percentile, self.norms = percentile, []

    def __call__(self, gradients, weights, names):
        self.norms.append(total(gradients))
        return bounded(gradients, float(np.percentile(self.norms, self.percentile)))


class AdaGC:
    """First steps: global norm at lambda_abs, gamma = min(gamma, |g|). Then g * min(1, lambda_rel gamma / |g|)."""

    def __init__(self, relative_limit, absolute_limit, beta, warmup_steps):
        self.relative, self.absolute, self.beta, self.warmup = relative_limit, absolute_limit, beta, warmup_steps
        self.gamma, self.t = {}, 0

    def __call__(self, gradients, weights, names):
        self.t += 1
        if self.t <= self.warmup:
            result = bounded(gradients, self.absolute)
            for i, g in enumerate(result):
                if norm(g) > 0:
                    self.gamma[i] = min(self.gamma.get(i, math.inf), norm(g))
            return result
        result = []
        for i, g in enumerate(gradients):
            size = norm(g)
            if size == 0:
                result.append(g)
                continue
            if i not in self.gamma:
                self.gamma[i] = size
                result.append(g)
                continue
            clipped = g * min(1.0, self.relative * self.gamma[i] / size)
            self.gamma[i] = self.beta * self.gamma[i] + (1 - self.beta) * norm(clipped)
            result.append(clipped)
        return result


class AGC:
    """For each output unit: |g_u| at most lambda * max(|w_u|, eps)."""

    def __init__(self, clip_factor, epsilon):
        self.factor, self.epsilon = clip_factor, epsilon

    def __call__(self, gradients, weights, names):
        result = []
        for g, w in zip(gradients, weights):
            units = [slice(None)] if g.ndim <= 1 else range(g.shape[0])
            clipped = np.array(g)
            for unit in units:
                limit = self.factor * max(norm(w[unit]), self.epsilon)
                size = norm(g[unit])
                if size > limit:
                    clipped[unit] = g[unit] * limit / size
            result.append(clipped)
        return result


class NormGrowth:
    """If |g_t| / |g_{t-1}| > gamma, the norm becomes gamma |g_{t-1}|; what is remembered is the limited norm."""

    def __init__(self, growth):
        self.growth, self.last = growth, {}

    def __call__(self, gradients, weights, names):
        result = []
        for i, g in enumerate(gradients):
            size = norm(g)
            if size > 0 and i in self.last and size / self.last[i] > self.growth:
                g = g * self.growth * self.last[i] / size
            if size > 0:
                self.last[i] = norm(g)
            result.append(g)
        return result


class PerComponent:
    """Global-norm clipping inside each kind of component; kinds are names without their numbers."""

    def __init__(self, max_norm):
        self.max_norm = max_norm

    def __call__(self, gradients, weights, names):
        def kind(name):
            *module, _ = name.split(".")
            return tuple("#" if part.isdigit() else part for part in module)

        result = [None] * len(gradients)
        for component in {kind(name) for name in names}:
            members = [i for i, name in enumerate(names) if kind(name) == component]
            for i, g in zip(members, bounded([gradients[i] for i in members], self.max_norm)):
                result[i] = g
        return result


class GlobalNorm:
    """All gradients together bounded by one norm."""

    def __init__(self, max_norm):
        self.max_norm = max_norm

    def __call__(self, gradients, weights, names):
        return bounded(gradients, self.max_norm)


class ByValue:
    """Every entry between -limit and limit."""

    def __init__(self, limit):
        self.limit = limit

    def __call__(self, gradients, weights, names):
        return [np.minimum(np.maximum(g, -self.limit), self.limit) for g in gradients]


class StableSpam:
    """AdaClip: T = theta T + (1 - theta) max|g|; AdaGN: g / |g| * m / (sqrt(v) + eps); both with their own bias."""

    def __init__(self, reset_interval, gamma1=0.7, gamma2=0.9, theta=0.999):
        self.g1, self.g2, self.theta, self.state = gamma1, gamma2, theta, {}

    def __call__(self, gradients, weights, names):
        result = []
        for i, g in enumerate(gradients):
            if not np.any(g):
                result.append(g)
                continue
            t, top, m, v = self.state.get(i, (0, 0.0, 0.0, 0.0))
            t += 1
            peak = np.abs(g).max()
            top = self.theta * top + (1 - self.theta) * peak
            limit = top / (1 - self.theta**t)
            g = np.where(np.abs(g) > limit, np.sign(g) * limit * np.abs(g) / peak, g)
            size = norm(g)
            m = self.g1 * m + (1 - self.g1) * size
            v = self.g2 * v + (1 - self.g2) * size**2
            result.append(g / size * (m / (1 - self.g1**t)) / (math.sqrt(v / (1 - self.g2**t)) + 1e-8))
            self.state[i] = (t, top, m, v)
        return result


class Adam:
    """The common part: moments, bias corrections by a counter of their own, decay as one likes."""

    #: Which gradients go in: those that the step sees.
    gradients = "seen"

    def __init__(self, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=True, **more):
        (self.b1, self.b2), self.eps, self.decay, self.decoupled = betas, eps, weight_decay, decoupled
        self.options = more
        self.m = self.v = self.top = None
        self.t = 0
        self.changed = 0

    def forget(self, weights):
        self.m = [np.zeros_like(w) for w in weights]
        self.v = [np.zeros_like(w) for w in weights]
        self.t = 0

    def direction(self, i, w):
        return (self.m[i] / (1 - self.b1**self.t)) / (np.sqrt(self.v[i] / (1 - self.b2**self.t)) + self.eps)

    def __call__(self, weights, gradients, rate):
        if self.m is None:
            self.forget(weights)
        self.t += 1
        result = []
        for i, (w, g) in enumerate(zip(weights, gradients)):
            if g is None:
                result.append(w)
                continue
            if not self.decoupled:
                g = g + self.decay * w
            self.m[i] = self.b1 * self.m[i] + (1 - self.b1) * g
            self.v[i] = self.b2 * self.v[i] + (1 - self.b2) * g**2
            # transformers leaves biases and normalisation layers out.
            spared = self.options.get("matrices_only") and w.ndim == 1
            shrunk = w * (1 - rate * self.decay) if self.decoupled and not spared else w
            result.append(shrunk - rate * self.direction(i, w))
        return result


class Spam(Adam):
    """Entries with g² > theta v become sign(g) sqrt(theta v); every `interval` steps m = v = t = 0 and the rate rises anew."""

    #: It changes them itself.
    gradients = "raw"

    def __call__(self, weights, gradients, rate):
        o = self.options
        count = self.count = getattr(self, "count", -1) + 1
        if self.m is None:
            self.forget(weights)
        since = count % o["reset_interval"]
        if count > 0 and since == 0:
            self.forget(weights)
        if since >= o["grace_steps"]:
            cut = []
            for g, v in zip(gradients, self.v):
                spiked = (g * g > o["threshold"] * v) & (v > 0)
                cut.append(np.where(spiked, np.sign(g) * np.sqrt(o["threshold"] * v), g))
                self.changed += int(spiked.any())
            gradients = cut
        return super().__call__(weights, gradients, rate)


class AmsGrad(Adam):
    """v_hat = max over all steps of v; torch corrects the bias of the maximum."""

    def direction(self, i, w):
        if self.top is None:
            self.top = {}
        before = self.top.get(i, np.zeros_like(self.v[i]))
        self.changed += int((before > self.v[i]).any())
        self.top[i] = np.maximum(before, self.v[i])
        return (self.m[i] / (1 - self.b1**self.t)) / (np.sqrt(self.top[i] / (1 - self.b2**self.t)) + self.eps)


class RAdam(Adam):
    """rho_t > 5: Adam's step times the rectifying factor; before that plain momentum."""

    def direction(self, i, w):
        t, b2 = self.t, self.b2
        infinite = 2 / (1 - b2) - 1
        rho = infinite - 2 * t * b2**t / (1 - b2**t)
        m = self.m[i] / (1 - self.b1**t)
        if rho <= 5:
            return m
        self.changed += 1
        factor = math.sqrt((rho - 4) * (rho - 2) * infinite / ((infinite - 4) * (infinite - 2) * rho))
        # torch adds epsilon before the bias is corrected.
        return m * factor * math.sqrt(1 - b2**t) / (np.sqrt(self.v[i]) + self.eps)


class AdamP(Adam):
    """If |cos(g, w)| < delta / sqrt(dim) for every filter (or the whole), p -= (w/|w| . p) w/|w|, and decay shrinks."""

    def __call__(self, weights, gradients, rate):
        if self.m is None:
            self.forget(weights)
        self.t += 1
        result = []
        for i, (w, g) in enumerate(zip(weights, gradients)):
            self.m[i] = self.b1 * self.m[i] + (1 - self.b1) * g
            self.v[i] = self.b2 * self.v[i] + (1 - self.b2) * g**2
            p = self.direction(i, w)
            ratio = 1.0
            if w.ndim > 1:
                for shape in ((w.shape[0], -1), (1, -1)):
                    ws, gs, ps = w.reshape(shape), g.reshape(shape), p.reshape(shape)
                    lengths = np.linalg.norm(ws, axis=1) * np.linalg.norm(gs, axis=1)
                    if (np.abs(np.sum(ws * gs, axis=1)) / (lengths + 1e-30)).max() < 0.1 / math.sqrt(ws.shape[1]):
                        hat = ws / np.linalg.norm(ws, axis=1, keepdims=True)
                        p = (ps - hat * np.sum(hat * ps, axis=1, keepdims=True)).reshape(w.shape)
                        ratio = 0.1
                        self.changed += 1
                        break
            result.append(w * (1 - rate * self.decay * ratio) - rate * p)
        return result


class OrthoGrad:
    """g minus its projection on w, brought back to the length of g."""

    def __call__(self, gradients, weights, names):
        result = []
        for g, w in zip(gradients, weights):
            length = float(np.sum(w * w))
            rest = g - (float(np.sum(w * g)) / length if length > 0 else 0.0) * w
            result.append(rest * norm(g) / norm(rest) if g.size > 1 and norm(rest) > 0 else g)
        return result


GRADIENTS = {
    "ortho-grad": OrthoGrad,
    "stable-spam": StableSpam,
    "zclip": ZClip,
    "autoclip": AutoClip,
    "adagc": AdaGC,
    "agc": AGC,
    "norm-growth-limiter": NormGrowth,
    "per-component-clipping": PerComponent,
    "clip-by-value": ByValue,
    "clip-gradients": GlobalNorm,
}

UPDATES = {
    "adam": Adam,
    "adamp": AdamP,
    "amsgrad": AmsGrad,
    "radam": RAdam,
    "spam": Spam,
}
