/** A Lua script with its contract in its first lines. Scripts live in code, not in files, so that bundled apps have them. */
export interface LuaScript {
  readonly numberOfKeys: number;
  readonly source: string;
}

// Shared by the scripts that write to the feed. One message = one step of seq; the same bytes are kept and pushed.
// A new epoch begins when Redis has forgotten the old one; what is left of the old stream is dropped, because its
// ids would be above the new seq. So it does when the stream is gone alone: no trimming takes its last message, and nobody can
// tell what else was evicted.
export const APPEND_TO_FEED = /* lua */ `
local function appendToFeed(feed, epochKey, push, feedLength, newEpoch, tag, kind, body)
  local epoch = redis.call('HGET', epochKey, 'id')
  if not epoch or redis.call('EXISTS', feed) == 0 then
    redis.call('DEL', feed, epochKey)
    epoch = newEpoch
    redis.call('HSET', epochKey, 'id', epoch, 'filled', 0)
  end
  local seq = redis.call('HINCRBY', epochKey, 'seq', 1)
  redis.call('HSET', epochKey, 'tag', tag)
  local message = struct.pack('>BBI8c0Bc0', 1, kind, seq, tag, #epoch, epoch) .. body
  local id = string.format('%.0f-0', seq)
  local added = redis.pcall('XADD', feed, 'MAXLEN', '~', feedLength, id, 'm', message)
  if type(added) == 'table' and added.err then
    -- Something else wrote there. An error now would leave changes applied that no reader ever hears of.
    redis.call('DEL', feed)
    redis.call('XADD', feed, id, 'm', message)
  end
  redis.call(push, feed, message)
  return { epoch, seq }
end
`;

// Shared by the scripts that write a record's keys.
export const HOLDER = /* lua */ `
-- Owner and version of what stands under a key. Something foreign counts as nothing: it is overwritten or left. That
-- goes for what only looks like ours, too: a version that nobody can exceed would keep the key for ever.
local function holder(key)
  -- Nearly every owner's name fits, and then one call tells everything.
  local start = redis.pcall('GETRANGE', key, 0, 127)
  if type(start) ~= 'string' or #start < 27 or not start:find('^[\\1\\2]') then return nil, 0 end
  local version, length = struct.unpack('>I8', start:sub(2, 9)), struct.unpack('>I2', start:sub(26, 27))
  if version >= 2 ^ 53 then return nil, 0 end
  local owner = #start >= 27 + length and start:sub(28, 27 + length) or redis.call('GETRANGE', key, 27, 26 + length)
  if #owner < length then return nil, 0 end
  return owner, version
end
`;

// Shared by the scripts that touch keys they are not given as KEYS.
export const EXPECT_ALL_HERE = /* lua */ `
-- While a slot of a Cluster is on its way to another node, only some of its keys are here. A script that finds out in the
-- middle has done half of its work, or has written a key anew that still stands on the other node. A command about all
-- of the keys is refused as a whole, before anything is written; later, when the slot has arrived, it is not.
local function expectAllHere(push, first, keys)
  if push ~= 'SPUBLISH' then return end
  for from = 1, #keys, 1000 do
    redis.call('EXISTS', first, unpack(keys, from, math.min(#keys, from + 999)))
  end
end
`;

/**
 * Applies the changes of one tenant in one step. KEEPS: a record and a key only ever move to a newer version; a key
 * is removed only by the record that owns it; readers get exactly what was applied, as one message.
 */
export const APPLY: LuaScript = {
  numberOfKeys: 4,
  source: /* lua */ `
-- KEYS    records, tombstones, feed, epoch
-- ARGV    key prefix, push command, feed length, id for a new epoch, tag (8 bytes), number of changes, then for each:
--         owner, version, op (put|delete|retire), head, inline (1|0), expiresAt (ms, 0 never), envelope (empty: its value is
--         not kept here, what was is void), restore (1|0: the version that is known already may be applied again),
--         n, n addresses it has now, m, m addresses it is known to have had
-- RETURNS one 1 (applied) or 0 (stale) per change
${APPEND_TO_FEED}
local records, tombstones = KEYS[1], KEYS[2]
local keyPrefix, at = ARGV[1], 6

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

local applied, body = {}, {}
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

/** Extends a lease. */
export const KEEP_LEASE: LuaScript = {
  numberOfKeys: 1,
  source: /* lua */ `
-- KEYS    the lease, which is the replica's marker for a fill
-- ARGV    token, lease in ms
-- RETURNS 1, or 0 where it is not the token's
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`,
};

/** Says that everything is there, unless Redis lost its data or another fill began since. */
export const COMPLETE_FILL: LuaScript = {
  numberOfKeys: 1,
  source: /* lua */ `
-- KEYS    replica marker
-- ARGV    what it says, what to write
-- RETURNS 1, or 0 where it says something else
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`,
};

/** Ends a lease, so that others may begin at once. */
export const GIVE_UP_LEASE: LuaScript = {
  numberOfKeys: 1,
  source: /* lua */ `
-- KEYS    the lease
-- ARGV    token
-- RETURNS 1, or 0 where somebody else has it by now, or nobody
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`,
};

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
