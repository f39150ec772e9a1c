import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type } from 'arktype';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { z } from 'zod';
import * as mini from 'zod/mini';
import { caught } from '../caught.fixture.ts';
import { encodeConfigValue, parseConfigValue } from './config-value.ts';
import { defineConfig } from './define-config.ts';

interface Node {
  name: string;
  self?: Node;
}

function cyclic(name: string): Node {
  const node: Node = { name };
  node.self = node;
  return node;
}

const boom = (): never => {
  throw new TypeError('hunter2');
};

type Transform = (text: string) => unknown;

/** `{ seats: text }` with a function over the text, and a list that must hold numbers. */
const LIBRARIES: Record<string, (transform: Transform) => StandardSchemaV1> = {
  zod: transform => z.object({ seats: z.string().transform(transform), list: z.array(z.number()) }),
  'zod/mini': transform =>
    mini.object({ seats: mini.pipe(mini.string(), mini.transform(transform)), list: mini.array(mini.number()) }),
  valibot: transform => v.object({ seats: v.pipe(v.string(), v.transform(transform)), list: v.array(v.number()) }),
  arktype: transform => type({ seats: type('string').pipe(transform), list: 'number[]' }),
};

const LATER: Record<string, StandardSchemaV1[]> = {
  zod: [z.string().refine(async () => true), z.string().transform(async text => text)],
  'zod/mini': [mini.string().check(mini.refine(async () => true))],
  valibot: [
    v.pipeAsync(
      v.string(),
      v.checkAsync(async () => true),
    ),
    v.pipe(
      v.string(),
      v.transform(async text => text),
    ),
  ],
  arktype: [type('string').pipe(async text => text)],
};

const LATER_TEXT: unknown = expect.stringContaining('asynchronously');

const INPUT = { seats: '5', list: [1] };

const readBack = (schema: StandardSchemaV1, input: unknown = INPUT): unknown => {
  const config = defineConfig({ name: 'a', schema });
  return parseConfigValue(config, JSON.parse(encodeConfigValue(config, input)));
};

it.each(Object.entries(LIBRARIES))('a schema of %s that takes the value gives readers its output', (_, schemaOf) => {
  expect(readBack(schemaOf(Number))).toEqual({ seats: 5, list: [1] });
});

it.each(Object.entries(LIBRARIES))('a schema of %s that refuses the value says where', (_, schemaOf) => {
  const error = caught(() => readBack(schemaOf(Number), { seats: '5', list: [1, 'two'] }));
  expect(error).toMatchObject({ code: 'INVALID_VALUE', details: { issues: [{ path: 'list[1]' }] } });
});

it.each(Object.entries(LIBRARIES))(
  'a schema of %s whose function throws refuses the value, without what it threw',
  (_, schemaOf) => {
    const error = caught(() => readBack(schemaOf(boom)));
    expect(error).toMatchObject({ code: 'INVALID_VALUE', message: expect.stringContaining('TypeError') });
    expect(error.message).not.toMatch('hunter2');
    const config = { name: 'a', schema: schemaOf(boom), default: INPUT };
    expect(caught(() => defineConfig(config))).toMatchObject({ code: 'INVALID_DEFINITION' });
  },
);

it.each(Object.entries(LATER))('a schema of %s that answers later is refused', (_, schemas) => {
  for (const schema of schemas) {
    expect(caught(() => readBack(schema, 'x'))).toMatchObject({ code: 'INVALID_DEFINITION', message: LATER_TEXT });
    expect(caught(() => defineConfig({ name: 'a', schema, default: 'x' }))).toMatchObject({
      code: 'INVALID_DEFINITION',
      message: LATER_TEXT,
    });
  }
});

it.each(Object.entries(LIBRARIES))('a promise anywhere in an output of %s is refused', (_, schemaOf) => {
  const schema = schemaOf(text => ({ deep: [Promise.reject(new Error(text))] }));
  expect(caught(() => readBack(schema))).toMatchObject({ code: 'INVALID_DEFINITION', message: LATER_TEXT });
});

it.each(Object.entries(LIBRARIES))(
  'an output of %s that contains itself is refused at the write and as a default',
  (_, schemaOf) => {
    const schema = schemaOf(cyclic);
    expect(caught(() => encodeConfigValue(defineConfig({ name: 'a', schema }), INPUT))).toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringContaining('contains itself'),
    });
    expect(caught(() => defineConfig({ name: 'a', schema, default: INPUT }))).toMatchObject({
      code: 'INVALID_DEFINITION',
      message: expect.stringContaining('contains itself'),
    });
  },
);

it.each(Object.entries(LIBRARIES))('a default for %s that contains itself is refused', (_, schemaOf) => {
  const schema = schemaOf(Number);
  const own = { ...INPUT, self: {} };
  own.self = own;
  expect(caught(() => defineConfig({ name: 'a', schema, default: own }))).toMatchObject({ code: 'INVALID_DEFINITION' });
});

it.each(Object.entries(LIBRARIES))(
  'a function of %s that is not idempotent runs over what is stored, once',
  (_, schemaOf) => {
    const schema = schemaOf(text => `${text}!`);
    const config = defineConfig({ name: 'a', schema, default: INPUT });
    expect(config.default).toEqual({ seats: '5!', list: [1] });
    const text = encodeConfigValue(config, INPUT);
    expect(JSON.parse(text)).toEqual(INPUT);
    for (let read = 0; read < 2; read++)
      expect(parseConfigValue(config, JSON.parse(text))).toEqual({ seats: '5!', list: [1] });
  },
);

it.each(Object.entries(LIBRARIES))('nothing of the application is frozen or changed with %s', (_, schemaOf) => {
  class Strategy {
    calls = 0;
    run() {
      return ++this.calls;
    }
  }
  const [strategy, shared, stored] = [new Strategy(), { level: 1, tags: ['x'] }, { ...INPUT, list: [1] }];
  const logger = Object.assign((text: string) => text, { lines: 0 });
  const schema = schemaOf(() => ({ strategy, shared, logger }));
  const config = defineConfig({ name: 'a', schema });
  const { seats } = parseConfigValue(config, stored) as {
    seats: { strategy: Strategy; shared: object; logger: object };
  };
  expect(seats.strategy).toBe(strategy);
  expect(seats.strategy.run()).toBe(1);
  expect(seats.logger).toBe(logger);
  expect(seats.shared).toEqual(shared);
  expect(Object.isFrozen(seats.shared)).toBe(true);
  for (const own of [strategy, shared, shared.tags, stored, stored.list, logger])
    expect(Object.isFrozen(own)).toBe(false);
});

it('a name that is a getter of the output is read once', () => {
  const schema = z.object({
    seats: z.string().transform(text => ({
      get twice() {
        return text + text;
      },
    })),
  });
  expect(readBack(schema)).toEqual({ seats: { twice: '55' } });
});
