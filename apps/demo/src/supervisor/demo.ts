import type { EventEmitter } from 'node:events';
import { eventually, type FaultProxy } from '@tenantry/testing';
import type { Redis } from 'ioredis';
import { type RefRequest, refName } from '../definitions/catalogue.ts';
import { inheritedOf, settingsOf } from '../definitions/settings.ts';
import type { ReportLine } from '../write-side/report-line.ts';
import type { Operation } from '../writer/apply-operations.ts';
import type { GroupsWrite, LayerWrite } from '../writer/scopes-api.ts';
import type { SettingWrite } from '../writer/settings-api.ts';
import type { WriteAnswer } from '../writer/timed-write.ts';
import type { AdminProcess } from './admin-process.ts';
import {
  type AffectedRef,
  affectedRefs,
  affectedTenants,
  type Change,
  plannedRefs,
  refsOfRows,
  type ScopeChange,
  seenAt,
} from './change.ts';
import type { DemoDatabase } from './demo-database.ts';
import type { DemoRedis } from './demo-redis.ts';
import { differences } from './differences.ts';
import { type DatabaseState, readDatabase, tenantsOf } from './read-database.ts';
import { type ReplicaEntry, readDirty, readReplica } from './read-replica.ts';
import type { ExpectedSetting } from './read-settings.ts';
import type { ReaderProcess } from './reader-process.ts';
import { explainedOtherwise, scopeDifferences } from './scope-differences.ts';
import { type SettingChange, settingChange, settingSeenAt } from './setting-change.ts';
import { settingDifferences } from './setting-differences.ts';
import type { DemoServices } from './start-demo-services.ts';
import type { Transcript } from './transcript.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { WriterProcess } from './writer-process.ts';

export interface DemoParts {
  readonly prefix: string;
  /** Where readers keep their snapshot files. */
  readonly folder: string;
  readonly database: DemoDatabase;
  readonly redis: DemoRedis;
  /** The supervisor's own connection, past every fault but a Redis that is down. */
  readonly inspector: Redis;
  /** The writer's way to Redis, and nobody else's. */
  readonly writerPath: FaultProxy;
  /** The way of the writer and the worker to the database; the supervisor looks past it. */
  readonly databasePath: FaultProxy;
  readonly writer: WriterProcess;
  readonly worker: WorkerProcess;
  readonly readers: readonly ReaderProcess[];
  readonly admin: AdminProcess;
  /** Undefined where it is not played: then nobody needs them. */
  readonly services: DemoServices | undefined;
  readonly transcript: Transcript | undefined;
}

interface DemoEvents {
  /** Something that can be seen is different. */
  readonly changed: [];
  readonly report: [ReportLine];
  /** A reader became ready or stale. */
  readonly status: [ReaderProcess];
  readonly crash: [string];
}

