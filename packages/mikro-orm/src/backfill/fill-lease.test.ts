import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FillLease } from './fill-lease.ts';

const LEASE_MS = 30_000;

let asked: number[];
let lost: number;
let answer: () => Promise<boolean>;
let lease: FillLease;

beforeEach(() => {
  vi.useFakeTimers();
  [asked, lost, answer] = [[], 0, () => Promise.resolve(true)];
  const keep = () => {
    asked.push(performance.now());
    return answer();
  };
  lease = new FillLease({
    keep,
    onLost() {
      lost++;
    },
  });
});
afterEach(() => {
  lease.end();
  vi.useRealTimers();
});

it('is extended in time during a batch that takes longer than the lease', async () => {
  await vi.advanceTimersByTimeAsync(4 * LEASE_MS);
  const pauses = [0, ...asked].map((at, i) => (asked[i] ?? performance.now()) - at);
  expect(Math.max(...pauses)).toBeLessThan(LEASE_MS / 2);
  expect(lost).toBe(0);
});

it('is not extended for ever by a fill that hangs, and again once that goes on', async () => {
  await vi.advanceTimersByTimeAsync(100 * LEASE_MS);
  const { length } = asked;
  await vi.advanceTimersByTimeAsync(100 * LEASE_MS);
  expect(asked).toHaveLength(length);
  lease.stepped();
  await vi.advanceTimersByTimeAsync(LEASE_MS);
  expect(asked.length).toBeGreaterThan(length + 1);
});

it('is lost where Redis says so, and not where it does not answer', async () => {
  answer = () => Promise.reject(new Error('Connection is closed.'));
  await vi.advanceTimersByTimeAsync(LEASE_MS);
  expect(lost).toBe(0);
  answer = () => Promise.resolve(false);
  await vi.advanceTimersByTimeAsync(LEASE_MS);
  expect(lost).toBeGreaterThan(0);
});

it('is not extended after its end', async () => {
  lease.end();
  await vi.advanceTimersByTimeAsync(LEASE_MS);
  expect(asked).toEqual([]);
});
