/**
 * How long the extension host is held up while a large run loads, measured inside the host; and how soon a person who
 * changes their mind is let go.
 *
 *     npm run bench -- host [--million-points=10] [--tags=200]
 */
import { runBundled } from './support/bundled.js';

void runBundled('host/main.ts');
