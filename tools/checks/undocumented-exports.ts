import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Comment, parseSync, type Statement } from 'oxc-parser';

interface SourceFile {
  readonly path: string;
  readonly source: string;
  readonly body: readonly Statement[];
  readonly comments: readonly Comment[];
}

/**
 * The names that a package's entry file exports and nobody has described: one sentence each, also for each option (a member
 * of an interface whose name ends in `Options`) without a comment.
 */
export function undocumentedExports(entry: string): string[] {
  const file = read(entry);
  return file.body.flatMap(statement => {
    if (statement.type === 'ExportAllDeclaration') return [`${entry} exports *: name the exports, one by one`];
    if (statement.type !== 'ExportNamedDeclaration') return [];
    if (!statement.source) return statement.declaration ? undocumented(file, statement, undefined) : [];
    const from = statement.source.value;
    // Another package's export is described there.
    if (!from.startsWith('.')) return [];
    const origin = read(join(dirname(entry), from));
    return statement.specifiers.flatMap(({ local }) => {
      const name = local.type === 'Identifier' ? local.name : '';
      return declared(origin, name);
    });
  });
}

function declared(file: SourceFile, name: string): string[] {
  for (const statement of file.body) {
    if (statement.type !== 'ExportNamedDeclaration') continue;
    if (statement.declaration && namesOf(statement.declaration).includes(name))
      return undocumented(file, statement, name);
    const reexported = statement.specifiers.some(
      ({ exported }) => exported.type === 'Identifier' && exported.name === name,
    );
    if (!reexported) continue;
    if (statement.source?.value.startsWith('.'))
      return declared(read(join(dirname(file.path), statement.source.value)), name);
    return [];
  }
  return [`${file.path}: the export ${name} was not found`];
}

function undocumented(file: SourceFile, statement: Statement, name: string | undefined): string[] {
  if (statement.type !== 'ExportNamedDeclaration' || !statement.declaration) return [];
  const { declaration } = statement;
  const missing = hasComment(file, statement.start)
    ? []
    : [`${file.path}: ${name ?? namesOf(declaration)[0]} has no description`];
  if (declaration.type !== 'TSInterfaceDeclaration' || !declaration.id.name.endsWith('Options')) return missing;
  const members = declaration.body.body.filter(
    member => member.type === 'TSPropertySignature' && !hasComment(file, member.start),
  );
  return [
    ...missing,
    ...members.map(
      member =>
        `${file.path}: ${declaration.id.name}: ${file.source.slice(member.start, member.end)} has no description`,
    ),
  ];
}

function hasComment(file: SourceFile, start: number): boolean {
  return file.comments.some(
    ({ type, value, end }) =>
      type === 'Block' &&
      value.startsWith('*') &&
      end <= start &&
      file.source
        .slice(end, start)
        .replaceAll(/^\s*\/\/.*$/gm, '')
        .trim() === '',
  );
}

function namesOf(declaration: object): string[] {
  const { id, declarations } = declaration as { id?: { name: string }; declarations?: { id: { name: string } }[] };
  return id ? [id.name] : (declarations ?? []).map(each => each.id.name);
}

function read(path: string): SourceFile {
  const source = readFileSync(path, 'utf8');
  const { program, comments } = parseSync(path, source);
  return { path, source, body: program.body as Statement[], comments };
}

/** The source of each entry in a package's `exports`; none for what is not for applications. */
export function publicEntries(packageFolder: string): string[] {
  const { private: isPrivate, exports } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  if (isPrivate || !exports) return [];
  return Object.entries(exports as Record<string, { readonly default: string }>)
    .filter(([name]) => name !== './internal')
    .map(([, { default: built }]) => join(packageFolder, built.replace('/dist/', '/src/').replace(/\.js$/, '.ts')))
    .filter(path => existsSync(path));
}
