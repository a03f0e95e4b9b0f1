import { statfsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Where `.ci/run` wants the counts; empty otherwise. */
const report = process.env['TEST_REPORT'] ?? '';

/**
 * `slow` runs what takes too long for every day, `faults` what needs a disk that fails, `browser` what needs Chromium,
 * and `deployed` what needs a synthesized deployment, each in files of that name.
 */
const kind = process.env['TEST_KIND'] ?? 'test';

/** Linux's file system in memory, and the least free bytes: the tests hold some hundred MB there at a time. */
const MEMORY_FOLDER = '/dev/shm';
const MEMORY_FREE_MIN = 2 * 1024 ** 3;

/** Where tests make their folders. They open hundreds of stores, and prove nothing about the disk of this machine. */
function folderOfTests(): { TMPDIR?: string } {
  try {
    const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
    return bavail * bsize < MEMORY_FREE_MIN ? {} : { TMPDIR: MEMORY_FOLDER };
  } catch {
    return {};
  }
}

export default defineConfig({
  test: {
    include: [`test/**/*.${kind}.ts`],
    env: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      // CDK's validation takes longer than a synthesis. The slow tests of templates and `npm run deployed` have it.
      ...(kind === 'test' ? { CDK_VALIDATION: 'false', ...folderOfTests() } : {}),
    },
    // lmdb is native code, which is safer in processes than in threads; two of them suit the smallest machine.
    pool: 'forks',
    maxWorkers: kind === 'deployed' ? 1 : 2,
    // Loading the same modules anew for each file took as much of the cores as the tests themselves.
    isolate: false,
    // Transformed modules stay in `node_modules`, by their content; the later suites of `.ci/run` use them again.
    experimental: { fsModuleCache: true },
    // No test waits for time to pass, so a slow one is a busy machine, not a defect.
    testTimeout: kind === 'deployed' ? 900_000 : 240_000,
    hookTimeout: kind === 'deployed' ? 600_000 : 240_000,
    // What is promised within 100 ms can be late where other work has the cores: there a test may show it again.
    retry: process.env['CI'] === undefined || kind === 'deployed' ? 0 : 2,
    reporters: report === '' ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
