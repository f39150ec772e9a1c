import type { LuaScript } from './lua-script.ts';
import { PUT_CONFIG } from './parts/put-config.lua.ts';

// A dirty entry: version (8 bytes, big-endian) · write id (16) · failed attempts (3 digits) · not before, ms (13 digits) ·
// what dirtyCodec has to say. In a dead letter, "not before" is when it died, and a line with the error follows.
const WRITE_ID = 'entry:sub(9, 24)';

/**
 * Ends what is in the database now. KEEPS: only the very write that was flushed is ended, a newer one stays; a version that
 * the database had to raise becomes visible in the same step.
 */
export const END_FLUSHED: LuaScript = {
  numberOfKeys: 5,
  source: /* lua */ `
-- KEYS    records, tombstones, feed, epoch, dirty values or dead letters
-- ARGV    the first six, then for each: owner, write id, version in the database, op (put|delete), inline (1|0),
--         dropAt (ms, 0 never), envelope without version (empty and put: Redis has it under this version)
-- RETURNS one 1 (ended) or 0 (a newer one is there, or none) for each
${PUT_CONFIG}
expectConfigsHere(7)
local ended = {}
for i = 1, tonumber(ARGV[6]) do
  local owner, writeId, versionText, op, inline, dropAt, envelope = take(), take(), take(), take(), take(), take(), take()
  local version = tonumber(versionText)
  local entry = redis.call('HGET', KEYS[5], owner)
  if not entry or ${WRITE_ID} ~= writeId then
    ended[i] = 0
  else
    ended[i] = 1
    redis.call('HDEL', KEYS[5], owner)
    local record = redis.call('HGET', records, owner)
    local known = record and tonumber(record:match('^%d+')) or 0
    if version > known then
      if op == 'delete' or envelope ~= '' then
        local wasDeleted = record and not record:find(' ', 1, true)
        local tombstoneAt = op == 'delete' and nowMs() or nil
        putConfig(owner, wasDeleted, version, op, inline, dropAt, tombstoneAt, envelope:sub(1, 1), envelope:sub(10))
      end
    elseif version == known and op == 'put' and dropAt ~= '0' then
      -- Dirty, it had no end.
      local holding, held = holder(keyPrefix .. owner)
      if holding == owner and held == version then redis.call('PEXPIREAT', keyPrefix .. owner, dropAt) end
    end
  end
end
finish()
return ended
`,
};

/** Counts a failed flush of one entry, and makes it a dead letter after the last. */
export const FAIL_DIRTY: LuaScript = {
  numberOfKeys: 2,
  source: /* lua */ `
-- KEYS    dirty values, dead letters
-- ARGV    owner, write id, most attempts, now, pauses in ms (first, longest), error
-- RETURNS failed attempts (0: a newer write is there, or none), 1 where it is a dead letter now
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if not entry or ${WRITE_ID} ~= ARGV[2] then return { 0, 0 } end
local attempts = math.min(999, tonumber(entry:sub(25, 27)) + 1)
if attempts < tonumber(ARGV[3]) then
  local pause = math.min(tonumber(ARGV[6]), tonumber(ARGV[5]) * 2 ^ (attempts - 1))
  local head = entry:sub(1, 24) .. string.format('%03d%013.0f', attempts, tonumber(ARGV[4]) + pause)
  redis.call('HSET', KEYS[1], ARGV[1], head .. entry:sub(41))
  return { attempts, 0 }
end
local head = entry:sub(1, 24) .. string.format('%03d%013.0f', attempts, tonumber(ARGV[4]))
redis.call('HSET', KEYS[2], ARGV[1], head .. entry:sub(41) .. '\\n' .. ARGV[7])
redis.call('HDEL', KEYS[1], ARGV[1])
return { attempts, 1 }
`,
};

/** Marks a value dirty again whose mark Redis lost. KEEPS: nothing newer is known, and nothing is dirty over it. */
export const RESTORE_DIRTY_MARK: LuaScript = {
  numberOfKeys: 2,
  source: /* lua */ `
-- KEYS    dirty values, records
-- ARGV    owner, version, entry without version
-- RETURNS 1, or 0 where it is dirty, or a newer version stands
local record = redis.call('HGET', KEYS[2], ARGV[1])
local known = record and tonumber(record:match('^%d+')) or 0
if known > tonumber(ARGV[2]) or redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end
-- Its record was lost, too, and the database's has come back.
if known < tonumber(ARGV[2]) then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' ' .. ARGV[1]) end
redis.call('HSET', KEYS[1], ARGV[1], struct.pack('>I8', tonumber(ARGV[2])) .. ARGV[3])
return 1
`,
};

/** Gives a dead letter to the flush again, or forgets one that a newer write has made void. */
export const REVIVE_DEAD: LuaScript = {
  numberOfKeys: 3,
  source: /* lua */ `
-- KEYS    dirty values, dead letters, records
-- ARGV    owner, write id, 1 to revive it, 0 only to see whether it is void
-- RETURNS 'gone', 'void' (it is forgotten now), 'dirty' or 'dead'
local entry = redis.call('HGET', KEYS[2], ARGV[1])
if not entry or ${WRITE_ID} ~= ARGV[2] then return 'gone' end
local record = redis.call('HGET', KEYS[3], ARGV[1])
local known = record and tonumber(record:match('^%d+')) or 0
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 or known > struct.unpack('>I8', entry:sub(1, 8)) then
  redis.call('HDEL', KEYS[2], ARGV[1])
  return 'void'
end
if ARGV[3] == '0' then return 'dead' end
local body = entry:sub(41):match('^[^\\n]*\\n[^\\n]*')
redis.call('HSET', KEYS[1], ARGV[1], entry:sub(1, 24) .. string.rep('0', 16) .. body)
redis.call('HDEL', KEYS[2], ARGV[1])
return 'dirty'
`,
};
