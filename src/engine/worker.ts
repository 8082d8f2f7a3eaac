import { parentPort } from 'node:worker_threads';
import { childFile } from '../lab/host/child.js';
import { Engine } from './engine.js';
import { serveEngine } from './engineServer.js';
import { GrammarFiles } from './sources/grammarFiles.js';

/** Entry of the worker thread in which the extension's engine lives. */
if (!parentPort) {
  throw new Error('the engine is to be started as a worker thread');
}
serveEngine(new Engine({ grammars: new GrammarFiles(__dirname), labChild: childFile(__dirname) }), parentPort);
