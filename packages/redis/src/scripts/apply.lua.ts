import type { LuaScript } from './lua-script.ts';
import { APPEND_TO_FEED } from './parts/append-to-feed.lua.ts';
import { EXPECT_ALL_HERE } from './parts/expect-all-here.lua.ts';
import { HOLDER } from './parts/holder.lua.ts';

/**
 * Applies the changes of one tenant in one step. A record whose newer state cannot be published keeps its version: whatever is published
 * of it later is newer. KEEPS: a record and a key only ever move to a newer version; a key
 * is removed only by the record that owns it; readers get exactly what was applied, as one message.
 */
export const APPLY: LuaScript = {
  numberOfKeys: 4,
  source: /* lua */ `
-- KEYS    records, tombstones, feed, epoch
-- ARGV    key prefix, push command, feed length, id for a new epoch, tag (8 bytes), number of changes, then in pieces of whole
--         changes, one behind the other: for each op (1 byte: p put, d delete or retire, b behind), restore (1 byte, 1: the version
--         that is known already may be applied again), inline (1 byte, 1|0), expiresAt (double, ms, 0 never), m (4 bytes), m addresses
--         it is known to have had (4 bytes of length each), and what readers are told of it: the head (4 bytes of length), which is
--         msgpack with a length of fixed size before everything: [owner (2), version (double), put|delete|retire, n (4) addresses it
--         has now (4)], the first with a trace behind them where it is traced (4), and the envelope (4 bytes of length; empty: its value is not kept here, what was is void; of behind: an empty
--         one of format 4)
-- RETURNS one 1 (applied) or 0 (stale) per change
${APPEND_TO_FEED}
local records, tombstones = KEYS[1], KEYS[2]
local keyPrefix, total, body = ARGV[1], tonumber(ARGV[6]), {}

-- The change that is looked at: a table for each would cost about as much as a call.
local piece, data, at = 6, '', 1
local op, restore, inline, expiresAt, before, owner, version, addresses, envelope, toldAt, headEnd

local none = {}

local function takeList(n, format)
  if n == 0 then return none end
  local list = {}
  for i = 1, n do list[i], at = struct.unpack(format, data, at) end
  return list
end

local function takeChange()
  if at > #data then piece, data, at = piece + 1, ARGV[piece + 1], 1 end
  local count, size
  op, restore, inline, expiresAt, count, at = struct.unpack('>c1c1c1dI4', data, at)
  before = takeList(count, '>I4c0')
  toldAt = at
  size, owner, version, at = struct.unpack('>I4xxI2c0xd', data, at)
  headEnd = toldAt + 4 + size
  count, at = struct.unpack('>xI4', data, at + (op == 'd' and 7 or 4))
  addresses = takeList(count, '>xI4c0')
  envelope, at = struct.unpack('>I4c0', data, headEnd)
end

${HOLDER}
${EXPECT_ALL_HERE}
-- The keys that the changes may touch, known only from what this record had before included.
local function touched()
  local keys = {}
  local function touch(address) keys[#keys + 1] = keyPrefix .. address end
  for _ = 1, total do
    takeChange()
    for address in (redis.call('HGET', records, owner) or ''):gmatch(' (%S+)') do touch(address) end
    for _, address in ipairs(before) do touch(address) end
    for _, address in ipairs(addresses) do touch(address) end
  end
  piece, data, at = 6, '', 1
  return keys
end
if ARGV[2] == 'SPUBLISH' then expectAllHere(ARGV[2], records, touched()) end

local function removeIfOwned(address)
  local key = keyPrefix .. address
  local holding, held = holder(key)
  if holding == owner and held <= version then redis.call('DEL', key) end
end

-- What stands of the record says that it is old. Where nothing stands, that says so.
local function markBehind(record)
  local versionText, all, listed, isNews = record and record:match('^%d+') or '1', {}, {}, false
  local present = tonumber(versionText)
  for address in (record or ''):gmatch(' (%S+)') do
    all[#all + 1], listed[address] = address, true
    local key = keyPrefix .. address
    if holder(key) == owner and redis.call('GETRANGE', key, 0, 0) ~= '\\4' then
      redis.call('SETRANGE', key, 0, '\\4')
      isNews = true
    end
  end
  for _, address in ipairs(addresses) do
    local key = keyPrefix .. address
    if redis.call('EXISTS', key) == 0 then
      redis.call('SET', key, envelope:sub(1, 1) .. struct.pack('>I8', present) .. envelope:sub(10))
      if not listed[address] then all[#all + 1] = address end
      isNews = true
    end
  end
  if not isNews then return 0 end
  redis.call('HSET', records, owner, versionText .. ' ' .. table.concat(all, ' '))
  redis.call('ZREM', tombstones, owner)
  -- A put of a version that is known, without its envelope: readers that hold it look at the key.
  local head = '\\148' .. cmsgpack.pack(owner) .. '\\203' .. struct.pack('>d', present) .. cmsgpack.pack('put') .. cmsgpack.pack(all)
  body[#body + 1] = struct.pack('>I4', #head) .. head .. struct.pack('>I4', 0)
  return 1
end

local applied = {}
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)

for i = 1, total do
  takeChange()
  local record = redis.call('HGET', records, owner)
  local known = record and tonumber(record:match('^%d+')) or 0
  if record and (version < known or (version == known and restore == '0')) then
    applied[i] = 0
  elseif op == 'b' then
    -- Version 1 is the lowest: a record that is unknown here must be older than what is published of it later.
    applied[i] = (record or version > 1) and markBehind(record) or 0
  else
    applied[i] = 1
    local keeps = {}
    for _, address in ipairs(addresses) do keeps[address] = true end
    if record then
      for address in record:gmatch(' (%S+)') do
        if not keeps[address] then removeIfOwned(address) end
      end
    end
    for _, address in ipairs(before) do
      if not keeps[address] then removeIfOwned(address) end
    end
    for _, address in ipairs(addresses) do
      local key = keyPrefix .. address
      local holding, held = holder(key)
      -- Two records may claim one key while one hands it to the other: the newer claim stands, whatever comes first.
      -- The record itself may be unknown while its key is there (an evicted hash): still no step back.
      if version > held or (holding == owner and version == held) then
        if envelope == '' then redis.call('DEL', key)
        elseif expiresAt == 0 then redis.call('SET', key, envelope)
        else redis.call('SET', key, envelope, 'PXAT', expiresAt) end
      end
    end
    -- As text: tostring() would round a large one to 1.0e+15.
    local versionText = string.format('%.0f', version)
    if op == 'd' then
      redis.call('HSET', records, owner, versionText)
      redis.call('ZADD', tombstones, now, owner)
    else
      redis.call('HSET', records, owner, versionText .. (#addresses > 0 and ' ' .. table.concat(addresses, ' ') or ''))
      if record and not record:find(' ', 1, true) then redis.call('ZREM', tombstones, owner) end
    end
    body[#body + 1] = inline == '1' and data:sub(toldAt, at - 1) or data:sub(toldAt, headEnd - 1) .. '\\0\\0\\0\\0'
  end
end

if #body > 0 then
  appendToFeed(KEYS[3], KEYS[4], ARGV[2], ARGV[3], ARGV[4], ARGV[5], 1, table.concat(body))
end
return applied
`,
};
