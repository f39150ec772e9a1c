import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffJson, type JsonPatchOperation } from './json-diff.ts';

/** RFC 6902 as its text has it, for what `diffJson` uses of it. */
function applied(value: unknown, operations: readonly JsonPatchOperation[]): unknown {
  const root: { value: unknown } = { value: structuredClone(value) };
  for (const operation of operations) {
    const { op, path } = operation;
    const tokens = path.split('/').map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (tokens.shift() !== '') throw new Error(`"${path}" does not begin with a slash`);
    const last = tokens.pop();
    const next = op === 'remove' ? undefined : structuredClone(operation.value);
    if (last === undefined) {
      if ((root.value === undefined) !== (op === 'add')) throw new Error(`${op} of the whole does not fit`);
      root.value = next;
      continue;
    }
    let at = root.value as Record<string, unknown>;
    for (const token of tokens) at = at[token] as Record<string, unknown>;
    if (Array.isArray(at)) {
      const i = Number(last);
      if (!(Number.isInteger(i) && i >= 0 && i < at.length + (op === 'add' ? 1 : 0))) throw new Error(`no ${path}`);
      at.splice(i, op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [next]));
    } else {
      if (op !== 'add' && !Object.hasOwn(at, last)) throw new Error(`no ${path}`);
      if (op === 'remove') delete at[last];
      else Object.defineProperty(at, last, { value: next, enumerable: true, writable: true, configurable: true });
    }
  }
  return root.value;
}

/** Few names and few values, so that two of them have something in common; names that need escaping and that are on prototypes. */
const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 0, 1, 'a', ''),
    fc.array(tie('tree'), { maxLength: 5 }),
    fc.dictionary(fc.constantFrom('a', 'b', '', '/', '~', '~1', '~0/', '0', 'constructor', 'toString'), tie('tree')),
  ),
}));

describe('a diff', () => {
  it('applied to the one value gives the other', () => {
    const value = fc.oneof(tree, fc.jsonValue(), fc.constant(undefined));
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(applied(a, diffJson(a, b))).toEqual(b);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of a value and itself is empty', () => {
    fc.assert(
      fc.property(tree, a => {
        expect(diffJson(a, structuredClone(a))).toEqual([]);
      }),
    );
  });

  it('names what changed and leaves the rest alone', () => {
    expect(diffJson({ a: 1, 'b/c~': { d: [1, 2] } }, { 'b/c~': { d: [1, 3], e: null } })).toEqual([
      { op: 'remove', path: '/a' },
      { op: 'replace', path: '/b~1c~0/d/1', value: 3 },
      { op: 'add', path: '/b~1c~0/e', value: null },
    ]);
    expect(diffJson([1, 2, 3, 4], [1, 3, 4])).toEqual([{ op: 'remove', path: '/1' }]);
    expect(diffJson([1, 2], [0, 1, 2])).toEqual([{ op: 'add', path: '/0', value: 0 }]);
    expect(diffJson({ a: [] }, { a: {} })).toEqual([{ op: 'replace', path: '/a', value: {} }]);
  });

  it('with nothing on one side adds or removes the whole', () => {
    expect(diffJson(undefined, null)).toEqual([{ op: 'add', path: '', value: null }]);
    expect(diffJson(null, undefined)).toEqual([{ op: 'remove', path: '' }]);
    expect(diffJson(undefined, undefined)).toEqual([]);
  });

  it('of two long lists that have nothing in common is as long as they are, not as their product', () => {
    const a = Array.from({ length: 50_000 }, (_, i) => i);
    const b = a.map(i => -i - 1);
    expect(diffJson(a, b)).toHaveLength(50_000);
  });
});
