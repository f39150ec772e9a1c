import { type AnyOrm, type ConfigStore, configStore, type Page } from '@tenantry/mikro-orm';
import type { Scope } from '@tenantry/protocol';
import {
  checkOptions,
  type OptionRules,
  optional,
  refuseOption,
  required,
  tenantOfScope,
} from '@tenantry/protocol/internal';
import { fileConfigs } from './apply/write-scope.ts';
import { secretReference } from './secrets/secret-reference.ts';
import {
  type FolderEntry,
  WRITE_RULES,
  type WriteFolderOptions,
  type WrittenFolder,
  writeFolder,
} from './write/write-folder.ts';

/** Options of `exportFolder`. */
export interface ExportFolderOptions extends WriteFolderOptions {
  /** An ORM with the `tenantry` extension and its `configs`. */
  readonly orm: AnyOrm;
  /** The folder; it is made where it is missing. */
  readonly dir: string;
  /** The scopes; not together with `prune`, which deletes the files of all others. Default: all of which anything is set. */
  readonly scopes?: readonly Scope[] | undefined;
}

/** A value that ends by itself, which a file cannot say. */
export interface EndingValue {
  readonly scope: Scope;
  readonly config: string;
  readonly expiresAt: Date;
}

/** What an export did. */
export interface ExportedFolder extends WrittenFolder {
  /** Their files do not say when they end. */
  readonly ending: readonly EndingValue[];
}

const RULES = {
  ...WRITE_RULES,
  orm: required('an ORM that was started with `tenantry`', orm => typeof (orm as AnyOrm | undefined)?.em === 'object'),
  dir: required('the path of a folder', dir => typeof dir === 'string' && dir !== ''),
  scopes: optional('a list of scopes', scopes => Array.isArray(scopes)),
} satisfies OptionRules<ExportFolderOptions>;

const PAGE = 500;

/**
 * Writes what is set as a folder that `loadOnce` reads, so that an import of it writes nothing. In the place of a secret stands a reference to an environment
 * variable. A value whose file would be too large to be read again is left out, and told in `problems`. `INVALID_OPTION`, `NOT_REGISTERED`, `UNAVAILABLE`, `TIMEOUT`.
 */
export async function exportFolder(options: ExportFolderOptions): Promise<ExportedFolder> {
  const { orm, dir, scopes, format, prune, maxFileBytes } = checkOptions('exportFolder', options, RULES);
  for (const scope of scopes ?? []) tenantOfScope(scope);
  // Of the others nobody would know whether they are set.
  if (prune && scopes) refuseOption('prune', 'set where all `scopes` are written', prune);
  const store = configStore(orm);
  const ending: EndingValue[] = [];
  const entries = entriesOf(store, scopes ? [scopes] : allScopes(store), each => ending.push(each));
  return { ...(await writeFolder(dir, entries, { format, prune, maxFileBytes })), ending };
}

/** What is set in some scopes, in the order of the scopes and names. */
export async function* entriesOf(
  store: ConfigStore,
  pages: Iterable<readonly Scope[]> | AsyncIterable<readonly Scope[]>,
  onEnding: (value: EndingValue) => unknown = () => undefined,
): AsyncGenerator<FolderEntry> {
  const configs = fileConfigs(store);
  const secret = new Set(configs.filter(each => each.secret).map(({ name }) => name));
  for await (const scopes of pages) {
    const stored = await store.stored.ofMany(scopes, configs);
    for (const scope of scopes)
      for (const [config, { json, expiresAt }] of [...(stored.get(scope) ?? [])].sort(byName)) {
        if (json === undefined) continue;
        if (expiresAt) onEnding({ scope, config, expiresAt });
        const shown = secret.has(config) ? JSON.stringify(secretReference(scope, config, json)) : json;
        yield { scope, config, json: shown };
      }
  }
}

async function* allScopes(store: ConfigStore): AsyncGenerator<readonly Scope[]> {
  yield ['global'];
  yield* pagesOf(
    cursor => store.scopes.groups({ limit: PAGE, cursor }),
    name => `groups/${name}`,
  );
  yield* pagesOf(
    cursor => store.tenants({ limit: PAGE, cursor }),
    id => `tenants/${id}`,
  );
}

async function* pagesOf(
  read: (cursor: string | undefined) => Promise<Page<string>>,
  toScope: (name: string) => Scope,
): AsyncGenerator<readonly Scope[]> {
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    yield page.items.map(toScope);
    cursor = page.cursor;
  } while (cursor !== undefined);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
