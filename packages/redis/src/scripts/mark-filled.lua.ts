import type { LuaScript } from './lua-script.ts';
import { APPEND_TO_FEED } from './parts/append-to-feed.lua.ts';

/** Tells the readers of one tenant that its replica holds everything again. KEEPS: what they wait for only goes up. */
export const MARK_FILLED: LuaScript = {
  numberOfKeys: 2,
  source: /* lua */ `
-- KEYS    feed, epoch
-- ARGV    push command, feed length, id for a new epoch, tag (8 bytes), the epoch that was filled, an id of the outbox that was drawn for
--         it, 1: also where it was filled before
-- RETURNS 1, or 0 where it was filled already, or later than that, or began anew since
${APPEND_TO_FEED}
local head = redis.call('HMGET', KEYS[2], 'id', 'filled')
local filled = tonumber(head[2]) or 0
if head[1] ~= ARGV[5] or filled >= tonumber(ARGV[6]) or (filled > 0 and ARGV[7] == '0') then return 0 end
appendToFeed(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 2, '')
redis.call('HSET', KEYS[2], 'filled', ARGV[6])
return 1
`,
};
