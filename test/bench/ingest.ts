/**
 * How fast logs are read, each figure as a ratio to something else that read the same bytes in the same run.
 *
 *     npm run bench -- ingest [--megabytes=500] [--rounds=5] [--million-points=1,4,16]
 *
 * The environment variables EVENKEEL_BENCH_MEGABYTES and EVENKEEL_BENCH_MILLION_POINTS do what the options do.
 */
import { runBundled } from './support/bundled.js';

void runBundled('ingest/main.ts');
