import type { AdminBackend } from '@tenantry/admin';
import { createFolderScanner, type FileProblem, problemLine, watchFolder } from '@tenantry/loader/folder';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { logError, logOf, scopeOf } from '@tenantry/protocol/internal';
import { createLocalReplica, type LocalReplica } from '@tenantry/redis';
import { FolderAudit } from './backend/folder-audit.ts';
import { folderBackend } from './backend/folder-backend.ts';
import { checkFolderOptions, type FolderOptions } from './folder-options.ts';
import { FolderLooks } from './scan/folder-looks.ts';
import { Turns } from './scan/turns.ts';
import { FolderState } from './state/folder-state.ts';
import { sourceOf } from './state/publish.ts';

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
  const { dir, configs: list, settleMs, scanMs, onTrouble, onWarning, logger } = checkFolderOptions(options);
  const configs = byName(list);
  const log = logOf(logger);
  const state = new FolderState();
  const replica = createLocalReplica({ source: sourceOf(state) });
  const now = () => Date.now();
  const audit = new FolderAudit(now);
  const turns = new Turns();
  const scanner = createFolderScanner(dir);
  const looks = new FolderLooks({
    ...{ scan: () => scanner.scan(), configs, state, replica, now },
    onTaken: ({ before, revision, ...change }) => audit.wrote(change, { before, revision, via: 'folder' }),
    onProblem(problem) {
      log?.('warn', problemLine(problem), { code: problem.code });
      onTrouble(problem);
    },
    onWarning(warning) {
      log?.('warn', problemLine(warning));
      onWarning(warning);
    },
  });
  await turns.run(() => looks.look());
  const following = watchFolder(dir, { settleMs, scanMs }).subscribe(scan => {
    turns.run(() => looks.settled(scan)).catch(error => logError(log, 'error', error));
  });
  const folder: Folder = {
    replica,
    backend: folderBackend({
      ...{ dir, configs, state, replica, audit, now, problems: () => looks.problems },
      alone: (tenant, work) =>
        turns.run(async () => {
          const written = scopeOf(tenant);
          await looks.look(scope => scope === written);
          looks.wrote(written);
          return work();
        }),
    }),
    get problems() {
      return looks.problems;
    },
    look: () => turns.run(() => looks.look()),
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
