import type { Redis } from 'ioredis';
import type { Fault } from './fault.ts';

/** What a reader missed is no longer in the stream when it is back. */
export const feedTrimmed: Fault = {
  name: 'feed-trimmed',
  about: 'the feed moves on past readers that are cut off',
  feedLength: 1,
  async strike(world) {
    const readers = world.of('reader');
    await world.whileUnreachable(readers, async () => {
      for (const { redisProxy } of readers) redisProxy?.set('refuse');
      await world.let(world.random.int(800, 2_000));
      // MAXLEN ~ trims whole nodes of the stream only.
      const redis = world.redis.connect() as Redis;
      for await (const keys of redis.scanStream({ match: `${world.prefix}:{*}:feed`, count: 1_000 }))
        for (const key of keys as string[]) await redis.xtrim(key, 'MAXLEN', 1);
      redis.disconnect();
      for (const { redisProxy } of readers) redisProxy?.set('pass');
    });
    await world.let(300);
  },
};
