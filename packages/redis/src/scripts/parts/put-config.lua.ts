import { APPEND_TO_FEED } from './append-to-feed.lua.ts';
import { EXPECT_ALL_HERE } from './expect-all-here.lua.ts';
import { HOLDER } from './holder.lua.ts';

// Shared by the scripts that change a config in Redis. The first arguments of each: key prefix, push command, feed
// length, id for a new epoch, tag (8 bytes), number of changes.
export const PUT_CONFIG: string = /* lua */ `
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
