/**
 * What thousands of runs in a workspace cost: how soon the newest is judged, how long all of them take, in time and
 * memory, and how quickly the engine answers meanwhile; of many runs as a ratio to a tenth of them.
 *
 *     npm run bench -- runs [--runs=3000]
 *
 * The environment variable EVENKEEL_BENCH_RUNS does what `--runs` does. 10,000 runs take some minutes.
 */
import { runBundled } from './support/bundled.js';

void runBundled('runs/main.ts');
