import { APPEND_TO_FEED, EXPECT_ALL_HERE, HOLDER, type LuaScript } from './scripts.lua.ts';

// A dirty entry: version (8 bytes, big-endian) · write id (16) · failed attempts (3 digits) · not before, ms (13 digits) ·
// what dirtyCodec has to say. In a dead letter, "not before" is when it died, and a line with the error follows.
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

-- Calls are what a script of many small changes costs most: changes are gathered, and made in few. Lua passes at most
-- 8,000 arguments.
local sets, setCount, recordFields, fieldCount = {}, 0, {}, 0

local function callMany(command, key, list, count)
  for i = 1, count, 2000 do
    local last = math.min(i + 1999, count)
    if key then redis.call(command, key, unpack(list, i, last)) else redis.call(command, unpack(list, i, last)) end
  end
end

-- What struct.pack(format, n) gives, for the few numbers that come again and again: packing costs more than looking.
local function packed(format)
  return setmetatable({}, { __index = function(known, n)
    known[n] = struct.pack(format, n)
    return known[n]
  end })
end
local short, long = packed('>I2'), packed('>I4')

-- What a version is in a record. As an integer it is written faster than as the double that it is.
local function textOf(version)
  return string.format(version < 2 ^ 31 and '%d' or '%.0f', version)
end

