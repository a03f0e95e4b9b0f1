import { posix } from 'node:path';
import ts from 'typescript';

/** One file as input of the rules. */
export interface Source {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

export const sourceOf = (path: string, text: string): Source => ({
  path,
  text,
  tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
});

/** A breach of the rules, as `path:line what`. */
export type Breach = string;

const LINES_MAX = 300;
const COLUMNS_MAX = 120;
const FUNCTION_LINES_MAX = 50;

const FLOORS = [
  /^src\/model\//,
  /^src\/ports\//,
  /^src\/engine\//,
  /^src\/(stores|protocols)\//,
  /^src\/(runtime|client)\//,
  /^src\/(cli|console)\//,
  /^(lambdas|bin)\//,
];
const FLOOR_OF_ADAPTERS = 3;
/** Node's own modules that only compute: all that the floors below the adapters may import. */
const COMPUTING_MODULES = /^node:(assert|buffer|crypto|util|zlib)$/;
/** The only files of `src` that the deployment shares: names of variables, names of tables and keys. */
const SHARED_WITH_LIB = /^src\/(runtime\/env|stores\/dynamodb\/keys)\.ts$/;
/** No code that runs for users imports these. The deployment, `lib`, is for entry points of people alone. */
const NOT_DEPLOYED = /^(bench|test)\//;
/** Entry points share these: any Node must parse the first, and the others run before there is a bundle. */
const SHARED_BY_ENTRY_POINTS = /^bin\/(node-version|install|bundle|kept-bundle|console)\.mjs$/;
const FORBIDDEN_NAMES = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'data', 'info']);

const floorOf = (path: string): number => FLOORS.findIndex((floor) => floor.test(path));
const unitOf = (path: string): string =>
  path
    .split('/')
    .slice(0, floorOf(path) === FLOOR_OF_ADAPTERS ? 3 : 2)
    .join('/');

/** Imports point down the floors or stay inside one unit; `src` imports no entry points, deployment or tests. */
export function wrongImports(source: Source): Breach[] {
  return importsOf(source).flatMap(({ node, name }) => {
    const isRelative = name.startsWith('.');
    const target = isRelative ? posix.join(posix.dirname(source.path), name) : name;
    if (SHARED_BY_ENTRY_POINTS.test(target)) return [];
    const hasSuffix = /\.(ts|tsx|css|mjs|json)$/.test(target);
    if (isRelative && !hasSuffix) return [at(source, node, `imports ${name} without its suffix`)];
    return isAllowed(source.path, target, isRelative) ? [] : [at(source, node, `imports ${target}`)];
  });
}

function isAllowed(path: string, target: string, isRelative: boolean): boolean {
  if (path.startsWith('lib/')) return !target.startsWith('src/') || SHARED_WITH_LIB.test(target);
  const floor = floorOf(path);
  if (floor < 0) return true;
  if (!isRelative) return floor >= FLOOR_OF_ADAPTERS || COMPUTING_MODULES.test(target);
  const targetFloor = floorOf(target);
  if (targetFloor < 0) return !NOT_DEPLOYED.test(target) && (path.startsWith('bin/') || !target.startsWith('lib/'));
  return unitOf(target) === unitOf(path) || targetFloor < floor;
}

/** Folders with a door: `index.ts` describes a room, and others import only that file. */
const ROOMS = [
  /^src\/cli(?=\/)/,
  /^src\/console\/[^/]+(?=\/)/,
  /^src\/engine\/[^/]+(?=\/)/,
  /^src\/model\/(plan|push)(?=\/)/,
  /^src\/runtime\/targets(?=\/)/,
  /^bench\/load\/[^/]+(?=\/)/,
];

const roomOf = (path: string): string | undefined =>
  ROOMS.map((room) => room.exec(path)?.[0]).find((room) => room !== undefined);

/** Only the tests of a room may import past its door. */
export function wrongDoors(source: Source): Breach[] {
  if (source.path.startsWith('test/')) return [];
  return importsOf(source).flatMap(({ node, name }) => {
    const target = posix.join(posix.dirname(source.path), name);
    const room = name.startsWith('.') ? roomOf(target) : undefined;
    const isInside = room === undefined || room === roomOf(source.path) || target === `${room}/index.ts`;
    return isInside ? [] : [at(source, node, `reaches past the door of ${room}`)];
  });
}

