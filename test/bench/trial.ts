/**
 * A whole trial as the extension begins one: the sample run's finding, its fixes, four runs of the lab at a time, and how
 * long the extension host is held up meanwhile.
 *
 *     npm run bench -- trial [--seconds=180]
 */
import { runBundled } from './support/bundled.js';

void runBundled('trial/main.ts', { withLab: true });
