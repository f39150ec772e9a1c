import { isDeepStrictEqual } from 'node:util';
import { decodeEnvelope, type Envelope, type PayloadCodec } from '@tenantry/protocol/wire';
import type { ActualRecords } from '@tenantry/redis';
import { ReplicatedConfig } from '../../definitions/replicated-config.ts';
import type { PresentState } from '../../definitions/replicated-definition.ts';
import type { Expected } from './expected-records.ts';
import type { Mismatch } from './finding.ts';

/** Both sides of some records of one tenant. */
export interface CheckContext {
  readonly expected: ReadonlyMap<string, Expected>;
  readonly standing: ActualRecords;
  /** An outbox id drawn after `standing` was read: in a database that did not go back, all versions are below it. */
  readonly drawn: number;
  readonly now: number;
  readonly codec: PayloadCodec;
  /** Called with the holder of a key of somebody else's, where `expected` does not have it: the mismatch is not final then. */
  ask(owner: string): void;
}

/** What is wrong with a record that the database and Redis both may or may not have; undefined: nothing. */
export function checkRecord(expected: Expected, context: CheckContext): Mismatch | undefined {
  const { state, error, named } = expected;
  if (error) return { kind: 'unpublishable', code: error.code };
  return state?.op === 'put' ? checkRow(expected, state, context) : checkGone(expected, named.owner, context);
}

/** What is wrong with a key that its holder's record does not list. */
export function checkKey(address: string, expected: Expected | undefined, context: CheckContext): Mismatch | undefined {
  const envelope = openKey(context.standing.keys.get(address));
  if (!envelope || envelope === 'damaged' || envelope.isAbsent) return undefined;
  const { owner, updatedAt } = envelope;
  if (context.standing.records.get(owner)?.addresses.includes(address)) return undefined;
  if (!expected) return { kind: 'unknown', address, updatedAt };
  // Its holder's record is what is missing then.
  if (expected.error || expected.state?.addresses.includes(address)) return undefined;
  const isConfig = expected.named.definition instanceof ReplicatedConfig;
  const needsVersion = isConfig && envelope.version >= (expected.rowVersion ?? 0);
  return { kind: expected.state?.op === 'put' ? 'foreign' : 'orphan', address, updatedAt, needsVersion };
}

function checkRow(expected: Expected, state: PresentState, context: CheckContext): Mismatch | undefined {
  const { owner } = expected.named;
  const { records, keys } = context.standing;
  const record = records.get(owner);
  if (record && isAhead(expected, record.version, context)) return { kind: 'ahead', updatedAt: ageOf(state, context) };
  if (!record || (record.addresses.length === 0 && state.addresses.length > 0)) return { kind: 'missing' };
  const stale = { kind: 'stale', updatedAt: ageOf(state, context) } as const;
  const isCurrent = expected.rowVersion === undefined || record.version === expected.rowVersion;
  if (!isCurrent) return stale;
  const needsVersion = expected.rowVersion !== undefined;
  if (!isDeepStrictEqual(new Set(record.addresses), new Set(state.addresses))) return { ...stale, needsVersion };
  for (const address of state.addresses) {
    const envelope = openKey(keys.get(address));
    if (!envelope || (envelope !== 'damaged' && envelope.isAbsent)) {
      if (state.encode && expected.keptUntil > context.now) return { kind: 'missing', address };
    } else if (envelope === 'damaged') {
      // Nobody could read it, so nobody has it.
      return { kind: 'stale', address };
    } else if (envelope.owner !== owner) {
      if (!isTheirs(address, envelope.owner, context)) return { kind: 'missing', address };
    } else if (isAhead(expected, envelope.version, context)) {
      return { kind: 'ahead', address, updatedAt: envelope.updatedAt };
    } else if (envelope.version !== record.version || envelope.isBehind) {
      return { kind: 'stale', address, updatedAt: envelope.updatedAt };
    } else if (!hasContent(envelope, expected, state, context.codec)) {
      return { kind: 'stale', address, updatedAt: envelope.updatedAt, needsVersion };
    }
  }
  return undefined;
}

function checkGone(expected: Expected, owner: string, context: CheckContext): Mismatch | undefined {
  const record = context.standing.records.get(owner);
  if (!record) return undefined;
  const isConfig = expected.named.definition instanceof ReplicatedConfig;
  const { rowVersion = 0, state } = expected;
  const [address] = record.addresses;
  const envelope = address === undefined ? undefined : openKey(context.standing.keys.get(address));
  const updatedAt = envelope && envelope !== 'damaged' ? envelope.updatedAt : undefined;
  // A config that nobody set in this database is an orphan, whatever its version: nothing here compares with it.
  const hasRow = !isConfig || rowVersion > 0;
  if (hasRow && isAhead(expected, record.version, context)) return { kind: 'ahead', updatedAt };
  if (address === undefined) return undefined;
  // A value that ended by itself is announced later, when somebody makes a version of it.
  const endedByItself = state?.op === 'delete' && record.version === rowVersion;
  if (endedByItself && (!envelope || hasEnded(envelope, context.now))) return undefined;
  return { kind: 'orphan', updatedAt, needsVersion: isConfig && record.version >= rowVersion };
}

function hasEnded(envelope: Envelope | 'damaged', now: number): boolean {
  return (
    envelope !== 'damaged' && (envelope.isAbsent === true || (envelope.expiresAt > 0 && envelope.expiresAt <= now))
  );
}

/**
 * Somebody else's key at an address of a row's: right where both rows have it, for then one of them stands there. Where that
 * record does not list it, the key is a finding by itself, and not one of this row.
 */
function isTheirs(address: string, owner: string, context: CheckContext): boolean {
  const other = context.expected.get(owner);
  const isListed = context.standing.records.get(owner)?.addresses.includes(address) === true;
  if (!other) context.ask(owner);
  return other?.state?.addresses.includes(address) === true || !isListed;
}

function isAhead({ named, rowVersion = 0 }: Expected, version: number, { drawn }: CheckContext): boolean {
  return named.definition instanceof ReplicatedConfig ? version > rowVersion : version >= drawn;
}

function ageOf({ addresses }: PresentState, { standing }: CheckContext): number | undefined {
  for (const address of addresses) {
    const envelope = openKey(standing.keys.get(address));
    if (envelope && envelope !== 'damaged') return envelope.updatedAt;
  }
  return undefined;
}

/** Undefined: nothing stands there. */
export function openKey(bytes: Buffer | undefined): Envelope | 'damaged' | undefined {
  if (!bytes) return undefined;
  try {
    return decodeEnvelope(bytes);
  } catch {
    return 'damaged';
  }
}

function hasContent(
  envelope: Envelope,
  { named, json }: Expected,
  { encode }: PresentState,
  codec: PayloadCodec,
): boolean {
  const wanted = encode && decodeEnvelope(encode(envelope.version, envelope.updatedAt));
  const isConfig = named.definition instanceof ReplicatedConfig;
  if (isConfig && wanted && wanted.expiresAt !== envelope.expiresAt) return false;
  // Of a config that is only announced, readers keep here what they loaded.
  const here = wanted ? Buffer.from(wanted.payload) : codec.encode(JSON.parse(json ?? 'null'));
  const there = Buffer.from(envelope.payload);
  if (there.equals(here)) return true;
  try {
    // Another order of properties is the same value.
    return isDeepStrictEqual(codec.decodeOwn(there), codec.decodeOwn(here));
  } catch {
    return false;
  }
}
