import type { z } from 'zod';
import type { DrawnWorld } from '../drawn/draw-world.ts';
import type { Marks } from './scopes-state.ts';

/** A value that tells which scopes are in it. */
export interface Layered {
  readonly marks: Marks;
  /** Of every kind of JSON, so that a nearer scope hides what is behind it in every way. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly items: readonly { readonly id: string }[];
}

/** A value of which each scope may say a half, and not every two halves fit. */
export interface Range {
  readonly marks: Marks;
  readonly low: number;
  readonly high: number;
}

interface Schemas {
  readonly layered: z.ZodType<Layered, Layered>;
  readonly range: z.ZodType<Range, Range>;
}

/** The same schemas in the words of each library. They infer the same types, and so have those of zod. */
export const layeredSchemas: Readonly<Record<DrawnWorld['library'], () => Promise<Schemas>>> = {
  async zod() {
    const { z } = await import('zod');
    const marks = z.record(z.string(), z.string());
    return {
      layered: z.object({
        marks,
        fields: z.record(z.string(), z.unknown()),
        items: z.array(z.looseObject({ id: z.string() })),
      }),
      range: z.object({ marks, low: z.number(), high: z.number() }).refine(({ low, high }) => low <= high),
    };
  },
  async valibot() {
    const { array, check, looseObject, number, object, pipe, record, string, unknown } = await import('valibot');
    const marks = record(string(), string());
    return {
      layered: object({
        marks,
        fields: record(string(), unknown()),
        items: array(looseObject({ id: string() })),
      }) as never,
      range: pipe(
        object({ marks, low: number(), high: number() }),
        check(({ low, high }) => low <= high),
      ) as never,
    };
  },
  async arktype() {
    const { type } = await import('arktype');
    const marks = 'Record<string, string>' as const;
    return {
      layered: type({ marks, fields: 'Record<string, unknown>', items: type({ id: 'string' }).array() }) as never,
      range: type({ marks, low: 'number', high: 'number' }).narrow(({ low, high }) => low <= high) as never,
    };
  },
};
