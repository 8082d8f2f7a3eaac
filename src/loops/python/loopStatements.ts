/** Types of the statements of Python that loop. */
export const LOOP: ReadonlySet<string> = new Set(['for_statement', 'while_statement']);

/** Those that go over something. */
export const FOR: ReadonlySet<string> = new Set(['for_statement']);
