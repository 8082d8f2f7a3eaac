/**
 * How fast the tensors of a checkpoint are summarised, as a ratio to numpy doing the same in the same run and to reading
 * the file alone; how long a sparse file of 20 GB takes to open, as a ratio to reading its header; and in how much memory.
 *
 *     npm run bench -- checkpoint [--megabytes=2000]
 *
 * The environment variable EVENKEEL_BENCH_MEGABYTES does what the option does; EVENKEEL_PYTHON names a Python with numpy.
 */
import { runBundled } from './support/bundled.js';

void runBundled('checkpoint/main.ts');