/** Circles among the rooms of a folder and the files in front of them, each as the names on its path. */
export function circlesIn(folder: string, sources: readonly Source[]): string[] {
  const placeOf = (path: string) => roomOf(path) ?? path;
  const inside = sources.filter(({ path }) => path.startsWith(`${folder}/`));
  const imports = new Map<string, Set<string>>();
  for (const source of inside) {
    const from = imports.get(placeOf(source.path)) ?? new Set<string>();
    imports.set(placeOf(source.path), from);
    for (const { name } of importsOf(source)) {
      const to = placeOf(posix.join(posix.dirname(source.path), name));
      if (to.startsWith(`${folder}/`) && to !== placeOf(source.path)) from.add(to);
    }
  }
  const finished = new Set<string>();
  const walk = (place: string, way: readonly string[]): string[] => {
    if (way.includes(place)) return [[...way.slice(way.indexOf(place)), place].join(' -> ')];
    if (finished.has(place)) return [];
    const found = [...(imports.get(place) ?? [])].flatMap((next) => walk(next, [...way, place]));
    finished.add(place);
    return found;
  };
  return [...imports.keys()].flatMap((place) => walk(place, []));
}

interface Import {
  readonly node: ts.Node;
  readonly name: string;
}

/** Several rules ask for the imports of each file; a search walks its whole tree. */
const knownImports = new WeakMap<Source, readonly Import[]>();

function importsOf(source: Source): readonly Import[] {
  const found = knownImports.get(source) ?? findImports(source);
  knownImports.set(source, found);
  return found;
}

function findImports(source: Source): readonly Import[] {
  const found: Import[] = [];
  visit(source.tree, (node) => {
    const isStatement = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
    const isCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const specifier = isStatement ? node.moduleSpecifier : isCall ? node.arguments[0] : undefined;
    if (specifier !== undefined && ts.isStringLiteral(specifier)) found.push({ node, name: specifier.text });
  });
  return found;
}

export function wrongSizes(source: Source): Breach[] {
  const lines = source.text.replace(/\n$/, '').split('\n');
  const breaches: Breach[] = lines.flatMap((line, index) =>
    line.length > COLUMNS_MAX ? [`${source.path}:${index + 1} has ${line.length} columns`] : [],
  );
  if (lines.length > LINES_MAX) breaches.push(`${source.path}:1 has ${lines.length} lines`);
  visit(source.tree, (node) => {
    if (!ts.isFunctionLike(node) || isSuite(node)) return;
    const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart());
    const count = source.tree.getLineAndCharacterOfPosition(node.end).line - line + 1;
    if (count > FUNCTION_LINES_MAX) breaches.push(at(source, node, `has a function of ${count} lines`));
  });
  return breaches;
}

/** A function that lists test cases is a table of contents, not a piece of logic. */
function isSuite(node: ts.Node): boolean {
  let listsCases = false;
  ts.forEachChild(node, (body) => {
    if (!ts.isBlock(body)) return;
    listsCases ||= body.statements.some(
      (statement) =>
        ts.isExpressionStatement(statement) && /^(describe|it|test)(\.\w+)*\(/.test(statement.expression.getText()),
    );
  });
  return listsCases;
}

const CLOCK_CHANCE_ENVIRONMENT = new Set([
  'Date.now',
  'performance.now',
  'process.hrtime',
  'process.env',
  'Math.random',
  'crypto.randomUUID',
  'crypto.randomBytes',
  'crypto.getRandomValues',
]);
const NAMES_OF_CHANCE = /\b(randomBytes|randomUUID|randomInt|randomFillSync|getRandomValues)\b/;

/** Sources of time, randomness and environment: the process of a server, a client's environment, and a browser. */
const READS_THE_MACHINE = /^src\/(runtime\/|client\/host\.ts$|console\/browser\/)/;

/** Time, randomness and environment come as arguments or through ports. */
export function wrongSources(source: Source): Breach[] {
  if (!source.path.startsWith('src/') || READS_THE_MACHINE.test(source.path)) return [];
  const breaches: Breach[] = [];
  visit(source.tree, (node) => {
    const isNow = ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length;
    const isRead = isMemberAccess(node) && CLOCK_CHANCE_ENVIRONMENT.has(node.getText());
    const isChance = ts.isImportDeclaration(node) && NAMES_OF_CHANCE.test(node.getText());
    if (isNow || isRead || isChance) breaches.push(at(source, node, `reads ${node.getText()}`));
  });
  return breaches;
}

/** A member of a variable, as `Date.now`: the only form whose text the rules compare. */
const isMemberAccess = (node: ts.Node): node is ts.PropertyAccessExpression =>
  ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression);

