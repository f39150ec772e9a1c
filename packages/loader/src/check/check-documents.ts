import { type AnyConfig, type Scope, TenantryError, type ValueIssue } from '@tenantry/protocol';
import { defineGroups, encodeConfigValue, GROUPS_NAME } from '@tenantry/protocol/internal';
import type { FileProblem } from '../folder/file-problem.ts';
import type { FolderDocument } from '../folder/folder-document.ts';
import type { FolderScan } from '../folder/folder-scan.ts';
import { withoutDuplicates } from '../folder/without-duplicates.ts';
import { referencesIn } from '../secrets/secret-reference.ts';
import { firstOf } from './first-of.ts';
import { pointerOf } from './pointer-of.ts';

/** Configs by name, and by their aliases. */
export type DefinitionsByName = ReadonlyMap<string, AnyConfig>;

/**
 * The scan without documents that the store would refuse: each is a problem, with the place of what is wrong in it. Configs are known by their
 * aliases, too, and have their own names afterwards. Values with references to secrets are checked once the secrets are there. What comes of
 * values in several scopes (`inherit: 'merge'`) is left to the store.
 */
export function checkDocuments(scan: FolderScan, definitions: Iterable<AnyConfig>): FolderScan {
  return checkDocumentsBy(scan, definitions, problemsOf);
}

/** The same, with what finds the problems of a value. */
export function checkDocumentsBy(scan: FolderScan, definitions: Iterable<AnyConfig>, find: FindProblems): FolderScan {
  const byName = namesOf(definitions);
  // A file with a problem may have a former name of its config.
  const problems: FileProblem[] = scan.problems.map(problem => {
    const { name = problem.config } = byName.get(problem.config ?? '') ?? {};
    return name === problem.config ? problem : { ...problem, config: name };
  });
  const named: FolderDocument[] = [];
  for (const document of scan.documents) {
    const definition = byName.get(document.config);
    if (definition)
      named.push(definition.name === document.config ? document : { ...document, config: definition.name });
    else {
      const message = `there is no config "${document.config}"`;
      problems.push({ ...placeOf(document, ''), code: 'UNKNOWN_CONFIG', message });
    }
  }
  const documents = withoutDuplicates(named, problems).filter(document => {
    const found = find(document, byName.get(document.config) as AnyConfig);
    problems.push(...found);
    return found.length === 0;
  });
  return { ...scan, documents, problems };
}

/** Finds what the store would refuse of a document. */
export type FindProblems = (document: FolderDocument, definition: AnyConfig) => readonly FileProblem[];

/** Remembers what was found of a document that a later scan has again: of thousands of files few change at a time. */
export function rememberProblems(): FindProblems {
  const remembered = new WeakMap<FolderDocument, { definition: AnyConfig; found: readonly FileProblem[] }>();
  return (document, definition) => {
    const known = remembered.get(document);
    // Values with variables depend on the environment.
    if (known?.definition === definition && definition.expand.length === 0) return known.found;
    const found = problemsOf(document, definition);
    remembered.set(document, { definition, found });
    return found;
  };
}

/** What the store would refuse of a document; nothing where it takes it. */
export function problemsOf(document: FolderDocument, definition: AnyConfig): FileProblem[] {
  const refused = scopeProblem(document.scope, definition);
  if (refused) return [{ ...placeOf(document, ''), ...refused }];
  const value: unknown = JSON.parse(document.json);
  const references = referencesIn(value);
  if (references.length > 0) return referenceProblems(document, definition, references);
  try {
    encodeConfigValue(definition, value);
    return [];
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    const { code, message, details } = error;
    const { issues = [] } = details;
    if (issues.length === 0) return [{ ...placeOf(document, ''), code, message }];
    return firstOf(
      issues,
      issue => ({
        ...placeOf(document, pointerOf(value, issue.path)),
        code,
        message: `"${definition.name}": ${issueText(issue)}`,
      }),
      left => ({ ...placeOf(document, ''), code, message: `"${definition.name}": ${left} more of the kind` }),
    );
  }
}

function namesOf(definitions: Iterable<AnyConfig>): DefinitionsByName {
  const byName = new Map<string, AnyConfig>([[GROUPS_NAME, defineGroups()]]);
  const all = [...definitions];
  for (const definition of all) for (const alias of definition.aliases) byName.set(alias, definition);
  for (const definition of all) byName.set(definition.name, definition);
  return byName;
}

function scopeProblem(scope: Scope, { name, inherit }: AnyConfig): Pick<FileProblem, 'code' | 'message'> | undefined {
  if (name === GROUPS_NAME)
    return scope === 'global' ? { code: 'NO_SCOPE', message: 'the global scope is in no groups' } : undefined;
  if (scope.startsWith('tenants/') || inherit !== 'none') return undefined;
  return { code: 'NOT_INHERITED', message: `"${name}" is of tenants alone: nobody inherits it (\`inherit\`)` };
}

function referenceProblems(
  document: FolderDocument,
  { name, secret }: AnyConfig,
  references: ReturnType<typeof referencesIn>,
): FileProblem[] {
  const why = (isReference: boolean) => {
    if (!isReference)
      return 'a reference is `{ $secret: { env: NAME } }` or `{ $secret: { file: PATH } }`, with `as: json` if need be';
    return secret ? undefined : `"${name}" is not secret: what it refers to would be shown to all who read it`;
  };
  return references.flatMap(({ pointer, reference }) => {
    const message = why(reference !== undefined);
    return message === undefined ? [] : [{ ...placeOf(document, pointer), code: 'SECRET_REFUSED' as const, message }];
  });
}

function issueText({ path, message }: ValueIssue): string {
  return path === '' ? message : `${path}: ${message}`;
}

function placeOf({ path, scope, config, place }: FolderDocument, pointer: string) {
  return { path, scope, config, ...place(pointer) };
}
