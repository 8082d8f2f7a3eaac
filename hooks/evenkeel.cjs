'use strict';
/**
 * What Evenkeel runs inside a Node process that trains with TensorFlow.js: it watches, writes JSON lines, and stays out
 * of the way. `evenkeel.py` is the same for Python; the settings, the rows and the control file are described in
 * README.md beside both.
 *
 *     EVENKEEL_OUT=runs/first NODE_OPTIONS="--require /path/to/hooks/evenkeel.cjs" node train.mjs
 *
 * What it promises:
 *
 * - The numbers of the training stay as they are: values are read, never computed with the job's own operations, so no
 *   tensor is made, none is kept, and no tape of gradients sees anything of it.
 * - Its own cost is measured, and the costly parts are sampled so that they stay below EVENKEEL_BUDGET of the time.
 * - Its own errors are caught: it says so once on stderr, and steps aside.
 *
 * How it gets in: every copy of TensorFlow.js, bundled ones too, keeps its engine in the global `_tfengine`, through
 * which all gradients are computed; the optimizers and layers are patched once the job has loaded their package, with
 * `require` or `import` (which both load CommonJS by the same road).
 */
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

/** Relative score at or below which a unit counts as dormant: the Dormant Neuron Phenomenon (arXiv 2302.12902). */
const DORMANT_TAU = 0.025;
/** Outputs this close to the ends of tanh or sigmoid, as a share of half their range, count as saturated. */
const SATURATION_MARGIN = 0.01;
/** Elements of an activation that a statistic looks at: whole rows, evenly spread. */
const ACTIVATION_ELEMENTS = 32_768;
/** Elements of a variable whose movement stands for the variable's update. */
const UPDATE_ELEMENTS = 4_096;
/** Layers whose activations are followed, and variables that are followed by name. */
const FOLLOWED_LAYERS = 96;
const FOLLOWED_VARIABLES = 512;
/** Milliseconds that a line may wait in memory, and between two looks at the control file. */
const FLUSH_MS = 50;
const CONTROL_MS = 500;
/** Share of the disk limit after which sampled steps write no more values of single layers. */
const DETAIL_SHARE = 0.8;
/** Share of the budget that goes to the gradient norm of unsampled steps; the rest is for the samples. */
const NORM_SHARE = 0.4;
/** A gradient norm that costs less than this is taken at every step, whatever its share of a tiny model's step. */
const NEGLIGIBLE_MS = 0.3;
/** The first steps are sampled at 2, 4, 8 ... up to this one, as long as a sample costs less than a quarter second. */
const EARLY_SAMPLES = 64;
const EARLY_COST_MS = 250;

/** Activations, by the name that a layer gives its function or its own class, that leave units silent. */
const RECTIFIERS = new Set(['relu', 'relu6', 'leakyrelu', 'prelu', 'elu', 'gelu', 'gelunew', 'swish', 'silu', 'mish']);
/** Activations with ends, and where those are. */
const SATURATING = { tanh: [-1, 1], sigmoid: [0, 1], hardsigmoid: [0, 1] };
/** What each optimizer of TensorFlow.js calls its settings, as it goes into the first line. */
const HYPERPARAMETERS = ['learningRate', 'beta1', 'beta2', 'epsilon', 'decay', 'rho', 'momentum', 'useNesterov'];

function settingsOf(environment) {
  const number = (name, otherwise) => {
    const value = Number(environment[name] || otherwise);
    return Number.isFinite(value) ? value : otherwise;
  };
  return {
    folder: environment.EVENKEEL_OUT,
    every: Math.floor(number('EVENKEEL_EVERY', 0)),
    budget: number('EVENKEEL_BUDGET', 0.02),
    diskBytes: number('EVENKEEL_DISK_MB', 512) * 1e6,
    control: environment.EVENKEEL_CONTROL || '',
  };
}

function say(message) {
  fs.writeSync(2, `evenkeel: ${message}\n`);
}

// --------------------------------------------------------------------------------------------------------------------
// What is written

