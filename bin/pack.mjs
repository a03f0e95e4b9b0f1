/** Runs first in `npm pack`: bundles the package's commands and client into `dist`, to start without compiling. */
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import ts from 'typescript';
import { bundle } from './bundle.mjs';
import { buildConsole } from './console.mjs';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const CLIENT = join(ROOT, 'src/client');

rmSync(DIST, { recursive: true, force: true });
bundle(['start', 'keys', 'cli'], DIST);
await buildConsole(join(DIST, 'console'));
// For every platform: any use of Node's modules would fail here.
buildSync({
  entryPoints: [join(CLIENT, 'index.ts')],
  outfile: join(DIST, 'client/index.mjs'),
  bundle: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  logLevel: 'warning',
});
declareTypes(join(DIST, 'client'));

/** Writes declarations beside the client; the types made from schemas are declarations already. */
function declareTypes(target) {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const program = ts.createProgram([join(CLIENT, 'index.ts')], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: join(ROOT, 'src'),
    outDir: DIST,
  });
  // It uses only values of other floors, which the bundle contains.
  const { emitSkipped, diagnostics } = program.emit(undefined, (path, text) => {
    if (path.startsWith(target)) writeFileSync(path, text);
  });
  if (emitSkipped) throw new Error(ts.formatDiagnostics(diagnostics, ts.createCompilerHost({})));
  copyFileSync(join(CLIENT, 'api.d.ts'), join(target, 'api.d.ts'));
}
