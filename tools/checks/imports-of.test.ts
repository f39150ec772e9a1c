import { expect, it } from 'vitest';
import { importsOf } from './imports-of.ts';

it('sees every way to name a module, types included', () => {
  const source = `
    import 'a';
    import b from 'b';
    import type { C } from 'c';
    export { d } from 'd';
    export type * from 'e';
    const f = await import('f');
    type G = import('g').G;
    type H = typeof import('h');
    // import 'comment';
    const text = "import 'string'";
  `;
  expect(importsOf('x.ts', source)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
});

it('says which file it could not read', () => {
  expect(() => importsOf('broken.ts', 'import {')).toThrow('broken.ts');
});
