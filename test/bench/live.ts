/**
 * How soon a row that lands on disk is judged and can be drawn, while many runs grow at once.
 *
 *     npm run bench -- live [--runs=50] [--rows-per-second=10] [--seconds=15]
 */
import { runBundled } from './support/bundled.js';

void runBundled('live/main.ts');
