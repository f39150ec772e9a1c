import type { z } from 'zod';
import type { DrawnWorld } from './draw-world.ts';

type Schema = z.ZodObject<{ n: z.ZodInt; stamp: z.ZodString; tenantId: z.ZodString }>;

/** The same schema in the words of each library; only that library is loaded. They infer the same type, and so have that of zod. */
export const stampedSchemas: Readonly<Record<DrawnWorld['library'], () => Promise<Schema>>> = {
  async zod() {
    const { z } = await import('zod');
    return z.object({ n: z.int(), stamp: z.string(), tenantId: z.string() });
  },
  async valibot() {
    const { integer, number, object, pipe, string } = await import('valibot');
    return object({ n: pipe(number(), integer()), stamp: string(), tenantId: string() }) as never;
  },
  async arktype() {
    const { type } = await import('arktype');
    return type({ n: 'number.integer', stamp: 'string', tenantId: 'string' }) as never;
  },
};
