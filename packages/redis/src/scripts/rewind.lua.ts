import type { LuaScript } from './lua-script.ts';
import { APPEND_TO_FEED } from './parts/append-to-feed.lua.ts';

/** Moves the mark on, unless somebody else did. */
export const SET_WATERMARK: LuaScript = {
  numberOfKeys: 1,
  source: /* lua */ `
-- KEYS    mark
-- ARGV    what it must be (empty: none), what it becomes
-- RETURNS 1, or 0 where it is something else
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`,
};

/** Ends a tenant's feed and begins another: what its readers know is not to be relied on until it is filled. */
export const BEGIN_EPOCH: LuaScript = {
  numberOfKeys: 2,
  source: /* lua */ `
-- KEYS    feed, epoch
-- ARGV    push command, feed length, id for the new epoch, tag (8 bytes)
-- RETURNS 1
${APPEND_TO_FEED}
redis.call('DEL', KEYS[2])
appendToFeed(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 1, '')
return 1
`,
};
