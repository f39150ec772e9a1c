import { isDeepStrictEqual } from 'node:util';
import {
  catalogue,
  isSettingName,
  type RowRequest,
  refName,
  refsOfRow,
  type SourceName,
} from '../definitions/catalogue.ts';
import { seenAt } from '../supervisor/change.ts';
import type { Demo } from '../supervisor/demo.ts';
import { type DatabaseRow, tenantsOf } from '../supervisor/read-database.ts';
import type { ReplicaEntry } from '../supervisor/read-replica.ts';
import type { ReaderProcess } from '../supervisor/reader-process.ts';
import { inheritedState } from './inherited-state.ts';
import { settingStates } from './setting-state.ts';

type Replica = ReadonlyMap<string, ReplicaEntry> | undefined;

/** Everything the page shows, in JSON. */
export async function pageState(demo: Demo) {
  const { redis, worker, writer, admin, writerPath, databasePath, readers, database } = demo.parts;
  const state = await demo.database();
  const { rows, waiting, settings: stored } = state;
  // Redis is down, or just went.
  const [replica, dirty] = redis.isReachable
    ? await Promise.all([demo.replica(), demo.dirty()]).catch(() => [undefined, undefined])
    : [undefined, undefined];
  const all = [...rows, ...ghosts(rows, readers)];
  const tenants = [...new Set([...tenantsOf(state), ...all.map(tenantOf)])].sort();
  const [lives, inherited] = await Promise.all([
    // One that is being restarted says nothing.
    Promise.all(readers.map(reader => reader.life().catch(() => undefined))),
    Promise.all(tenants.map(id => inheritedState(demo, id, state.scopes))),
  ]);
  const names = new Set(all.flatMap(({ source, values }) => refsOfRow(source, values).map(refName)));
  return {
    database: { kind: database.kind, waiting, isReachable: databasePath.mode === 'pass' },
    redis: { isReachable: redis.isReachable, origin: redis.origin, keys: replica?.size },
    worker: { pid: worker.pid, isPaused: worker.isPaused },
    writer: { pid: writer.pid, isCut: writerPath.mode !== 'pass', reachesRedis: writer.reachesRedis },
    admin: { url: admin.url },
    readers: readers.map(({ name, pid, status }, i) => ({ name, pid, status, life: lives[i] })),
    tenants: tenants.map((id, i) => ({
      id,
      rows: all.filter(row => tenantOf(row) === id).map(row => rowState(demo, row, rows.includes(row), replica)),
      settings: settingStates(demo, id, { stored, replica, dirty }),
      inherited: inherited[i],
      // What neither the database nor a reader knows: on its way out, or a fault.
      strays: [...(replica?.keys() ?? [])].filter(
        name => name.endsWith(` ${id}`) && !names.has(name) && !isSettingName(name),
      ),
    })),
  };
}

function rowState(demo: Demo, { source, id, values }: DatabaseRow, isInDatabase: boolean, replica: Replica) {
  const refs = refsOfRow(source, values);
  const [first] = refs as [RowRequest];
  const isSame = (value: unknown): boolean => isInDatabase && isDeepStrictEqual(value, values);
  return {
    source,
    id,
    values,
    isInDatabase,
    readers: demo.parts.readers.map(reader =>
      readerState(demo, reader, refName(first), isInDatabase ? values : undefined),
    ),
    keys: refs.map(request => {
      const name = refName(request);
      const there = replica?.get(name);
      const state = !replica ? 'unknown' : !there ? 'missing' : isSame(there.value) ? 'current' : 'old';
      return { key: request.key, value: Object.values(request.values).join(' · '), state, version: there?.version };
    }),
  };
}

function readerState(demo: Demo, reader: ReaderProcess, name: string, value: DatabaseRow['values'] | undefined) {
  const entry = reader.sightings(name).at(-1)?.entry;
  const committedAt = demo.committedAt.get(name);
  const at = committedAt === undefined ? undefined : seenAt(reader, { name, value }, committedAt);
  return {
    value: entry?.value,
    version: entry?.version,
    isStale: entry?.stale ?? true,
    isFromFile: entry?.origin === 'snapshot',
    isCurrent: isDeepStrictEqual(entry?.value, value),
    ms: at === undefined || committedAt === undefined ? undefined : at - committedAt,
  };
}

/** Rows that a reader still has and the database does not: during an outage, for as long as it lasts. */
function ghosts(rows: readonly DatabaseRow[], readers: readonly ReaderProcess[]): DatabaseRow[] {
  const known = new Set(rows.flatMap(({ source, values }) => refsOfRow(source, values).map(refName)));
  const found = new Map<string, DatabaseRow>();
  for (const reader of readers) {
    for (const [name, { entry }] of reader.latest()) {
      const values = entry.value as DatabaseRow['values'] | undefined;
      const source = name.split(':', 1)[0] as SourceName;
      const isRecord = values !== undefined && source in catalogue && name.startsWith(`${source}:id:`);
      if (isRecord && !known.has(name)) found.set(name, { source, id: Number(values.id), values });
    }
  }
  return [...found.values()];
}

function tenantOf({ values }: DatabaseRow): string {
  return String(values.tenantId);
}
