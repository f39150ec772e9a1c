import { Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { runCli } from './run-cli.ts';

// C2
it('has not ended while a reader has not taken what is said on stderr', async () => {
  const held: (() => void)[] = [];
  const slow = () => new Writable({ write: (_chunk, _encoding, taken) => void held.push(taken) });
  let code: number | undefined;
  const io = { stdin: Readable.from([]), stdout: slow(), stderr: slow(), env: {}, signal: AbortSignal.timeout(60_000) };
  const end = runCli(['list', '--no-such-option'], io).then(ended => {
    code = ended;
  });
  while (held.length === 0) await setImmediate();
  for (let turns = 0; turns < 10; turns++) await setImmediate();
  expect(code).toBeUndefined();
  while (code === undefined) {
    for (const taken of held.splice(0)) taken();
    await setImmediate();
  }
  await end;
  expect(code).toBe(1);
});
