import { readCall, textOf } from '../../loops/python/expressions.js';
import { childOf, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { addHelper, definitionOf, helperFrom, nameOfHelper } from '../editing/helperFunction.js';
import { refused, type LoopContext, type LoopOutcome } from '../loopFix.js';

/** Batches by their numbers, as the program takes them from the loader. */
interface DataWindow {
  readonly first: number;
  readonly count: number;
}

const HELPER = `
class WithoutWindow:
    """Hands over the batches of a loader but for \`count\` of them, from the one that is numbered \`first\`.

    Batches are counted from 0 at the start of the program, over all epochs. What is left out is loaded all the same, so
    that the order of the rest is as it was. PaLM (Chowdhery et al. 2022) got past spikes so: it went on from a checkpoint
    about 100 steps before, without the 200 to 500 batches before and during the spike.
    """

    taken = 0

    def __init__(self, batches, first, count):
        self.batches, self.window = batches, range(first, first + count)

    def __iter__(self):
        for batch in self.batches:
            number = WithoutWindow.taken
            WithoutWindow.taken += 1
            if number not in self.window:
                yield batch

    def __len__(self):
        return len(self.batches)
`;

/** What hands on the items of its first argument one by one. */
const PASSES_ON = new Set(['enumerate', 'tqdm', 'track', 'progress_bar', 'auto_tqdm', 'prefetch']);
const COUNTS = new Set(['range', 'trange', 'count']);

/** Puts the helper around what the loop takes its batches from. */
export function leaveOutBatches(
  loop: SyntaxNode,
  window: DataWindow,
  { analysis, edits, loop: about }: LoopContext,
): LoopOutcome {
  const { module, lines } = analysis;
  const name = nameOfHelper(HELPER);
  const there = definitionOf(name, analysis);
  if (there !== null) {
    return { kind: 'already-there', line: lines.lineAt(there) };
  }
  const head = loop.type === 'for_statement' ? childOf(loop, 'right') : undefined;
  const batches = head && sourceOf(head, module.text);
  if (!batches) {
    return refused(
      'The batches are drawn inside the loop, not by its head: what is left out has to be drawn and dropped there.',
    );
  }
  const { first, count } = window;
  edits.replace(batches, `${name}(${textOf(module.text, batches)}, first=${first}, count=${count})`);
  addHelper(helperFrom(HELPER, analysis, edits), analysis, edits);
  return {
    kind: 'edited',
    notes: [
      'Batches are counted from the start of the program: a loader that goes on where the checkpoint was taken begins at 0 there, one that starts anew does not.',
      ...(about.accumulation
        ? ['Several batches make one step here: a window of steps is that many times as many batches.']
        : []),
      'Take it out again once the run is past the spike: every later start would leave out a window of its own.',
    ],
  };
}

/** The loader inside `enumerate(tqdm(loader))`; undefined where the head only counts. */
function sourceOf(head: SyntaxNode, text: string): SyntaxNode | undefined {
  const call = readCall(text, head);
  if (!call) {
    return head;
  }
  if (COUNTS.has(call.name)) {
    return undefined;
  }
  const [inner] = call.positional;
  return PASSES_ON.has(call.name) && inner ? sourceOf(inner, text) : head;
}
