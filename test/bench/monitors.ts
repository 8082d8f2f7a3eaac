/**
 * How many samples a second all monitors together take, against the same run without them.
 *
 *     npm run bench -- monitors [--rounds=5] [--million-samples=0.25,0.5,1,2]
 */
import { runBundled } from './support/runBundled.js';

runBundled('test/bench/monitors/main.ts');