/** A number as JSON can hold it: what is not finite is a word. */
function plain(value) {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** JSON lines of one process: opened with the first row, whole lines only, bounded in bytes. */
class Journal {
  #folder;
  #limit;
  #file;
  /** Bytes handed over so far, and of those, bytes that lie in the file. */
  #written = 0;
  #whole = 0;
  #waiting = [];
  #flushed = 0;

  constructor({ folder, diskBytes }) {
    this.#folder = path.resolve(folder);
    this.#limit = diskBytes;
  }

  get roomForDetail() {
    return this.#written < DETAIL_SHARE * this.#limit;
  }

  write(row) {
    if (this.#written >= this.#limit) {
      return;
    }
    const line = Buffer.from(`${JSON.stringify(row, (_, value) => plain(value))}\n`);
    this.#written += line.length;
    this.#waiting.push(line);
    if (this.#written >= this.#limit) {
      this.flush();
      say(`the limit of ${this.#limit / 1e6} MB is reached; nothing more is written (EVENKEEL_DISK_MB)`);
    } else if (performance.now() - this.#flushed >= FLUSH_MS) {
      this.flush();
    }
  }

  flush() {
    if (this.#waiting.length === 0) {
      return;
    }
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#file ??= this.#open();
    try {
      for (let done = 0; done < bytes.length;) {
        done += fs.writeSync(this.#file, bytes, done);
      }
    } catch (error) {
      // A full disk takes part of a line: only whole ones are left behind.
      fs.ftruncateSync(this.#file, this.#whole);
      throw error;
    }
    this.#whole += bytes.length;
    this.#flushed = performance.now();
  }

  #open() {
    for (let attempt = 1; attempt < 10_000; attempt++) {
      const folder = attempt === 1 ? this.#folder : path.join(this.#folder, `process-${attempt}`);
      fs.mkdirSync(folder, { recursive: true });
      try {
        return fs.openSync(path.join(folder, 'metrics.jsonl'), 'ax');
      } catch (error) {
        if (error.code !== 'EEXIST') {
          throw error;
        }
      }
    }
    throw new Error(`${this.#folder} already holds too many runs`);
  }
}

// --------------------------------------------------------------------------------------------------------------------
// Reading numbers. Plain loops over what the backend hands out: a tensor operation would make tensors, and would be
// recorded where a tape of gradients is running.

/** Squared norm, in double precision. */
function squared(values) {
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    sum += values[index] * values[index];
  }
  return sum;
}

/** At most `count` elements, evenly spread, as a copy. */
function spread(values, count) {
  const stride = Math.max(1, Math.ceil(values.length / count));
  const taken = new Float64Array(Math.ceil(values.length / stride));
  for (let index = 0; index < taken.length; index++) {
    taken[index] = values[index * stride];
  }
  return taken;
}

/** How far the elements moved, as a share of their size; nothing where they were all zero. */
function relativeMove(before, after) {
  let moved = 0;
  for (let index = 0; index < before.length; index++) {
    moved += (after[index] - before[index]) ** 2;
  }
  const size = squared(before);
  return size > 0 ? Math.sqrt(moved / size) : undefined;
}

/** Statistics of an activation: `values` as samples times units times what lies behind the units (1: units last). */
function activationStatistics(values, shape, unitAxis, kind) {
  const units = shape[unitAxis];
  const inner = shape.slice(unitAxis + 1).reduce((product, size) => product * size, 1);
  const samples = values.length / units;
  const stride = Math.max(1, Math.ceil((samples * units) / ACTIVATION_ELEMENTS));
  const ends = SATURATING[kind];
  const margin = ends === undefined ? 0 : (SATURATION_MARGIN * (ends[1] - ends[0])) / 2;
  const activity = new Float64Array(units);
  let [count, sum, squares, largest, zeros, saturated] = [0, 0, 0, 0, 0, 0];
  for (let sample = 0; sample < samples; sample += stride) {
    const start = Math.floor(sample / inner) * units * inner + (sample % inner);
    for (let unit = 0; unit < units; unit++) {
      const value = values[start + unit * inner];
      const size = Math.abs(value);
      count += 1;
      sum += value;
      squares += value * value;
      // Math.max keeps a NaN, which a comparison would lose.
      largest = Math.max(largest, size);
      zeros += value === 0 ? 1 : 0;
      activity[unit] += size;
      if (ends !== undefined && (value < ends[0] + margin || value > ends[1] - margin)) {
        saturated += 1;
      }
    }
  }
  const mean = sum / count;
  const found = {
    mean,
    rms: Math.sqrt(squares / count),
    std: Math.sqrt(Math.max(0, squares / count - mean * mean)),
    absmax: largest,
  };
  if (RECTIFIERS.has(kind) && count >= 2 * units) {
    const score = DORMANT_TAU * (activity.reduce((total, one) => total + one, 0) / units + 1e-9);
    found.dormant = activity.filter((one) => one <= score).length / units;
    found.zeros = zeros / count;
  }
  if (ends !== undefined) {
    found.saturated = saturated / count;
  }
  return found;
}

/** What a layer applies last, as {@link RECTIFIERS} and {@link SATURATING} name it. */
function activationKind(layer) {
  const named = layer.activation?.getClassName?.() ?? layer.getClassName();
  return named.toLowerCase().replace(/_/g, '');
}

/** `[name, gradient]` of each variable that got one, whichever way they were handed over. */
function namedGradients(given) {
  const pairs = Array.isArray(given) ? given.map(({ name, tensor }) => [name, tensor]) : Object.entries(given);
  return pairs.filter(([, tensor]) => tensor != null);
}

function isVariable(tensor) {
  return typeof tensor?.assign === 'function' && typeof tensor.name === 'string';
}

// --------------------------------------------------------------------------------------------------------------------
// The training of this process

class Watcher {
  active = true;
  #settings;
  #journal;
  #engine;
  /** Whether the classes of the optimizers could be patched; a bundle hides them, and shows its engine alone. */
  #seesOptimizers = false;
  #version;
  /** In the order in which they first took a step, each with the first step whose gradient norm it may cost again. */
  #tracks = [];
  #losses = [];
  #step = 0;
  #lastStepAt;
  #stepMs;
  #sampling = false;
  #samplingMs = 0;
  #sampleCost = 0;
  #nextSample = 2;
  #activations = new Map();
  /** Whether a forward pass runs whose gradient is wanted: evaluations and predictions are left out. */
  #training = false;
  #controlLooked = -Infinity;
  #controlSeen;

  constructor(settings) {
    this.#settings = settings;
    this.#journal = new Journal(settings);
  }

  // -- entry points, each called from a patched function --

  onEngine(engine) {
    this.#engine = engine;
  }

  onOptimizers(version) {
    this.#seesOptimizers = true;
    this.#version = version;
  }

  /** Before a forward pass; says whether it is one of training: variables, and no gradient within another. */
  beforeGradients(engine, variables, outer) {
    const training = outer == null && !(engine.state.gradientDepth > 0) && variables.every(isVariable);
    this.#training = training;
    return training;
  }

  afterForward() {
    this.#training = false;
  }

  onGradients(variables, { value, grads }) {
    if (value.size === 1) {
      this.#losses.push(this.#read(value)[0]);
    }
    if (!this.#seesOptimizers) {
      const named = variables
        .map(({ name }, position) => [name, grads[position]])
        .filter(([, tensor]) => tensor != null);
      this.#end(this.#begin(undefined, named));
    }
  }

  beforeApply(optimizer, gradients) {
    return this.#begin(optimizer, namedGradients(gradients));
  }

  afterApply(begun) {
    this.#end(begun);
  }

  onLayer(layer, output) {
    if (!this.#training || !this.#sampling) {
      return;
    }
    const began = performance.now();
    const tensor = Array.isArray(output) ? output[0] : output;
    const seen = this.#activations;
    if (tensor?.dtype === 'float32' && tensor.rank >= 2 && tensor.size > 0 && !seen.has(layer.name)) {
      if (seen.size < FOLLOWED_LAYERS) {
        const unitAxis = layer.dataFormat === 'channelsFirst' ? 1 : tensor.rank - 1;
        seen.set(layer.name, activationStatistics(this.#read(tensor), tensor.shape, unitAxis, activationKind(layer)));
      }
    }
    this.#samplingMs += performance.now() - began;
  }

  /** At the end of an epoch of `fit`: what was measured on the validation data. */
  onEpoch(logs) {
    const row = { step: this.#step, time: Date.now() / 1000 };
    for (const [name, value] of Object.entries(logs ?? {})) {
      if (name.startsWith('val_')) {
        row[name === 'val_loss' ? 'eval/loss' : name] = typeof value === 'number' ? value : this.#read(value)[0];
      }
    }
    if (Object.keys(row).length > 2) {
      this.#journal.write(row);
    }
  }

  finish() {
    this.#journal.flush();
  }

  // -- one step --

  #begin(optimizer, gradients) {
    const began = performance.now();
    const track = this.#trackOf(optimizer, gradients);
    if (track === this.#tracks[0]) {
      this.#step += 1;
    }
    const row = { step: this.#step, time: Date.now() / 1000 };
    const begun = { row, track, gradients, before: [] };
    const { prefix } = track;
    const losses = this.#losses.splice(0);
    if (losses.length > 0) {
      // TensorFlow.js adds no gradients up by itself: a job that does so takes their mean, as is done here.
      const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
      row[prefix === '' ? 'train/loss' : `${prefix}loss`] = mean;
    }
    if (typeof optimizer?.learningRate === 'number') {
      row[`${prefix}learning-rate`] = optimizer.learningRate;
    }
    if (this.#sampling) {
      this.#readClosely(begun);
      this.#samplingMs += performance.now() - began;
    } else if (this.#step >= track.nextNorm) {
      this.#putNorm(begun, this.#squares(gradients));
      track.nextNorm = this.#step + this.#pause(performance.now() - began);
    }
    return begun;
  }

  #trackOf(optimizer, gradients) {
    let track = this.#tracks.find((one) => one.optimizer === optimizer);
    if (track === undefined) {
      const prefix = this.#tracks.length === 0 ? '' : `optimizer_${this.#tracks.length + 1}/`;
      track = { optimizer, prefix, nextNorm: 0 };
      this.#tracks.push(track);
      if (prefix === '') {
        this.#writeStart(optimizer, gradients);
      }
    }
    return track;
  }

  #end({ row, track, gradients, before }) {
    const began = performance.now();
    for (const [name, earlier] of before) {
      const variable = this.#engine.registeredVariables[name];
      const moved = variable && relativeMove(earlier, spread(this.#read(variable), UPDATE_ELEMENTS));
      if (moved !== undefined) {
        row[`update-ratio/${name}`] = moved;
      }
    }
    if (track === this.#tracks[0]) {
      if (this.#lastStepAt !== undefined) {
        const ms = began - this.#lastStepAt;
        this.#stepMs = this.#stepMs === undefined ? ms : 0.8 * this.#stepMs + 0.2 * ms;
        row['step-time'] = ms / 1000;
      }
      this.#lastStepAt = began;
    }
    for (const [layer, statistics] of this.#activations) {
      for (const [name, value] of Object.entries(statistics)) {
        row[`activation/${layer}/${name}`] = value;
      }
    }
    this.#activations.clear();
    if (gradients.length > 0) {
      this.#journal.write(row);
    }
    this.#samplingMs += this.#sampling ? performance.now() - began : 0;
    if (track === this.#tracks.at(-1)) {
      this.#planSample();
      this.#obey();
    }
  }

  #squares(gradients) {
    return gradients.map(([name, gradient]) => [name, squared(this.#read(gradient))]);
  }

  #putNorm({ row, track }, squares) {
    row[`${track.prefix}gradient-norm`] = Math.sqrt(squares.reduce((sum, [, square]) => sum + square, 0));
  }

  /** On a sampled step, before the update: norms of each variable, and elements whose movement is measured. */
  #readClosely(begun) {
    const squares = this.#squares(begun.gradients);
    this.#putNorm(begun, squares);
    for (const [name, square] of squares.slice(0, FOLLOWED_VARIABLES)) {
      const variable = this.#engine.registeredVariables[name];
      begun.row[`gradient-norm/${name}`] = Math.sqrt(square);
      if (variable !== undefined) {
        const values = this.#read(variable);
        begun.row[`weight-norm/${name}`] = Math.sqrt(squared(values));
        begun.before.push([name, spread(values, UPDATE_ELEMENTS)]);
      }
    }
  }

  /** Steps to the next norm, so many that norms stay within their share of the budget. */
  #pause(cost) {
    const share = NORM_SHARE * this.#settings.budget * (this.#stepMs ?? 0);
    return share > 0 ? Math.max(1, Math.min(1_000, Math.ceil((cost - NEGLIGIBLE_MS) / share))) : 1;
  }

  #planSample() {
    if (this.#sampling) {
      this.#sampleCost = Math.max(this.#samplingMs, 0.5 * this.#sampleCost);
      this.#samplingMs = 0;
      this.#nextSample = this.#step + this.#distance();
    }
    this.#sampling = this.#step + 1 >= this.#nextSample && this.#journal.roomForDetail;
  }

  #distance() {
    if (this.#settings.every > 0) {
      return this.#settings.every;
    }
    if (this.#step < EARLY_SAMPLES && this.#sampleCost < EARLY_COST_MS) {
      return this.#step;
    }
    const share = (1 - NORM_SHARE) * this.#settings.budget * (this.#stepMs ?? 0);
    return share > 0 ? Math.max(10, Math.min(100_000, Math.ceil(this.#sampleCost / share))) : 100;
  }

  #read(tensor) {
    return tensor.dataSync();
  }

  #writeStart(optimizer, gradients) {
    const sizes = gradients.map(([, gradient]) => gradient.size);
    const config = {
      optimizer: optimizer?.getClassName?.(),
      parameters: sizes.reduce((sum, size) => sum + size, 0),
      tfjs: this.#version,
      backend: this.#engine.backendName,
      command: process.argv.join(' ').slice(0, 1_000),
    };
    for (const name of HYPERPARAMETERS) {
      const value = optimizer?.[name];
      if (typeof value === 'number' || typeof value === 'boolean') {
        config[name === 'learningRate' ? 'lr' : name] = value;
      }
    }
    this.#journal.write({ config });
  }

  // -- what the runner asks for --

  #obey() {
    const { control } = this.#settings;
    const now = performance.now();
    if (control === '' || now - this.#controlLooked < CONTROL_MS) {
      return;
    }
    this.#controlLooked = now;
    const changed = fs.statSync(control, { throwIfNoEntry: false })?.mtimeMs;
    if (changed === undefined || changed === this.#controlSeen) {
      return;
    }
    let asked;
    try {
      asked = JSON.parse(fs.readFileSync(control, 'utf8'));
    } catch {
      return; // Half written: the next look finds it whole.
    }
    this.#controlSeen = changed;
    if (asked?.command !== 'save-checkpoint' || (asked.id != null && asked.id === lastAnswer(`${control}.answer`))) {
      return;
    }
    const answer = { id: asked.id, event: 'checkpoint', step: this.#step };
    try {
      const file = `${asked.path.replace(/\.(pt|pth|bin|safetensors)$/, '')}.safetensors`;
      this.#saveCheckpoint(file);
      answer.path = file;
    } catch (error) {
      answer.error = String(error); // The job goes on whatever became of the checkpoint.
    }
    writeWhole(`${control}.answer`, [Buffer.from(JSON.stringify(answer))]);
  }

  /** All variables, and what the optimizers remember, as safetensors. */
  #saveCheckpoint(file) {
    const tensors = new Map();
    const metadata = { step: String(this.#step) };
    const own = new Set();
    for (const { optimizer, prefix: given } of this.#tracks) {
      const prefix = given === '' ? 'optimizer' : given.slice(0, -1);
      metadata[`${prefix}.iterations`] = String(optimizer?.iterations ?? '');
      for (const [property, state] of Object.entries(optimizer ?? {})) {
        const held = isVariable(state)
          ? [{ originalName: property, variable: state }]
          : Array.isArray(state)
            ? state
            : [];
        for (const { originalName, variable } of held.filter((one) => isVariable(one?.variable))) {
          own.add(variable);
          tensors.set(`${prefix}.${originalName}`, variable);
        }
      }
    }
    for (const variable of Object.values(this.#engine.registeredVariables)) {
      if (!own.has(variable)) {
        tensors.set(variable.name, variable);
      }
    }
    const bytes = [];
    const header = { __metadata__: metadata };
    let offset = 0;
    for (const [name, tensor] of tensors) {
      const dtype = { float32: 'F32', int32: 'I32', bool: 'BOOL' }[tensor.dtype];
      if (dtype !== undefined) {
        const values = tensor.dataSync();
        const part = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
        header[name] = { dtype, shape: tensor.shape, data_offsets: [offset, (offset += part.length)] };
        bytes.push(part);
      }
    }
    const text = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    writeWhole(file, [size, text, ...bytes]);
  }
}

function lastAnswer(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).id;
  } catch {
    return undefined;
  }
}

/** Written beside and renamed: whoever waits for the file finds it whole. */
function writeWhole(file, parts) {
  const partial = `${file}.partial`;
  const descriptor = fs.openSync(partial, 'w');
  try {
    for (const part of parts) {
      for (let done = 0; done < part.length;) {
        done += fs.writeSync(descriptor, part, done);
      }
    }
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(partial, file);
}

// --------------------------------------------------------------------------------------------------------------------
// Where the hook meets TensorFlow.js

let watcher;

/** Never in the way of the training: says what went wrong, once, and watches no more. */
function guarded(entry, ...given) {
  if (!watcher?.active) {
    return undefined;
  }
  try {
    return watcher[entry](...given);
  } catch (error) {
    watcher.active = false;
    say(`stepped aside, the training goes on unwatched: ${error}`);
    return undefined;
  }
}

const PATCHED = Symbol('evenkeel');

function patch(holder, name, make) {
  const original = holder?.[name];
  if (typeof original !== 'function' || original[PATCHED]) {
    return;
  }
  const replaced = make(original);
  Object.defineProperty(replaced, 'name', { value: original.name });
  replaced[PATCHED] = true;
  holder[name] = replaced;
}

function patchEngine(engine) {
  guarded('onEngine', engine);
  patch(
    Object.getPrototypeOf(engine),
    'gradients',
    (original) =>
      function (forward, variables, outer, ...more) {
        const training = guarded('beforeGradients', this, variables, outer);
        if (!training) {
          return original.call(this, forward, variables, outer, ...more);
        }
        const observed = (...given) => {
          try {
            return forward(...given);
          } finally {
            guarded('afterForward');
          }
        };
        const result = original.call(this, observed, variables, outer, ...more);
        guarded('onGradients', variables, result);
        return result;
      },
  );
}

/** Whether an optimizer's step is under way. */
let applying = false;

/** Each optimizer has its own way of applying gradients; what it inherits is patched where it is defined. */
function patchOptimizer(kind) {
  for (let owner = kind; owner != null && owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
    if (Object.hasOwn(owner, 'applyGradients')) {
      patch(
        owner,
        'applyGradients',
        (original) =>
          function (gradients, ...more) {
            // One optimizer that hands over to another, or to its parent's method, takes one step.
            if (applying) {
              return original.call(this, gradients, ...more);
            }
            applying = true;
            try {
              const begun = guarded('beforeApply', this, gradients);
              const result = original.call(this, gradients, ...more);
              if (begun !== undefined) {
                guarded('afterApply', begun);
              }
              return result;
            } finally {
              applying = false;
            }
          },
      );
      return;
    }
  }
}

function patchCore(core) {
  if (typeof core.Optimizer !== 'function') {
    return;
  }
  guarded('onOptimizers', core.version_core);
  // Classes of the job's own are met when they first compute gradients.
  patch(
    core.Optimizer.prototype,
    'computeGradients',
    (original) =>
      function (...given) {
        patchOptimizer(Object.getPrototypeOf(this));
        return original.apply(this, given);
      },
  );
  for (const name of Object.keys(core).filter((key) => key.endsWith('Optimizer'))) {
    patchOptimizer(core[name].prototype);
  }
}

function patchLayers(layers) {
  patch(
    layers.layers?.Layer?.prototype,
    'apply',
    (original) =>
      function (...given) {
        const output = original.apply(this, given);
        guarded('onLayer', this, output);
        return output;
      },
  );
  // `fit` keeps its history in a callback like any other, whose class is not exported.
  patch(
    layers.Callback === undefined ? undefined : Object.getPrototypeOf(layers.Callback.prototype),
    'setModel',
    (original) =>
      function (...given) {
        const kind = Object.getPrototypeOf(this);
        if (kind.constructor?.name === 'History') {
          patch(
            kind,
            'onEpochEnd',
            (ended) =>
              function (epoch, logs) {
                guarded('onEpoch', logs);
                return ended.call(this, epoch, logs);
              },
          );
        }
        return original.apply(this, given);
      },
  );
}

/** The engine announces itself: whoever sets the global `_tfengine` hands it over. */
function awaitEngine() {
  let engine = globalThis._tfengine;
  if (engine != null) {
    patchEngine(engine);
    return;
  }
  Object.defineProperty(globalThis, '_tfengine', {
    configurable: true,
    enumerable: true,
    get: () => engine,
    set: (value) => {
      engine = value;
      Object.defineProperty(globalThis, '_tfengine', { configurable: true, enumerable: true, writable: true, value });
      try {
        patchEngine(value);
      } catch (error) {
        say(`stepped aside, the training goes on unwatched: ${error}`);
      }
    },
  });
}

function awaitPackages() {
  const load = Module._load;
  Module._load = function (request, ...more) {
    const loaded = load.call(this, request, ...more);
    if (typeof request === 'string' && request.includes('tfjs') && loaded !== null && typeof loaded === 'object') {
      try {
        patchCore(loaded);
        patchLayers(loaded);
      } catch (error) {
        say(`TensorFlow.js could not be watched, the training goes on without: ${error}`);
      }
    }
    return loaded;
  };
}

/** A job may load this file twice, from two places. */
const LOADED = Symbol.for('evenkeel.loaded');

if (process.env.EVENKEEL_OUT && !globalThis[LOADED]) {
  Object.defineProperty(globalThis, LOADED, { value: true });
  watcher = new Watcher(settingsOf(process.env));
  awaitEngine();
  awaitPackages();
  process.on('exit', () => guarded('finish'));
}
