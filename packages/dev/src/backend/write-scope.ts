import type { FileProblem } from '@tenantry/loader/folder';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { GROUPS_NAME, type NextValue, parseConfigValue, scopeOf, tenantOfText } from '@tenantry/protocol/internal';
import { encodeReadToken } from '@tenantry/redis';
import { type WrittenValue, writeValue } from '../files/write-value.ts';
import { type Change, checkChange } from '../state/check-change.ts';
import type { Revision } from '../state/folder-state.ts';
import { publish } from '../state/publish.ts';
import type { FolderParts } from './folder-parts.ts';
import type { Identity } from './identity.ts';

/** A write, before the present value is known. */
export interface WantedWrite {
  readonly config: AnyConfig;
  readonly next: NextValue;
  readonly ifVersion?: number | undefined;
  /** False: it need not be set before. */
  readonly mustBeSet: boolean;
  readonly origin: string;
}

/** What stands of a write afterwards. */
export interface WrittenVersion {
  readonly revision: Revision;
  /** Names the moment for readers of this process. */
  readonly readToken: string | undefined;
}

/** Writes configs of one scope into their files, all or nothing, and tells readers of them in one message. */
export function writeScope(
  parts: FolderParts,
  tenant: string,
  wanted: readonly WantedWrite[],
  identity: Identity,
): Promise<readonly WrittenVersion[]> {
  return parts.alone(tenant, async () => {
    const changes = wanted.map(each => toChange(parts, tenant, each));
    const written = await writeAll(parts, tenant, changes);
    const now = parts.now();
    const { actor, reason, via } = identity;
    const revisions = changes.map((change, i) => {
      const { config, json } = change;
      const origin = (wanted[i] as WantedWrite).origin;
      const before = parts.state.get(tenant, config)?.latest.json;
      const revision = parts.state.write(tenant, config, { json, actor, reason, origin, at: now }, written[i]?.path);
      parts.audit.wrote(change, { before, revision, via });
      return revision;
    });
    publish(
      parts.replica,
      tenant,
      revisions.map((revision, i) => ({ config: (changes[i] as Change).config, revision })),
    );
    const [head] = await parts.replica.reader.heads([tenantOfText(tenant)]);
    const readToken = head && encodeReadToken(tenantOfText(tenant), head);
    return revisions.map(revision => ({ revision, readToken }));
  });
}

function toChange(parts: FolderParts, tenant: string, { config, next, ifVersion, mustBeSet }: WantedWrite): Change {
  const { state, configs } = parts;
  const stored = state.get(tenant, config);
  const version = stored?.latest.version ?? 0;
  if (ifVersion !== undefined && ifVersion !== version)
    throw new TenantryError('CONFLICT', `"${config.name}" is at version ${version}: nothing was written.`, {
      details: { currentVersion: version, config: config.name },
    });
  const present = stored?.latest.json;
  if (mustBeSet && present === undefined)
    throw new TenantryError('NOT_FOUND', `"${config.name}" is not set: nothing was written.`);
  if (config.secret)
    throw new TenantryError(
      'NOT_SUPPORTED',
      `"${config.name}" is secret, and a file would show it: name the variable or the file that has it in the file, \`{ $secret: { env: NAME } }\`. Nothing was written.`,
    );
  checkProblems(parts.problems(), tenant, config, stored?.path);
  const json = next(present);
  if (config.name === GROUPS_NAME && json !== undefined) parseConfigValue(config, JSON.parse(json));
  const change = { tenant, config, json };
  checkChange(state, [...configs.values()], change);
  return change;
}

/** A file that somebody is about to write is not written over. */
function checkProblems(
  problems: readonly FileProblem[],
  tenant: string,
  { name }: AnyConfig,
  path: string | undefined,
): void {
  const scope = scopeOf(tenant);
  const found = problems.find(problem => {
    const isOfFile = problem.path === '' || problem.path === path || path?.startsWith(`${problem.path}/`);
    return isOfFile || (problem.scope === scope && problem.config === name);
  });
  if (found)
    throw new TenantryError(
      'NOT_SUPPORTED',
      `"${name}" is not written while its file has a problem: ${found.path}. Mend the file first. Nothing was written.`,
    );
}

async function writeAll(parts: FolderParts, tenant: string, changes: readonly Change[]): Promise<WrittenValue[]> {
  const written: WrittenValue[] = [];
  try {
    for (const { config, json } of changes) {
      const path = parts.state.get(tenant, config)?.path ?? fileOfSeveral(parts, tenant);
      written.push(await writeValue(parts.dir, { scope: scopeOf(tenant), config: config.name, json, path }));
    }
    return written;
  } catch (error) {
    for (const each of written.reverse()) await each.undo().catch(() => undefined);
    throw error;
  }
}

/** Where the scope has its configs in one file, a new one comes into it. */
function fileOfSeveral({ state }: FolderParts, tenant: string): string | undefined {
  for (const each of state.standing())
    if (each.tenant === tenant && /(^|\/)@configs\.\w+$/.test(each.stored.path ?? '')) return each.stored.path;
  return undefined;
}
