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
