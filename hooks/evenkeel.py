"""What Evenkeel runs inside a training process: it watches, writes JSON lines, and stays out of the way.

`hooks/bootstrap/sitecustomize.py` loads this file when Python starts, so that a job is watched with no line of its code
changed. Users who like it explicit write::

    import evenkeel
    evenkeel.watch(model, optimizer)      # or just evenkeel.watch()

What it promises:

* The numbers of the training and its random state stay as they are: everything here reads, detached, and draws nothing.
* Values on a GPU are copied to the host without waiting for the device; only sampled steps may wait.
* Its own cost is measured, and the costly parts are sampled so that they stay below EVENKEEL_BUDGET of the time.
* Its own errors are caught: it says so once on stderr, and steps aside.

Settings, all from the environment:

===================== ==================================================================== =========
EVENKEEL_OUT          folder to write to; without it nothing is watched unless `watch` is called
EVENKEEL_EVERY        steps from one sampled step to the next; 0 lets the budget decide     0
EVENKEEL_BUDGET       share of the training's time that the hook may cost                   0.015
EVENKEEL_DISK_MB      bytes that one process may write, in MB                               512
EVENKEEL_CONTROL      file through which the runner asks for a checkpoint
===================== ==================================================================== =========

Standard library only; frameworks are touched only once the job itself has imported them. Python 3.9 or newer,
PyTorch 1.13 or newer.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import importlib.util
import json
import math
import os
import re
import sys
import threading
import time
import weakref

__all__ = ["watch", "log", "keras_callback"]

#: Relative score at or below which a unit counts as dormant: the Dormant Neuron Phenomenon (arXiv 2302.12902).
DORMANT_TAU = 0.025
#: Outputs this close to the ends of tanh or sigmoid count as saturated.
SATURATION_MARGIN = 0.01
#: Elements of an activation that a statistic looks at, rows and units evenly spread.
ACTIVATION_ELEMENTS = 32_768
#: Rows and columns of the matrix whose singular values give an activation's rank.
RANK_SIZE = 128
#: Elements of a tensor whose movement stands for the tensor's update.
UPDATE_ELEMENTS = 4_096
#: Elements of a tensor's gradient and second moment that Adam's spike score looks at.
MOMENT_ELEMENTS = 8_192
#: Rows of logits whose logsumexp and softmax collapse are looked at.
LOGIT_ROWS = 1_024
#: Queries of one head whose attention logits are looked at.
ATTENTION_QUERIES = 64
#: Attention logits below this are masked: masks add -10,000, -1e9, the lowest number of the type, or -inf.
MASKED_LOGIT = -9_000.0
#: Steps after which Adam's second moment is warm enough to tell a spike (arXiv 2501.06842 leaves out the first 20).
WARM_STEPS = 20
#: Layers of one model whose activations are followed.
FOLLOWED_LAYERS = 96
#: Tensors of one model that are followed by name; beyond this, the largest.
FOLLOWED_TENSORS = 512
#: Random projections by which the ranks' gradient directions are compared (arXiv 2602.14462).
SKETCH_SIZE = 16
#: Set by launchers that start a job anew in the same folder: torchrun, and Slurm after a requeue.
RESTART_COUNTERS = ("TORCHELASTIC_RESTART_COUNT", "SLURM_RESTART_COUNT")
#: Seconds that a line may wait in memory.
FLUSH_SECONDS = 0.05
#: Share of the disk limit after which sampled steps write no more per-layer values.
DETAIL_SHARE = 0.8
#: Share of the budget that goes to the gradient norm of every step where the job does not clip; the rest is sampled.
NORM_SHARE = 0.4
#: A gradient norm that costs less than this is taken at every step, whatever its share of a tiny model's step.
NEGLIGIBLE_SECONDS = 0.0003
#: Steps from one gradient norm to the next at most.
LONGEST_PAUSE = 1_000
#: The first steps are sampled at 2, 4, 8 ... up to this one, as far as the budget allows.
EARLY_SAMPLES = 64
#: Samples may cost so much before the training has paid for them: nobody notices, and a short job shows its layers.
ADVANCE_SECONDS = 0.06
#: Share of the budget that samples keep where steps are so short that rows alone take the budget.
LEAST_SAMPLE_SHARE = 0.2
#: Steps from sample to sample while nobody knows how long a step takes.
UNPACED_DISTANCE = 128
#: Steps of other optimizers after which one that stands still is thought to have ended its training.
IDLE_STEPS = 128
#: Seconds between two looks at the control file.
CONTROL_SECONDS = 0.5
#: A line that holds one of these words and a number may be the result of an evaluation.
EVALUATION_WORD = re.compile(r"(?<![A-Za-z])(?i:val(?:id(?:ation)?)?|eval(?:uation)?|test|dev)(?![a-z])")
#: What colours a terminal: words stand directly behind it.
ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
#: Longer lines that the job prints are no results.
LONGEST_RESULT = 500
#: Frameworks that fetch a batch before it is needed; they say themselves which epoch it is.
LOOKS_AHEAD = {"accelerate", "lightning", "pytorch_lightning"}
#: Prefixes that wrappers put before a parameter's name.
WRAPPER_PREFIXES = re.compile(
    r"(^|\.)(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module)(?=\.)"
)
#: Modules that stand around the model as its author wrote it.
WRAPPERS = ("OptimizedModule", "DistributedDataParallel", "DataParallel", "FullyShardedDataParallel")
#: Where launchers say which process this is and how many there are.
LAUNCHERS = (
    ("RANK", "WORLD_SIZE"),
    ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
)


def _number_from_environment(name, default):
    try:
        return float(os.environ.get(name, default))
    except ValueError:
        return float(default)


class Settings:
    """What the environment says when the hook starts."""

    def __init__(self):
        self.folder = os.environ.get("EVENKEEL_OUT", "")
        self.every = int(_number_from_environment("EVENKEEL_EVERY", 0))
        self.budget = _number_from_environment("EVENKEEL_BUDGET", 0.015)
        self.disk_bytes = int(_number_from_environment("EVENKEEL_DISK_MB", 512) * 1_000_000)
        self.control = os.environ.get("EVENKEEL_CONTROL", "")


# ---------------------------------------------------------------------------------------------------------------------
# What is written


class Journal:
    """JSON lines of one process: opened with the first row, whole lines only, bounded in bytes."""

    def __init__(self, settings):
        self._folder = settings.folder
        self._limit = settings.disk_bytes
        self._file = None
        #: Bytes handed over so far, and of those, bytes that lie in the file.
        self._written = 0
        self._whole = 0
        self._lines = []
        self._flushed = 0.0
        self.path = None

    @property
    def room_for_detail(self):
        return self._written < DETAIL_SHARE * self._limit

    def write(self, row):
        if self._written >= self._limit:
            return
        line = (json.dumps(row, allow_nan=False, separators=(",", ":")) + "\n").encode("utf-8")
        self._written += len(line)
        self._lines.append(line)
        if self._written >= self._limit:
            self.flush()
            _say(f"the limit of {self._limit / 1e6:g} MB is reached; nothing more is written (EVENKEEL_DISK_MB)")
        elif time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self.flush()

    def flush(self):
        if not self._lines:
            return
        lines, self._lines = self._lines, []
        if self._file is None:
            self._file = self._open()
        together = b"".join(lines)
        view = memoryview(together)
        try:
            while len(view) > 0:
                view = view[os.write(self._file, view):]
        except OSError:
            # A full disk takes part of a line: the whole ones before it are kept.
            self._whole += together.rfind(b"\n", 0, len(together) - len(view)) + 1
            os.ftruncate(self._file, self._whole)
            raise
        self._whole += len(together)
        self._flushed = time.monotonic()

    def close(self):
        self.flush()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self):
        rank, world = _rank_and_world()
        name = "metrics.jsonl" if world <= 1 else f"rank_{rank}.jsonl"
        restarted = any(os.environ.get(name, "0") not in ("", "0") for name in RESTART_COUNTERS)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (0 if restarted else os.O_EXCL)
        for attempt in range(1, 10_000):
            folder = self._folder if attempt == 1 else os.path.join(self._folder, f"process-{attempt}")
            os.makedirs(folder, exist_ok=True)
            self.path = os.path.join(folder, name)
            try:
                file = os.open(self.path, flags, 0o644)
            except FileExistsError:
                continue
            self._whole = os.fstat(file).st_size
            return file
        raise OSError(f"{self._folder} already holds too many runs")


def _rank_and_world():
    """Rank and number of processes, as the job's own process group or its launcher says."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    for rank, world in LAUNCHERS:
        if rank in os.environ and world in os.environ:
            try:
                return int(os.environ[rank]), int(os.environ[world])
            except ValueError:
                continue
    return 0, 1


def _plain(value):
    """A number as JSON can hold it: what is not finite is a word."""
    value = float(value)
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _say(message):
    print(f"evenkeel: {message}", file=sys.stderr, flush=True)


