import { createRequire } from 'node:module';
import type { RedisOptions } from 'ioredis';

/** Options that ioredis 5 did not always have, or never. Where it has not, it takes them and does nothing. */
const SINCE: Readonly<Record<string, string>> = { blockingTimeout: '5.9.0', protocol: '6.0.0', replyMapping: '6.0.0' };
const { version } = createRequire(import.meta.url)('ioredis/package.json') as { version: string };

/** The rows of a table, whose names say what the ioredis of this run does not have. */
export function rowsOf(
  table: Readonly<Record<string, AnyRedisOptions>>,
): readonly (readonly [string, AnyRedisOptions])[] {
  return Object.entries(table).map(([name, options]) => {
    const unknown = Object.keys(options).filter(each => orderOf(version) < orderOf(SINCE[each] ?? '0.0.0'));
    return [unknown.length > 0 ? `${name} (ioredis ${version} has no ${unknown.join(', no ')})` : name, options];
  });
}

/** Options of ioredis, those included that change the types of its replies. */
export type AnyRedisOptions = RedisOptions & { replyMapping?: 'resp3' | 'legacy' };

function orderOf(text: string): number {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return major * 1_000 + minor;
}

/** What changes when a command is sent, sent again or given up, and which connection is made anew. */
export const timing: Readonly<Record<string, AnyRedisOptions>> = {
  'enableAutoPipelining: true': { enableAutoPipelining: true },
  'lazyConnect: true': { lazyConnect: true },
  'enableOfflineQueue: false': { enableOfflineQueue: false },
  'enableReadyCheck: false': { enableReadyCheck: false },
  'maxRetriesPerRequest: 0': { maxRetriesPerRequest: 0 },
  'maxRetriesPerRequest: null': { maxRetriesPerRequest: null },
  'autoResendUnfulfilledCommands: false': { autoResendUnfulfilledCommands: false },
  'autoResubscribe: false': { autoResubscribe: false },
  'reconnectOnError: true': { reconnectOnError: () => true },
  'reconnectOnError: 2': { reconnectOnError: () => 2 },
};

/** What changes what the replies look like, and where they come from. */
export const replies: Readonly<Record<string, AnyRedisOptions>> = {
  'another db': { db: 3 },
  'RESP 2': { protocol: 2 },
  'RESP 3': { protocol: 3 },
  'stringNumbers: true': { stringNumbers: true },
  'stringNumbers: true over RESP 2': { stringNumbers: true, protocol: 2 },
  "replyMapping: 'resp3'": { replyMapping: 'resp3' },
  "replyMapping: 'resp3', stringNumbers: true": { replyMapping: 'resp3', stringNumbers: true },
};

/** What an application may have set for its own reasons, and that should change nothing. */
export const others: Readonly<Record<string, AnyRedisOptions>> = {
  'a long commandTimeout': { commandTimeout: 30_000 },
  'readOnly: true': { readOnly: true },
  connectionName: { connectionName: 'shop' },
  'noDelay: false': { noDelay: false },
  'keepAlive: 0': { keepAlive: 0 },
  'disableClientInfo: true': { disableClientInfo: true },
  'showFriendlyErrorStack: true': { showFriendlyErrorStack: true },
  scripts: { scripts: { shopTotal: { lua: 'return 1', numberOfKeys: 0 } } },
};

/** Bounds that a pause of Redis passes: commands fail that Redis carries out later, and connections are made anew. */
export const bounds: Readonly<Record<string, AnyRedisOptions>> = {
  'a short commandTimeout': { commandTimeout: 400 },
  'a short blockingTimeout': { blockingTimeout: 400 },
  'a short socketTimeout': { socketTimeout: 1_000 },
};
