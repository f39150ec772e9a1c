import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { editYaml } from './edit-yaml.ts';

describe('a value in a YAML text', () => {
  const text = `# who may sign in
seats: 5   # five
"plan": 'team' # quoted

hosts: # in order
  - a # first
  - b
labels: { x: 1,  y: 2 } # flow
`;

  it('is changed where it differs, and every other character stays', () => {
    const value = { seats: 6, plan: 'a: b', hosts: ['a', 'c'], labels: { x: 1, y: null } };
    expect(editYaml(text, undefined, value)).toBe(
      text.replace('seats: 5', 'seats: 6').replace("'team'", '"a: b"').replace('- b', '- c').replace('2 }', 'null }'),
    );
  });

  it('gets and loses parts, with its comments, its order and its style', () => {
    const value = { seats: 6, hosts: ['a', 'c', 'b'], labels: { x: 1, z: 3 } };
    expect(editYaml(text, undefined, value)).toBe(`# who may sign in
seats: 6 # five

hosts:
  # in order
  - a # first
  - c
  - b
labels: { x: 1, z: 3 } # flow
`);
  });

  it('is one of several in its file, and the others stay as they are', () => {
    const text = '# beta\nlimits:\n  seats: 1 # one\n---\n# flags\nfeature: { on: true }\n';
    expect(editYaml(text, 'limits', { seats: 2 })).toBe(text.replace('seats: 1', 'seats: 2'));
    expect(editYaml(text, 'feature', { on: false })).toBe(text.replace('on: true', 'on: false'));
    expect(editYaml('limits: { seats: 1 }\nfeature: 2\n', 'feature', undefined)).toBe('limits: { seats: 1 }\n');
    expect(editYaml('limits: 1\n', 'feature', [1])).toBe('limits: 1\nfeature:\n  - 1\n');
  });

  it('is written anew where the text cannot be changed in place, and not at all where it is no YAML', () => {
    expect(parse(editYaml('a: &x { n: 1 }\nb: *x\n', undefined, { a: { n: 1 }, b: { n: 2 } }) as string)).toEqual({
      ...{ a: { n: 1 }, b: { n: 2 } },
    });
    expect(parse(editYaml('8080: http\n', undefined, { 8080: 'https' }) as string)).toEqual({ 8080: 'https' });
    expect(editYaml('a: [\n', undefined, { a: 1 })).toBeUndefined();
  });

  it('reads back as it was meant, whatever it was before', () => {
    const values = fc.jsonValue({ maxDepth: 3 }).filter(value => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(values, values, (before, after) => {
        const text = editYaml(`# kept\n${JSON.stringify(before)}\n`, undefined, JSON.parse(JSON.stringify(after)));
        expect(parse(text as string)).toEqual(JSON.parse(JSON.stringify(after)));
      }),
      { numRuns: 500 },
    );
  });
});

it('a number that would be refused with all its digits has an exponent, and what stands around it stays', () => {
  expect(editYaml('a: 1 # one\nb: 2\n', undefined, { a: 12345678901234567000, b: 2 })).toBe(
    'a: 1.2345678901234567e+19 # one\nb: 2\n',
  );
  expect(editYaml('a: 1 # one\n', undefined, { a: 1, b: 9007199254740994 })).toBe(
    'a: 1 # one\nb: 9.007199254740994e+15\n',
  );
});