-- The envelope comes in two parts, for the version between them, which only Redis knows. The head is as encodeHead writes it:
-- msgpack of [owner, version, op, addresses], texts with two bytes of length, the version as a double. Texts are joined
-- in one go: each that is made on the way costs about as much as a call.
local function putConfig(owner, wasDeleted, version, op, inline, dropAt, tombstoneAt, format, rest)
  local key, eight, size = keyPrefix .. owner, struct.pack('>I8', version), #owner
  local named = short[size] .. owner
  recordFields[fieldCount + 1] = owner
  if op == 'put' then
    local envelope = format .. eight .. rest
    if dropAt == '0' then
      sets[setCount + 1], sets[setCount + 2] = key, envelope
      setCount = setCount + 2
    else
      redis.call('SET', key, envelope, 'PXAT', dropAt)
    end
    recordFields[fieldCount + 2] = textOf(version) .. ' ' .. owner
    if wasDeleted then redis.call('ZREM', tombstones, owner) end
    if inline ~= '1' then envelope = '' end
    body[#body + 1] = long[2 * size + 21] .. '\\148\\218' .. named .. '\\203' .. struct.pack('>d', version)
      .. '\\163put\\145\\218' .. named .. long[#envelope] .. envelope
  else
    redis.call('DEL', key)
    recordFields[fieldCount + 2] = textOf(version)
    if tombstoneAt then redis.call('ZADD', tombstones, tombstoneAt, owner) end
    body[#body + 1] = long[size + 21] .. '\\148\\218' .. named .. '\\203' .. struct.pack('>d', version)
      .. '\\166delete\\144' .. long[0]
  end
  fieldCount = fieldCount + 2
  return eight
end

-- Ends every script: what was gathered is made, and told.
local function finish()
  callMany('MSET', nil, sets, setCount)
  callMany('HSET', records, recordFields, fieldCount)
  if #body > 0 then appendToFeed(feed, epoch, ARGV[2], ARGV[3], ARGV[4], ARGV[5], 1, table.concat(body)) end
end

local function nowMs()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end
`;

/**
 * Writes configs of one tenant, to which Redis gives the versions: values, dirty marks and one feed message in one step. Takes
 * the writes of several callers at once, as if one came after the other. KEEPS: all of a caller's changes or none of them; a
 * version that is unknown here is asked for, never made up.
 */
export const WRITE_CONFIG: LuaScript = {
  numberOfKeys: 5,
  source: /* lua */ `
-- KEYS    records, tombstones, feed, epoch, dirty
-- ARGV    the first six; for each caller its number of changes, parted by blanks (empty: one each); for each change "expected
--         base inline dropAt format", parted by blanks (empty: "- - 1 0 1" each): the version it must be at (-: any, +: any
--         at which a value stands), the version the database has (-: not asked yet), 1|0, ms (0 never), the envelope's
--         format; and in one piece for each change its owner (2 bytes of length before it), its envelope after the version (4;
--         empty: it is taken away) and its dirty entry without version (4; empty: it goes to no database)
-- RETURNS 1 where nothing was dirty before, else 0; then for each caller
--         its changes' new versions
--         or 0, a number, and so many changes (from 1) whose version, or with + whose value, must be asked for: nothing was written
--         or -1, the first change that is at another version, that version: nothing was written
${PUT_CONFIG}
local dirty, total = KEYS[5], tonumber(ARGV[6])
local answers, answered = { 1 - redis.call('EXISTS', dirty) }, 1
local owners, rests, marks, position = {}, {}, {}, 1
for i = 1, total do
  owners[i], rests[i], marks[i], position = struct.unpack('>I2c0I4c0I4c0', ARGV[9], position)
end

-- What stands, by owner: its version, whether it is deleted, the last change of it.
local known, wasDeleted, lastOf = {}, {}, {}
for from = 1, total, 2000 do
  local last = math.min(from + 1999, total)
  local found = redis.call('HMGET', records, unpack(owners, from, last))
  for i = from, last do
    local owner, record = owners[i], found[i - from + 1]
    if record then
      local digits = record:match('^%d+')
      known[owner], wasDeleted[owner] = tonumber(digits), not digits or #digits == #record
    elseif not known[owner] then
      local entry = redis.call('HGET', dirty, owner)
      if entry then known[owner] = versionOf(entry) end
    end
  end
end

local options
if ARGV[8] ~= '' then
  options = {}
  for expected, base, inline, dropAt, format in ARGV[8]:gmatch('(%S+) (%S+) (%S+) (%S+) (%S+)') do
    options[#options + 1] = {
      expected = tonumber(expected), isSet = expected == '+', base = tonumber(base), inline = inline, dropAt = dropAt,
      format = string.char(format),
    }
  end
end

local function answer(...)
  for i = 1, select('#', ...) do answers[answered + i] = select(i, ...) end
  answered = answered + select('#', ...)
end

-- A value that was dropped, or only is known to be absent, does not stand; nor does something foreign.
local function stands(owner)
  local last = lastOf[owner]
  if last then return rests[last] ~= '' end
  local format = redis.pcall('GETRANGE', keyPrefix .. owner, 0, 0)
  return format == '\\1' or format == '\\2'
end

-- One caller's changes from first to last: all of them or none.
local function decide(first, last)
  local unknown, conflict
  for i = first, last do
    local owner, option = owners[i], options and options[i]
    if option and option.base and not known[owner] then
      local holding, held = holder(keyPrefix .. owner)
      known[owner] = math.max(option.base, holding == owner and held or 0)
    end
    if not known[owner] or (option and option.isSet and not stands(owner)) then
      unknown = unknown or {}
      unknown[#unknown + 1] = i - first + 1
    elseif option and option.expected and option.expected ~= known[owner] then
      conflict = conflict or i
    end
  end
  if unknown then
    answer(0, #unknown)
    for _, change in ipairs(unknown) do answer(change) end
    return
  end
  if conflict then return answer(-1, conflict - first + 1, known[owners[conflict]]) end
  for i = first, last do
    local owner = owners[i]
    -- What another caller of this step replaces, nobody can have seen.
    known[owner], lastOf[owner], answers[answered + 1] = known[owner] + 1, i, known[owner] + 1
    answered = answered + 1
  end
end

if ARGV[7] == '' then
  for i = 1, total do decide(i, i) end
else
  local first = 1
  for count in ARGV[7]:gmatch('%d+') do
    decide(first, first + count - 1)
    first = first + count
  end
end

if ARGV[2] == 'SPUBLISH' then
  local written = {}
  for owner in pairs(lastOf) do written[#written + 1] = keyPrefix .. owner end
  expectAllHere(ARGV[2], records, written)
end
local entries, entryCount = {}, 0
for i = 1, total do
  local owner = owners[i]
  if lastOf[owner] == i then
    local rest, entry = rests[i], marks[i]
    local op, isDirty, inline, dropAt, format = rest == '' and 'delete' or 'put', entry ~= '', '1', '0', '\\1'
    if options then inline, dropAt, format = options[i].inline, options[i].dropAt, options[i].format end
    -- Not in the database, a version that was forgotten would begin again: such a tombstone is never purged.
    local tombstoneAt = isDirty and op == 'delete' and nowMs() or nil
    local eight = putConfig(owner, wasDeleted[owner], known[owner], op, inline, dropAt, tombstoneAt, format, rest)
    if isDirty then
      entries[entryCount + 1], entries[entryCount + 2] = owner, eight .. entry
      entryCount = entryCount + 2
    end
  end
end
callMany('HSET', dirty, entries, entryCount)
finish()
return answers
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
