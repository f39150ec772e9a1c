import { seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { HOSTILE_IDS } from '../hostile-ids.fixture.ts';
import { escapeComponent, unescapeComponent } from './escape-component.ts';

const SAFE = /^(?:[A-Za-z0-9_.-]|%[0-9A-F]{2})*$/;

describe('escapeComponent', () => {
  it('leaves letters, digits and _ . - alone', () => {
    expect(escapeComponent('Az09_.-')).toBe('Az09_.-');
  });

  it('escapes every other ASCII character, in upper-case hex', () => {
    const others = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
      character => !/[A-Za-z0-9_.-]/.test(character),
    );
    for (const character of others)
      expect(escapeComponent(character)).toBe(
        `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
      );
  });

  it('escapes everything else as UTF-8', () => {
    expect(escapeComponent('é')).toBe('%C3%A9');
    expect(escapeComponent('😀')).toBe('%F0%9F%98%80');
  });

  it.each(HOSTILE_IDS)('brings %j back', id => {
    expect(escapeComponent(id)).toMatch(SAFE);
    expect(unescapeComponent(escapeComponent(id))).toBe(id);
  });

  const random = seededRandom();
  it(`brings any text back, and never lets two texts become one (seed ${random.seed})`, () => {
    const seen = new Map<string, string>();
    for (let round = 0; round < 5_000; round++) {
      const text = randomText(random);
      const component = escapeComponent(text);
      expect(component).toMatch(SAFE);
      expect(unescapeComponent(component)).toBe(text);
      expect(seen.get(component) ?? text).toBe(text);
      seen.set(component, text);
    }
  });

  it('refuses half a surrogate pair, which has no UTF-8', () => {
    expect(caught(() => escapeComponent('a\ud83d'))).toMatchObject({
      code: 'INVALID_KEY',
      message: expect.stringContaining('"a\\ud83d" (string)'),
    });
  });
});

function randomText(random: { int(min: number, max: number): number; chance(probability: number): boolean }): string {
  return Array.from({ length: random.int(0, 8) }, () => {
    const code = random.chance(0.7) ? random.int(0, 0x7f) : random.int(0, 0x10ffff);
    return code >= 0xd800 && code <= 0xdfff ? '%' : String.fromCodePoint(code);
  }).join('');
}
