import type { LuaScript } from './lua-script.ts';

/** Forgets deletes that are older than any publisher that could still bring back what they deleted. */
export const PURGE_TOMBSTONES: LuaScript = {
  numberOfKeys: 2,
  source: /* lua */ `
-- KEYS    records, tombstones
-- ARGV    age in ms, most to purge in one call
-- RETURNS how many were purged
local now = redis.call('TIME')
local limit = now[1] * 1000 + math.floor(now[2] / 1000) - tonumber(ARGV[1])
local owners = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', limit, 'LIMIT', 0, ARGV[2])
for _, owner in ipairs(owners) do
  local record = redis.call('HGET', KEYS[1], owner)
  if record and not record:find(' ', 1, true) then redis.call('HDEL', KEYS[1], owner) end
  redis.call('ZREM', KEYS[2], owner)
end
return #owners
`,
};
