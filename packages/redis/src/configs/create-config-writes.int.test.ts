import { encodeEnvelope } from '@tenantry/protocol/wire';
import { describe, expect, it } from 'vitest';
import { openReplica } from '../replica.fixture.ts';
import { type ConfigPut, createConfigWrites } from './create-config-writes.ts';
import { DirtyConfigs } from './dirty-configs.ts';

const put = (name: string, text: string, more: Partial<ConfigPut> = {}): ConfigPut => {
  const owner = `@config:${name}`;
  const times = { updatedAt: 5, expiresAt: 0, freshUntil: 0, dropAt: 0 };
  const mark = { name, configKey: name, json: JSON.stringify(text), actor: text, reason: null, origin: 'api', at: 5 };
  return {
    owner,
    base: 0,
    dropAt: 0,
    envelope: encodeEnvelope({ version: 1, owner, payload: Buffer.from(text), ...times }),
    dirty: { writeId: 'abcdefghijklmnop', write: { ...mark, ...times } },
    ...more,
  };
};

function openWrites() {
  const test = openReplica();
  const { names, feedLength } = test.replica;
  return {
    ...test,
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
    writes: createConfigWrites({ names, feedLength }),
    dirty: new DirtyConfigs({ redis: test.redis, names, feedLength }),
  };
}

describe('writes of one turn of the event loop', () => {
  it('have an answer each, whatever becomes of the others', async () => {
    await using test = openWrites();
    const write = (...puts: ConfigPut[]) => test.writes.write(test.redis, 'acme', puts);
    await write(put('a', 'a1'), put('b', 'b1'));
    const unknown = { base: undefined };
    const answers = await Promise.all([
      write(put('a', 'a2', unknown)),
      write(put('c', 'c1'), put('new', '', unknown), put('newer', '', unknown)),
      write(put('c', 'c1'), put('b', 'b2', { expected: 7 })),
      write(put('b', 'b2', { expected: 1 }), put('a', 'a3', { expected: 2 })),
      write(put('a', 'a4', unknown)),
      write(put('d', 'd1', { envelope: undefined })),
    ]);
    expect(answers).toEqual([
      { kind: 'written', isFirstDirty: false, versions: [2] },
      { kind: 'unknown', changes: [1, 2] },
      { kind: 'conflict', change: 1, version: 1 },
      { kind: 'written', isFirstDirty: false, versions: [2, 3] },
      { kind: 'written', isFirstDirty: false, versions: [4] },
      { kind: 'written', isFirstDirty: false, versions: [1] },
    ]);
    const standing = await test.writes.read(
      test.redis,
      'acme',
      ['a', 'b', 'c', 'd', 'new'].map(name => `@config:${name}`),
    );
    expect(standing.map(({ version, dirty }) => [version, dirty?.json])).toEqual([
      [4, '"a4"'],
      [2, '"b2"'],
      [undefined, undefined],
      [1, '"d1"'],
      [undefined, undefined],
    ]);
    expect(standing.map(({ isUnset }) => isUnset)).toEqual([false, false, false, true, false]);
  });

  it('arrive byte for byte: any text, of any length', async () => {
    await using test = openWrites();
    const texts = ['', 'é\u0000\n', '😀'.repeat(20_000), 'x'.repeat(70_000)];
    await Promise.all(
      texts.map((text, i) => test.writes.write(test.redis, 'acme', [put(`${i}`, text), put(`${i}b`, text)])),
    );
    for await (const entries of test.dirty.scan('acme', () => expect.unreachable())) {
      expect(entries).toHaveLength(2 * texts.length);
      for (const { name, json, actor, version, writeId } of entries) {
        const text = texts[Number.parseInt(name, 10)];
        expect({ json, actor, version, writeId }).toEqual({
          json: JSON.stringify(text),
          actor: text,
          version: 1,
          writeId: 'abcdefghijklmnop',
        });
      }
    }
    const owners = texts.map((_, i) => `@config:${i}`);
    const standing = await test.writes.read(test.redis, 'acme', owners);
    for (const [i, { envelope }] of standing.entries()) {
      const expected = put(`${i}`, texts[i] as string).envelope as Buffer;
      expect(envelope?.equals(expected)).toBe(true);
    }
  });

  it('may be more than one call of Redis takes arguments', async () => {
    await using test = openWrites();
    const puts = Array.from({ length: 4_500 }, (_, i) => put(`${i}`, `${i}`));
    const answers = [];
    for (let round = 0; round < 2; round++) answers.push(await test.writes.write(test.redis, 'acme', puts));
    expect(answers).toEqual([1, 2].map(n => expect.objectContaining({ versions: puts.map(() => n) })));
    expect(await test.dirty.count('acme')).toBe(puts.length);
  });

  it('ask for a value where something foreign stands, and write over it once they have', async () => {
    await using test = openWrites();
    const write = (...puts: ConfigPut[]) => test.writes.write(test.redis, 'acme', puts);
    await write(put('a', 'a1'), put('b', 'b1'));
    const { keyPrefix } = test.replica.names.of('acme');
    const key = `${keyPrefix}@config:a`;
    await test.redis.del(key);
    await test.redis.lpush(key, 'foreign');
    const answers = await Promise.all([write(put('a', 'a2', { isSet: true })), write(put('b', 'b2', { isSet: true }))]);
    expect(answers).toEqual([
      { kind: 'unknown', changes: [0] },
      { kind: 'written', isFirstDirty: false, versions: [2] },
    ]);
    expect(await write(put('a', 'a2', { expected: 1 }))).toMatchObject({ kind: 'written', versions: [2] });
  });
});
