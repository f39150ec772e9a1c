import { expect, it } from 'vitest';
import type { ScopeRevision, ScopeStanding } from '../../scopes/scopes-state.ts';
import { findBreaches } from '../all-checkers.ts';
import { runOf } from '../run.fixture.ts';

const KEY = 'tenants/acme merged';
const FILE = 'file:files:tenants/acme/merged.yaml#1';
const value = (mark: string) => ({ marks: { 'tenants/acme': mark } });
const version = (version: number, value: unknown, origin?: string): ScopeRevision => ({
  ...{ scope: 'tenants/acme', config: 'merged', version, value, origin },
});

interface End {
  readonly said?: readonly (readonly [string, unknown])[];
  readonly standing?: ScopeStanding;
  readonly revisions?: readonly ScopeRevision[];
}

/** The sentences of all breaches of an end in which the files say `file-2` unless something else is said. */
function breachesOf({ said = [[KEY, value('file-2')]], standing, revisions = [] }: End): string[] {
  const stands = standing ?? { version: 2, value: value('file-2'), origin: FILE };
  const tables = new Map([[KEY, stands]]);
  const scopes = { tables, revisions, redis: tables, readers: new Map(), fresh: [] };
  const run = runOf([], { scopes, files: { said: new Map(said), torn: new Set() } });
  return findBreaches(run).map(({ promise, sentence }) => `${promise}: ${sentence}`);
}

it('has nothing to say where the tables have what the files say, others in between included', () => {
  const revisions = [
    version(1, value('file-2'), FILE),
    version(2, value('w-1')),
    version(3, value('file-2'), FILE),
    version(4, undefined, 'file:files:tenants/acme/merged.yaml#gone'),
    version(5, value('file-2'), FILE),
  ];
  expect(breachesOf({ revisions })).toEqual([]);
});

it('says what the files say and the tables do not have', () => {
  expect(breachesOf({ standing: { version: 3, value: value('w-1') } })).toEqual([
    `files as they say: The files say {"marks":{"tenants/acme":"file-2"}} of "${KEY}", and the database has {"marks":{"tenants/acme":"w-1"}}.`,
  ]);
});

it('says what no file says any more', () => {
  expect(breachesOf({ said: [] })).toEqual([
    `files as they say: No file says anything of "${KEY}" any more, and version 2 by ${FILE} stands.`,
  ]);
  expect(breachesOf({ said: [], standing: { version: 2, value: value('w-1') } })).toEqual([]);
});

it('says which version says nothing new', () => {
  const revisions = [version(1, value('w-1')), version(2, value('w-1'), FILE)];
  expect(breachesOf({ revisions })).toEqual([
    `files written once: Version 2 of "${KEY}" by ${FILE} says what version 1 said: {"marks":{"tenants/acme":"w-1"}}.`,
  ]);
});

it('says what was taken away although others had set it', () => {
  const revisions = [version(1, value('w-1')), version(2, undefined, FILE)];
  expect(breachesOf({ revisions })).toEqual([
    `files written once: Version 2 of "${KEY}" by ${FILE} took away what a program had set in version 1.`,
  ]);
});
