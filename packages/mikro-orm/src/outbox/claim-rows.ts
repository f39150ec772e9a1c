import type { MikroORM } from '@mikro-orm/core';
import { type Dialect, placeholders } from '../database/dialect.ts';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { retryTransaction } from '../database/retry-transaction.ts';
import { firstRows, isList, RECORDS_SQL } from './record-list.ts';

/** What a claim works with. */
export interface ClaimParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  /** About how many changes to take; a transaction that begins among them is taken to its end. A row may name many. */
  readonly batchSize: number;
  /** The most changes that are published in one step. */
  readonly wholeRows: number;
  /** What the rows of the definitions that this process knows have in the column `source`. */
  sources(): readonly string[];
}

/** Rows that are one relay's until its lease ends. */
export interface Claim {
  readonly rows: readonly ClaimedRow[];
  /** Some rows of one transaction, because all of them are too many for one step. */
  readonly isPart: boolean;
  /** Due rows are left: claim again at once. */
  readonly more: boolean;
}

export interface ClaimedRow {
  readonly id: number | string;
  readonly transaction_id: string;
  /** How many changes it is. */
  readonly records: string;
}

/** What a transaction has in the outbox. */
interface Size {
  readonly rows: number;
  readonly changes: number;
}

// A relay that dies keeps its rows to itself for so long.
const LEASE_MS = 10_000;
// ... and for each of them a little longer: publishing takes a tenth of that.
const ROW_MS = 1;
/** How long rows wait that are in the way and cannot be published now. */
export const PAUSE_MS = 1_000;

/** How long publishing so many changes may take. */
export const leaseMs = (changes: number) => LEASE_MS + changes * ROW_MS;

const changesOf = (rows: readonly ClaimedRow[]) => rows.reduce((sum, { records }) => sum + Number(records), 0);

type Run = <Row>(sql: string, params: readonly unknown[]) => Promise<Row[]>;

/**
 * Takes due rows for one relay, whole transactions at a time. Publishing completes a transaction in any case, so two relays that had
 * a part of it each would both publish all of it. It belongs to whoever has its first row:
 *
 *   relay 1: locks rows 1 to 50 of the transaction
 *   relay 2:                        locks 51 to 100, not 1: puts them aside
 *   relay 1: locks what is left, has row 1: all of it is its own
 *
 * Put aside, not just left: they would be the first rows that relay 2 finds again, before all that came later. Rows that failed
 * by themselves are nobody's first: what came after them does not wait for them.
 */
export async function claimRows(parts: ClaimParts, highest: number): Promise<Claim> {
  const { orm, dialect, batchSize } = parts;
  const sources = parts.sources();
  const outbox = ownTable(orm, 'outbox');
  if (highest === 0 || sources.length === 0) return { rows: [], isPart: false, more: false };
  const due = `available_at <= ${dialect.now} and source in (${placeholders(sources)})`;
  // Short, at READ COMMITTED: at the default level the claim would block users' inserts into the outbox.
  return retryTransaction(orm, dialect, async em => {
    const run: Run = (sql, params) => selectOwn(em, sql, params, em.getTransactionContext());
    const found = await run<ClaimedRow>(
      `select id, transaction_id, ${RECORDS_SQL} as records from ${outbox} where id <= ? and ${due} order by id limit ?${dialect.skipLocked}`,
      [highest, ...sources, batchSize],
    );
    const byTransaction = Map.groupBy(found, row => row.transaction_id);
    const sizes = await sizesOf(run, outbox, [...byTransaction.keys()], sources);
    const { chosen, isPart } = whatFits(byTransaction, sizes, parts);
    const isCut = ([id, rows]: [string, ClaimedRow[]]) => rows.length < (sizes.get(id)?.rows ?? 0);
    const cut = isPart ? [] : [...chosen].filter(isCut).map(([id]) => id);
    const aside: ClaimedRow[] = [];
    if (cut.length > 0) {
      // Never waits: two relays that each lock what the other began would wait for each other.
      const all = await run<ClaimedRow>(
        `select id, transaction_id, ${RECORDS_SQL} as records from ${outbox} where transaction_id in (${placeholders(cut)}) and ${due} order by id${dialect.skipLocked}`,
        [...cut, ...sources],
      );
      for (const [id, rows] of Map.groupBy(all, row => row.transaction_id)) chosen.set(id, rows);
      const firsts = await run<ClaimedRow>(
        `select min(id) as id, transaction_id from ${outbox} where transaction_id in (${placeholders(cut)}) and available_at is not null and attempts = 0 and source in (${placeholders(sources)}) group by transaction_id`,
        [...cut, ...sources],
      );
      for (const { id, transaction_id } of firsts) {
        const rows = chosen.get(transaction_id) as ClaimedRow[];
        if (rows.some(row => Number(row.id) === Number(id))) continue;
        chosen.delete(transaction_id);
        aside.push(...rows);
      }
    }
    const rows = [...chosen.values()].flat();
    await putOff(run, outbox, dialect, rows, leaseMs(changesOf(rows)));
    await putOff(run, outbox, dialect, aside, PAUSE_MS);
    return { rows, isPart, more: found.length === batchSize || rows.length + aside.length < found.length };
  });
}

