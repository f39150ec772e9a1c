import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

/** A span, as far as a test looks at it. */
export interface RecordedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
}

/** The real SDK, whose spans stay here. */
export function recordSpans() {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  return {
    tracerProvider,
    spans: (): RecordedSpan[] => exporter.getFinishedSpans().map(toRecorded),
    named: (name: string): RecordedSpan[] =>
      exporter
        .getFinishedSpans()
        .map(toRecorded)
        .filter(span => span.name === name),
  };
}

function toRecorded(span: ReadableSpan): RecordedSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    ...{ name: span.name, traceId, spanId, parentId: span.parentSpanContext?.spanId },
    links: span.links.map(({ context }) => context.spanId),
    attributes: span.attributes,
    isError: span.status.code === 2,
  };
}
