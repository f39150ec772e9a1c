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
-- ARGV    key prefix, push command, feed length, id for a new epoch, tag (8 bytes), number of changes, then for each:
--         owner, version, op (put|delete|retire|behind), head, inline (1|0), expiresAt (ms, 0 never), envelope (empty: its value is
--         not kept here, what was is void; of behind: an empty one of format 4), restore (1|0: the version that is known already may be applied again),
--         n, n addresses it has now, m, m addresses it is known to have had
-- RETURNS one 1 (applied) or 0 (stale) per change
${APPEND_TO_FEED}
local records, tombstones = KEYS[1], KEYS[2]
local keyPrefix, at, body = ARGV[1], 6, {}

local function take()
  at = at + 1
  return ARGV[at]
end

local function takeList()
  local list = {}
  for i = 1, tonumber(take()) do list[i] = take() end
  return list
end

${HOLDER}
${EXPECT_ALL_HERE}
-- The keys that the changes may touch, known only from what this record had before included.
local function touched()
  local keys = {}
  local function touch(address) keys[#keys + 1] = keyPrefix .. address end
  for i = 1, tonumber(ARGV[6]) do
    for address in (redis.call('HGET', records, take()) or ''):gmatch(' (%S+)') do touch(address) end
    at = at + 7
    for _ = 1, 2 do
      for _, address in ipairs(takeList()) do touch(address) end
    end
  end
  at = 6
  return keys
end
if ARGV[2] == 'SPUBLISH' then expectAllHere(ARGV[2], records, touched()) end

local function removeIfOwned(address, owner, version)
  local key = keyPrefix .. address
  local holding, held = holder(key)
  if holding == owner and held <= version then redis.call('DEL', key) end
end

-- What stands of the record says that it is old. Where nothing stands, that says so.
local function markBehind(owner, record, envelope, addresses)
  local versionText, all, listed, isNews = record and record:match('^%d+') or '1', {}, {}, false
  local version = tonumber(versionText)
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
      redis.call('SET', key, envelope:sub(1, 1) .. struct.pack('>I8', version) .. envelope:sub(10))
      if not listed[address] then all[#all + 1] = address end
      isNews = true
    end
  end
  if not isNews then return 0 end
  redis.call('HSET', records, owner, versionText .. ' ' .. table.concat(all, ' '))
  redis.call('ZREM', tombstones, owner)
  -- A put of a version that is known, without its envelope: readers that hold it look at the key. As encodeHead writes it.
  local head = '\\148' .. cmsgpack.pack(owner) .. '\\203' .. struct.pack('>d', version) .. cmsgpack.pack('put') .. cmsgpack.pack(all)
  body[#body + 1] = struct.pack('>I4', #head) .. head .. struct.pack('>I4', 0)
  return 1
end

local applied = {}
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)

for i = 1, tonumber(ARGV[6]) do
  -- The version is kept as the text it came in: tostring() would round a large one to 1.0e+15.
  local owner, versionText, op, head, inline = take(), take(), take(), take(), take()
  local version = tonumber(versionText)
  local expiresAt, envelope, restore, addresses, before = take(), take(), take(), takeList(), takeList()
  local record = redis.call('HGET', records, owner)
  local known = record and tonumber(record:match('^%d+')) or 0
  if record and (version < known or (version == known and restore == '0')) then
    applied[i] = 0
  elseif op == 'behind' then
    -- Version 1 is the lowest: a record that is unknown here must be older than what is published of it later.
    applied[i] = (record or version > 1) and markBehind(owner, record, envelope, addresses) or 0
  else
    applied[i] = 1
    local keeps = {}
    for _, address in ipairs(addresses) do keeps[address] = true end
    if record then
      for address in record:gmatch(' (%S+)') do
        if not keeps[address] then removeIfOwned(address, owner, version) end
      end
    end
    for _, address in ipairs(before) do
      if not keeps[address] then removeIfOwned(address, owner, version) end
    end
    for _, address in ipairs(addresses) do
      local key = keyPrefix .. address
      local holding, held = holder(key)
      -- Two records may claim one key while one hands it to the other: the newer claim stands, whatever comes first.
      -- The record itself may be unknown while its key is there (an evicted hash): still no step back.
      if version > held or (holding == owner and version == held) then
        if envelope == '' then redis.call('DEL', key)
        elseif expiresAt == '0' then redis.call('SET', key, envelope)
        else redis.call('SET', key, envelope, 'PXAT', expiresAt) end
      end
    end
    if op ~= 'put' then
      redis.call('HSET', records, owner, versionText)
      redis.call('ZADD', tombstones, now, owner)
    else
      redis.call('HSET', records, owner, versionText .. (#addresses > 0 and ' ' .. table.concat(addresses, ' ') or ''))
      if record and not record:find(' ', 1, true) then redis.call('ZREM', tombstones, owner) end
    end
    local pushed = inline == '1' and envelope or ''
    body[#body + 1] = head .. struct.pack('>I4', #pushed) .. pushed
  end
end

if #body > 0 then
  appendToFeed(KEYS[3], KEYS[4], ARGV[2], ARGV[3], ARGV[4], ARGV[5], 1, table.concat(body))
end
return applied
`,
};
