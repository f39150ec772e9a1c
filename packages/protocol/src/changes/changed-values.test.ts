import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { defineConfig } from '../definitions/define-config.ts';
import { chainsOf } from '../scopes/layered-values.ts';
import { changedValues } from './changed-values.ts';

it('shows texts with variables as they are stored, and has the schema see them with those of this process', () => {
  vi.stubEnv('SEATS_CANARY', '70');
  onTestFinished(() => void vi.unstubAllEnvs());
  const seats = defineConfig({ name: 'seats', schema: z.coerce.number().max(100), expand: ['SEATS_CANARY'] });
  // A linter takes it for a forgotten template.
  const named = ['$', '{SEATS_CANARY}'].join('');
  const chains = chainsOf(new Map());
  const valued = (value: string) => ({ chains, values: new Map([['acme', JSON.stringify(value)]]) });
  const [before, after, tooMany] = ['5', named, `9${named}`].map(valued) as [never, never, never];
  expect(changedValues(seats, before, after)).toMatchObject([{ before: '5', after: named }]);
  const [refused] = changedValues(seats, after, tooMany);
  expect(refused).toMatchObject({ before: named, after: undefined, fault: { code: 'INVALID_VALUE' } });
  expect(JSON.stringify([refused, refused?.fault?.message])).not.toContain('70');
});
