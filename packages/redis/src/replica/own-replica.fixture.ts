import { createFeedCodec, type FeedMessage } from '@tenantry/protocol/wire';
import { type RedisServer, startRedisServer } from '@tenantry/testing';
import { openReplica, standing, type TestReplica } from '../replica.fixture.ts';
import type { RecordChange } from './create-replica.ts';

const tenant = 'acme';

/** A replica in a Redis of the file's own, which a test may flush. */
export class OwnReplica {
  test!: TestReplica;
  #server!: RedisServer;
  readonly codec = createFeedCodec();

  /** Before all tests of the file. */
  readonly start = async (): Promise<void> => {
    this.#server = await startRedisServer();
  };

  /** After all of them. */
  readonly stop = (): Promise<void> => this.#server.close();

  /** Before each test. */
  readonly begin = (): void => {
    this.test = openReplica({ url: this.#server.url });
  };

  /** After each test. */
  readonly end = async (): Promise<void> => this.test[Symbol.asyncDispose]();

  readonly apply = (...changes: RecordChange[]): Promise<boolean[]> => this.test.replica.apply(tenant, changes);

  /** Address → owner and version. */
  readonly now = (): Promise<Record<string, string>> => standing(this.test.redis, this.test.replica, tenant);

  readonly names = () => this.test.replica.names.of(tenant);

  readonly beginFill = async (): Promise<string> => {
    const token = await this.test.replica.beginFill();
    if (token === undefined) throw new Error('another process is filling this Redis');
    return token;
  };

  /** Every message that the stream has. */
  readonly feed = async (): Promise<Buffer[]> => {
    const entries = await this.test.redis.xrangeBuffer(this.names().feed, '-', '+');
    return entries.map(([, fields]) => fields[1] as Buffer);
  };

  readonly lastMessage = async (): Promise<FeedMessage> => this.codec.decode((await this.feed()).at(-1) as Buffer);
}
