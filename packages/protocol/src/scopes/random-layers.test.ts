import { type SeededRandom, seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { config, layersOf } from './layers.fixture.ts';
import { effectiveValue, resolveLayers } from './resolve-layers.ts';

describe('of random layers', () => {
  const random = seededRandom();
  const rounds = 2_000;
  const listKeys = { '/l': 'id', '/o/l': 'id', '/l/*/l': 'id' };

  it(`a merge is what comes of laying one over the other, from the farthest to the nearest (seed ${random.seed})`, () => {
    for (let round = 0; round < rounds; round++) {
      const values = Array.from({ length: random.int(0, 4) }, () => randomValue(random, 3));
      const defaultJson = random.chance(0.5) ? JSON.stringify(randomValue(random, 3)) : undefined;
      const merge = config('merge', { defaultJson });
      const stack = [...values, ...(defaultJson === undefined ? [] : [JSON.parse(defaultJson)])].reverse();
      const expected = stack.length === 0 ? undefined : stack.reduce((far, near) => laidOver(far, near));
      expect(resolveLayers(merge, layersOf(...values)).value).toEqual(expected);
    }
  });

  it(`every part of the value is at its path in the layer that it is said to come from (seed ${random.seed})`, () => {
    for (let round = 0; round < rounds; round++) {
      const layers = layersOf(...Array.from({ length: random.int(1, 4) }, () => randomValue(random, 3)));
      const inherit = random.pick(['none', 'replace', 'merge'] as const);
      const { value, fields } = resolveLayers(config(inherit), layers);
      for (const { path, scope } of fields) {
        const from = layers.find(layer => layer.scope === scope);
        expect(at(from?.value, path)).toEqual(at(value, path));
      }
      // None is left out, and none is named twice.
      expect(new Set(fields.map(({ path }) => path)).size).toBe(fields.length);
      const parts = inherit === 'merge' ? leavesOf(value, '') : [''];
      expect(fields.map(({ path }) => path)).toEqual(parts);
    }
  });

  it(`the value alone is the same, with lists that have keys too, and no layer is changed (seed ${random.seed})`, () => {
    for (let round = 0; round < rounds; round++) {
      const layers = layersOf(...Array.from({ length: random.int(0, 4) }, () => randomValue(random, 4)));
      const before = JSON.stringify(layers);
      const inherit = random.pick(['none', 'replace', 'merge'] as const);
      const some = config(inherit, {
        mergeListsBy: listKeys,
        defaultJson: random.chance(0.3) ? '{"l":[{"id":1}]}' : undefined,
      });
      const alone = effectiveValue(some, layers);
      const resolution = resolveLayers(some, layers);
      expect(resolution.value).toEqual(alone);
      expect(JSON.stringify(resolution.value)).toBe(JSON.stringify(alone));
      expect(JSON.stringify(layers)).toBe(before);
    }
  });
});

function randomValue(random: SeededRandom, depth: number): unknown {
  if (depth === 0 || random.chance(0.2)) return random.pick([null, 0, 1, '', 'x', true, false]);
  const inner = () => randomValue(random, depth - 1);
  if (random.chance(0.25))
    return Array.from({ length: random.int(0, 3) }, () =>
      random.chance(0.8) ? { id: random.int(1, 3), l: inner(), n: random.int(0, 9) } : inner(),
    );
  const names = random.shuffle(['a', 'o', 'l', '__proto__', '~/']).slice(0, random.int(0, 4));
  return Object.fromEntries(names.map(name => [name, inner()]));
}

function laidOver(far: unknown, near: unknown): unknown {
  if (!isObject(far) || !isObject(near)) return near;
  const names = [...new Set([...Object.keys(far), ...Object.keys(near)])];
  const own = (value: Record<string, unknown>, name: string) => Object.getOwnPropertyDescriptor(value, name)?.value;
  return Object.fromEntries(
    names.map(name => {
      if (!Object.hasOwn(near, name)) return [name, own(far, name)];
      return [name, Object.hasOwn(far, name) ? laidOver(own(far, name), own(near, name)) : own(near, name)];
    }),
  );
}

function leavesOf(value: unknown, path: string): string[] {
  if (!isObject(value) || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([name, item]) =>
    leavesOf(item, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

function at(value: unknown, path: string): unknown {
  const names = path.split('/').slice(1);
  return names.reduce(
    (within: unknown, name) =>
      Object.getOwnPropertyDescriptor(within, name.replaceAll('~1', '/').replaceAll('~0', '~'))?.value,
    value,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
