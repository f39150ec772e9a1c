import { defineConfig } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configPut, configUnset, PATIENT } from '../published-configs.fixture.ts';
import { WORLDS } from '../world.fixture.ts';

const common = { ...PATIENT } as const;
const key = defineConfig({
  name: 'key',
  schema: z.string().transform(text => Buffer.from(text)),
  default: 'old',
  ...common,
});
const home = defineConfig({ name: 'home', schema: z.string().transform(text => new URL(text)), ...common });

describe.each(WORLDS)('from $from', ({ startWorld }) => {
  it('what one reader does to bytes or a URL, no other reader sees', async () => {
    // L48
    await using world = startWorld();
    const acme = (await world.client()).tenant('acme');
    for (const value of [await acme.get(key), acme.peek(key), key.default]) value?.fill(0);
    expect([String(await acme.get(key)), String(acme.peek(key)), String(key.default)]).toEqual(['old', 'old', 'old']);
    await world.apply('acme', configPut(key, 1, 'new'), configPut(home, 1, 'https://a.example/'));
    await eventually(() => expect(String(acme.peek(key))).toBe('new'));
    const seen: (URL | undefined)[] = [];
    const watching = acme.watch(home).subscribe(value => seen.push(value));
    await eventually(() => expect(seen.length).toBe(1));
    for (const url of [seen[0], await acme.get(home), acme.peek(home), (await acme.entry(home)).value])
      if (url) url.host = 'evil.example';
    acme.peek(key)?.fill(0);
    expect([acme.peek(home)?.href, (await acme.get(home))?.href, acme.peekEntry(home)?.value?.href]).toEqual([
      'https://a.example/',
      'https://a.example/',
      'https://a.example/',
    ]);
    expect(String(await acme.get(key))).toBe('new');
    await world.apply('acme', configUnset(key, 2));
    await eventually(() => expect(String(acme.peek(key))).toBe('old'));
    watching.unsubscribe();
  });
});
