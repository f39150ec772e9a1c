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
local sets, recordFields = {}, {}

local function callMany(command, key, list)
  for i = 1, #list, 2000 do
    local last = math.min(i + 1999, #list)
    if key then redis.call(command, key, unpack(list, i, last)) else redis.call(command, unpack(list, i, last)) end
  end
end

-- The envelope comes without its version, which only Redis knows. The head is as encodeHead writes it: msgpack of [owner,
-- version, op, addresses], texts with two bytes of length, the version as a double.
local function putConfig(owner, record, version, op, inline, dropAt, tombstoneAt, envelope)
  local key, text, size = keyPrefix .. owner, string.format('%.0f', version), #owner
  recordFields[#recordFields + 1] = owner
  if op == 'put' then
    envelope = struct.pack('>BI8c0', envelope:byte(1), version, envelope:sub(10))
    if dropAt == '0' then
      sets[#sets + 1] = key
      sets[#sets + 1] = envelope
    else
      redis.call('SET', key, envelope, 'PXAT', dropAt)
    end
    recordFields[#recordFields + 1] = text .. ' ' .. owner
    if record and not record:find(' ', 1, true) then redis.call('ZREM', tombstones, owner) end
    if inline ~= '1' then envelope = '' end
    body[#body + 1] = struct.pack('>I4BBI2c0Bdc5BI2c0I4c0', 2 * size + 21, 148, 218, size, owner, 203, version,
      '\\163put\\145', 218, size, owner, #envelope, envelope)
  else
    redis.call('DEL', key)
    recordFields[#recordFields + 1] = text
    if tombstoneAt then redis.call('ZADD', tombstones, tombstoneAt, owner) end
    body[#body + 1] = struct.pack('>I4BBI2c0Bdc8I4', size + 21, 148, 218, size, owner, 203, version, '\\166delete\\144', 0)
  end
end

-- Ends every script: what was gathered is made, and told.
local function finish()
  callMany('MSET', nil, sets)
  callMany('HSET', records, recordFields)
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
-- ARGV    the first six, the last of which is the number of callers; for each its number of changes, and for each of those:
--         owner; empty, or "expected base inline dropAt": the version it must be at (-: any, +: any at which a value
--         stands), the version the database has (-: not asked yet), 1|0, ms (0 never); envelope without version (empty: it is
--         taken away); dirty entry without version (empty: it goes to no database)
-- RETURNS for each caller 'written', 1 where nothing was dirty before, the new versions
--         or 'unknown', the changes (from 1) whose version, or with + whose value, must be asked for: nothing was written
--         or 'conflict', the first change that is at another version, that version: nothing was written
${PUT_CONFIG}
local dirty, states, order, answers, entries = KEYS[5], {}, {}, {}, {}
local isFirst = redis.call('EXISTS', dirty) == 0 and 1 or 0

local function stateOf(owner)
  local state = { record = redis.call('HGET', records, owner) }
  if state.record then
    state.known = tonumber(state.record:match('^%d+'))
  else
    local entry = redis.call('HGET', dirty, owner)
    if entry then state.known = versionOf(entry) end
  end
  states[owner] = state
  return state
end

-- A value that was dropped, or only is known to be absent, does not stand.
local function stands(owner, state)
  if state.at then return ARGV[state.at + 2] ~= '' end
  local format = redis.call('GETRANGE', keyPrefix .. owner, 0, 0)
  return format == '\\1' or format == '\\2'
end

local argument = 7
for i = 1, tonumber(ARGV[6]) do
  local count, unknown, conflict, first = tonumber(ARGV[argument]), nil, nil, argument + 1
  argument = first + 4 * count
  for j = 1, count do
    local at = first + 4 * (j - 1)
    local owner, options = ARGV[at], ARGV[at + 1]
    local state = states[owner] or stateOf(owner)
    local expected, base
    if options ~= '' then expected, base = options:match('^(%S+) (%S+)') end
    if not state.known and base and base ~= '-' then
      local holding, held = holder(keyPrefix .. owner)
      state.known = math.max(tonumber(base), holding == owner and held or 0)
    end
    if not state.known or (expected == '+' and not stands(owner, state)) then
      unknown = unknown or { 'unknown' }
      unknown[#unknown + 1] = j
    elseif expected and expected ~= '-' and expected ~= '+' and tonumber(expected) ~= state.known then
      conflict = conflict or { 'conflict', j, state.known }
    end
  end
  local answer = unknown or conflict
  if not answer then
    answer = { 'written', isFirst }
    for j = 1, count do
      local at = first + 4 * (j - 1)
      local state = states[ARGV[at]]
      if not state.at then order[#order + 1] = state end
      -- What another caller of this step replaces, nobody can have seen.
      state.at, state.known = at, state.known + 1
      answer[j + 2] = state.known
    end
  end
  answers[i] = answer
end

local written = {}
for _, state in ipairs(order) do written[#written + 1] = keyPrefix .. ARGV[state.at] end
expectAllHere(ARGV[2], records, written)
for _, state in ipairs(order) do
  local owner, options, envelope, entry = ARGV[state.at], ARGV[state.at + 1], ARGV[state.at + 2], ARGV[state.at + 3]
  local inline, dropAt = '1', '0'
  if options ~= '' then inline, dropAt = options:match(' (%S+) (%S+)$') end
  local op, isDirty = envelope == '' and 'delete' or 'put', entry ~= ''
  -- Not in the database, a version that was forgotten would begin again: such a tombstone is never purged.
  local tombstoneAt = isDirty and op == 'delete' and nowMs() or nil
  putConfig(owner, state.record, state.known, op, inline, dropAt, tombstoneAt, envelope)
  if isDirty then
    entries[#entries + 1] = owner
    entries[#entries + 1] = struct.pack('>I8c0', state.known, entry)
  end
end
callMany('HSET', dirty, entries)
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
        putConfig(owner, record, version, op, inline, dropAt, op == 'delete' and nowMs() or nil, envelope)
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
