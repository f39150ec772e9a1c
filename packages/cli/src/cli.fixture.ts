import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { staticTokens } from '@tenantry/admin';
import { afterAll, beforeAll } from 'vitest';
import { type Lab, type LabOptions, openLab } from '../../admin/src/admin.fixture.ts';
import { runCli } from './run-cli.ts';

/** Who calls, and with which token. Root may do everything. */
export const TOKENS = {
  root: 'token-of-root-12345678',
  ann: 'token-of-ann-123456789',
} as const;

const auth = staticTokens(
  Object.entries(TOKENS).map(([id, token]) => ({ id, sha256: createHash('sha256').update(token).digest('hex') })),
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
  readonly signal?: AbortSignal;
}

/** Runs the program in this process, against the lab's server. */
export async function tenantry(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env, stdin = '', token = TOKENS.root, signal = new AbortController().signal } = options;
  const [out, err] = [collector(), collector()];
  const code = await runCli(words, {
    ...{ stdin: Readable.from(stdin === '' ? [] : [stdin]), stdout: out.stream, stderr: err.stream, signal },
    env: { HOME: '/nowhere', TENANTRY_URL: lab?.url, TENANTRY_TOKEN: token, ...env },
  });
  return { code, out: out.text(), err: err.text() };
}

function collector(): { readonly stream: Writable; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}
