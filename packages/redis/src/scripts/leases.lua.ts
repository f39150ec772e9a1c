import type { LuaScript } from './lua-script.ts';

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

/** Says that everything is there, unless Redis lost its data or another fill began since. */
export const COMPLETE_FILL: LuaScript = {
  numberOfKeys: 1,
  source: /* lua */ `
-- KEYS    replica marker
-- ARGV    what it says, what to write
-- RETURNS 1, or 0 where it says something else
-- KEEPS   said twice, as by whoever heard no answer, it is still said
local now = redis.call('GET', KEYS[1])
if now == ARGV[2] then return 1 end
if now ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`,
};
