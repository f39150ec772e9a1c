import { configTimes, encodeConfigEnvelope, TRY_AGAIN, withoutValues } from '@tenantry/protocol/internal';
import { createPayloadCodec } from '@tenantry/protocol/wire';
import { createWriteIds, type DirtyConfigs, type DirtyEntry } from '@tenantry/redis';
import type { ConfigParts } from '../configs/config-parts.ts';
import { lockConfigRows, lockedRow, writeConfigRows } from '../configs/config-rows.ts';
import { retryTransaction } from '../database/retry-transaction.ts';
import { RAISED } from './later-revisions.ts';

/** A write-back that the database refused for good. Readers have it; the database has the value before it. */
export interface DeadLetter {
  /** The id to pass to `retryDeadLetters` and `discardDeadLetters`. */
  readonly id: string;
  readonly tenant: string;
  /** The config's name. */
  readonly name: string;
  readonly version: number;
  readonly op: 'set' | 'unset';
  /** The name and code of the database's error, without values. */
  readonly error: string;
  readonly attempts: number;
  readonly actor: string | undefined;
  readonly writtenAt: Date;
  /** When the last attempt failed. */
  readonly diedAt: Date;
}

/** Lists, retries and discards the write-backs that the database refused. */
export class DeadLetters {
  readonly #parts: ConfigParts;
  readonly #dirty: DirtyConfigs;

  constructor(parts: ConfigParts, dirty: DirtyConfigs) {
    this.#parts = parts;
    this.#dirty = dirty;
  }

  async list(limit = 100): Promise<DeadLetter[]> {
    const found: DeadLetter[] = [];
    try {
      for await (const [tenant, letter] of this.#all()) {
        if (found.length >= limit) break;
        found.push(toDeadLetter(tenant, letter));
      }
    } catch (error) {
      throw withoutValues(error, 'Listing dead letters', TRY_AGAIN);
    }
    return found;
  }

  /** Gives dead letters to the next flush. Answers how many: a letter with a newer write is forgotten instead. */
  async retry(ids?: readonly string[]): Promise<number> {
    let retried = 0;
    try {
      for await (const [tenant, letter] of this.#all(ids)) {
        if ((await this.#dirty.revive(tenant, letter)) !== 'dirty') continue;
        retried++;
        await this.#dirty.hint(tenant, this.#parts.clock());
      }
    } catch (error) {
      throw withoutValues(error, 'Retrying dead letters', TRY_AGAIN);
    }
    return retried;
  }

  /** Gives dead letters up: readers get the database's value again. Answers how many. */
  async discard(ids?: readonly string[]): Promise<number> {
    let discarded = 0;
    try {
      for await (const [tenant, letter] of this.#all(ids)) {
        const found = await this.#dirty.checkLetter(tenant, letter);
        if (found === 'dead') await takeBack(this.#parts, this.#dirty, tenant, letter);
        if (found !== 'gone') discarded++;
      }
    } catch (error) {
      throw withoutValues(error, 'Discarding dead letters', TRY_AGAIN);
    }
    return discarded;
  }

  async *#all(ids?: readonly string[]): AsyncGenerator<[string, DirtyEntry]> {
    await this.#parts.installation.ready();
    for await (const tenants of this.#dirty.tenants('deadLetters'))
      for (const tenant of tenants)
        for (const letter of await this.#dirty.deadLetters(tenant))
          if (!ids || ids.includes(letter.writeId)) yield [tenant, letter];
  }
}

/** Gives readers the database's value, as a version above the one that is given up. */
async function takeBack(parts: ConfigParts, dirty: DirtyConfigs, tenant: string, letter: DirtyEntry): Promise<void> {
  const { clock, random, registry } = parts;
  const at = clock();
  const { version, json, expiresAt } = await raiseAbove(parts, tenant, letter, at);
  const definition = registry.configs().find(({ config }) => config.name === letter.name)?.config;
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

/** Writes the database's own value again, as a version above the dead letter's. */
function raiseAbove(parts: ConfigParts, tenant: string, letter: DirtyEntry, at: number) {
  const { orm, dialect } = parts;
  const { actor = null, reason = null, via } = parts.identity();
  return retryTransaction(orm, dialect, async em => {
    const rows = await lockConfigRows(em, dialect, tenant, [letter.configKey], at);
    const row = lockedRow(rows, letter.configKey);
    const version = Math.max(row.version, letter.version) + 1;
    const op = row.json === undefined ? 'unset' : 'set';
    const origin = `discard of ${letter.version}`;
    const revision = { op, actor, reason, origin, writeId: createWriteIds()() + RAISED } as const;
    await writeConfigRows(parts, em, [{ row, version, json: row.json, expiresAt: row.expiresAt, at, via, revision }]);
    return { version, json: row.json, expiresAt: row.expiresAt };
  });
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
