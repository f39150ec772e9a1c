import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PAGE, statesSection, withSection } from './states-diagram.ts';

it('docs/guides/a-readers-life.md shows the states that the client goes by', () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(page, 'run `node tools/states.ts`').toBe(withSection(page, statesSection()));
});

it('a page whose states were changed by hand is out of date', () => {
  const page = readFileSync(PAGE, 'utf8');
  const changed = page.replace('connecting --> ready', 'connecting --> stale');
  expect(changed).not.toBe(page);
  expect(withSection(changed, statesSection())).toBe(page);
});

it('draws nothing into a page without the marks', () => {
  expect(() => withSection('# A page', statesSection())).toThrow('needs the lines');
});
