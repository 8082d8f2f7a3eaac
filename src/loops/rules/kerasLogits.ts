import { readCall, stringValue, textOf, type Call } from '../python/expressions.js';
import type { PythonFunction } from '../python/pythonModule.js';
import type { Rule, RuleContext } from './rule.js';

/** Losses for several classes or for one yes or no, with the activation that makes probabilities for them. */
const LOSSES = /^(sparse_?categorical_?crossentropy|categorical_?crossentropy|binary_?crossentropy)$/i;

/** Keras's cross-entropies take probabilities unless they are told that they get logits. */
export const kerasLogits: Rule = {
  id: 'keras-logits',
  title: 'A Keras loss for probabilities gets logits',
  severity: 'error',
  scope: 'loop',
  why: 'Keras’s cross-entropies take probabilities by default. A last `Dense` layer without activation gives raw scores; clipped to 0 to 1 they are no probabilities, most of their gradients are zero, and the loss jumps or stays where it is. `from_logits=True` makes the loss take raw scores.',
  silences: ['the last layer is not a literal `Dense` of a `Sequential` in this file', '`from_logits` is given'],
  bad: `from tensorflow import keras

model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=5)
`,
  good: `from tensorflow import keras

model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)])
model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y, epochs=5)
`,
  fixes: [],
  papers: [],
  check: (context) => {
    const { found, module } = context;
    const compile = found.origin.kind === 'keras' ? found.origin.keras.compile : null;
    const model = found.origin.kind === 'keras' ? found.origin.keras.model : null;
    const loss = compile?.keywords.get('loss');
    if (!compile || !loss || model === null || !takesProbabilities(loss, context)) {
      return [];
    }
    const last = lastLayer(model, compile.owner, context);
    return last && isBareDense(last)
      ? [
          {
            node: loss,
            message: `This loss expects probabilities, but the last layer, ${textOf(module.text, last.node)}, gives raw scores. Use the loss's class with from_logits=True.`,
          },
        ]
      : [];
  },
};

function takesProbabilities(loss: Parameters<typeof textOf>[1], { module }: RuleContext): boolean {
  const word = stringValue(module.text, loss);
  const call = readCall(module.text, loss);
  return word === null
    ? call !== null &&
        LOSSES.test(call.name) &&
        !call.keywords.has('from_logits') &&
        call.positional.length === 0 &&
        !call.spread
    : LOSSES.test(word);
}

/** The last layer of `Sequential([…])`, or the last one that was added. */
function lastLayer(model: string, scope: PythonFunction, { module, objects }: RuleContext): Call | null {
  const built = objects.visibleAssignments(model, scope);
  const [only, ...others] = built;
  const sequential = only && others.length === 0 ? readCall(module.text, only.value) : null;
  if (sequential?.name !== 'Sequential') {
    return null;
  }
  const added = module.calls.filter(
    ({ name, receiver }) => name === 'add' && receiver && textOf(module.text, receiver) === model,
  );
  const layers = sequential.positional[0] ?? sequential.keywords.get('layers');
  const node =
    added.at(-1)?.positional[0] ??
    (layers?.type === 'list' ? layers.children.findLast(({ type }) => type !== 'comment') : undefined);
  return node ? readCall(module.text, node) : null;
}

function isBareDense({ name, keywords, positional, spread }: Call): boolean {
  return name === 'Dense' && !keywords.has('activation') && positional.length < 2 && !spread;
}
