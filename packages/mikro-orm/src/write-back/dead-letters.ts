import { configTimes, encodeConfigEnvelope, withoutValues } from '@tenantry/protocol/internal';
import { createPayloadCodec } from '@tenantry/protocol/wire';
import { createWriteIds, type DirtyConfigs, type DirtyEntry, whenReady } from '@tenantry/redis';
import type { ConfigParts } from '../configs/config-parts.ts';
import { lockConfigRows, writeConfigRows } from '../configs/config-rows.ts';
import { inTransaction, RAISED } from './flush-transaction.ts';
import type { WriteBack } from './write-back.ts';

/** A write that the database refused. Readers have it; the database has what it had before. */
export interface DeadLetter {
  readonly id: string;
  readonly tenant: string;
  /** The config's name. */
  readonly name: string;
  readonly version: number;
  readonly op: 'set' | 'unset';
  /** The database's own word for it, without values. */
  readonly error: string;
  readonly attempts: number;
  readonly actor: string | undefined;
  readonly writtenAt: Date;
  readonly diedAt: Date;
}

/** What can be done about them. */
export interface DeadLetters {
  readonly list: WriteBack['deadLetters'];
  readonly retry: WriteBack['retryDeadLetters'];
  readonly discard: WriteBack['discardDeadLetters'];
}

export function createDeadLetters(parts: ConfigParts, dirty: DirtyConfigs): DeadLetters {
  const { redis, clock } = parts;

  async function* all(ids?: readonly string[]): AsyncGenerator<[string, DirtyEntry]> {
    await whenReady(redis);
    const seen = new Set<string>();
    for await (const tenants of dirty.tenants('deadLetters')) {
      for (const tenant of tenants.filter(each => !seen.has(each))) {
        seen.add(tenant);
        for (const letter of await dirty.deadLetters(tenant))
          if (!ids || ids.includes(letter.writeId)) yield [tenant, letter];
      }
    }
  }

  const bounded = <T>(what: string, work: Promise<T>) =>
    work.catch(error => Promise.reject(withoutValues(error, what)));

  return {
    list: (limit = 100) =>
      bounded(
        'Listing dead letters',
        (async () => {
          const found: DeadLetter[] = [];
          for await (const [tenant, letter] of all()) {
            if (found.length >= limit) break;
            found.push(toDeadLetter(tenant, letter));
          }
          return found;
        })(),
      ),

    retry: ids =>
      bounded(
        'Retrying dead letters',
        (async () => {
          let retried = 0;
          for await (const [tenant, letter] of all(ids)) {
            if ((await dirty.revive(tenant, letter)) !== 'dirty') continue;
            retried++;
            await dirty.hint(tenant, clock());
          }
          return retried;
        })(),
      ),

    discard: ids =>
      bounded(
        'Discarding dead letters',
        (async () => {
          let discarded = 0;
          for await (const [tenant, letter] of all(ids)) {
            const found = await dirty.checkLetter(tenant, letter);
            if (found === 'dead') await takeBack(parts, dirty, tenant, letter);
            if (found !== 'gone') discarded++;
          }
          return discarded;
        })(),
      ),
  };
}

/** Gives readers what the database has, as a version above the one that is given up. */
async function takeBack(parts: ConfigParts, dirty: DirtyConfigs, tenant: string, letter: DirtyEntry): Promise<void> {
  const { orm, dialect, clock, random, registry } = parts;
  const { actor = null, reason = null } = parts.identity();
  const at = clock();
  const { version, json, expiresAt } = await inTransaction(orm, dialect, async em => {
    const rows = await lockConfigRows(em, dialect, tenant, [letter.configKey], at);
    const row = rows.get(letter.configKey);
    if (!row) throw new Error('A config has no row although it was just made.');
    const next = Math.max(row.version, letter.version) + 1;
    const op = row.json === undefined ? 'unset' : 'set';
    const origin = `discard of ${letter.version}`;
    const revision = { op, actor, reason, origin, writeId: createWriteIds()() + RAISED } as const;
    await writeConfigRows(em, [{ row, version: next, json: row.json, expiresAt: row.expiresAt, at, revision }]);
    return { version: next, json: row.json, expiresAt: row.expiresAt };
  });
  const definition = registry.configs().find(source => source.definition.name === letter.name)?.definition;
  const times = definition
    ? configTimes(definition, expiresAt, at, random)
    : { expiresAt, freshUntil: 0, dropAt: expiresAt };
  const { owner, writeId } = letter;
  const settled = { owner, writeId, version, op: json === undefined ? 'delete' : 'put', dropAt: times.dropAt } as const;
  const envelope =
    json === undefined
      ? {}
      : { envelope: encodeConfigEnvelope(createPayloadCodec(), owner, { version: 1, updatedAt: at, json, ...times }) };
  await dirty.endFlushed(tenant, [{ ...settled, ...envelope }], 'deadLetters');
}

function toDeadLetter(tenant: string, letter: DirtyEntry): DeadLetter {
  const { writeId, name, version, json, error, attempts, actor, at, notBefore } = letter;
  return {
    ...{ id: writeId, tenant, name, version, error, attempts },
    op: json === null ? 'unset' : 'set',
    actor: actor ?? undefined,
    writtenAt: new Date(at),
    diedAt: new Date(notBefore),
  };
}
