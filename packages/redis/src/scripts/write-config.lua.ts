import type { LuaScript } from './lua-script.ts';
import { PUT_CONFIG } from './parts/put-config.lua.ts';

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
