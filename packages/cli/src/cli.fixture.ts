import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { firstOf, staticTokens, trustedHeader } from '@tenantry/admin';
import { afterAll, beforeAll } from 'vitest';
import { type Lab, type LabOptions, openLab } from '../../admin/src/admin.fixture.ts';
import { runCli } from './run-cli.ts';

/** Who calls, and with which token. Root may do everything. */
export const TOKENS = {
  root: 'token-of-root-12345678',
  ann: 'token-of-ann-123456789',
} as const;

const auth = firstOf(
  staticTokens(
    Object.entries(TOKENS).map(([id, token]) => ({ id, sha256: createHash('sha256').update(token).digest('hex') })),
  ),
  // For the lab's own callers.
  trustedHeader({ header: 'x-user', groupsHeader: 'x-groups', from: ['127.0.0.1'] }),
);

/** An admin that listens, over a system of its own. */
export interface CliLab extends Lab {
  readonly url: string;
}

export async function openCliLab(options: LabOptions = {}): Promise<CliLab> {
  const lab = await openLab({ ...options, admin: { auth, ...options.admin } });
  const { url } = await lab.admin.listen(0);
  return Object.assign(lab, { url });
}

/** One lab for all tests of a file. */
export let lab: CliLab;

export function useCliLab(options: LabOptions = {}): void {
  beforeAll(async () => {
    lab = await openCliLab(options);
  });
  afterAll(() => lab[Symbol.asyncDispose]());
}

/** How a call of the program went. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Default: that of root. */
  readonly token?: string;
  /** Told of what it prints, when it does. */
  readonly onOut?: (text: string) => void;
}

/** Runs the program in this process, against the lab's server. */
export function tenantry(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return startTenantry(words, options).end;
}

/** A program that runs. */
export interface Running {
  /** What it has printed so far. */
  out(): string;
  readonly end: Promise<Ran>;
  /** Ctrl-C. */
  interrupt(): Promise<Ran>;
}

/** Starts the program in this process. */
export function startTenantry(words: readonly string[], options: RunOptions = {}): Running {
  const { env, stdin = '', token = TOKENS.root } = options;
  const [out, err] = [collector(options.onOut), collector()];
  const interrupt = new AbortController();
  const end = runCli(words, {
    ...{ stdin: Readable.from(stdin === '' ? [] : [stdin]), stdout: out.stream, stderr: err.stream },
    env: { HOME: '/nowhere', TENANTRY_URL: lab?.url, TENANTRY_TOKEN: token, ...env },
    signal: interrupt.signal,
  }).then(code => ({ code, out: out.text(), err: err.text() }));
  return {
    ...{ out: out.text, end },
    interrupt() {
      interrupt.abort();
      return end;
    },
  };
}

function collector(told?: (text: string) => void): { readonly stream: Writable; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(String(chunk));
      told?.(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}