class Row:
    """One step: numbers at hand, and numbers that a device still owes."""

    def __init__(self, step):
        self.step = step
        self.time = time.time()
        self.values = {}
        #: Tags of the parts of a norm, whose squares add up once all of them have arrived.
        self._parts = {}
        #: What clipped the gradients of this step, and the limit where one call clipped all of them.
        self.clips = []
        self.limit = None
        self._owed = []
        self._arrived = None
        self._event = None

    def put_part(self, tag, norm):
        """One part of a norm: of the parameters that one of several optimizers trains."""
        parts = self._parts.setdefault(tag, [])
        parts.append(f"{tag} part {len(parts)}")
        self.put(parts[-1], norm)

    def put(self, tag, value):
        """`value` is a number or a tensor of one element, on any device."""
        if hasattr(value, "detach"):
            self.put_all((tag,), _local(value.detach()).reshape(1))
        else:
            self.values[tag] = value

    def put_all(self, tags, vector):
        """One element of `vector` for each tag."""
        if vector.device.type == "cpu":
            self.values.update(zip(tags, vector.tolist()))
        else:
            self._owed.append((tags, vector))

    def send(self, torch):
        """Starts the copy of what a device owes; nothing waits for it."""
        if not self._owed:
            return
        device = self._owed[0][1].device
        # Step counts and loss scales want all their digits, which MPS does not have.
        dtype = torch.float64 if device.type == "cuda" else torch.float32
        together = torch.cat([vector.to(device=device, dtype=dtype) for _, vector in self._owed])
        if device.type == "cuda":
            self._arrived = torch.empty(together.shape, dtype=together.dtype, pin_memory=True)
            self._arrived.copy_(together, non_blocking=True)
            self._event = torch.cuda.Event()
            self._event.record()
        else:
            # Devices without events of their own (MPS): read when the next step has been taken.
            self._arrived = together

    def ready(self):
        return self._event.query() if self._event is not None else self._arrived is None

    @property
    def outdated(self):
        """Whether waiting longer would not help: there is no event that says when the values have arrived."""
        return self._event is None

    def finish(self):
        """The row as written; waits for the device if it must."""
        if self._event is not None:
            self._event.synchronize()
        if self._arrived is not None:
            self.values.update(zip((tag for tags, _ in self._owed for tag in tags), self._arrived.tolist()))
            self._owed = []
        row = {"step": self.step, "time": round(self.time, 3)}
        for tag, parts in self._parts.items():
            self.values[tag] = math.hypot(*(self.values.pop(part) for part in parts))
        norm = self.values.get("gradient-norm")
        if self.limit is not None and norm is not None:
            # As `clip_grad_norm_` scales them.
            clipped = min(norm, norm * self.limit / (norm + 1e-6)) if math.isfinite(norm) else norm
            self.values["gradient-norm/clipped"] = clipped
        row.update((tag, _plain(value)) for tag, value in self.values.items())
        return row


# ---------------------------------------------------------------------------------------------------------------------
# Tensors


def _local(tensor):
    """The part of a sharded tensor that this process holds; the tensor itself otherwise."""
    return getattr(tensor, "_local_tensor", tensor)


