import { describe, expect, it } from 'vitest';
import { Cleanup } from './cleanup.ts';

describe('Cleanup', () => {
  it('undoes the last first, and once', async () => {
    const cleanup = new Cleanup();
    const undone: string[] = [];
    await cleanup.add(() => undone.push('server'));
    await cleanup.add(() => undone.push('client'));
    await Promise.all([cleanup.run(), cleanup.run()]);
    expect(undone).toEqual(['client', 'server']);
  });

  it('undoes at once what was started while the end was under way, and stops whoever goes on starting', async () => {
    const cleanup = new Cleanup();
    await cleanup.run();
    let undone = false;
    const late = cleanup.add(() => {
      undone = true;
    });
    await expect(late).rejects.toThrow('The demo ends');
    expect(undone).toBe(true);
  });
});
