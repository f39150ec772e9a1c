import { type AnyConfig, type Scope, TenantryError } from '@tenantry/protocol';
import { tenantOfScope, tenantText } from '@tenantry/protocol/internal';
import { checkRegistered } from '../../configs/check-registered.ts';
import type { ConfigParts } from '../../configs/config-parts.ts';
import type { RedisReader } from '../../write-back/redis-reader.ts';
import { readStoredRows, type StoredRow } from './stored-rows.ts';

/** What one scope has of a config, as it is stored: nothing is masked. */
export interface StoredText {
  /** Also of a config that was unset. */
  readonly version: number;
  /** JSON text, the schema's input. Undefined: it was unset, or has expired. */
  readonly json: string | undefined;
  readonly updatedAt: Date;
  readonly updatedBy: string | undefined;
  readonly expiresAt: Date | undefined;
  /**
   * Where the present version came from, as the write said. Undefined: a write-back, or `persistence: 'none'`, or the history does not have the
   * version any more.
   */
  readonly origin: string | undefined;
  /** True: an acknowledged write-back that the database does not have yet. */
  readonly dirty: boolean;
}

/** What the database has, whether or not Redis answers. */
export interface KnownTexts {
  readonly texts: ReadonlyMap<Scope, ReadonlyMap<string, StoredText>>;
  /** The names of the configs of which Redis may have a newer value: it did not answer. */
  readonly unsure: ReadonlySet<string>;
}

type Parts = Pick<ConfigParts, 'orm' | 'registry' | 'clock' | 'groups'>;

const READ_MS = 5_000;
const AWAY: ReadonlySet<string> = new Set(['UNAVAILABLE', 'TIMEOUT']);
const SCOPES_AT_ONCE = 200;
/** Each has its time, and must not spend it on waiting for hundreds of others. */
const READS_AT_ONCE = 20;

/** The texts of many scopes, some of them with each SELECT. */
export async function manyTexts(
  parts: Parts,
  reader: Pick<RedisReader, 'present'>,
  scopes: readonly Scope[],
  configs: readonly AnyConfig[],
): Promise<ReadonlyMap<Scope, ReadonlyMap<string, StoredText>>> {
  const found = new Map<Scope, ReadonlyMap<string, StoredText>>();
  for (let i = 0; i < scopes.length; i += SCOPES_AT_ONCE) {
    const some = await storedTexts(parts, reader, scopes.slice(i, i + SCOPES_AT_ONCE), configs, READ_MS);
    for (const [scope, texts] of some) found.set(scope, texts);
  }
  return found;
}

/** The texts of many scopes, within the longest `databaseTimeout` of the configs. While Redis does not answer, those of the database. */
export async function knownTexts(
  parts: Parts,
  reader: Pick<RedisReader, 'present'>,
  scopes: readonly Scope[],
  configs: readonly AnyConfig[],
): Promise<KnownTexts> {
  const budgetMs = Math.max(0, ...configs.map(({ databaseTimeoutMs }) => databaseTimeoutMs));
  const unsure = new Set<string>();
  const patient: Pick<RedisReader, 'present'> = {
    present: (text, asked) =>
      reader.present(text, asked).catch(error => {
        if (!(error instanceof TenantryError && AWAY.has(error.code))) throw error;
        for (const { name } of asked) unsure.add(name);
        return new Map();
      }),
  };
  const texts = new Map<Scope, ReadonlyMap<string, StoredText>>();
  for (let i = 0; i < scopes.length; i += SCOPES_AT_ONCE) {
    const some = await storedTexts(parts, patient, scopes.slice(i, i + SCOPES_AT_ONCE), configs, budgetMs);
    for (const [scope, each] of some) texts.set(scope, each);
  }
  return { texts, unsure };
}

/** The texts of these scopes, with one SELECT. */
export async function storedTexts(
  parts: Parts,
  reader: Pick<RedisReader, 'present'>,
  scopes: readonly Scope[],
  configs: readonly AnyConfig[],
  budgetMs: number,
): Promise<ReadonlyMap<Scope, ReadonlyMap<string, StoredText>>> {
  for (const config of configs) if (config !== parts.groups) checkRegistered(parts, config);
  const inRedis = configs.filter(
    ({ writePolicy, persistence }) => writePolicy === 'write-back' || persistence === 'none',
  );
  const texts = new Map(scopes.map(scope => [tenantText(tenantOfScope(scope)), scope]));
  // Redis before the rows: a value that is flushed in between is then found in both, and not in neither.
  const present = new Map<string, Awaited<ReturnType<typeof reader.present>>>();
  const asked = inRedis.length > 0 ? [...texts.keys()] : [];
  for (let i = 0; i < asked.length; i += READS_AT_ONCE)
    await Promise.all(
      asked.slice(i, i + READS_AT_ONCE).map(async text => present.set(text, await reader.present(text, inRedis))),
    );
  const kept = configs.filter(({ persistence }) => persistence === 'database');
  const rows = await readStoredRows(
    parts,
    [...texts.keys()],
    kept.map(({ configKey }) => configKey),
    budgetMs,
  );
  const found = new Map<Scope, Map<string, StoredText>>();
  const keep = (text: string, name: string, stored: Omit<StoredRow, 'tenant' | 'name' | 'config'>, dirty: boolean) => {
    const scope = texts.get(text) as Scope;
    if (!found.has(scope)) found.set(scope, new Map());
    found.get(scope)?.set(name, toText(stored, dirty));
  };
  for (const { tenant, config, ...row } of rows) keep(tenant, config, row, false);
  for (const [text, values] of present)
    for (const [name, { dirty, ...value }] of values) keep(text, name, { ...value, origin: null }, dirty);
  return found;
}

function toText(stored: Omit<StoredRow, 'tenant' | 'name' | 'config'>, dirty: boolean): StoredText {
  const { version, json, updatedAt, updatedBy, expiresAt, origin } = stored;
  return {
    ...{ version, json, dirty, updatedAt: new Date(updatedAt), updatedBy: updatedBy ?? undefined },
    expiresAt: expiresAt > 0 ? new Date(expiresAt) : undefined,
    origin: origin ?? undefined,
  };
}