def _spread(tensor, count):
    """At most `count` elements, evenly spread over the tensor, as a vector."""
    flat = tensor.reshape(-1) if tensor.is_contiguous() else tensor.flatten()
    # An odd stride goes through all columns of a matrix, whose width hardly ever is odd.
    return flat if flat.numel() <= count else flat[:: -(-flat.numel() // count) | 1]


def _wide(tensor):
    """In single precision at least."""
    return tensor.float() if tensor.is_floating_point() and tensor.element_size() < 4 else tensor


def _dense(tensor):
    tensor = _local(tensor)
    return tensor.coalesce().values() if tensor.is_sparse else tensor


def _norms(torch, tensors):
    """Euclidean norms as one vector, an element a tensor."""
    wide = [_wide(_dense(tensor)) for tensor in tensors]
    if hasattr(torch, "_foreach_norm") and len({tensor.device for tensor in wide}) == 1:
        return _together(torch, torch._foreach_norm(wide))
    return _together(torch, [tensor.norm() for tensor in wide])


def _together(torch, scalars):
    """Scalars as one vector, on the device of the first."""
    kinds = {(scalar.dtype, scalar.device) for scalar in scalars}
    if len(kinds) > 1:
        device = scalars[0].device
        scalars = [scalar.to(device=device, dtype=torch.float32) for scalar in scalars]
    return torch.stack(list(scalars))


def _alike(things, kind):
    """Those of one kind together, in the order in which the kinds first come."""
    groups = {}
    for thing in things:
        groups.setdefault(kind(thing), []).append(thing)
    return groups.values()


def _taken(torch, tensors, count):
    """Evenly spread elements of tensors of one size and type, as a matrix with a row for each."""
    rows = [_spread(_local(tensor.detach()), count) for tensor in tensors]
    return torch.stack([row.to(rows[0].device) for row in rows])


def _holds_part(parameter):
    """Whether other processes hold other parts of the parameter: FSDP 2, DeepSpeed's ZeRO-3, FSDP 1."""
    placements = getattr(parameter, "placements", None)
    if placements is not None:
        return not all(placement.is_replicate() for placement in placements)
    return hasattr(parameter, "ds_tensor") or type(parameter).__name__ == "FlatParameter"


def _sharded(roots):
    """Whether several processes hold the models together: the whole of a norm or of a state is theirs to gather."""
    if any(_holds_part(parameter) for root in roots for parameter in root.parameters()):
        return True
    modules = [module for root in roots for module in root.modules()]
    wrapped = [module for module in modules if type(module).__name__ == "FullyShardedDataParallel"]
    return any("NO_SHARD" not in str(getattr(module, "sharding_strategy", "")) for module in wrapped)


def _clean(name):
    name = WRAPPER_PREFIXES.sub("", name).lstrip(".")
    return name[len("module."):] if name.startswith("module.") else name


def _modules_holding(torch, parameters):
    """The outermost modules that hold any of the parameters, most parameters first."""
    wanted = {id(parameter) for parameter in parameters}
    kinds = _with_subclasses(torch.nn.Module)
    # A set of classes is ten times as fast as `isinstance`, and asks no proxy object for its class.
    modules = [thing for thing in gc.get_objects() if type(thing) in kinds]
    inner = {id(child) for module in modules for child in module.__dict__.get("_modules", {}).values()}
    roots = []
    for module in modules:
        if id(module) not in inner:
            held = sum(1 for parameter in module.parameters() if id(parameter) in wanted)
            if held > 0:
                roots.append((held, module))
    roots.sort(key=lambda root: -root[0])
    return [module for _, module in roots]


def _with_subclasses(kind):
    found, waiting = {kind}, [kind]
    while waiting:
        fresh = set(type.__subclasses__(waiting.pop())) - found
        found |= fresh
        waiting.extend(fresh)
    return found


def _compiled(module):
    """Whether the module runs as a compiled graph, in which hooks are not called."""
    return "_orig_mod" in module.__dict__.get("_modules", {}) or module.__dict__.get("_compiled_call_impl") is not None


class Names:
    """Names of parameters and of the layers that are worth following, for the models that one optimizer trains."""

    def __init__(self, torch, optimizer, parameters, models=()):
        self.of = {}
        #: `(name, module, is_block)`, outermost first, modules inside compiled graphs left out.
        self.layers = []
        self.roots = []
        self.compiled = False
        roots = list(models) or _modules_holding(torch, parameters)
        wanted = {id(parameter) for parameter in parameters}
        for root in roots:
            named = [(name, parameter) for name, parameter in root.named_parameters() if id(parameter) in wanted]
            fresh = [(name, parameter) for name, parameter in named if id(parameter) not in self.of]
            if not fresh:
                continue
            prefix = "" if not self.roots else f"{type(root).__name__}."
            self.roots.append(root)
            for name, parameter in fresh:
                self.of[id(parameter)] = prefix + _clean(name)
            if not _compiled(root):
                self.layers.append((prefix + "model", root, False))
            self._collect(root, prefix)
        self.of.update(getattr(optimizer, "names", {}))
        for position, parameter in enumerate(parameters):
            self.of.setdefault(id(parameter), f"parameter_{position}")

    def let_go(self):
        self.layers, self.roots = [], []

    def owner(self):
        """What the optimizer trains, by the name of the model's class."""
        root = self.roots[0] if self.roots else None
        while root is not None and type(root).__name__ in WRAPPERS:
            root = next(root.children(), None)
        return "optimizer" if root is None else type(root).__name__

    def _collect(self, module, prefix, path=""):
        if _compiled(module):
            self.compiled = True
            return
        for name, child in module.named_children():
            inner = f"{path}.{name}" if path else name
            self.layers.append((prefix + _clean(inner), child, name.isdigit() and _repeated(module)))
            self._collect(child, prefix, inner)


def _repeated(module):
    """Whether the children of a list are one block over and over: their outputs are the residual stream."""
    kinds = {type(child).__name__ for child in module.children()}
    return len(kinds) == 1 and len(list(module.children())) >= 2


#: Activations whose units may fall silent, by the name of their class.
RECTIFIERS = (
    *("ReLU", "ReLU6", "LeakyReLU", "PReLU", "ELU", "GELU", "SiLU", "Mish"),
    *("NewGELUActivation", "GELUActivation", "SiLUActivation"),
)
#: Activations with ends, and where those are.
SATURATING = {"Tanh": (-1.0, 1.0), "Sigmoid": (0.0, 1.0), "Hardtanh": (-1.0, 1.0), "Hardsigmoid": (0.0, 1.0)}
#: Functions that do what a class of activations does.
FUNCTIONS = {
    "relu": "ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "leaky_relu": "LeakyReLU",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
}


# ---------------------------------------------------------------------------------------------------------------------
# One optimizer and what it trains


class Clip:
    """
    One call that clipped gradients: the norm they had together (of this rank's shards alone where `own_part`), its
    limit, and whose gradients they were.
    """

    def __init__(self, norm, limit, parameters, own_part):
        self.norm, self.limit, self.parameters, self.own_part = norm, limit, parameters, own_part

    def covers(self, parameter):
        return any(one is parameter for one in self.parameters)


class Track:
    """
    One optimizer: its parameters, their names, and the loss whose gradient it follows. It lets go of them with the
    optimizer, so that a job that trains one model after the other holds none for longer than it would unwatched.
    """

    def __init__(self, torch, optimizer, models):
        self._optimizer = weakref.ref(optimizer, self._let_go)
        self.parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        self.names = Names(torch, optimizer, self.parameters, models)
        #: Steps that the optimizer has taken, those before the job was resumed included.
        self.steps = self.steps_before()
        self.sharded = _sharded(self.names.roots)
        #: The optimizer whose loss this one follows as well: their gradients make up one norm.
        self.companion_of = None
        #: Whether this step's gradient norm is worth its cost, the step at which the next one is, and what it costs.
        self.norm_due = True
        self.next_norm = 0
        self.norm_seconds = 0.0
        self.hyperparameters = {}

    def _let_go(self, _):
        self.parameters = []
        self.names.let_go()

    @property
    def optimizer(self):
        """None once the job has let go of it."""
        return self._optimizer()

    def with_gradients(self):
        groups = self.optimizer.param_groups
        return [parameter for group in groups for parameter in group["params"] if parameter.grad is not None]

    def followed(self, parameters):
        """Those that are followed by name: all, or the largest of very many."""
        if len(parameters) <= FOLLOWED_TENSORS:
            return parameters
        largest = sorted(parameters, key=lambda parameter: -parameter.numel())[:FOLLOWED_TENSORS]
        kept = {id(parameter) for parameter in largest}
        return [parameter for parameter in parameters if id(parameter) in kept]

    def name(self, parameter):
        return self.names.of.get(id(parameter), "parameter")

    def steps_before(self):
        """Steps that the optimizer's own state has counted: more than 0 in a resumed job."""
        for state in list(self.optimizer.state.values())[:1]:
            count = state.get("step", 0) if isinstance(state, dict) else 0
            try:
                if not hasattr(count, "device") or count.device.type == "cpu":
                    return int(count)
            except (TypeError, ValueError):
                return 0
        return 0


class Ledger:
    """
    The hook's own time, held against the training's. On a processor it is the time that this thread was busy: where others
    compete for it, they hold whole steps up and a sample hardly ever, so by the clock on the wall samples would look
    cheaper than they are. A device runs beside it, so there the clock on the wall counts.
    """

    def __init__(self, parameters=(), spent=0.0):
        on_processor = all(parameter.device.type == "cpu" for parameter in parameters[:1])
        self.now = time.thread_time if on_processor and hasattr(time, "thread_time") else time.perf_counter
        #: Whether a training has chosen the clock.
        self._fits = bool(parameters)
        self._began = self._entered = self.now()
        self._spent = spent

    def for_training(self, parameters):
        """The ledger by the clock that suits the training: this one if it can be."""
        suited = Ledger(parameters, self.spent)
        return self if self._fits and suited.now is self.now else suited

    @property
    def elapsed(self):
        return self.now() - self._began

    @property
    def spent(self):
        return self._spent + (0.0 if self._entered is None else self.now() - self._entered)

    def enter(self):
        self._entered = self.now()

    def leave(self):
        self._spent, self._entered = self.spent, None

    def add(self, seconds):
        """Own time that passed outside of what was entered."""
        self._spent += seconds


def _entry(method):
    """A method that a patched function of the framework calls: its time is the hook's own."""

    @functools.wraps(method)
    def entered(self, *arguments):
        if self.torch is None or not self._own_thread() or _compiling():
            return
        self.ledger.enter()
        try:
            method(self, *arguments)
        finally:
            # A training that began within has a ledger of its own.
            self.ledger.leave()

    return entered


class Epochs:
    """How often the training has gone through its data, by the data loader that fed it last."""

    def __init__(self):
        #: Weak reference to a data set, and how often it was begun, by its identity and the batches it is cut into.
        self._begun = {}
        self.now = None

    def on_batch(self, feed):
        if LOOKS_AHEAD & sys.modules.keys():
            return
        try:
            dataset, batches, taken = feed._dataset, len(feed), feed._num_yielded
            key = (id(dataset), batches)
            known, begun = self._begun.get(key, (None, 0))
            if known is None or known() is not dataset:
                known, begun = weakref.ref(dataset), 0
            if taken <= 1:
                begun += 1
        except (AttributeError, TypeError):
            # Streams have no length, and some data sets can't be referred to weakly.
            self.now = None
            return
        self._begun[key] = (known, begun)
        self.now = begun - 1 + taken / batches if batches > 0 and taken <= batches else None


class Prints:
    """What the job prints, piece by piece, of which only lines that may be the result of an evaluation are kept."""

    def __init__(self):
        self.wanted = True
        #: The line under way, by the stream that it is printed to.
        self._begun = {}

    def results_in(self, stream, text):
        if not self.wanted or not isinstance(text, str):
            return []
        *whole, rest = (self._begun.get(stream, "") + text).split("\n")
        self._begun[stream] = rest[-2 * LONGEST_RESULT:]
        # A progress bar draws itself anew behind a carriage return: what it shows in the end counts.
        shown = (ESCAPE_SEQUENCE.sub("", line.rstrip("\r").rpartition("\r")[2]) for line in whole)
        return [line for line in shown if len(line) <= LONGEST_RESULT and self._may_be_result(line)]

    @staticmethod
    def _may_be_result(line):
        return EVALUATION_WORD.search(line) is not None and re.search(r"\d|\bnan\b|\binf\b", line, re.I) is not None


class Watcher:
    """Watches the PyTorch training of this process."""

    def __init__(self, settings):
        self.settings = settings
        self.journal = Journal(settings)
        self.active = True
        self.torch = None
        self.tracks = {}
        self.primary = None
        self.step = 0
        self.row = None
        self.rows = []
        self.losses = []
        self.clips = []
        #: Norms of gradients before they were clipped, by the identity of their parameter.
        self.before_clipping = {}
        self.unscaled = None
        self.scaler = None
        self.skipped = 0
        self.data_seconds = 0.0
        self.epochs = Epochs()
        self.ledger = Ledger()
        self.last_step_at = None
        self._spent_at_last_step = 0.0
        self.step_seconds = None
        #: Elements of weights before the step, as `(tags, parameters, matrix)`.
        self.before_update = []
        #: The callback that each `fit` of Keras gets.
        self.keras_callback = None
        #: Weak references to the models that `watch` was given.
        self.models = ()
        self.extra = {}
        #: What the job prints of its evaluations, until its trainer tells of them itself.
        self.prints = Prints()
        self.stepping = False
        self.pid = os.getpid()
        #: The thread that took the first step; what others train beside it is another run.
        self.thread = None
        #: Weak references to the models of the training that is under way.
        self._roots = []
        #: Steps that other optimizers took since the first one's last.
        self._idle = 0
        #: Hooks that look at the step under way, the ledger's account when its sample began, and the next step that
        #: may be sampled.
        self._armed = None
        self._sample_began = None
        self._first_step = self._next_sample = 1
        self._cost_of_sample = 0.0
        self._spent_on_samples = 0.0
        self._control_seen = None
        self._control_looked = -math.inf

    # -- entry points, each called from a patched function of the framework --

    @_entry
    def on_backward(self, tensors, gradients):
        """Before a backward pass: remembers the value of what it starts from."""
        if gradients is not None:
            return
        torch = self.torch
        tensors = [tensors] if isinstance(tensors, torch.Tensor) else list(tensors)
        if not tensors or any(tensor.numel() != 1 for tensor in tensors):
            return
        for tensor in tensors:
            value = tensor.detach()
            if self.unscaled is not None and self.unscaled[0] is tensor:
                value = self.unscaled[1]
            self.losses.append(value)
        self.unscaled = None

    @_entry
    def on_scale(self, scaler, given, scaled):
        if isinstance(given, self.torch.Tensor) and given.numel() == 1:
            self.scaler = scaler
            self.unscaled = (scaled, given.detach())

    @_entry
    def on_fetch(self, feed, seconds):
        """A data loader handed out a batch; those of an evaluation, which takes no gradients, do not count."""
        self.data_seconds += seconds
        if self.torch.is_grad_enabled():
            self.epochs.on_batch(feed)

    @_entry
    def before_clip(self, parameters):
        """On a sampled step: the norms of the gradients before clipping changes them."""
        sampled = self._armed is not None or self.primary is None
        if not sampled or not self.journal.room_for_detail:
            return
        parameters = [parameters] if isinstance(parameters, self.torch.Tensor) else list(parameters)
        parameters = [parameter for parameter in parameters if parameter.grad is not None]
        if parameters:
            with self.torch.no_grad():
                norms = _norms(self.torch, [parameter.grad for parameter in parameters]).unbind()
            self.before_clipping.update((id(parameter), norm) for parameter, norm in zip(parameters, norms))

    @_entry
    def on_clip(self, norm, limit, kind, parameters):
        if float(kind) == 2.0 and isinstance(norm, self.torch.Tensor):
            # Of sharded gradients the norm has been added up over the ranks already, or is each rank's own part.
            own_part = not all(placement.is_replicate() for placement in getattr(norm, "placements", ()))
            self.clips.append(Clip(_local(norm.detach()), float(limit), parameters, own_part))

    @_entry
    def before_step(self, optimizer):
        track = self._track_of(optimizer)
        row = self._row_for(track)
        if track is self.primary and self.epochs.now is not None:
            row.put("epoch", round(self.epochs.now, 6))
        if self.step == self._first_step and self._sample_began is None and self.journal.room_for_detail:
            self._sample_began = self.ledger.spent
        sampled = self._sample_began is not None
        self._read_losses(track, row)
        self._read_hyperparameters(track, row)
        self._read_norms(track, row, sampled)
        if sampled:
            self._read_weights(track, row)

    @_entry
    def after_step(self, optimizer):
        track = self.tracks.get(id(optimizer))
        if track is None or self.row is None:
            return
        track.steps += 1
        self._idle = 0 if track is self.primary else self._idle + 1
        if self.before_update:
            self._read_updates(self.row)
        self._after(track)

    @_entry
    def on_skipped_step(self, optimizer):
        """A loss scaler found infinities and left the step out."""
        self.skipped += 1
        track = self._track_of(optimizer)
        row = self._row_for(track)
        self._read_losses(track, row)
        self._read_hyperparameters(track, row)
        self._read_norms(track, row, False)
        self._after(track)

    @_entry
    def on_log(self, values):
        """Numbers that the job's own trainer logs, as they are; those that the hook sees better are left out."""
        known = {"loss", "grad_norm", "learning_rate", "step"}
        if self.epochs.now is not None:
            known.add("epoch")
        numbers = {}
        for tag, value in values.items():
            if tag in known or isinstance(value, (str, bytes)):
                continue
            try:
                numbers[str(tag)] = _plain(value)
            except (TypeError, ValueError):
                continue
        self._told(numbers)
        if numbers:
            self._write_beside(numbers)

    @_entry
    def on_print(self, stream, text):
        """The loss of an evaluation, of which nobody takes gradients, is what the job says it is, at this step."""
        for line in self.prints.results_in(stream, text):
            self._write_beside({"evenkeel/printed": line})

    def on_own_log(self, values):
        """Numbers that the job's author adds to the row of the step."""
        self._told(values)
        self.extra.update(values)

    def _told(self, values):
        """Who logs the results of evaluations prints them as well: they count once."""
        if any(EVALUATION_WORD.search(str(tag)) for tag in values):
            self.prints.wanted = False

    def _write_beside(self, values):
        """A row of its own at the step that was taken last."""
        self._write_finished(everything=True)
        self.journal.write({"step": self.step, "time": round(time.time(), 3), **values})

    # -- reading --

    def _own_thread(self):
        return self.thread is None or self.thread.ident == threading.get_ident() or not self.thread.is_alive()

    def _track_of(self, optimizer):
        track = self.tracks.get(id(optimizer))
        if track is None or track.optimizer is not optimizer:
            # What the job has let go of tells nothing apart any more.
            self.tracks = {key: known for key, known in self.tracks.items() if known.optimizer is not None}
            models = [model for model in (reference() for reference in self.models) if model is not None]
            track = self.tracks[id(optimizer)] = Track(self.torch, optimizer, models)
            if self.primary is not None and not self.losses:
                track.companion_of = self.primary
        ended = self.primary is None or self.primary.optimizer is None or self._idle >= IDLE_STEPS
        if ended and track is not self.primary:
            self._begin(track)
        return track

    def _begin(self, track):
        """A training begins: the first one, one that goes on with the same model, or another one after it."""
        goes_on = any(reference() is root for reference in self._roots for root in track.names.roots)
        if self.primary is not None:
            self._end()
            self.tracks = {key: known for key, known in self.tracks.items() if known is track}
            track.companion_of = None
            if not goes_on:
                self.begin_anew()
        self.primary, self._idle = track, 0
        _listen_to_prints()
        self.thread = threading.current_thread()
        self._roots = [weakref.ref(root) for root in track.names.roots]
        self.last_step_at = self.step_seconds = None
        self.ledger = self.ledger.for_training(track.parameters)
        if not goes_on:
            self.step = track.steps
            self._first_step = self._next_sample = self.step + 1
            self._cost_of_sample = 0.0
            self._write_start(track)

    def _row_for(self, track):
        if track is self.primary and self.row is not None:
            self._end_of_step()
        if self.row is None:
            self.step += 1
            self.row = Row(self.step)
        return self.row

    def _after(self, track):
        """A step of the first optimizer begins a row; other optimizers of the same step add to it."""
        if track is self.primary:
            self._time_step()
            if len(self.tracks) == 1 and self.step > 1:
                self._end_of_step()

    def _prefix(self, track):
        """Several optimizers, each with a loss of its own, are told apart by the model that they train."""
        apart = [other for other in self.tracks.values() if other.companion_of is None]
        if track.companion_of is not None or apart == [track]:
            return ""
        owner = track.names.owner().lower()
        same = [other for other in apart if other.names.owner().lower() == owner]
        return f"{owner}/" if len(same) == 1 else f"{owner}_{same.index(track)}/"

    def _read_losses(self, track, row):
        losses, self.losses = self.losses, []
        if losses and track.companion_of is None:
            prefix = self._prefix(track)
            # Gradients add up from one backward pass to the next; so does the loss that the step follows.
            total = losses[0]
            if len(losses) > 1:
                total = self.torch.stack([loss.reshape(()).float() for loss in losses]).sum()
            row.put(f"{prefix}loss" if prefix else "train/loss", total.reshape(()))

    def _read_hyperparameters(self, track, row):
        prefix = self._prefix(track)
        groups = track.optimizer.param_groups
        rates = [group.get("lr") for group in groups]
        if rates and not any(hasattr(rate, "device") for rate in rates) and len(set(rates)) == 1:
            row.put(f"{prefix}learning-rate", rates[0])
        else:
            for position, rate in enumerate(rates):
                if rate is not None:
                    row.put(f"{prefix}learning-rate/{position}", rate)
        for position, group in enumerate(groups):
            betas = group.get("betas") or (None, None)
            now = {
                "beta1": betas[0],
                "beta2": betas[1],
                "momentum": group.get("momentum"),
                "weight-decay": group.get("weight_decay"),
            }
            for name, value in now.items():
                if isinstance(value, (int, float)) and track.hyperparameters.get((position, name)) != value:
                    if (position, name) in track.hyperparameters:
                        row.put(f"{prefix}{name}" if len(groups) == 1 else f"{prefix}{name}/{position}", value)
                    track.hyperparameters[(position, name)] = value
        if self.scaler is not None and track is self.primary:
            scale = getattr(self.scaler, "_scale", None)
            if scale is not None:
                row.put("loss-scale", scale)
            row.put("skipped-steps", self.skipped)

    def _read_norms(self, track, row, sampled):
        prefix = self._prefix(track)
        tag, own_tag = f"{prefix}gradient-norm", f"{prefix}shard-gradient-norm"
        clips, self.clips = self.clips, []
        row.clips.extend(clips)
        for clip in clips:
            row.put_part(own_tag if clip.own_part else tag, clip.norm)
        if clips and tag == "gradient-norm":
            row.limit = clips[0].limit if len(row.clips) == 1 else None
        # The norm of one loss's gradient needs the parts of all who follow it, in the same steps.
        leader = track.companion_of or track
        if track is leader:
            track.norm_due = self.step >= track.next_norm
        known = any(clip.covers(track.parameters[0]) for clip in row.clips)
        parameters = track.with_gradients()
        if not parameters or not sampled and (known or not leader.norm_due):
            return
        began = self.ledger.now()
        each = [self.before_clipping.get(id(parameter)) for parameter in parameters]
        with self.torch.no_grad():
            if not known or any(norm is None for norm in each):
                norms = _norms(self.torch, [parameter.grad for parameter in parameters])
                each = [after if norm is None else norm for norm, after in zip(each, norms.unbind())]
            if not known:
                # A rank that holds a shard knows the norm of the shard alone; all together would need the other ranks.
                row.put_part(own_tag if track.sharded else tag, norms.norm())
                row.limit = None
            if sampled:
                self._put_each(track, row, "gradient-norm", parameters, each)
        if not sampled and self.step_seconds:
            leader.norm_seconds = self.ledger.now() - began + (0.0 if track is leader else leader.norm_seconds)
            share = NORM_SHARE * self.settings.budget * self.step_seconds
            pause = (leader.norm_seconds - NEGLIGIBLE_SECONDS) / share if share > 0 else LONGEST_PAUSE
            leader.next_norm = self.step + math.ceil(max(1, min(LONGEST_PAUSE, pause)))

    def _put_each(self, track, row, quantity, parameters, values):
        """A value of each tensor that is followed by name: of this process's part where others hold the rest."""
        if self.journal.room_for_detail:
            kept = {id(parameter) for parameter in track.followed(parameters)}
            pairs = [(parameter, value) for parameter, value in zip(parameters, values) if id(parameter) in kept]
            quantity = f"shard-{quantity}" if track.sharded else quantity
            tags = [f"{quantity}/{track.name(parameter)}" for parameter, _ in pairs]
            row.put_all(tags, _together(self.torch, [value for _, value in pairs]))

    def _read_weights(self, track, row):
        """On a sampled step, before the update: weights, Adam's moments, and elements whose movement is measured."""
        torch = self.torch
        parameters = track.with_gradients()
        if not parameters or not self.journal.room_for_detail:
            return
        with torch.no_grad():
            weights = _norms(torch, [parameter.detach() for parameter in parameters])
            self._put_each(track, row, "weight-norm", parameters, weights.unbind())
            if not track.sharded:
                row.put_part(f"{self._prefix(track)}weight-norm", weights.norm())
            if "lion" in type(track.optimizer).__name__.lower():
                # Lion bounds weights by 1 / weight decay (arXiv 2310.05898): the largest one shows how far it is.
                largest = [_local(parameter.detach()).abs().max().float() for parameter in parameters]
                self._put_each(track, row, "weight-absmax", parameters, largest)
            followed = [parameter for parameter in track.followed(parameters) if _local(parameter).numel() > 0]
            self._read_moments(track, row, followed)
            for alike in _alike(followed, lambda parameter: (_local(parameter).numel(), parameter.dtype)):
                tags = [f"update-ratio/{track.name(parameter)}" for parameter in alike]
                self.before_update.append((tags, alike, _taken(torch, alike, UPDATE_ELEMENTS)))

    def _read_moments(self, track, row, parameters):
        """How far gradients stand out from what Adam expects, and how far they lie above its epsilon."""
        torch, state = self.torch, track.optimizer.state
        groups = {id(parameter): group for group in track.optimizer.param_groups for parameter in group["params"]}
        squares = {}
        for parameter in parameters:
            own = state.get(parameter)
            second = own.get("exp_avg_sq") if isinstance(own, dict) else None
            if isinstance(second, torch.Tensor) and not parameter.grad.is_sparse:
                first, second = _local(parameter.grad), _local(second)
                if (first.shape, first.device) == (second.shape, second.device):
                    squares[id(parameter)] = second

        def treatment(parameter):
            group = groups[id(parameter)]
            beta2 = (group.get("betas") or (0.9, 0.999))[1]
            kinds = parameter.grad.dtype, squares[id(parameter)].dtype
            return _local(parameter.grad).numel(), kinds, group.get("eps"), float(beta2)

        for alike in _alike([parameter for parameter in parameters if id(parameter) in squares], treatment):
            _, _, epsilon, beta2 = treatment(alike[0])
            names = [track.name(parameter) for parameter in alike]
            squared = _taken(torch, [parameter.grad for parameter in alike], MOMENT_ELEMENTS).float().square()
            if isinstance(epsilon, float) and epsilon > 0:
                tags = [f"moment/{name}/rms-over-epsilon" for name in names]
                row.put_all(tags, squared.mean(dim=1).sqrt() / epsilon)
            if track.steps >= WARM_STEPS:
                second = _taken(torch, [squares[id(parameter)] for parameter in alike], MOMENT_ELEMENTS).float()
                second = second / (1 - beta2**track.steps)
                # Rows that were hardly ever touched have no second moment to speak of: any gradient would look like a
                # spike.
                warm = second > second.mean(dim=1, keepdim=True) * 1e-4
                spikes = torch.where(warm, squared / second.clamp_min(1e-38), torch.zeros_like(second))
                row.put_all([f"moment/{name}/spike" for name in names], spikes.amax(dim=1))

    def _read_updates(self, row):
        remembered, self.before_update = self.before_update, []
        with self.torch.no_grad():
            for tags, parameters, before in remembered:
                now = _taken(self.torch, parameters, UPDATE_ELEMENTS)
                if now.shape == before.shape:
                    sizes = _wide(before).norm(dim=1)
                    moves = (_wide(now) - _wide(before)).norm(dim=1)
                    for tag, size, move in zip(tags, sizes.tolist(), moves.tolist()):
                        # What is all zeros has no ratio.
                        if size != 0:
                            row.put(tag, move / size)

    # -- the end of a step --

    def _time_step(self):
        row, now, spent = self.row, time.perf_counter(), self.ledger.now()
        if self.last_step_at is not None:
            seconds = spent - self._spent_at_last_step
            self.step_seconds = seconds if self.step_seconds is None else 0.8 * self.step_seconds + 0.2 * seconds
            row.put("step-time", now - self.last_step_at)
            if self.data_seconds > 0:
                row.put("data-time", self.data_seconds)
        self.last_step_at, self._spent_at_last_step, self.data_seconds = now, spent, 0.0

    def _end_of_step(self):
        row, self.row = self.row, None
        row.clips = []
        self.before_clipping.clear()
        if self._armed is not None:
            sample, self._armed = self._armed, None
            sample.end(row)
            self.ledger.add(sample.seconds)
        for tag, value in self.extra.items():
            row.put(tag, value)
        self.extra = {}
        row.send(self.torch)
        self.rows.append(row)
        self._write_finished()
        if self._sample_began is not None:
            self._book_sample()
        self._obey()
        # A first step that waited for other optimizers ends within the second one, whose forward pass is over.
        over = self.step == self._first_step and len(self.tracks) == 1
        if self.step + 1 >= self._next_sample and not over:
            self._consider_sample()

    def _write_finished(self, everything=False):
        while self.rows and (everything or self.rows[0].ready() or (self.rows[0].outdated and len(self.rows) > 1)):
            self.journal.write(self.rows.pop(0).finish())

    def _write_start(self, track):
        group = track.optimizer.param_groups[0] if track.optimizer.param_groups else {}
        plain = (int, float, str, bool)
        config = {name: value for name, value in group.items() if name != "params" and isinstance(value, plain)}
        if isinstance(group.get("betas"), (tuple, list)):
            config["betas"] = [float(beta) for beta in group["betas"]]
        config.update(
            optimizer=getattr(track.optimizer, "kind", type(track.optimizer).__name__),
            model=track.names.owner() if track.names.roots else None,
            parameters=sum(parameter.numel() for parameter in track.parameters),
            torch=str(self.torch.__version__),
            command=" ".join(sys.argv)[:1_000],
            compiled=track.names.compiled or None,
        )
        self.journal.write({"config": {name: _storable(value) for name, value in config.items() if value is not None}})

    def begin_anew(self):
        """What is written from here on is another run, in a folder of its own."""
        self.journal.close()
        self.journal = Journal(self.settings)

    def finish(self):
        if self.active and os.getpid() == self.pid:
            self._end()

    def _end(self):
        if self.row is not None:
            self._end_of_step()
        if self._armed is not None:
            armed, self._armed = self._armed, None
            armed.end(Row(self.step))
        self._write_finished(everything=True)
        self.journal.flush()

    # -- sampled steps: activations, attention, logits, ranks' directions --

    def _book_sample(self):
        """Once a sampled step has been written: what it cost, from which the next ones are planned."""
        cost, self._sample_began = self.ledger.spent - self._sample_began, None
        self._spent_on_samples += cost
        if self.step == self._first_step:
            # Activations are yet to come.
            cost *= 2
        self._cost_of_sample = max(cost, 0.5 * self._cost_of_sample)
        self._next_sample = self._candidate_after(self.step)

    def _candidate_after(self, step):
        """The next step that may be sampled, the same for ranks that pace themselves differently."""
        if self.settings.every > 0:
            return step + self.settings.every
        if step == self._first_step:
            return step + 1
        if step < EARLY_SAMPLES:
            return 1 << (step + 1).bit_length()
        distance = self._distance()
        return (step // distance + 1) * distance

    def _distance(self):
        """Steps from sample to sample that keep their cost within its share of the budget: a power of two."""
        share = (1 - NORM_SHARE) * self.settings.budget * (self.step_seconds or 0.0)
        if share <= 0:
            return UNPACED_DISTANCE
        distance = self._cost_of_sample / share
        return next((power for power in (1 << k for k in range(4, 17)) if power >= distance), 1 << 17)

    def _consider_sample(self):
        if self.journal.room_for_detail and (self.settings.every > 0 or self._affordable()):
            self._arm()
        else:
            self._next_sample = self._candidate_after(self.step + 1)

    def _affordable(self):
        """Whether the training has paid for one more sample: for all that the hook has spent, and what this one will."""
        earned = self.settings.budget * self.ledger.elapsed
        for_rows = self.ledger.spent - self._spent_on_samples
        purse = max(ADVANCE_SECONDS, earned - for_rows, LEAST_SAMPLE_SHARE * earned)
        return self._spent_on_samples + self._cost_of_sample <= purse

    def _arm(self):
        torch = self.torch
        if torch.cuda.is_available() and torch.cuda.is_current_stream_capturing():
            return
        self._sample_began = self.ledger.spent
        self._armed = Sample(self)
        self._armed.begin()

    # -- what the runner asks for: README.md describes the files --

    def _obey(self):
        now = time.monotonic()
        if not self.settings.control or now - self._control_looked < CONTROL_SECONDS:
            return
        self._control_looked = now
        try:
            changed = os.stat(self.settings.control).st_mtime_ns
            if changed == self._control_seen:
                return
            with open(self.settings.control, encoding="utf-8") as file:
                asked = json.load(file)
        except (OSError, ValueError):
            # Not there yet, or half written: the next look finds it whole.
            return
        self._control_seen = changed
        if not isinstance(asked, dict) or asked.get("command") != "save-checkpoint" or _rank_and_world()[0] != 0:
            return
        answer_file = f"{self.settings.control}.answer"
        if asked.get("id") is not None and asked["id"] == _last_answer(answer_file):
            return
        answer = {"id": asked.get("id"), "event": "checkpoint", "step": self.step}
        began = self.ledger.now()
        try:
            answer["path"] = self._save_checkpoint(asked["path"])
        except Exception as error:  # The job goes on whatever became of the checkpoint.
            answer["error"] = f"{type(error).__name__}: {error}"
        # Asked for, so no cost of watching.
        self.ledger.add(began - self.ledger.now())
        try:
            with _whole_file(answer_file) as partial, open(partial, "w", encoding="utf-8") as file:
                json.dump(answer, file)
        except OSError as error:
            _say(f"the answer to a request for a checkpoint could not be written: {error}")

    def _save_checkpoint(self, path):
        roots, optimizer = self.primary.names.roots, self.primary.optimizer
        if not roots or optimizer is None:
            raise ValueError("the hook did not find the model; `evenkeel.watch(model, optimizer)` tells it")
        if _sharded(roots):
            raise ValueError("the model is sharded over processes, which would have to save it together")
        states = [{_clean(name): value for name, value in root.state_dict().items()} for root in roots]
        content = {
            "model": states[0] if len(states) == 1 else states,
            "optimizer": optimizer.state_dict(),
            "step": self.step,
        }
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with _whole_file(path) as partial:
            self.torch.save(content, partial)
        return path


@contextlib.contextmanager
def _whole_file(path):
    """A path beside it, which takes its name once all is written: whoever waits for the file finds it whole."""
    partial = f"{path}.partial"
    try:
        yield partial
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def _last_answer(file):
    try:
        with open(file, encoding="utf-8") as answer:
            return json.load(answer).get("id")
    except (OSError, ValueError, AttributeError):
        return None


def _storable(value):
    return value if isinstance(value, (bool, int, str, list)) else _plain(value)


class Sample:
    """One step looked at closely: hooks that are put on before it and taken off after it."""

    def __init__(self, watcher):
        self.watcher = watcher
        self.torch = watcher.torch
        self.seconds = 0.0
        self._handles = []
        self._restored = []
        #: Names of the modules whose forward pass is under way, the innermost last.
        self._stack = []
        #: How often each module was entered: later micro-batches of the same step are left out.
        self._visits = {}
        self._calls = {}
        self._seen = {}
        #: Of each activation its tag, how many elements were looked at, and their mean, norm, lowest and highest.
        self._measured = {}
        #: Matrices whose rank is worked out at the end, by tag.
        self._matrices = {}
        self._logits_seen = False
        self._sketch = []
        #: Inside a watched function: what it calls in turn (`F.relu` calls `torch.relu`) is not looked at again.
        self._inside = False

    def begin(self):
        layers = [layer for track in self.watcher.tracks.values() for layer in track.names.layers]
        followed = self._chosen(layers)
        for name, module, is_block in layers:
            self._handles.append(module.register_forward_pre_hook(functools.partial(self._enter, name)))
            leave = functools.partial(self._leave, name, is_block, name in followed)
            self._handles.append(module.register_forward_hook(leave))
        if not _compiles(self.torch):
            self._watch_functions()
        if _rank_and_world()[1] > 1:
            self._sketch_gradients()

    def _watch_functions(self):
        functional = self.torch.nn.functional
        for name, kind in FUNCTIONS.items():
            for holder in (functional, self.torch):
                self._replace(holder, name, functools.partial(self._function, kind))
        self._replace(functional, "cross_entropy", self._cross_entropy)
        self._replace(functional, "scaled_dot_product_attention", self._attention)
        self._replace(functional, "softmax", self._softmax)
        self._replace(self.torch, "softmax", self._softmax)

    def end(self, row):
        for handle in self._handles:
            handle.remove()
        for holder, name, original in self._restored:
            setattr(holder, name, original)
        with self.torch.no_grad():
            if self._measured:
                self._put_measured(row)
            if self._seen:
                row.put_all(list(self._seen), _together(self.torch, list(self._seen.values())))
            for tag, matrix in self._matrices.items():
                row.put(tag, _effective_rank(self.torch, matrix))
            if self._sketch:
                tags = [f"direction-sketch/{position:02d}" for position in range(SKETCH_SIZE)]
                row.put_all(tags, self.torch.stack(self._sketch).sum(dim=0))

    def _put_measured(self, row):
        torch = self.torch
        counts, *columns = zip(*self._measured.values())
        means, norms, lowest, highest = (_together(torch, column) for column in columns)
        squares = norms.square() / torch.tensor(counts, dtype=norms.dtype, device=norms.device)
        spread = (squares - means.square()).clamp_min(0).sqrt()
        largest = torch.maximum(lowest.abs(), highest.abs())
        for name, values in (("mean", means), ("rms", squares.sqrt()), ("std", spread), ("absmax", largest)):
            row.put_all([f"{tag}/{name}" for tag in self._measured], values)

    def _chosen(self, layers):
        """Blocks, activations and what else computes; thinned out evenly where there are too many."""
        names = []
        for name, module, is_block in layers:
            kind = type(module).__name__
            computes = not list(module.children()) and "Drop" not in kind
            if is_block or computes or kind in RECTIFIERS or kind in SATURATING:
                names.append(name)
        if len(names) > FOLLOWED_LAYERS:
            names = [names[position * len(names) // FOLLOWED_LAYERS] for position in range(FOLLOWED_LAYERS)]
        return set(names)

    def _replace(self, holder, name, watch):
        original = getattr(holder, name, None)
        if original is None:
            return

        @functools.wraps(original)
        def watched(*args, **kwargs):
            if self._inside or _compiling():
                return original(*args, **kwargs)
            self._inside = True
            try:
                result = original(*args, **kwargs)
            finally:
                self._inside = False
            self._look(watch, result, args, kwargs)
            return result

        self._restored.append((holder, name, original))
        setattr(holder, name, watched)

    def _look(self, watch, *what):
        """Looks at something of the forward pass, unless the pass is an evaluation or is being compiled."""
        # Checkpointed layers run anew in a thread of autograd's, so it does not matter which thread this is.
        if not self.watcher.active or not self.torch.is_grad_enabled() or _compiling():
            return
        began = self.watcher.ledger.now()
        try:
            with self.torch.no_grad():
                watch(*what)
        except Exception as error:
            _step_aside(error)
        self.seconds += self.watcher.ledger.now() - began

    # -- layers --

    def _enter(self, name, module, _inputs):
        self._stack.append(name)
        # An activation's module is looked at as a layer: what it calls is the same thing.
        self._inside = type(module).__name__ in RECTIFIERS or type(module).__name__ in SATURATING
        self._visits[name] = self._visits.get(name, 0) + 1

    def _leave(self, name, is_block, followed, module, _inputs, output):
        self._inside = False
        while self._stack and self._stack.pop() != name:
            pass
        if followed:
            self._look(self._layer, name, is_block, type(module).__name__, output)

    def _layer(self, name, is_block, kind, output):
        if isinstance(output, (tuple, list)):
            output = output[0] if output else None
        elif hasattr(output, "last_hidden_state"):
            output = output.last_hidden_state
        if isinstance(output, self.torch.Tensor):
            self._statistics(name, kind, output, with_rank=is_block)

    def _function(self, kind, result, _args, _kwargs):
        name = self._stack[-1] if self._stack else ""
        if not isinstance(result, self.torch.Tensor) or self._visits.get(name, 0) > 1:
            return
        place = f"{name}.{kind.lower()}" if name else kind.lower()
        calls = self._calls[place] = self._calls.get(place, 0) + 1
        if calls <= 8 and len(self._calls) <= FOLLOWED_LAYERS:
            self._statistics(place if calls == 1 else f"{place}_{calls}", kind, result, with_rank=False)

    def _statistics(self, name, kind, output, with_rank):
        torch = self.torch
        tag = f"activation/{name}"
        if tag in self._measured or not output.is_floating_point() or output.numel() == 0 or output.dim() < 1:
            return
        units = _units(_local(output.detach()))
        rows = max(1, ACTIVATION_ELEMENTS // units.shape[1])
        units = units[:: max(1, -(-units.shape[0] // rows))].float()
        self._measured[tag] = (units.numel(), units.mean(), units.norm(), *torch.aminmax(units))
        if kind in RECTIFIERS and units.shape[0] >= 2:
            activity = units.abs().mean(dim=0)
            self._seen[f"{tag}/dormant"] = (activity <= DORMANT_TAU * (activity.mean() + 1e-9)).float().mean()
            self._seen[f"{tag}/zeros"] = (units == 0).float().mean()
        if kind in SATURATING:
            low, high = SATURATING[kind]
            margin = SATURATION_MARGIN * (high - low) / 2
            self._seen[f"{tag}/saturated"] = ((units < low + margin) | (units > high - margin)).float().mean()
        if with_rank and min(units.shape) >= 8:
            rows = units[:: max(1, -(-units.shape[0] // RANK_SIZE))]
            # A copy: what the job computed may change, and is not held any longer.
            self._matrices[f"{tag}/rank"] = rows[:, :: max(1, -(-rows.shape[1] // RANK_SIZE))].clone()

    # -- attention and logits --

    def _attention(self, _result, args, kwargs):
        query = args[0] if args else kwargs.get("query")
        key = args[1] if len(args) > 1 else kwargs.get("key")
        name = self._stack[-1] if self._stack else "attention"
        if f"attention-logit/{name}" in self._seen or query is None or key is None or query.dim() < 3:
            return
        scale = kwargs.get("scale") or 1.0 / math.sqrt(query.shape[-1])
        queries = _local(query.detach())[:1]
        queries = queries[..., :: max(1, queries.shape[-2] // ATTENTION_QUERIES), :].float()
        keys = _local(key.detach())[:1].float()
        if keys.dim() == 4 and queries.shape[1] != keys.shape[1]:
            keys = keys.repeat_interleave(queries.shape[1] // keys.shape[1], dim=1)
        # Masked pairs count too: an upper bound that costs no look at the mask.
        self._seen[f"attention-logit/{name}"] = (queries @ keys.transpose(-2, -1)).abs().max() * scale

    def _softmax(self, _result, args, kwargs):
        given = args[0] if args else kwargs.get("input")
        name = next((name for name in reversed(self._stack) if "att" in name.lower()), None)
        tag = f"attention-logit/{name}"
        if name is None or tag in self._seen or not isinstance(given, self.torch.Tensor) or given.dim() not in (3, 4):
            return
        logits = given.detach()[:1].float()
        self._seen[tag] = self.torch.where(logits > MASKED_LOGIT, logits.abs(), self.torch.zeros_like(logits)).max()

    def _cross_entropy(self, _result, args, kwargs):
        logits = args[0] if args else kwargs.get("input")
        target = args[1] if len(args) > 1 else kwargs.get("target")
        if self._logits_seen or not isinstance(logits, self.torch.Tensor) or logits.dim() < 2:
            return
        self._logits_seen = True
        rows = _units(_local(logits.detach()))
        stride = max(1, -(-rows.shape[0] // LOGIT_ROWS))
        rows = rows[::stride].float()
        largest = rows.max(dim=-1, keepdim=True).values
        sums = (rows - largest).exp().sum(dim=-1)
        self._seen["log-z"] = (sums.log() + largest.squeeze(-1)).mean()
        # All other classes are absorbed by rounding: Grokking at the Edge of Numerical Stability (arXiv 2501.04697).
        self._seen["softmax-collapse"] = (sums == 1).float().mean()

    # -- ranks --

    def _sketch_gradients(self):
        """Signed sums of the rank's own gradient, taken before the ranks' gradients are averaged."""
        for track in self.watcher.tracks.values():
            trained = [parameter for parameter in track.parameters if parameter.requires_grad]
            parameters = [parameter for parameter in trained if not hasattr(parameter, "_local_tensor")]
            for position in range(0, len(parameters), max(1, len(parameters) // 64)):
                self._handles.append(parameters[position].register_hook(functools.partial(self._sketch_one, position)))

    def _sketch_one(self, position, gradient):
        began = self.watcher.ledger.now()
        try:
            values = _spread(_dense(gradient.detach()), 1_024).float()
            index = self.torch.arange(values.numel(), device=values.device)
            # Knuth's multiplicative hash: the same signs on every rank, with no random state touched.
            seeds = [(position * SKETCH_SIZE + k + 1) * 40_503 for k in range(SKETCH_SIZE)]
            signs = self.torch.stack([((index * 2_654_435_761 + seed) >> 13) % 2 for seed in seeds])
            self._sketch.append((signs.float() * 2 - 1) @ values)
        except Exception as error:
            _step_aside(error)
        self.seconds += self.watcher.ledger.now() - began


def _compiles(torch):
    """Whether anything was compiled in this process: its graphs are guarded by the functions that they call."""
    utils = sys.modules.get("torch._dynamo.utils")
    return utils is not None and utils.counters["stats"].get("unique_graphs", 0) > 0


def _units(tensor):
    """Samples by units: the last dimension holds the units, or the second one behind a batch of images or sequences."""
    if tensor.dim() == 1:
        return tensor.reshape(1, -1)
    if tensor.dim() in (4, 5):
        return tensor.movedim(1, -1).reshape(-1, tensor.shape[1])
    return tensor.reshape(-1, tensor.shape[-1])


def _effective_rank(torch, rows):
    """exp of the entropy of the normalised singular values, as a share of the largest possible (arXiv 2306.13812)."""
    # On the host and in double precision, where the eigenvalues of the small Gram matrix tell the singular values.
    rows = rows.cpu().double()
    rows = rows - rows.mean(dim=0, keepdim=True)
    if not bool(torch.isfinite(rows).all()):
        return float("nan")
    gram = rows @ rows.T if rows.shape[0] <= rows.shape[1] else rows.T @ rows
    values = torch.linalg.eigvalsh(gram).clamp_min(0).sqrt()
    shares = values / values.sum().clamp_min(1e-30)
    entropy = -(shares * shares.clamp_min(1e-30).log()).sum()
    return entropy.exp() / min(rows.shape)


# ---------------------------------------------------------------------------------------------------------------------
# Where the hook meets the frameworks


_watcher = None


def _step_aside(error):
    """Never in the way of the training: says what went wrong, once, and watches no more."""
    watcher = _watcher
    if watcher is None or not watcher.active:
        return
    watcher.active = False
    _say(f"stepped aside, the training goes on unwatched: {type(error).__name__}: {error}")
    try:
        watcher.journal.flush()
    except Exception:
        pass


def _guarded(call, *arguments):
    watcher = _watcher
    if watcher is None or not watcher.active:
        return
    try:
        getattr(watcher, call)(*arguments)
    except Exception as error:
        _step_aside(error)


def _compiling():
    """Inside `torch.compile` the patched functions must be what they were."""
    torch = sys.modules.get("torch")
    compiler = getattr(torch, "compiler", None)
    return compiler is not None and hasattr(compiler, "is_compiling") and compiler.is_compiling()


def _patch(holder, name, make):
    original = getattr(holder, name, None)
    if original is None or getattr(original, "_evenkeel", False):
        return
    replaced = functools.wraps(original)(make(original))
    replaced._evenkeel = True
    setattr(holder, name, replaced)


def _patch_torch(torch):
    if _watcher is None or _watcher.torch is not None:
        return
    _watcher.torch = torch

    def backward(original):
        def watched(tensors, grad_tensors=None, *args, **kwargs):
            _guarded("on_backward", tensors, grad_tensors)
            return original(tensors, grad_tensors, *args, **kwargs)

        return watched

    _patch(torch.autograd, "backward", backward)

    def clip(original):
        def watched(parameters, max_norm, norm_type=2.0, *args, **kwargs):
            if not isinstance(parameters, torch.Tensor):
                # It may be a generator, which can be walked only once.
                parameters = list(parameters)
            _guarded("before_clip", parameters)
            norm = original(parameters, max_norm, norm_type, *args, **kwargs)
            clipped = [parameters] if isinstance(parameters, torch.Tensor) else parameters
            _guarded("on_clip", norm, max_norm, norm_type, clipped)
            return norm

        return watched

    def clip_value(original):
        def watched(parameters, *args, **kwargs):
            if not isinstance(parameters, torch.Tensor):
                parameters = list(parameters)
            _guarded("before_clip", parameters)
            return original(parameters, *args, **kwargs)

        return watched

    for name, make in (("clip_grad_norm_", clip), ("clip_grad_value_", clip_value)):
        _patch(torch.nn.utils.clip_grad, name, make)
        setattr(torch.nn.utils, name, getattr(torch.nn.utils.clip_grad, name))

    def construct(original):
        def watched(self, *args, **kwargs):
            original(self, *args, **kwargs)
            _watch_steps_of(type(self))

        return watched

    _patch(torch.optim.Optimizer, "__init__", construct)

    scalers = {getattr(holder, "GradScaler", None) for holder in (getattr(torch, "amp", None), torch.cuda.amp)}
    for scaler in scalers - {None}:
        _patch_scaler(scaler)

    def fetch(original):
        def watched(self):
            began = time.perf_counter()
            batch = original(self)
            _guarded("on_fetch", self, time.perf_counter() - began)
            return batch

        return watched

    _patch(torch.utils.data.dataloader._BaseDataLoaderIter, "__next__", fetch)


def _patch_scaler(scaler):
    def scale(original):
        def watched(self, outputs):
            scaled = original(self, outputs)
            _guarded("on_scale", self, outputs, scaled)
            return scaled

        return watched

    def step(original):
        def watched(self, optimizer, *args, **kwargs):
            before = _steps_of(optimizer)
            result = original(self, optimizer, *args, **kwargs)
            if self.is_enabled() and _steps_of(optimizer) == before:
                _guarded("on_skipped_step", optimizer)
            return result

        return watched

    if "scale" in vars(scaler):
        _patch(scaler, "scale", scale)
    if "step" in vars(scaler):
        _patch(scaler, "step", step)


def _listen_to_prints():
    """Hears what is printed from here on; every character is passed on first."""

    def listening(name):
        def write(original):
            def heard(text, *args, **kwargs):
                written = original(text, *args, **kwargs)
                _guarded("on_print", name, text)
                return written

            return heard

        return write

    for name in ("stdout", "stderr"):
        # What a job has put in their place may let nothing be changed.
        with contextlib.suppress(AttributeError, TypeError):
            _patch(getattr(sys, name), "write", listening(name))


def _steps_of(optimizer):
    return optimizer.__dict__.get("_evenkeel_steps", 0)


def _watch_steps_of(kind):
    """Wraps the `step` that a class of optimizers defines itself; what it inherits is wrapped where it is defined."""
    for owner in kind.__mro__:
        if "step" in vars(owner) and owner.__name__ != "Optimizer":
            _patch(owner, "step", _watched_step)
            return


def _watched_step(original):
    def watched(self, *args, **kwargs):
        watcher = _watcher
        if watcher is None or not watcher.active or _compiling():
            return original(self, *args, **kwargs)
        self.__dict__["_evenkeel_steps"] = _steps_of(self) + 1
        if watcher.stepping:
            # A wrapper that calls the optimizer it wraps: one step, seen from outside.
            return original(self, *args, **kwargs)
        watcher.stepping = True
        try:
            closure = args[0] if args else kwargs.get("closure")
            if callable(closure):
                # Forward and backward passes happen within the step: its gradients are there once the closure returns.
                observed = _observed_closure(self, closure)
                args, kwargs = ((observed, *args[1:]), kwargs) if args else ((), {**kwargs, "closure": observed})
            else:
                _guarded("before_step", self)
            result = original(self, *args, **kwargs)
            _guarded("after_step", self)
            return result
        finally:
            watcher.stepping = False

    return watched


def _observed_closure(optimizer, closure):
    seen = []

    @functools.wraps(closure)
    def observed(*args, **kwargs):
        result = closure(*args, **kwargs)
        if not seen:
            seen.append(True)
            _guarded("before_step", optimizer)
        return result

    return observed


def _patch_fsdp(module):
    def clip(original):
        def watched(self, max_norm, norm_type=2.0, *args, **kwargs):
            norm = original(self, max_norm, norm_type, *args, **kwargs)
            _guarded("on_clip", norm, max_norm, norm_type, list(self.parameters()))
            return norm

        return watched

    _patch(module.FullyShardedDataParallel, "clip_grad_norm_", clip)


def _patch_trainer(module):
    """Hugging Face Trainer and what builds on it (TRL): rewards, KL, entropy, evaluation losses."""

    def logged(original):
        def watched(self, logs, *args, **kwargs):
            # The trainer itself adds the epoch later.
            epoch = getattr(getattr(self, "state", None), "epoch", None)
            _guarded("on_log", dict(logs) if epoch is None else {"epoch": epoch, **logs})
            return original(self, logs, *args, **kwargs)

        return watched

    _patch(module.Trainer, "log", logged)


def _patch_lightning(module):
    def logged(original):
        def watched(self, metrics, step=None, *args, **kwargs):
            _guarded("on_log", dict(metrics))
            return original(self, metrics, step, *args, **kwargs)

        return watched

    _patch(module._LoggerConnector, "log_metrics", logged)


class _KerasOptimizer:
    """A Keras optimizer on PyTorch, seen as a PyTorch one: parameters, gradients, learning rate."""

    def __init__(self, optimizer, variables):
        self.kind = type(optimizer).__name__
        self.state = {}
        self.names = {id(variable.value): variable.path.replace("/", ".") for variable in variables}
        self.param_groups = [{"params": [variable.value for variable in variables]}]
        self.keras = optimizer
        self.refresh()

    def refresh(self):
        self.param_groups[0]["lr"] = float(self.keras.learning_rate)


def _patch_keras(module):
    def applied(original):
        def watched(self, grads, trainable_variables=None, *args, **kwargs):
            watcher = _watcher
            seen = None
            if watcher is not None and watcher.active and watcher.torch is not None and not watcher.stepping:
                seen = _keras_seen(watcher, self, trainable_variables)
            if seen is None:
                return original(self, grads, trainable_variables, *args, **kwargs)
            watcher.stepping = True
            try:
                _guarded("before_step", seen)
                result = original(self, grads, trainable_variables, *args, **kwargs)
                _guarded("after_step", seen)
                return result
            finally:
                watcher.stepping = False

        return watched

    _patch(module.BaseOptimizer, "apply", applied)


def _keras_seen(watcher, optimizer, variables):
    """The optimizer as the watcher sees it; None where it does not run on PyTorch."""
    seen = optimizer.__dict__.get("_evenkeel_seen")
    try:
        if seen is None and variables and isinstance(variables[0].value, watcher.torch.nn.Parameter):
            seen = _KerasOptimizer(optimizer, variables)
            object.__setattr__(optimizer, "_evenkeel_seen", seen)
        elif seen is not None:
            seen.refresh()
    except Exception as error:
        _step_aside(error)
        return None
    return seen


def _patch_keras_callbacks(module):
    """`fit` gets Evenkeel's callback without being asked: on TensorFlow and JAX it is all that sees the training."""

    def construct(original):
        def watched(self, callbacks=None, add_history=False, *args, **kwargs):
            # Evaluations and predictions keep no history.
            if add_history and _watcher is not None and _watcher.active:
                callbacks = _with_own_callback(callbacks)
            return original(self, callbacks, add_history, *args, **kwargs)

        return watched

    _patch(module.CallbackList, "__init__", construct)


def _with_own_callback(callbacks):
    try:
        given = list(callbacks) if isinstance(callbacks, (list, tuple)) else [] if callbacks is None else [callbacks]
        if any(type(callback).__name__ == "EvenkeelCallback" for callback in given):
            return callbacks
        if _watcher.keras_callback is None:
            _watcher.keras_callback = keras_callback()
        return [*given, _watcher.keras_callback]
    except Exception as error:
        _step_aside(error)
        return callbacks


_PATCHES = {
    "torch": _patch_torch,
    "torch.distributed.fsdp.fully_sharded_data_parallel": _patch_fsdp,
    "transformers.trainer": _patch_trainer,
    "keras.src.optimizers.base_optimizer": _patch_keras,
    "keras.src.callbacks.callback_list": _patch_keras_callbacks,
    "lightning.pytorch.trainer.connectors.logger_connector.logger_connector": _patch_lightning,
    "pytorch_lightning.trainer.connectors.logger_connector.logger_connector": _patch_lightning,
}


class _ImportWatch:
    """Patches a framework as soon as the job itself has imported it."""

    def __init__(self):
        self._busy = set()

    def find_spec(self, name, path=None, target=None):
        if name not in _PATCHES or name in self._busy:
            return None
        self._busy.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._busy.discard(name)
        if spec is None or spec.loader is None or not hasattr(spec.loader, "exec_module"):
            return spec
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            _patch_guarded(name, module)

        spec.loader.exec_module = exec_module
        return spec


def _patch_guarded(name, module):
    try:
        _PATCHES[name](module)
    except Exception as error:
        _step_aside(error)


def _start():
    """Begins to watch this process: patches what is imported already, and the rest when it is."""
    global _watcher
    if _watcher is not None:
        return _watcher
    _watcher = Watcher(Settings())
    for name in _PATCHES:
        module = sys.modules.get(name)
        if module is not None:
            _patch_guarded(name, module)
    sys.meta_path.insert(0, _ImportWatch())
    atexit.register(_guarded, "finish")
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forked)
    return _watcher


def _forked():
    """A forked child (a data loader's worker) trains nothing and must not write into its parent's file."""
    if _watcher is not None:
        _watcher.active = False


# ---------------------------------------------------------------------------------------------------------------------
# For those who like it explicit


def watch(model=None, optimizer=None, folder=None):
    """Watches this process's training; `folder` is where it writes (EVENKEEL_OUT, or ./evenkeel-runs/<time>).

    `model` (one or several modules) names the layers; without it the hook finds the modules that hold the optimizer's
    parameters. Call it before the training loop; calling it again changes nothing but the model.
    """
    if _watcher is None and not os.environ.get("EVENKEEL_OUT"):
        stamp = time.strftime("%Y%m%d-%H%M%S")
        os.environ["EVENKEEL_OUT"] = folder or os.path.join("evenkeel-runs", stamp)
    watcher = _start()
    if model is not None:
        watcher.models = tuple(weakref.ref(one) for one in (model if isinstance(model, (list, tuple)) else (model,)))
    if optimizer is not None:
        for one in optimizer if isinstance(optimizer, (list, tuple)) else (optimizer,):
            _watch_steps_of(type(one))


def log(values=None, **more):
    """Adds numbers of the user's own to the row of the step that is being taken."""
    if _watcher is not None and _watcher.active:
        _watcher.on_own_log({**(values or {}), **more})


def keras_callback():
    """
    A Keras callback for TensorFlow and JAX, whose compiled steps nobody can look into: loss, metrics, learning rate and
    step time of each batch, and, sampled, how large each weight is and how far it moved over the steps in between.

    On PyTorch the hook sees the steps themselves, and the callback adds what `fit` measures. A job that is run with the
    hook need not name it: each `fit` gets one.
    """
    import keras

    class EvenkeelCallback(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self._watcher = _start()
            self._trained = None
            self._step = 0
            #: Steps taken before this epoch: one call may stand for several steps (`steps_per_execution`).
            self._before_epoch = 0
            self._began = 0.0
            # JAX holds the weights back until the first step of `fit` has been taken.
            self._next_sample = 2
            self._reading_seconds = 0.0
            self._before = None

        def on_train_begin(self, logs=None):
            if self._trained is not None and self._trained() is not self.model:
                # Another model is another run.
                self._guarded(self._watcher.begin_anew)
                self._step = 0
            self._trained = weakref.ref(self.model)
            self._next_sample = self._step + 2

        def on_epoch_begin(self, epoch, logs=None):
            self._before_epoch = self._step

        def on_train_batch_begin(self, batch, logs=None):
            self._guarded(self._begin)

        def on_train_batch_end(self, batch, logs=None):
            steps = self._before_epoch + batch + 1 - self._step
            self._step += steps
            self._guarded(self._end, steps, logs or {})

        def on_epoch_end(self, epoch, logs=None):
            validation = {name: value for name, value in (logs or {}).items() if name.startswith("val_")}
            self._guarded(self._write, {_keras_tag(name): value for name, value in validation.items()})

        def on_train_end(self, logs=None):
            self._guarded(self._flush)

        def _flush(self):
            self._watcher.journal.flush()

        def _guarded(self, call, *given):
            if self._watcher.active:
                try:
                    call(*given)
                except Exception as error:
                    _step_aside(error)

        def _begin(self):
            began = time.perf_counter()
            if self._watcher.primary is None and self._step + 1 >= self._next_sample:
                self._before = self._weights()
            self._began = time.perf_counter()
            self._reading_seconds = self._began - began

        def _end(self, steps, logs):
            if self._watcher.primary is not None:
                return
            ended = time.perf_counter()
            seconds = (ended - self._began) / steps
            row = {_keras_tag(name): value for name, value in logs.items()}
            row["step-time"] = seconds
            if self._before is not None:
                before, self._before = self._before, None
                now = self._weights()
                for name, values in now.items():
                    row[f"weight-norm/{name}"] = norm(before[name])
                    looked_at = spread(before[name])
                    if steps == 1 and looked_at.any():
                        row[f"update-ratio/{name}"] = norm(spread(values) - looked_at) / norm(looked_at)
                cost = self._reading_seconds + time.perf_counter() - ended
                self._next_sample = self._step + self._pause(cost, seconds)
            with contextlib.suppress(AttributeError, TypeError, ValueError):
                row["learning-rate"] = float(self.model.optimizer.learning_rate)
            self._write(row)

        def _pause(self, cost, seconds):
            settings = self._watcher.settings
            if settings.every > 0:
                return settings.every
            share = settings.budget * seconds
            return min(100_000, max(10, math.ceil(cost / share))) if share > 0 else UNPACED_DISTANCE

        def _weights(self):
            # On JAX the weights lie in the trainer's own state until somebody asks for them.
            getattr(self.model, "jax_state_sync", lambda: None)()
            variables = self.model.trainable_variables[:FOLLOWED_TENSORS]
            values = [keras.ops.convert_to_numpy(variable).astype("float64").reshape(-1) for variable in variables]
            return {variable.path.replace("/", "."): value for variable, value in zip(variables, values)}

        def _write(self, values):
            if values:
                step = self._step if self._watcher.primary is None else self._watcher.step
                numbers = {tag: _plain(value) for tag, value in values.items()}
                self._watcher.journal.write({"step": step, "time": round(time.time(), 3), **numbers})

    def norm(values):
        return math.sqrt(float(values @ values))

    def spread(values):
        return values[:: max(1, -(-values.size // UPDATE_ELEMENTS))]

    return EvenkeelCallback()


def _keras_tag(name):
    return {"loss": "train/loss", "val_loss": "eval/loss"}.get(name, name)


if os.environ.get("EVENKEEL_OUT"):
    _start()
