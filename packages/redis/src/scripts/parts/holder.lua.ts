// Shared by the scripts that write a record's keys.
export const HOLDER = /* lua */ `
-- Owner and version of what stands under a key. Something foreign counts as nothing: it is overwritten or left. That
-- goes for what only looks like ours, too: a version that nobody can exceed would keep the key for ever.
local function holder(key)
  -- Nearly every owner's name fits, and then one call tells everything.
  local start = redis.pcall('GETRANGE', key, 0, 127)
  if type(start) ~= 'string' or #start < 27 or not start:find('^[\\1\\2\\4]') then return nil, 0 end
  local version, length = struct.unpack('>I8', start:sub(2, 9)), struct.unpack('>I2', start:sub(26, 27))
  if version >= 2 ^ 53 then return nil, 0 end
  local owner = #start >= 27 + length and start:sub(28, 27 + length) or redis.call('GETRANGE', key, 27, 26 + length)
  if #owner < length then return nil, 0 end
  return owner, version
end
`;
