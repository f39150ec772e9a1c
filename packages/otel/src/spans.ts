import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { type ApplySignal, hear, type OutboxSignal, type PublishSignal } from '@tenantry/redis';
import { fromTraceparent, toTraceparent } from './traceparent.ts';

/** Transactions whose end is never told, those that are rolled back, must not pile up. */
const MOST_OPEN = 1_000;

/**
 * The way of a change as spans:
 *
 *   tenantry.commit ── parent of ──▶ tenantry.publish ── parent of ──▶ tenantry.apply (one in each reader)
 *
 * A publish of several commits is a trace of its own, with a link to each of them.
 */
export class Spans {
  readonly #tracer: Tracer;
  readonly #commits = new Map<string, Span>();
  readonly #publishes = new WeakMap<PublishSignal, Span>();
  readonly #end: () => void;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
    this.#end = hear({
      outbox: signal => this.#begin(signal),
      commit: ({ transactionId }) => {
        this.#commits.get(transactionId)?.end();
        this.#commits.delete(transactionId);
      },
      publishing: signal => this.#publishing(signal),
      publish: signal => this.#published(signal),
      apply: signal => this.#apply(signal),
    });
  }

  close(): void {
    this.#end();
    this.#commits.clear();
  }

  /** A transaction may put rows there several times: it is one span, from the first time to its commit. */
  #begin(signal: OutboxSignal): void {
    const known = this.#commits.get(signal.transactionId);
    const span = known ?? this.#tracer.startSpan('tenantry.commit', { kind: SpanKind.PRODUCER }, context.active());
    signal.trace = toTraceparent(span);
    if (known) return;
    this.#commits.set(signal.transactionId, span);
    for (const oldest of this.#commits.keys()) {
      if (this.#commits.size <= MOST_OPEN) break;
      this.#commits.delete(oldest);
    }
  }

  #publishing(signal: PublishSignal): void {
    const from = signal.traces.flatMap(text => fromTraceparent(text) ?? []);
    const [only, ...others] = from;
    const isOne = only !== undefined && others.length === 0;
    const span = this.#tracer.startSpan(
      'tenantry.publish',
      {
        kind: SpanKind.PRODUCER,
        attributes: { 'tenantry.by': signal.by },
        ...(!isOne && { links: from.map(each => ({ context: each })) }),
      },
      isOne ? below(only) : ROOT_CONTEXT,
    );
    this.#publishes.set(signal, span);
    signal.trace = toTraceparent(span);
  }

  #published(signal: PublishSignal): void {
    const span = this.#publishes.get(signal);
    if (!span) return;
    span.setAttribute('tenantry.records', signal.records.length);
    if (signal.code !== undefined) {
      span.setAttribute('error.type', signal.code);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }

  #apply({ trace: text, changes, lagMs, seq }: ApplySignal): void {
    const from = text === undefined ? undefined : fromTraceparent(text);
    // What nobody traced where it was written is no trace of a reader's.
    if (!from) return;
    const attributes = {
      'tenantry.changes': changes,
      'tenantry.seq': seq,
      ...(lagMs !== undefined && { 'tenantry.lag_ms': lagMs }),
    };
    this.#tracer.startSpan('tenantry.apply', { kind: SpanKind.CONSUMER, attributes }, below(from)).end();
  }
}

function below(parent: NonNullable<ReturnType<typeof fromTraceparent>>): Context {
  return trace.setSpanContext(ROOT_CONTEXT, parent);
}
