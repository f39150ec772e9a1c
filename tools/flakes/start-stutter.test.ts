import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { expect, it } from 'vitest';
import { eventually } from '../../packages/testing/src/eventually.ts';
import { startStutter } from './start-stutter.ts';

const stateOf = (pid: number) => /^State:\t(.)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

it.skipIf(platform() !== 'linux')(
  'stops what this process has started, and leaves nothing stopped (Linux)',
  async () => {
    const child = spawn('sleep', ['600']);
    const pid = child.pid as number;
    try {
      const stutter = startStutter();
      await eventually(() => stateOf(pid) === 'T', { intervalMs: 1 });
      stutter.close();
      await eventually(() => stateOf(pid) !== 'T');
      expect(child.exitCode).toBeNull();
    } finally {
      child.kill('SIGKILL');
    }
  },
);
