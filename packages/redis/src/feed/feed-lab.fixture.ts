import { createFeedCodec } from '@tenantry/protocol/wire';
import { expect } from 'vitest';
import { type RecordingFollower, recordingFollower } from '../follower.fixture.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import type { FeedHead } from '../replica/feed-head.ts';
import { openReplica, row, type TestReplica } from '../replica.fixture.ts';
import { FeedRefusals } from './feed-refusals.ts';
import type { FeedCounters } from './feed-repair.ts';
import { TenantFeed } from './tenant-feed.ts';

const tenant = 'acme';

/** What a feed says while everything is unknown, and while only what came last is. */
export const FILLING = 'Redis lost its data and is being filled';
export const REPAIRING = 'Redis lost its last moments and is being repaired';

/** A tenant's feed with real messages in a real Redis. The test hands over the pushes, so it decides which are lost. */
export class FeedLab {
  test!: TestReplica;
  follower!: RecordingFollower;
  counters!: FeedCounters;
  #version = 0;

  /** Before each test. */
  readonly begin = (): void => {
    this.test = openReplica({ feedLength: 100_000 });
    this.follower = recordingFollower();
    this.counters = { gaps: 0, resyncs: 0 };
    this.#version = 0;
  };

  /** After each test. */
  readonly end = async (): Promise<void> => this.test[Symbol.asyncDispose]();

  readonly names = () => this.test.replica.names.of(tenant);

  readonly newFeed = (reader: ReplicaReader = this.test.reader): TenantFeed =>
    new TenantFeed(tenant, this.names().feed, this.follower, {
      reader,
      codec: createFeedCodec(),
      counters: this.counters,
      refusals: new FeedRefusals(),
    });

  readonly head = async (): Promise<FeedHead | undefined> => (await this.test.reader.heads([tenant]))[0];

  /** Applies so many changes and answers their messages, as they were pushed. */
  readonly write = async (count = 1): Promise<Buffer[]> => {
    for (let i = 0; i < count; i++) await this.test.replica.apply(tenant, [row(1, ++this.#version, ['a'])]);
    return this.lastMessages(count);
  };

  readonly lastMessages = async (count: number): Promise<Buffer[]> => {
    const entries = await this.test.redis.xrevrangeBuffer(this.names().feed, '+', '-', 'COUNT', count);
    return entries.map(([, fields]) => fields[1] as Buffer).reverse();
  };

  /** As the heartbeat does. */
  readonly check = async (feed: TenantFeed): Promise<void> => {
    const before = feed.beginCheck();
    feed.check(await this.head(), before, await this.test.reader.fillState());
  };

  /** What a restart from a snapshot taken now would bring back. */
  readonly snapshot = async (): Promise<() => Promise<void>> => {
    const { redis } = this.test;
    const keys = Object.values(this.names()).filter(name => name !== tenant && !name.endsWith(':k:'));
    const dumps = await Promise.all(keys.map(async key => ({ key, dump: await redis.dumpBuffer(key) })));
    return async () => {
      for (const { key, dump } of dumps) if (dump) await redis.restore(key, 0, dump, 'REPLACE');
    };
  };

  readonly loseEverything = async (): Promise<void> => {
    const { records, tombstones, feed, epoch } = this.names();
    await this.test.redis.del(records, tombstones, feed, epoch, this.test.replica.names.fillState);
  };

  /** The fill state from before is known. */
  readonly fillOrRepair = async (): Promise<void> => {
    const { replica } = this.test;
    if (await replica.isFilled()) expect(await replica.completeRepair(++this.#version + 1_000)).toBe(true);
    else await this.fill(++this.#version + 1_000);
  };

  readonly fill = async (fillId = 1): Promise<void> => {
    const token = (await this.test.replica.beginFill()) as string;
    expect(await this.test.replica.completeFill(token, fillId)).toBe(true);
  };
}
