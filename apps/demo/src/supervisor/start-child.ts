import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { asVariables, type DemoEnvironment } from '../demo-environment.ts';

/** One process of the demo. */
export interface Child {
  readonly pid: number;
  send(message: object): void;
  onMessage(listener: (message: never) => void): void;
  /** Its end, as a sentence with its last words. */
  readonly ended: Promise<string>;
  /** Resolves with the first message or printed line that matches; rejects if the process ends before. */
  until<T>(matches: (said: unknown) => T | undefined): Promise<T>;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Signals it and waits for its end; a polite signal that is not heeded is followed by SIGKILL. */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly environment: DemoEnvironment;
  /** Told when it ends without being asked to. */
  readonly onCrash: (sentence: string) => void;
  /** Told what it prints, line by line. */
  readonly onLine?: ((line: string) => void) | undefined;
}

// What has to be written at the end takes its time on a busy machine.
const PATIENCE_MS = 8_000;

export function startChild({ name, script, args = [], environment, onCrash, onLine }: ChildOptions): Child {
  const child = fork(fileURLToPath(script), args, {
    env: { ...process.env, ...asVariables(environment) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // JSON would make text of dates.
    serialization: 'advanced',
    // A Ctrl-C in the terminal reaches only the supervisor, which decides what ends in which order.
    detached: true,
  });
  const lastWords: string[] = [];
  let ending = false;
  const ended = once(child, 'close').then(([code, signal]) => {
    process.removeListener('exit', killNow);
    const sentence = `${name} ended with ${signal ?? code}: ${lastWords.join('\n')}`;
    if (!ending) onCrash(sentence);
    return sentence;
  });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  // Sending to a process that has just died is no news.
  child.on('error', () => undefined);
  const lines = [child.stdout, child.stderr].flatMap(stream => (stream ? [createInterface(stream)] : []));
  for (const each of lines)
    each.on('line', line => {
      onLine?.(line);
      lastWords.push(line);
      if (lastWords.length > 12) lastWords.shift();
    });

  return {
    pid: child.pid as number,
    send: message => void (child.connected && child.send(message)),
    onMessage: listener => void child.on('message', listener as (message: unknown) => void),
    ended,
    until: matches =>
      new Promise((resolve, reject) => {
        const check = (said: unknown): void => {
          const found = matches(said);
          if (found === undefined) return;
          for (const each of [child, ...lines]) each.off('message', check).off('line', check);
          resolve(found);
        };
        child.on('message', check);
        for (const each of lines) each.on('line', check);
        void ended.then(sentence => reject(new Error(sentence)));
      }),
    signal: name => void child.kill(name),
    async end(signal = 'SIGTERM') {
      ending = true;
      child.kill(signal);
      const patience = new AbortController();
      const tooLong = pause(PATIENCE_MS, undefined, { signal: patience.signal }).then(killNow, () => undefined);
      await ended;
      patience.abort();
      await tooLong;
    },
  };
}
