import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defineConfig } from '@tenantry/protocol';
import { z } from 'zod';

export const limits = defineConfig({
  name: 'limits',
  schema: z.object({ seats: z.number(), note: z.string().optional() }),
  default: { seats: 1 },
  inherit: 'replace',
});

/** Merged; its schema is about two properties. */
export const range = defineConfig({
  name: 'range',
  schema: z.object({ min: z.number(), max: z.number() }).refine(({ min, max }) => min <= max, { message: 'min > max' }),
  default: { min: 0, max: 100 },
  inherit: 'merge',
});

export const feature = defineConfig({ name: 'feature', schema: z.object({ on: z.boolean() }), default: { on: false } });

export const smtp = defineConfig({ name: 'smtp', schema: z.object({ password: z.string() }), secret: true });

export const rates = defineConfig({ name: 'rates', schema: z.number(), writePolicy: 'write-around', ttl: '1h' });

export const configs = [limits, range, feature, smtp, rates];

/** A folder of its own, and its files. */
export async function freshDir() {
  const dir = await mkdtemp(join(tmpdir(), 'tenantry-dev-'));
  return {
    dir,
    /** As most editors save: beside it, and then in its place. */
    async write(path: string, text: string): Promise<void> {
      const file = join(dir, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}~`, text);
      await rename(`${file}~`, file);
    },
    read: (path: string) => readFile(join(dir, path), 'utf8'),
    remove: (path: string) => rm(join(dir, path), { recursive: true }),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Quick to find out. */
export const QUICK = { settleMs: 20, scanMs: 50 } as const;