/** The running demo: what can be done to it, and what can be seen of it. */
export class Demo {
  readonly parts: DemoParts;
  readonly events: EventEmitter<DemoEvents>;
  /** When a ref got its present value in the database. */
  readonly committedAt = new Map<string, number>();
  /** The last acknowledged write of each setting. */
  readonly acknowledged = new Map<string, SettingChange>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: DemoParts, events: EventEmitter<DemoEvents>) {
    this.parts = parts;
    this.events = events;
  }

  /** Has the writer do this in one transaction. One at a time, so that it is known what each of them changed. */
  change(operations: readonly Operation[], rollback = false): Promise<Change> {
    return this.#inTurn(() => this.#change(operations, rollback));
  }

  /** Has the writer write the inherited setting in one scope. */
  changeLayer(write: LayerWrite): Promise<ScopeChange> {
    return this.#inTurn(() => this.#changeScopes(() => this.parts.writer.writeLayer(write)));
  }

  /** Has the writer put a tenant into these groups and no others. */
  changeGroups(write: GroupsWrite): Promise<ScopeChange> {
    return this.#inTurn(() => this.#changeScopes(() => this.parts.writer.setGroups(write)));
  }

  /** Waits until every reader has the change; answers in ms how long after its commit the last of them had it. */
  async seen({ affected, committedAt = 0 }: Change): Promise<number> {
    const each = this.parts.readers.flatMap(reader => affected.map(ref => ({ reader, ref })));
    const seen = await Promise.all(
      each.map(async ({ reader, ref }) => {
        const look = (): number => {
          const at = seenAt(reader, ref, committedAt);
          if (at === undefined) throw new Error(`it has version ${reader.sightings(ref.name).at(-1)?.entry.version}`);
          return at;
        };
        const message = `${reader.name} to see ${ref.name} ${ref.effect}`;
        const at = await eventually(look, { intervalMs: 1, message });
        return ref.isForeseen ? at : committedAt;
      }),
    );
    return Math.max(...seen) - committedAt;
  }

  /** Has the writer write one setting. */
  async writeSetting(write: SettingWrite): Promise<SettingChange> {
    const change = settingChange(write, await this.parts.writer.writeSetting(write));
    const before = this.acknowledged.get(change.name);
    if (!before || before.result.version < change.result.version) this.acknowledged.set(change.name, change);
    this.events.emit('changed');
    return change;
  }

  /** Waits until every reader has that version and value; answers when the last of them had it, on the machine's clock. */
  async settingSeen(
    change: Pick<SettingChange, 'name' | 'version' | 'startedAt'>,
    expected: Pick<ExpectedSetting, 'value'>,
  ): Promise<number> {
    const seen = this.parts.readers.map(reader => {
      const look = (): number => {
        const at = settingSeenAt(reader, change, expected);
        if (at === undefined) throw new Error(`it has version ${reader.sightings(change.name).at(-1)?.entry.version}`);
        return at;
      };
      const message = `${reader.name} to have version ${change.version} of ${change.name}`;
      return eventually(look, { intervalMs: 1, message });
    });
    return Math.max(...(await Promise.all(seen)));
  }

  /** Waits until both readers and exactly the keys in Redis are what the database says. */
  async settled(): Promise<{ readonly keys: number }> {
    const message = 'Redis and both readers to be what the database says';
    return eventually(
      async () => {
        const [state, replica, dirty] = await Promise.all([this.database(), this.replica(), this.dirty()]);
        const found = differences(state, replica, this.parts.readers);
        found.push(...settingDifferences(state, replica, dirty, this.parts.readers));
        found.push(...scopeDifferences(state, replica, this.parts.readers));
        if (found.length === 0) found.push(...(await explainedOtherwise(state, this.parts.readers)));
        if (found.length > 0) throw new Error(`${found.slice(0, 6).join('; ')}${found.length > 6 ? '; …' : ''}`);
        return { keys: [...replica.values()].filter(({ isAbsent }) => !isAbsent).length };
      },
      { intervalMs: 10, message },
    );
  }

  database(): Promise<DatabaseState> {
    return readDatabase(this.parts.database.pool);
  }

  /** Rejects while Redis is down. */
  replica(): Promise<Map<string, ReplicaEntry>> {
    const { inspector, prefix } = this.parts;
    return readReplica(inspector, prefix);
  }

  /** Which settings are acknowledged and not yet in the database. Rejects while Redis is down. */
  async dirty(): Promise<Set<string>> {
    const { inspector, prefix } = this.parts;
    return readDirty(inspector, prefix, tenantsOf(await this.database()));
  }

  /** Everything that there is now. */
  async watchAll(): Promise<void> {
    const state = await this.database();
    const tenants = tenantsOf(state);
    await this.watch([...refsOfRows(state), ...settingsOf(tenants), ...inheritedOf(tenants)]);
  }

  async watch(requests: readonly RefRequest[]): Promise<void> {
    await Promise.all(this.parts.readers.map(reader => reader.watch(requests)));
  }

  async #change(operations: readonly Operation[], rollback: boolean): Promise<Change> {
    const before = await this.database();
    // Before the commit, so that the change itself is what they see, and not their first look.
    const foreseen = [...refsOfRows(before), ...plannedRefs(operations, before)];
    await this.watch(foreseen);
    const { committedAt, flushMs } = await this.parts.writer.transact(operations, rollback);
    const after = await this.database();
    await this.watch(refsOfRows(after));
    const names = new Set(foreseen.map(refName));
    const affected = affectedRefs(before, after).map(
      (ref): AffectedRef => ({ ...ref, isForeseen: names.has(ref.name) }),
    );
    if (committedAt !== undefined) for (const { name } of affected) this.committedAt.set(name, committedAt);
    this.events.emit('changed');
    return { committedAt, flushMs, affected };
  }

  async #changeScopes(write: () => Promise<WriteAnswer>): Promise<ScopeChange> {
    const before = await this.database();
    const { committedAt, startedAt, acknowledgedAt, result } = await write();
    const affected = affectedTenants(before, await this.database());
    if (committedAt !== undefined) for (const { name } of affected) this.committedAt.set(name, committedAt);
    this.events.emit('changed');
    return { committedAt, flushMs: acknowledgedAt - startedAt, affected, result };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