/** What each transaction has. Those that are dead or another process's count, too: an index answers how many rows there are. */
async function sizesOf(
  run: Run,
  outbox: string,
  transactionIds: readonly string[],
  sources: readonly string[],
): Promise<Map<string, Size>> {
  if (transactionIds.length === 0) return new Map();
  const inThem = `from ${outbox} where transaction_id in (${placeholders(transactionIds)})`;
  const counts = await run<{ transaction_id: string; size: number | string }>(
    `select transaction_id, count(*) as size ${inThem} group by transaction_id`,
    transactionIds,
  );
  const lists = sources.filter(source => isList({ definition: source }));
  const named =
    lists.length === 0
      ? []
      : await run<ClaimedRow>(
          `select id, transaction_id, record_id as records ${inThem} and source in (${placeholders(lists)})`,
          [...transactionIds, ...lists],
        );
  const more = Map.groupBy(named, row => row.transaction_id);
  return new Map(
    counts.map(({ transaction_id: id, size }) => {
      const lists = more.get(id) ?? [];
      return [id, { rows: Number(size), changes: Number(size) - lists.length + changesOf(lists) }];
    }),
  );
}

/** As many whole transactions as one step takes, in the order of their first rows; of one that is larger, what was found. */
function whatFits(
  byTransaction: ReadonlyMap<string, ClaimedRow[]>,
  sizes: ReadonlyMap<string, Size>,
  { wholeRows, batchSize }: Pick<ClaimParts, 'wholeRows' | 'batchSize'>,
): { chosen: Map<string, ClaimedRow[]>; isPart: boolean } {
  const chosen = new Map<string, ClaimedRow[]>();
  let total = 0;
  for (const [id, rows] of byTransaction) {
    const size = Math.max(changesOf(rows), sizes.get(id)?.changes ?? 0);
    // The first one is always taken, so each gets its turn.
    if (size > wholeRows && chosen.size === 0)
      return { chosen: new Map([[id, firstRows(rows, wholeRows, ({ records }) => Number(records))]]), isPart: true };
    if (total >= batchSize) break;
    if (total + size > wholeRows) continue;
    total += size;
    chosen.set(id, rows);
  }
  return { chosen, isPart: false };
}

async function putOff(
  run: Run,
  outbox: string,
  dialect: Dialect,
  rows: readonly ClaimedRow[],
  ms: number,
): Promise<void> {
  if (rows.length === 0) return;
  const ids = rows.map(row => row.id);
  await run(`update ${outbox} set available_at = ${dialect.now} + ? where id in (${placeholders(ids)})`, [ms, ...ids]);
}
