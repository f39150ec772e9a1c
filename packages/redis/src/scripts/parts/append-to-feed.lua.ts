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
  local command, database = string.match(push, '^(%u+)(.*)$')
  redis.call(command, feed .. database, message)
  return { epoch, seq }
end
`;
