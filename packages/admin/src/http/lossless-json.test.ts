import type { TenantryError } from '@tenantry/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLossless } from './lossless-json.ts';

function refused(text: string): string | undefined {
  try {
    parseLossless(text, 'json');
    return undefined;
  } catch (error) {
    const { code, message, details } = error as TenantryError;
    expect(code).toBe('NOT_JSON');
    expect(message).not.toMatch(/9007|hunter2/);
    return details.issues?.[0]?.path;
  }
}

// B19
describe('JSON text', () => {
  it('comes back as it was, whatever is in it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), text => {
        fc.pre(!text.includes('__proto__') && !/-0[,}\]]|-0$|\d[eE]|\.\d*0\b/.test(text));
        const compact = JSON.stringify(JSON.parse(text));
        expect(parseLossless(compact)).toEqual(JSON.parse(compact));
        expect(parseLossless(JSON.stringify(JSON.parse(compact), null, 3))).toEqual(JSON.parse(compact));
      }),
      { numRuns: 2_000 },
    );
  });

  it('whose numbers JSON writes so is taken, the largest and the smallest too', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), number => {
        fc.pre(!Object.is(number, -0));
        expect(parseLossless(JSON.stringify([number]))).toEqual([number]);
      }),
    );
  });

  it.each([
    ['9007199254740993', 'json'],
    ['{"a":{"b":[1,9007199254740993]}}', 'json.a.b[1]'],
    ['[1.10]', 'json[0]'],
    ['1e400', 'json'],
    ['-0', 'json'],
    ['[1E2]', 'json[0]'],
    ['0.1000000000000000055', 'json'],
    ['{"a":1,"a":1}', 'json.a'],
    ['{"a":1,"\\u0061":1}', 'json.a'],
    ['{"x":[{"__proto__":{}}]}', 'json.x[0].__proto__'],
    ['{"x":{"\\ud800":1}}', 'json.x.\ud800'],
    ['{"x":"hunter2"', 'json'],
    ['', 'json'],
    ['undefined', 'json'],
    ['{"a":1,}', 'json'],
    ['[NaN]', 'json'],
    ['[1] 2', 'json'],
    [`${'['.repeat(101)}${']'.repeat(101)}`, `json${'[0]'.repeat(100)}`],
  ])('%s is refused at %s', (text, path) => {
    expect(refused(text)).toBe(path);
  });

  it('may have texts that are as long as a body, whatever is in them', () => {
    for (const [part, count] of [
      ['a', 32_000_000],
      ['\\', 100_000],
      ['"', 100_000],
      ['\\"', 100_000],
      ['\n', 100_000],
    ] as const) {
      const value = { [part.repeat(3)]: [part.repeat(count), 1] };
      expect(parseLossless(JSON.stringify(value))).toEqual(value);
    }
  });

  it('has braces, quotes and numbers in its texts that mean nothing', () => {
    const text = '{"a":"{\\"a\\":1e400,","b":["\\\\",{"1.10":"]"}],"c":""}';
    expect(parseLossless(text)).toEqual(JSON.parse(text));
  });
});