export function wrongSyntax(source: Source): Breach[] {
  const breaches: Breach[] = [];
  const isConfiguration = source.path.endsWith('.config.ts');
  const isServed = /^(src|lambdas)\//.test(source.path);
  visit(source.tree, (node) => {
    const say = (what: string) => breaches.push(at(source, node, what));
    if (node.kind === ts.SyntaxKind.AnyKeyword) say('uses any');
    if (ts.isEnumDeclaration(node)) say('declares an enum');
    if (ts.isModuleDeclaration(node)) say('declares a namespace');
    if (ts.isExportAssignment(node) && !isConfiguration) say('has a default export');
    if (node.kind === ts.SyntaxKind.DefaultKeyword && ts.isFunctionLike(node.parent)) say('has a default export');
    if (node.kind === ts.SyntaxKind.DefaultKeyword && ts.isClassLike(node.parent)) say('has a default export');
    if (isServed && isMemberAccess(node) && node.expression.getText() === 'console') say('logs by itself');
  });
  if (/\bTO[D]O\b|\bFIX[M]E\b/.test(source.text)) breaches.push(`${source.path}:1 leaves work undone`);
  return breaches;
}

/** Files whose numbers act on users; `limits.ts` explains some by paragraphs. Measurements and tests choose theirs. */
const ACTS_ON_USERS = /^(?!src\/model\/limits\.ts)(src|lib|lambdas|bin)\//;

/**
 * A number with a name of its own has a comment: above it, at the end of its line, or with `//` above the lines of its
 * group, which end with an empty one.
 */
export function wrongConstants(source: Source): Breach[] {
  if (!ACTS_ON_USERS.test(source.path)) return [];
  const lines = source.text.split('\n');
  return source.tree.statements.flatMap((node) => {
    const constant = ts.isVariableStatement(node) ? node.declarationList.declarations[0] : undefined;
    const name = constant?.name.getText() ?? '';
    if (!/^[A-Z][A-Z0-9_]*$/.test(name) || !isNumber(constant?.initializer)) return [];
    const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart());
    const group = lines.slice(0, line).toReversed();
    const start = group.findIndex((one) => one.trim() === '');
    const isHeaded = group.slice(0, start < 0 ? undefined : start).some((one) => one.startsWith('//'));
    const isExplained = isHeaded || group[0]?.trim().endsWith('*/') || /;\s*\/\//.test(lines[line] ?? '');
    return isExplained ? [] : [at(source, node, `gives no reason for ${name}`)];
  });
}

function isNumber(node: ts.Expression | undefined): boolean {
  if (node === undefined) return false;
  if (ts.isAsExpression(node) || ts.isParenthesizedExpression(node)) return isNumber(node.expression);
  if (ts.isBinaryExpression(node)) return isNumber(node.left) || isNumber(node.right);
  return ts.isNumericLiteral(node) || ts.isBigIntLiteral(node);
}

export function wrongNames(source: Source): Breach[] {
  const names = source.path.split('/').map((name) => name.replace(/\.(config|golden)?\.?\w+$/, ''));
  return names.flatMap((name) => {
    if (FORBIDDEN_NAMES.has(name)) return [`${source.path}:1 is named ${name}, which names nothing`];
    return /^[a-z0-9]+([.-][a-z0-9]+)*$/.test(name) ? [] : [`${source.path}:1 is not in kebab-case`];
  });
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

const at = (source: Source, node: ts.Node, what: string): Breach =>
  `${source.path}:${source.tree.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${what}`;
