import { eventually, type FaultProxy, type RedisServer, startFaultProxy, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { type RecordingFollower, recordingFollower } from '../follower.fixture.ts';
import { openReplica, row, type TestReplica } from '../replica.fixture.ts';
import type { Feeds } from './feeds.ts';
import { type FeedsOptions, startFeeds } from './start-feeds.ts';

/** Of a test that waits for a silence to be noticed. */
export const QUICK = { timeoutMs: 250 };

/** Feeds that are followed through a fault proxy, on a Redis of the file's own. */
export class FeedsLab {
  readonly tenant = 'acme';
  /** It is flushed, paused and restarted. */
  server!: RedisServer;
  proxy!: FaultProxy;
  /** Writes, and reads past the proxy. */
  test!: TestReplica;
  /** Follows through the proxy. */
  redis!: Redis;
  feeds!: Feeds;
  follower!: RecordingFollower;
  version = 0;
  readonly troubles: unknown[] = [];
  /** Closed after the test. */
  readonly open: { close(): unknown }[] = [];

  /** Before all tests of the file. */
  readonly startServer = async (): Promise<void> => {
    this.server = await startRedisServer();
  };

  /** After all of them. */
  readonly stopServer = async (): Promise<void> => this.server.close();

  /** Before each test. */
  readonly begin = async (): Promise<void> => {
    const { host, port } = this.server;
    this.proxy = await startFaultProxy({ target: { host, port } });
    this.test = openReplica({ url: this.server.url, feedLength: 10_000 });
    this.redis = this.connect(this.proxy.port);
    this.follower = recordingFollower();
    this.version = 0;
    this.troubles.length = 0;
  };

  /** After each test. */
  readonly end = async (): Promise<void> => {
    for (const each of this.open.splice(0)) await each.close();
    this.redis.disconnect();
    await this.test.redis.flushall();
    await this.test[Symbol.asyncDispose]();
    await this.proxy.close();
  };

  readonly connect = (port: number): Redis => {
    const connection = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 20 });
    connection.on('error', () => undefined);
    return connection;
  };

  /** Heartbeats often, so that a test waits for one, not for five seconds; and patient, so that a busy machine is not taken for a silence. */
  readonly start = (options: Partial<FeedsOptions> = {}): Feeds => {
    const patience = { heartbeatMs: 50, timeoutMs: 5_000, random: () => 0 };
    const onTrouble = (error: unknown) => void this.troubles.push(error);
    this.feeds = startFeeds({ redis: this.redis, reader: this.test.reader, ...patience, onTrouble, ...options });
    this.open.push(this.feeds);
    return this.feeds;
  };

  readonly write = async (count = 1): Promise<void> => {
    for (let i = 0; i < count; i++) await this.test.replica.apply(this.tenant, [row(1, ++this.version, ['a'])]);
  };

  readonly heardAll = (to = this.version, from = 1): Promise<void> =>
    eventually(() => expect(this.follower.seqs).toEqual(Array.from({ length: to - from + 1 }, (_, i) => from + i)));

  readonly subscribers = async (tenant = this.tenant): Promise<number> => {
    const channel = this.test.replica.names.of(tenant).feed;
    return ((await this.test.redis.pubsub('NUMSUB', channel)) as [string, number])[1];
  };

  readonly subscribersReady = async (): Promise<void> => {
    // A first follower tells that the subscriber is ready; it leaves nothing behind.
    const first = this.feeds.follow('somebody', recordingFollower());
    await first.ready;
    first.close();
    await eventually(async () => (await this.subscribers('somebody')) === 0);
  };
}
