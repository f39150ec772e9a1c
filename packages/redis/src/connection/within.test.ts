import { expect, it, vi } from 'vitest';
import { within } from './within.ts';

it('settles as the work does, and leaves no timer', async () => {
  vi.useFakeTimers();
  try {
    expect(await within(100, 'Work', Promise.resolve(1))).toBe(1);
    await expect(within(100, 'Work', Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it('settles at the end of its budget, and bears a late failure of the work', async () => {
  vi.useFakeTimers();
  try {
    let fail = (_: Error) => {};
    const work = new Promise<never>((_, reject) => (fail = reject));
    const settled = vi.fn();
    const result = within(100, 'Reading', work).catch(settled);
    await vi.advanceTimersByTimeAsync(99);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await result;
    expect(settled).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        code: 'TIMEOUT',
        retryable: true,
        message: 'Reading took longer than its budget of 100 ms.',
      }),
    );
    fail(new Error('late')); // an unhandled rejection would fail this file
    await vi.advanceTimersByTimeAsync(1);
  } finally {
    vi.useRealTimers();
  }
});
