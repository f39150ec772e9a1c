import type { AdminBackend } from '@tenantry/admin';
import {
  checkDocuments,
  type FileProblem,
  type FolderScan,
  problemLine,
  resolveSecrets,
  scanFolder,
  watchFolder,
} from '@tenantry/loader/folder';
import { type AnyConfig, type Scope, TenantryError } from '@tenantry/protocol';
import { logError, logOf, scopeOf, tenantOfText } from '@tenantry/protocol/internal';
import { createLocalReplica, type LocalReplica } from '@tenantry/redis';
import { FolderAudit } from './backend/folder-audit.ts';
import { folderBackend } from './backend/folder-backend.ts';
import { checkFolderOptions, type FolderOptions } from './folder-options.ts';
import { sameScopes } from './scan/same-scopes.ts';
import { takeScan } from './scan/take-scan.ts';
import { Turns } from './scan/turns.ts';
import { FolderState } from './state/folder-state.ts';
import { publish, sourceOf } from './state/publish.ts';

/** A folder of configuration files in the place of the servers, live. */
export interface Folder extends AsyncDisposable {
  /** What readers read: `createClient({ replica })`. */
  readonly replica: LocalReplica;
  /** What an admin shows and changes: `createAdmin({ backend, client })`. It writes files. */
  readonly backend: AdminBackend;
  /** The files that are wrong now. What they said before stays. */
  readonly problems: readonly FileProblem[];
  /** Looks at the folder now, without waiting for its files to settle. Resolves once readers have been told. */
  look(): Promise<void>;
  /** Ends the looking. What was read stays. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a folder and follows it. Resolves once its files were read; a folder that is not there is a problem, and is read as soon as it is.
 * Versions, history and the audit log begin with the process. Rejects with `INVALID_OPTION`, and with `INVALID_DEFINITION` for two configs of one name.
 */
export async function openFolder(options: FolderOptions): Promise<Folder> {
  const { dir, configs: list, settleMs, scanMs, onTrouble, logger } = checkFolderOptions(options);
  const configs = byName(list);
  const log = logOf(logger);
  const state = new FolderState();
  const replica = createLocalReplica({ source: sourceOf(state) });
  const now = () => Date.now();
  const audit = new FolderAudit(now);
  const turns = new Turns();
  let problems: readonly FileProblem[] = [];

  function tell(found: readonly FileProblem[]): void {
    const known = new Set(problems.map(problemLine));
    problems = found;
    for (const problem of found) {
      if (known.has(problemLine(problem))) continue;
      log?.('warn', problemLine(problem), { code: problem.code });
      onTrouble(problem);
    }
  }

  /** Reads all files, and takes what the scopes say that count. */
  async function look(counts: (scan: FolderScan) => (scope: Scope) => boolean): Promise<void> {
    const scan = await scanFolder(dir);
    const checked = checkDocuments(scan, list);
    const resolved = await resolveSecrets(checked.documents);
    const whole = { ...checked, documents: resolved.documents, problems: [...checked.problems, ...resolved.problems] };
    const isSettled = counts(scan);
    const { taken, problems: found } = takeScan(state, whole, configs, { now: now(), counts: isSettled });
    for (const { before, revision, ...change } of taken) audit.wrote(change, { before, revision, via: 'folder' });
    for (const [tenant, changes] of Map.groupBy(taken, each => each.tenant)) publish(replica, tenant, changes);
    // Of a scope that is being written it is too early to say what is wrong.
    const hasSettled = ({ scope }: FileProblem) => scope === undefined || isSettled(scope);
    tell([...found.filter(hasSettled), ...problems.filter(problem => !hasSettled(problem))]);
  }

  const everything = () => () => true;
  await turns.run(() => look(everything));
  const following = watchFolder(dir, { settleMs, scanMs }).subscribe(settled => {
    // The files are read again: a page may have written some since. Of scopes that are others by now another scan will tell.
    turns.run(() => look(scan => sameScopes(scan, settled))).catch(error => logError(log, 'error', error));
  });
  const folder: Folder = {
    replica,
    backend: folderBackend({
      ...{ dir, configs, state, replica, audit, now, problems: () => problems },
      alone: (tenant, work) =>
        turns.run(async () => {
          await look(() => scope => scope === scopeOf(tenantOfText(tenant)));
          return work();
        }),
    }),
    get problems() {
      return problems;
    },
    look: () => turns.run(() => look(everything)),
    async close() {
      following.unsubscribe();
      await turns.run(async () => undefined);
    },
    [Symbol.asyncDispose]: () => folder.close(),
  };
  return folder;
}

function byName(configs: readonly AnyConfig[]): ReadonlyMap<string, AnyConfig> {
  const found = new Map<string, AnyConfig>();
  for (const config of configs) {
    if (found.has(config.name))
      throw new TenantryError('INVALID_DEFINITION', `Two configs are called "${config.name}": give each its own name.`);
    found.set(config.name, config);
  }
  return found;
}
