/**
 * Exit code of a benchmark that ran to its end and missed a bound. It fails `npm run bench`; where benchmarks only
 * report (EVENKEEL_BENCH_REPORT, for machines that do other things), it is told and does not fail.
 */
export const BOUND_MISSED = 3;
