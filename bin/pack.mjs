/** What `npm pack` runs first: bundles each command of the package into `dist`. So it starts without compiling. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.mjs';

const DIST = join(import.meta.dirname, '..', 'dist');
rmSync(DIST, { recursive: true, force: true });
bundle(['start', 'keys'], DIST);
