import type { LuaScript } from './lua-script.ts';
import { APPEND_TO_FEED } from './parts/append-to-feed.lua.ts';
import { HOLDER } from './parts/holder.lua.ts';

/**
 * Ends a config of one tenant in Redis. KEEPS: what is not in the database yet is not lost; its version is remembered, so
 * that a publish that comes late does not bring it back.
 */
export const RETIRE_CONFIG: LuaScript = {
  numberOfKeys: 7,
  source: /* lua */ `
-- KEYS    records, tombstones, feed, epoch, dirty, the config's key, its lease
-- ARGV    push command, feed length, id for a new epoch, tag (8 bytes), owner, the version the database has (0 none)
-- RETURNS 1, or 0 where it is dirty: nothing was changed
${APPEND_TO_FEED}
${HOLDER}
local owner = ARGV[5]
if redis.call('HEXISTS', KEYS[5], owner) == 1 then return 0 end
local record = redis.call('HGET', KEYS[1], owner)
local known = record and tonumber(record:match('^%d+')) or 0
local holding, held = holder(KEYS[6])
local version = math.max(known, tonumber(ARGV[6]), holding == owner and held or 0)
redis.call('DEL', KEYS[6], KEYS[7])
-- Not among the tombstones, which are purged: whoever loads it from the database later would bring it back.
if version > 0 then redis.call('HSET', KEYS[1], owner, string.format('%.0f', version)) end
redis.call('ZREM', KEYS[2], owner)
-- A tenant that never had it may have readers that wait for it. Theirs is no version at all: the first may still come.
version = math.max(version, 1)
-- The head as encodeHead writes it: msgpack of [owner, version, op, addresses], the version as a double.
local head = '\\148' .. cmsgpack.pack(owner) .. '\\203' .. struct.pack('>d', version) .. cmsgpack.pack('retire') .. '\\144'
local body = struct.pack('>I4', #head) .. head .. struct.pack('>I4', 0)
appendToFeed(KEYS[3], KEYS[4], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 1, body)
return 1
`,
};
