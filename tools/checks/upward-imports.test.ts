import { expect, it } from 'vitest';
import { upwardImports } from './upward-imports.ts';

const floors = [['low'], ['high/part'], ['high', 'beside'], ['.']];
const complaints = (file: string, ...imports: string[]) => upwardImports({ package: 'p', file, imports }, floors);

it('allows imports within a folder, of lower floors and of other packages', () => {
  expect(complaints('src/high/a.ts', './b.ts', '../low/c.ts', './part/d.ts', 'ioredis', 'node:fs')).toEqual([]);
  expect(complaints('src/index.ts', './high/a.ts', './low/c.ts', './start.ts')).toEqual([]);
});

it('refuses an import of a higher floor, of the same floor and of the face', () => {
  expect(complaints('src/low/a.ts', '../high/b.ts')).toHaveLength(1);
  expect(complaints('src/beside/a.ts', '../high/b.ts')).toHaveLength(1);
  expect(complaints('src/high/part/a.ts', '../b.ts')).toHaveLength(1);
  expect(complaints('src/high/a.ts', '../index.ts')).toEqual([
    'packages/p/src/high/a.ts imports ../index.ts: . is not on a lower floor than high',
  ]);
});

it('counts a folder that is not named as part of the one above it', () => {
  expect(complaints('src/low/deep/a.ts', '../b.ts')).toEqual([]);
  expect(complaints('src/low/deep/a.ts', '../../high/b.ts')).toHaveLength(1);
});

it('asks for the floor of a new folder', () => {
  expect(complaints('src/new/a.ts')).toEqual([
    'packages/p/src/new/a.ts stands on no floor: name its folder in tools/checks/floors.ts',
  ]);
});

it('lets tests and fixtures import from everywhere', () => {
  expect(complaints('src/low/a.test.ts', '../high/b.ts')).toEqual([]);
  expect(complaints('src/low/a.fixture.ts', '../high/b.ts')).toEqual([]);
});
