/**
 * How long a source file of 5,000 lines takes to analyse, as a ratio to what tree-sitter alone needs to parse it.
 *
 *     npm run bench -- loops [--lines=5000] [--rounds=9]
 */
import { runBundled } from './support/bundled.js';

void runBundled('loops/main.ts');
