import { TenantryError } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { createTroubles } from './tell-troubles.ts';

function troublesOf() {
  const told: unknown[] = [];
  const time = { now: 0 };
  const troubles = createTroubles(
    error => told.push(error),
    () => time.now,
  );
  return { told, time, ...troubles };
}

const refused = () => Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6379'), { code: 'ECONNREFUSED' });
const forbidden = () => Object.assign(new Error('NOPERM No permissions'), { name: 'ReplyError', command: ['hunter2'] });

it('tells of every trouble as a TenantryError, without what a driver quotes', () => {
  const { told, tell } = troublesOf();
  for (const error of [refused(), forbidden(), 'text', undefined, new TenantryError('TIMEOUT', 'late')]) tell(error);
  expect(told.every(error => error instanceof TenantryError)).toBe(true);
  expect(String(told[0])).toContain('ECONNREFUSED');
  expect(String(told[1])).toContain('NOPERM');
  expect(JSON.stringify(told)).not.toContain('hunter2');
});

it('tells of one cause once, and again when it changes, after a recovery, and after a while without it', () => {
  const { told, tell, forget, time } = troublesOf();
  for (let i = 0; i < 1_000; i++, time.now += 100) tell(refused());
  expect(told.length).toBe(1);
  for (let i = 0; i < 10; i++) tell(forbidden());
  expect(told.length).toBe(2);
  forget();
  tell(refused());
  expect(told.length).toBe(3);
  time.now += 60_001;
  tell(refused());
  expect(told.length).toBe(4);
});

it('tells of each value that cannot be read', () => {
  const { told, tell } = troublesOf();
  for (let i = 0; i < 3; i++) tell(new TenantryError('MALFORMED_ENVELOPE', 'cut off'));
  expect(told.length).toBe(3);
});

it('bears a listener that throws, and remembers so many causes and no more', () => {
  const { tell } = createTroubles(
    () => {
      throw new Error('listener');
    },
    () => 0,
  );
  for (let i = 0; i < 5_000; i++) tell(new TenantryError('UNAVAILABLE', String(i)));
});
