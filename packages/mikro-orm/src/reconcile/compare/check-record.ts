import { isDeepStrictEqual } from 'node:util';
import type { ErrorCode } from '@tenantry/protocol';
import { createPayloadCodec, decodeEnvelope, type Envelope } from '@tenantry/protocol/wire';
import type { ActualRecords } from '@tenantry/redis';
import { ReplicatedConfig } from '../../sources/replicated-config.ts';
import type { PresentState } from '../../sources/replicated-source.ts';
import type { Expected } from './expected-records.ts';

/** What an audit finds wrong; docs/guides/audit-and-repair.md explains each. */
export type FindingKind = 'missing' | 'stale' | 'orphan' | 'foreign' | 'unknown' | 'ahead' | 'unpublishable';

/** What is wrong with one record, or with one key. */
export interface Verdict {
  readonly kind: FindingKind;
  /** The key it shows at, where it shows at one. */
  readonly address?: string | undefined;
  /** When what stands there was written, ms since 1970. */
  readonly updatedAt?: number | undefined;
  /** `unpublishable`: why. */
  readonly code?: ErrorCode | undefined;
  /** Readers may hold something else under this very version: only a new one reaches them. */
  readonly needsVersion?: boolean;
}

/** Both sides of some records of one tenant. */
export interface View {
  readonly expected: ReadonlyMap<string, Expected>;
  readonly standing: ActualRecords;
  /** An outbox id drawn after `standing` was read: in a database that did not go back, all versions are below it. */
  readonly drawn: number;
  readonly now: number;
  /** Called with the holder of a key of somebody else's, where `expected` does not have it: the verdict is not final then. */
  ask(owner: string): void;
}

const codec = createPayloadCodec();

/** What is wrong with a record that the database and Redis both may or may not have; undefined: nothing. */
export function judgeRecord(expected: Expected, view: View): Verdict | undefined {
  const { state, error, named } = expected;
  if (error) return { kind: 'unpublishable', code: error.code };
  return state?.op === 'put' ? judgeRow(expected, state, view) : judgeGone(expected, named.owner, view);
}

/** What is wrong with a key that its holder's record does not list. */
export function judgeKey(address: string, expected: Expected | undefined, view: View): Verdict | undefined {
  const envelope = openKey(view.standing.keys.get(address));
  if (!envelope || envelope === 'damaged' || envelope.isAbsent) return undefined;
  const { owner, updatedAt } = envelope;
  if (view.standing.records.get(owner)?.addresses.includes(address)) return undefined;
  if (!expected) return { kind: 'unknown', address, updatedAt };
  // Its holder's record is what is missing then.
  if (expected.error || expected.state?.addresses.includes(address)) return undefined;
  const isConfig = expected.named.source instanceof ReplicatedConfig;
  const needsVersion = isConfig && envelope.version >= (expected.rowVersion ?? 0);
  return { kind: expected.state?.op === 'put' ? 'foreign' : 'orphan', address, updatedAt, needsVersion };
}

function judgeRow(expected: Expected, state: PresentState, view: View): Verdict | undefined {
  const { owner } = expected.named;
  const { records, keys } = view.standing;
  const record = records.get(owner);
  if (record && isAhead(expected, record.version, view)) return { kind: 'ahead', updatedAt: ageOf(state, view) };
  if (!record || (record.addresses.length === 0 && state.addresses.length > 0)) return { kind: 'missing' };
  const stale = { kind: 'stale', updatedAt: ageOf(state, view) } as const;
  const isCurrent = expected.rowVersion === undefined || record.version === expected.rowVersion;
  if (!isCurrent) return stale;
  const needsVersion = expected.rowVersion !== undefined;
  if (!isDeepStrictEqual(new Set(record.addresses), new Set(state.addresses))) return { ...stale, needsVersion };
  for (const address of state.addresses) {
    const envelope = openKey(keys.get(address));
    if (!envelope || (envelope !== 'damaged' && envelope.isAbsent)) {
      if (state.encode && expected.keptUntil > view.now) return { kind: 'missing', address };
    } else if (envelope === 'damaged') {
      // Nobody could read it, so nobody has it.
      return { kind: 'stale', address };
    } else if (envelope.owner !== owner) {
      if (!isTheirs(address, envelope.owner, view)) return { kind: 'missing', address };
    } else if (isAhead(expected, envelope.version, view)) {
      return { kind: 'ahead', address, updatedAt: envelope.updatedAt };
    } else if (envelope.version !== record.version) {
      return { kind: 'stale', address, updatedAt: envelope.updatedAt };
    } else if (!hasContent(envelope, expected, state)) {
      return { kind: 'stale', address, updatedAt: envelope.updatedAt, needsVersion };
    }
  }
  return undefined;
}

function judgeGone(expected: Expected, owner: string, view: View): Verdict | undefined {
  const record = view.standing.records.get(owner);
  if (!record) return undefined;
  const isConfig = expected.named.source instanceof ReplicatedConfig;
  const { rowVersion = 0, state } = expected;
  const [address] = record.addresses;
  const envelope = address === undefined ? undefined : openKey(view.standing.keys.get(address));
  const updatedAt = envelope && envelope !== 'damaged' ? envelope.updatedAt : undefined;
  // A config that nobody set in this database is an orphan, whatever its version: nothing here compares with it.
  const hasRow = !isConfig || rowVersion > 0;
  if (hasRow && isAhead(expected, record.version, view)) return { kind: 'ahead', updatedAt };
  if (address === undefined) return undefined;
  // A value that ended by itself is announced later, when somebody makes a version of it.
  const endedByItself = state?.op === 'delete' && record.version === rowVersion;
  if (endedByItself && (!envelope || hasEnded(envelope, view.now))) return undefined;
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
function isTheirs(address: string, owner: string, view: View): boolean {
  const other = view.expected.get(owner);
  const isListed = view.standing.records.get(owner)?.addresses.includes(address) === true;
  if (!other) view.ask(owner);
  return other?.state?.addresses.includes(address) === true || !isListed;
}

function isAhead({ named, rowVersion = 0 }: Expected, version: number, { drawn }: View): boolean {
  return named.source instanceof ReplicatedConfig ? version > rowVersion : version >= drawn;
}

function ageOf({ addresses }: PresentState, { standing }: View): number | undefined {
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

function hasContent(envelope: Envelope, { named, json }: Expected, { encode }: PresentState): boolean {
  const wanted = encode && decodeEnvelope(encode(envelope.version, envelope.updatedAt));
  const isConfig = named.source instanceof ReplicatedConfig;
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
