import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { checkDefinitionName } from './definition-name.ts';

const check = (name: unknown) => checkDefinitionName('The name', name);

describe('checkDefinitionName', () => {
  it.each(['a', 'A1', '7', 'smart-feature', 'app/db/host', 'a.b_c-d/e..f', 'constructor', 'x'.repeat(128)])(
    'takes %j',
    name => {
      expect(check(name)).toBeUndefined();
    },
  );

  // A15
  it.each(['', 'a b', '../x', '/x', 'x/'])(
    'refuses %j, which could be mistaken for a path or a name of its own',
    name => {
      expect(caught(() => check(name)).code).toBe('INVALID_DEFINITION');
    },
  );

  it.each([
    ['a colon', 'a:b'],
    ['a hash tag', '{a}'],
    ['a glob', 'a*'],
    ['a percent', 'a%2Fb'],
    ['an empty part', 'a//b'],
    ['a part of dots', 'a/../b'],
    ['a leading dot', '.a'],
    ['a leading dash', '-a'],
    ['the prototype', '__proto__'],
    ['a letter with an accent', 'é'],
    ['a trailing newline', 'a\n'],
    ['129 characters', 'x'.repeat(129)],
    ['a number', 5],
    ['nothing', undefined],
    ['a list', ['a']],
  ])('refuses %s', (_, name) => {
    expect(caught(() => check(name)).code).toBe('INVALID_DEFINITION');
  });

  it('says which name it is about and what arrived', () => {
    expect(caught(() => checkDefinitionName('The name of a config', 5)).message).toMatch(
      /^The name of a config must be .+, got 5 \(number\)\.$/,
    );
  });

  it('refuses a long name as fast as a short one', () => {
    expect(caught(() => check(`${'a.-_/'.repeat(100_000)}!`)).code).toBe('INVALID_DEFINITION');
    expect(caught(() => check(`${'a'.repeat(127)}!`)).code).toBe('INVALID_DEFINITION');
  });
});
