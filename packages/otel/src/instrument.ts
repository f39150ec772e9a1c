import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { metrics, trace } from '@opentelemetry/api';
import { checkOptions, optional } from '@tenantry/protocol/internal';
import { Meters } from './meters.ts';
import { Spans } from './spans.ts';

/** Options of `instrument`. */
export interface InstrumentOptions {
  /** Where spans go. Default: the global one. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Where metrics go. Default: the global one. */
  readonly meterProvider?: MeterProvider | undefined;
}

/** What was switched on. */
export interface Instrumentation {
  /** Ends it: from then on nothing is traced or counted, and no trace travels with a change. Idempotent. */
  close(): void;
}

const NAME = '@tenantry/otel';

/**
 * Traces what the packages of this process do: each commit, its publish, and what readers apply, as spans that are linked also where a relay or a
 * reader is another process; and counts it. Neither has a value, a secret or a tenant's name in it. Throws `INVALID_OPTION`.
 */
export function instrument(options: InstrumentOptions = {}): Instrumentation {
  const { tracerProvider, meterProvider } = checkOptions<InstrumentOptions, typeof RULES>('instrument', options, RULES);
  const spans = new Spans((tracerProvider ?? trace).getTracer(NAME));
  const meters = new Meters((meterProvider ?? metrics).getMeter(NAME));
  return {
    close() {
      spans.close();
      meters.close();
    },
  };
}

const RULES = {
  tracerProvider: optional('a TracerProvider', value => typeof (value as TracerProvider)?.getTracer === 'function'),
  meterProvider: optional('a MeterProvider', value => typeof (value as MeterProvider)?.getMeter === 'function'),
};
