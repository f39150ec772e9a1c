import { type CommandMonitor, eventually, monitorCommands, type RedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { type RecordingFollower, recordingFollower } from '../follower.fixture.ts';
import { createReplica } from '../replica/create-replica.ts';
import { row } from '../replica.fixture.ts';
import type { FollowedFeed } from './feeds.ts';
import { FeedsLab } from './feeds-lab.fixture.ts';
import type { FeedsOptions } from './start-feeds.ts';

/** So many that a turn takes ten heartbeats: what is found at once was found by doubt. */
export const MANY = 60;

/** A tenant that is followed among many, so that a heartbeat rarely asks for its head. */
export interface Followed {
  readonly tenant: string;
  readonly follower: RecordingFollower;
  readonly followed: FollowedFeed;
}

export const one = (many: readonly Followed[], at: number): Followed => many[at] as Followed;

/** Many feeds of one process, and all that Redis is asked for them. */
export class ChecksLab extends FeedsLab {
  /** In the order in which Redis got them: `beat`, `checked`, `flush`, `head X`, `append X`, `subscribe X`, where X is a tenant. */
  readonly events: string[] = [];
  private monitor: CommandMonitor | undefined;

  /** Before each test: on a Redis that was filled, as one is where there are workers. */
  readonly beginFilled = async (): Promise<void> => {
    await this.begin();
    const token = (await this.test.replica.beginFill()) as string;
    expect(await this.test.replica.completeFill(token, 1)).toBe(true);
  };

  readonly writeTo = (tenant: string): Promise<unknown> =>
    this.test.replica.apply(tenant, [row(1, ++this.version, ['a'])]);

  /** Follows so many tenants; each, or only the first `written`, has one message. All are live. `server`: the one that is asked. */
  readonly followMany = async (
    count: number,
    options: Partial<FeedsOptions> = {},
    { server = this.server, written = count }: { server?: RedisServer; written?: number } = {},
  ): Promise<Followed[]> => {
    const tenants = Array.from({ length: count }, (_, i) => `tenant-${i}`);
    await Promise.all(tenants.slice(0, written).map(this.writeTo));
    // A replica has them a moment later.
    const { reader = this.test.reader } = options;
    await eventually(async () => expect(await reader.heads(tenants.slice(0, written))).not.toContain(undefined));
    this.events.length = 0;
    const monitor = await monitorCommands(server, ({ args }) => this.events.push(...this.eventsOf(args)));
    this.monitor = monitor;
    this.open.push({ close: () => monitor.end() });
    this.start(options);
    const many = tenants.map(tenant => {
      const follower = recordingFollower();
      return { tenant, follower, followed: this.feeds.follow(tenant, follower) };
    });
    await eventually(() => expect(many.every(({ followed }) => followed.feed.live)).toBe(true));
    // Every head was asked for when it was subscribed. From here on each comes in its turn.
    await this.nextBeat();
    return many;
  };

  /** How many events there were until now. */
  readonly here = async (): Promise<number> => {
    await this.monitor?.caughtUp();
    return this.events.length;
  };

  readonly nextBeat = (): Promise<void> => this.next('beat');

  readonly next = async (event: string): Promise<void> => {
    const from = await this.here();
    await eventually(() => expect(this.events.indexOf(event, from)).toBeGreaterThan(-1), { intervalMs: 1 });
  };

  /** The events of each whole heartbeat since then. */
  readonly beatsSince = (from: number): string[][] => {
    const beats: string[][] = [];
    for (const event of this.events.slice(from))
      if (event === 'beat') beats.push([]);
      else beats.at(-1)?.push(event);
    return beats.slice(0, -1);
  };

  /** How many heartbeats began between the last event of the first kind and the next one of the second. */
  readonly beatsBetween = (first: string, second: string): Promise<number> =>
    eventually(() => {
      const from = this.events.lastIndexOf(first);
      const to = this.events.indexOf(second, from);
      expect([from, to], `${first}, ${second}`).not.toContain(-1);
      return { beats: this.events.slice(from, to).filter(event => event === 'beat').length };
    }).then(({ beats }) => beats);

  /** Changes a tenant by a writer that may not publish: the message is in the feed, and is pushed to nobody. */
  readonly writeWithoutPush = async (tenant: string): Promise<void> => {
    await this.test.redis.call('ACL', 'SETUSER', 'mute', 'on', 'nopass', '~*', '+@all', 'resetchannels');
    const redis = new Redis({ port: this.server.port, username: 'mute', password: 'any' });
    try {
      const writer = createReplica({ redis, prefix: this.test.prefix });
      await expect(writer.apply(tenant, [row(1, ++this.version, ['a'])])).rejects.toThrow(/NOPERM|ACL|can't/);
    } finally {
      redis.disconnect();
    }
  };

  private eventsOf([command = '', ...args]: readonly string[]): string[] {
    const { fillState } = this.test.replica.names;
    const [key = ''] = args;
    const tenantOf = (name: string) => /\{(.*)\}/.exec(name)?.[1] ?? '';
    switch (command.toLowerCase()) {
      case 'get':
        return key === fillState ? ['beat'] : [];
      case 'unsubscribe':
        return ['checked'];
      case 'flushall':
        return ['flush'];
      case 'hmget':
        return key.endsWith(':epoch') ? [`head ${tenantOf(key)}`] : [];
      case 'xadd':
        return [`append ${tenantOf(key)}`];
      case 'subscribe':
        return args.map(channel => `subscribe ${tenantOf(channel)}`);
      default:
        return [];
    }
  }
}

/** The tenants whose heads were asked for, each as often as it was. */
export const headsIn = (events: readonly string[]): string[] =>
  events.filter(event => event.startsWith('head ')).map(event => event.slice('head '.length));
