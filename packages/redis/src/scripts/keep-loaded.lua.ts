import type { LuaScript } from './lua-script.ts';
import { APPEND_TO_FEED } from './parts/append-to-feed.lua.ts';
import { EXPECT_ALL_HERE } from './parts/expect-all-here.lua.ts';
import { HOLDER } from './parts/holder.lua.ts';

/**
 * Puts what the database had into Redis, unless it is older than what Redis knows. KEEPS: a load that began before a
 * change and ends after it changes nothing; the feed stays as long as its writers keep it.
 */
export const KEEP_LOADED: LuaScript = {
  numberOfKeys: 5,
  source: /* lua */ `
-- KEYS    records, tombstones, feed, epoch, dirty
-- ARGV    key prefix, push command, id for a new epoch, tag (8 bytes), owner (which is its address), version (0: there
--         never was one), op (put|absent), head, inline (1|0), dropAt (ms, 0 never), envelope
-- RETURNS 1 filled, 0 something newer stands here, -1 nothing stands here, as of this version or a newer one
${APPEND_TO_FEED}
${HOLDER}
${EXPECT_ALL_HERE}
local records, tombstones, feed, epoch, dirty = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local owner, versionText, op, head, envelope = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[11]
local version, key = tonumber(versionText), ARGV[1] .. owner
expectAllHere(ARGV[2], records, { key })
local record = redis.call('HGET', records, owner)
local known = record and tonumber(record:match('^%d+')) or 0
local stands = record and record:find(' ', 1, true)
local _, held = holder(key)

local entry = redis.call('HGET', dirty, owner)
if entry and struct.unpack('>I8', entry:sub(1, 8)) > math.max(version, known) then return 0 end

local function tell(change, pushed)
  local length = math.max(256, redis.call('XLEN', feed))
  appendToFeed(feed, epoch, ARGV[2], length, ARGV[3], ARGV[4], 1, change .. struct.pack('>I4', #pushed) .. pushed)
  redis.call('XTRIM', feed, 'MAXLEN', length)
end

if op == 'put' then
  if known > version or held > version then return stands and 0 or (held > 0 and 0 or -1) end
  -- It was taken away at this very version: deregistered.
  if record and not stands and known == version then return -1 end
  if ARGV[10] == '0' then redis.call('SET', key, envelope) else redis.call('SET', key, envelope, 'PXAT', ARGV[10]) end
  redis.call('HSET', records, owner, versionText .. ' ' .. owner)
  if record and not stands then redis.call('ZREM', tombstones, owner) end
  tell(head, ARGV[9] == '1' and envelope or '')
  return 1
end

if held > 0 and held >= version or stands and known > version then return 0 end
if version > known then
  -- A delete that nobody has published yet.
  local now = redis.call('TIME')
  redis.call('HSET', records, owner, versionText)
  redis.call('ZADD', tombstones, now[1] * 1000 + math.floor(now[2] / 1000), owner)
  tell(head, '')
end
redis.call('SET', key, envelope, 'PXAT', ARGV[10])
return 1
`,
};
