import { APPEND_TO_FEED, EXPECT_ALL_HERE, HOLDER, type LuaScript } from './scripts.lua.ts';

// A dirty entry: version (8 bytes, big-endian) · write id (16) · failed attempts (1) · not before, ms (8) · length of
// the body (4) · body; as a dead letter, "not before" is when it died and the error's text follows. DirtyEntry in
// dirty-entry.ts writes and reads the same.
const WRITE_ID = 'entry:sub(9, 24)';

// Shared by the scripts that change a config in Redis. The first arguments of each: key prefix, push command, feed
// length, id for a new epoch, tag (8 bytes), number of changes.
const PUT_CONFIG = /* lua */ `
${APPEND_TO_FEED}
${HOLDER}
local records, tombstones, feed, epoch = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local keyPrefix, at, body = ARGV[1], 6, {}

local function take()
  at = at + 1
  return ARGV[at]
end

${EXPECT_ALL_HERE}
-- With so many arguments for each change, the owner first.
local function expectConfigsHere(arguments)
  local keys = {}
  for i = 7, #ARGV, arguments do keys[#keys + 1] = keyPrefix .. ARGV[i] end
  expectAllHere(ARGV[2], records, keys)
end

local function versionOf(entry)
  return (struct.unpack('>I8', entry:sub(1, 8)))
end

-- The envelope comes without its version, which only Redis knows.
local function putConfig(owner, record, version, op, inline, dropAt, tombstoneAt, envelope)
  local key, versionText, pushed = keyPrefix .. owner, string.format('%.0f', version), ''
  if op == 'put' then
    envelope = envelope:sub(1, 1) .. struct.pack('>I8', version) .. envelope:sub(10)
    if dropAt == '0' then redis.call('SET', key, envelope) else redis.call('SET', key, envelope, 'PXAT', dropAt) end
    redis.call('HSET', records, owner, versionText .. ' ' .. owner)
    if record and not record:find(' ', 1, true) then redis.call('ZREM', tombstones, owner) end
    if inline == '1' then pushed = envelope end
  else
    redis.call('DEL', key)
    redis.call('HSET', records, owner, versionText)
    if tombstoneAt then redis.call('ZADD', tombstones, tombstoneAt, owner) end
  end
  -- The head as encodeHead writes it: msgpack of [owner, version, op, addresses], the version as a double.
  local named = cmsgpack.pack(owner)
  local addresses = op == 'put' and '\\145' .. named or '\\144'
  local head = '\\148' .. named .. '\\203' .. struct.pack('>d', version) .. cmsgpack.pack(op) .. addresses
  body[#body + 1] = struct.pack('>I4', #head) .. head .. struct.pack('>I4', #pushed) .. pushed
end

local function tell()
  if #body > 0 then appendToFeed(feed, epoch, ARGV[2], ARGV[3], ARGV[4], ARGV[5], 1, table.concat(body)) end
end

local function nowMs()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end
`;

/**
 * Writes configs of one tenant that Redis gives the version: value, dirty mark and feed message in one step. KEEPS: all of
 * them or none; a version that is unknown here is asked for, never made up.
 */
export const WRITE_CONFIG: LuaScript = {
  numberOfKeys: 5,
  source: /* lua */ `
-- KEYS    records, tombstones, feed, epoch, dirty
-- ARGV    the first six, then for each change: owner, the version it must be at (empty: any), the version the database
--         has (empty: not asked yet), op (put|delete), inline (1|0), dropAt (ms, 0 never), envelope without version,
--         dirty entry without version (empty: it goes to no database)
-- RETURNS 'written', 1 where nothing was dirty before, the new versions
--         or 'unknown', the changes (from 1) whose version must be asked for: nothing was written
--         or 'conflict', the first change that is at another version, that version: nothing was written
${PUT_CONFIG}
expectConfigsHere(8)
local dirty, changes, unknown = KEYS[5], {}, { 'unknown' }
for i = 1, tonumber(ARGV[6]) do
  local change = { owner = take(), expected = take(), base = take(), op = take(), inline = take(), dropAt = take(),
    envelope = take(), entry = take() }
  change.record = redis.call('HGET', records, change.owner)
  if change.record then
    change.known = tonumber(change.record:match('^%d+'))
  else
    local entry = redis.call('HGET', dirty, change.owner)
    if entry then
      change.known = versionOf(entry)
    elseif change.base ~= '' then
      local owner, held = holder(keyPrefix .. change.owner)
      change.known = math.max(tonumber(change.base), owner == change.owner and held or 0)
    else
      unknown[#unknown + 1] = i
    end
  end
  changes[i] = change
end
if #unknown > 1 then return unknown end
for i, change in ipairs(changes) do
  if change.expected ~= '' and tonumber(change.expected) ~= change.known then return { 'conflict', i, change.known } end
end

local answer = { 'written', redis.call('EXISTS', dirty) == 0 and 1 or 0 }
for i, change in ipairs(changes) do
  local version, isDirty = change.known + 1, change.entry ~= ''
  -- Not in the database, a version that was forgotten would begin again: such a tombstone is never purged.
  local tombstoneAt = isDirty and change.op == 'delete' and nowMs() or nil
  putConfig(change.owner, change.record, version, change.op, change.inline, change.dropAt, tombstoneAt, change.envelope)
  if isDirty then redis.call('HSET', dirty, change.owner, struct.pack('>I8', version) .. change.entry) end
  answer[i + 2] = version
end
tell()
return answer
`,
};

/**
 * Ends what is in the database now. KEEPS: only the very write that was flushed is ended, a newer one stays; a version that
 * the database had to raise becomes visible in the same step.
 */
export const SETTLE_CONFIG: LuaScript = {
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
        putConfig(owner, record, version, op, inline, dropAt, op == 'delete' and nowMs() or nil, envelope)
      end
    elseif version == known and op == 'put' and dropAt ~= '0' then
      -- Dirty, it had no end.
      local holding, held = holder(keyPrefix .. owner)
      if holding == owner and held == version then redis.call('PEXPIREAT', keyPrefix .. owner, dropAt) end
    end
  end
end
tell()
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
local attempts = math.min(255, entry:byte(25) + 1)
if attempts < tonumber(ARGV[3]) then
  local pause = math.min(tonumber(ARGV[6]), tonumber(ARGV[5]) * 2 ^ (attempts - 1))
  local head = entry:sub(1, 24) .. string.char(attempts) .. struct.pack('>I8', tonumber(ARGV[4]) + pause)
  redis.call('HSET', KEYS[1], ARGV[1], head .. entry:sub(34))
  return { attempts, 0 }
end
local head = entry:sub(1, 24) .. string.char(attempts) .. struct.pack('>I8', tonumber(ARGV[4]))
redis.call('HSET', KEYS[2], ARGV[1], head .. entry:sub(34) .. ARGV[7])
redis.call('HDEL', KEYS[1], ARGV[1])
return { attempts, 1 }
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
local length = struct.unpack('>I4', entry:sub(34, 37))
local head = entry:sub(1, 24) .. string.char(0) .. struct.pack('>I8', 0)
redis.call('HSET', KEYS[1], ARGV[1], head .. entry:sub(34, 37 + length))
redis.call('HDEL', KEYS[2], ARGV[1])
return 'dirty'
`,
};
