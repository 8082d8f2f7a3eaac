import { normal } from './random.mjs';

/**
 * Predicts the next character: embeddings of the context, side by side, through a linear layer, then residual layers
 * `h + tanh(W h + b)`, then a softmax. Gradients are written out by hand, layer by layer.
 *
 * A parameter is `{ name, value, gradient, rows, columns }`; matrices are row-major, one row an output.
 */
export class CharacterModel {
  constructor({ alphabet, context, embedding, width, depth, random }) {
    this.context = context;
    this.embeddingSize = embedding;
    this.embedding = matrix('embedding', alphabet, embedding, 1, random);
    const inputs = context * embedding;
    this.layers = [linear('layers/0', width, inputs, 1 / Math.sqrt(inputs), random)];
    for (let index = 1; index <= depth; index++) {
      this.layers.push(linear(`layers/${index}`, width, width, 1 / Math.sqrt(width), random));
    }
    this.head = linear('head', alphabet, width, 1 / Math.sqrt(width), random);
  }

  /** All parameters with the part of the network that each belongs to. */
  get parameters() {
    const linears = [...this.layers, this.head].flatMap((layer) => [layer.weight, layer.bias]);
    return [this.embedding, ...linears];
  }

  /** Mean cross-entropy of a batch, in nats a character. */
  loss(batch) {
    return this.#forward(batch).loss;
  }

  /** Mean cross-entropy of a batch; leaves the gradients of its weighted mean in the parameters. */
  lossAndGradients(batch) {
    const { loss, activations, probabilities } = this.#forward(batch);
    for (const parameter of this.parameters) {
      parameter.gradient.fill(0);
    }
    this.#backward(batch, activations, logitGradients(probabilities, batch));
    return loss;
  }

  #forward(batch) {
    const activations = [this.#embed(batch)];
    this.layers.forEach((layer, index) => {
      const output = apply(layer, activations[index], batch.size);
      if (index > 0) {
        addTanh(output, activations[index]);
      }
      activations.push(output);
    });
    const logits = apply(this.head, activations.at(-1), batch.size);
    const loss = softmaxInPlace(logits, batch.targets, this.head.weight.rows);
    return { loss, activations, probabilities: logits };
  }

  #backward(batch, activations, outputGradient) {
    const gradient = backpropagate(this.head, activations.at(-1), outputGradient, batch.size);
    for (let index = this.layers.length - 1; index > 0; index--) {
      const inner = tanhGradient(gradient, activations[index + 1], activations[index]);
      add(gradient, backpropagate(this.layers[index], activations[index], inner, batch.size));
    }
    this.#embedGradient(batch, backpropagate(this.layers[0], activations[0], gradient, batch.size));
  }

  #embed({ inputs }) {
    const size = this.embeddingSize;
    const output = new Float64Array(inputs.length * size);
    for (let position = 0; position < inputs.length; position++) {
      const from = inputs[position] * size;
      for (let k = 0; k < size; k++) {
        output[position * size + k] = this.embedding.value[from + k];
      }
    }
    return output;
  }

  #embedGradient({ inputs }, gradient) {
    const size = this.embeddingSize;
    for (let position = 0; position < inputs.length; position++) {
      const to = inputs[position] * size;
      for (let k = 0; k < size; k++) {
        this.embedding.gradient[to + k] += gradient[position * size + k];
      }
    }
  }
}

function matrix(name, rows, columns, deviation, random) {
  const value = Float64Array.from({ length: rows * columns }, () => deviation * normal(random));
  return { name, value, gradient: new Float64Array(rows * columns), rows, columns };
}

function linear(name, outputs, inputs, deviation, random) {
  return {
    name,
    weight: matrix(name, outputs, inputs, deviation, random),
    bias: matrix(name, outputs, 1, 0, random),
  };
}

/** `input · weightᵀ + bias`, for `count` rows. */
function apply({ weight, bias }, input, count) {
  const { rows, columns, value } = weight;
  const output = new Float64Array(count * rows);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < rows; i++) {
      let sum = bias.value[i];
      for (let j = 0, from = n * columns, at = i * columns; j < columns; j++) {
        sum += value[at + j] * input[from + j];
      }
      output[n * rows + i] = sum;
    }
  }
  return output;
}

/** Adds up the gradients of a linear layer and returns the gradient of its input. */
function backpropagate({ weight, bias }, input, outputGradient, count) {
  const { rows, columns, value, gradient } = weight;
  const inputGradient = new Float64Array(count * columns);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < rows; i++) {
      const g = outputGradient[n * rows + i];
      bias.gradient[i] += g;
      for (let j = 0, from = n * columns, at = i * columns; j < columns; j++) {
        gradient[at + j] += g * input[from + j];
        inputGradient[from + j] += g * value[at + j];
      }
    }
  }
  return inputGradient;
}

function addTanh(values, residual) {
  for (let index = 0; index < values.length; index++) {
    values[index] = residual[index] + Math.tanh(values[index]);
  }
}

/** Gradient before the tanh of a residual layer, whose tanh is its output minus its input. */
function tanhGradient(gradient, output, input) {
  return gradient.map((g, index) => g * (1 - (output[index] - input[index]) ** 2));
}

/** Turns logits into probabilities and returns the mean negative log-likelihood of the targets. */
function softmaxInPlace(logits, targets, classes) {
  let loss = 0;
  for (let row = 0; row < targets.length; row++) {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    const highest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
    loss += Math.log(total) + highest - scores[targets[row]];
    for (let k = 0; k < classes; k++) {
      scores[k] = Math.exp(scores[k] - highest) / total;
    }
  }
  return loss / targets.length;
}

function add(target, values) {
  for (let index = 0; index < target.length; index++) {
    target[index] += values[index];
  }
}

/** Gradient of the weighted mean loss by the logits: probabilities minus the truth. */
function logitGradients(probabilities, { targets, weights, size }) {
  const classes = probabilities.length / size;
  const gradient = Float64Array.from(probabilities);
  for (let row = 0; row < size; row++) {
    gradient[row * classes + targets[row]] -= 1;
    for (let k = 0; k < classes; k++) {
      gradient[row * classes + k] *= weights[row] / size;
    }
  }
  return gradient;
}
