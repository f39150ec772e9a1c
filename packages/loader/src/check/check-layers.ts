import type { AnyConfig, Scope, TenantryError } from '@tenantry/protocol';
import {
  chainOf,
  checkAbove,
  faultOf,
  GROUPS_NAME,
  type Memberships,
  scopeOf,
  settersOf,
  tenantOfScope,
  tenantText,
  valueFrom,
} from '@tenantry/protocol/internal';
import type { FileProblem } from '../folder/file-problem.ts';
import type { FolderDocument } from '../folder/folder-document.ts';
import type { FolderScan } from '../folder/folder-scan.ts';
import { folderOf } from '../folder/layout.ts';
import { referencesIn } from '../secrets/secret-reference.ts';
import { firstOf } from './first-of.ts';
import { pointerOf } from './pointer-of.ts';

/**
 * The scan without documents by which a scope would get what the schema refuses: of configs that are merged, all that comes of several scopes is checked, as
 * a store does, and so are groups that lead to themselves. The folder is taken for all there is. A scope in a group without a folder is left out, and so
 * is one with a reference to a secret, or with a file that has a problem: only a store knows more. Give it what `checkDocuments` answers.
 */
export function checkLayers(scan: FolderScan, definitions: Iterable<AnyConfig>): FolderScan {
  const problems: FileProblem[] = [];
  const memberships = membershipsOf(scan, problems);
  for (const config of definitions)
    if (config.inherit === 'merge') problems.push(...problemsOf(scan, config, memberships));
  const refused = new Set(problems.map(({ scope, config }) => `${scope}\0${config}`));
  return {
    ...scan,
    documents: scan.documents.filter(({ scope, config }) => !refused.has(`${scope}\0${config}`)),
    problems: [...scan.problems, ...problems],
  };
}

/** The groups that each scope of the folder is in. */
function membershipsOf({ scopes, documents }: FolderScan, problems: FileProblem[]): Memberships {
  const said = documents.filter(({ config }) => config === GROUPS_NAME);
  const memberships = new Map<string, readonly string[]>([
    ...scopes.map(scope => [textOf(scope), []] as const),
    ...said.map(({ scope, json }) => [textOf(scope), JSON.parse(json) as string[]] as const),
  ]);
  for (const document of said) {
    try {
      checkAbove(textOf(document.scope), memberships);
    } catch (error) {
      problems.push(toProblem(document, error as TenantryError, ''));
    }
  }
  // Of no chain that goes round anything can be said.
  for (const { scope } of problems) if (scope !== undefined) memberships.delete(textOf(scope));
  return memberships;
}

function problemsOf(scan: FolderScan, config: AnyConfig, memberships: Memberships): FileProblem[] {
  const documents = new Map(
    scan.documents.filter(each => each.config === config.name).map(each => [textOf(each.scope), each]),
  );
  const groups = new Map(
    scan.documents.filter(each => each.config === GROUPS_NAME).map(each => [textOf(each.scope), each]),
  );
  const values = new Map([...documents].map(([tenant, { json }]) => [tenant, json]));
  const unsure = unsureOf(scan, config, documents);
  const problems: FileProblem[] = [];
  const checked = new Set<string>();
  for (const scope of scan.scopes) {
    const tenant = textOf(scope);
    const chain = chainOf(tenant, memberships);
    if (chain.some(each => unsure.has(each) || !(memberships.has(each) || scopeOf(each) === 'global'))) continue;
    const setters = settersOf(chain, values);
    const key = setters.join('\0');
    // What only comes from above is told of once: there, or of the first scope that has it.
    if (setters.length === 0 || checked.has(key)) continue;
    checked.add(key);
    const error = faultOf(config, valueFrom(config, setters, values));
    const document = documents.get(tenant) ?? groups.get(tenant);
    if (error && document) problems.push(...toProblems(document, error, setters));
  }
  return problems;
}

/** Scopes of which nobody knows here what they say. */
function unsureOf(
  { problems, scopes }: FolderScan,
  { name }: AnyConfig,
  documents: ReadonlyMap<string, FolderDocument>,
): ReadonlySet<string> {
  const isAbout = (problem: FileProblem, scope: Scope) => {
    if (problem.path === '' || `${folderOf(scope)}/`.startsWith(`${problem.path}/`)) return true;
    const { config } = problem;
    return problem.scope === scope && (config === undefined || config === name || config === GROUPS_NAME);
  };
  const all: readonly Scope[] = ['global', ...scopes];
  const broken = all.filter(scope => problems.some(problem => isAbout(problem, scope))).map(textOf);
  const secret = [...documents].filter(([, { json }]) => referencesIn(JSON.parse(json)).length > 0);
  return new Set([...broken, ...secret.map(([tenant]) => tenant)]);
}

function toProblems(document: FolderDocument, error: TenantryError, setters: readonly string[]): FileProblem[] {
  const { scope, json } = document;
  const from = setters.map(scopeOf).filter(each => each !== scope);
  const parts = from.length === 0 ? '' : ` with what it gets of ${from.join(', ')}`;
  const { issues = [] } = error.details;
  if (issues.length === 0) return [toProblem(document, error, parts)];
  const value: unknown = JSON.parse(json);
  const toText = (text: string) => `${parts === '' ? '' : `${scope}${parts}: `}${text}`;
  return firstOf(
    issues,
    ({ path, message }) => {
      const place = document.place(document.config === GROUPS_NAME ? '' : pointerOf(value, path));
      const text = toText(path === '' ? message : `${path}: ${message}`);
      return { ...toProblem(document, error, ''), ...place, message: text };
    },
    left => ({ ...toProblem(document, error, ''), message: toText(`${left} more of the kind`) }),
  );
}

function toProblem(document: FolderDocument, { code, message }: TenantryError, parts: string): FileProblem {
  const { path, scope, config } = document;
  return {
    path,
    scope,
    config,
    ...document.place(),
    code,
    message: parts === '' ? message : `${scope}${parts}: ${message}`,
  };
}

function textOf(scope: Scope): string {
  return tenantText(tenantOfScope(scope));
}
