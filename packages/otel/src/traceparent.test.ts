import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { recordSpans } from './recorded-spans.fixture.ts';
import { fromTraceparent, toTraceparent } from './traceparent.ts';

describe('a traceparent', () => {
  it('is read as it was written', () => {
    const span = recordSpans().tracerProvider.getTracer('t').startSpan('s', {}, ROOT_CONTEXT);
    const text = toTraceparent(span) ?? '';
    expect(text).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const { traceId, spanId } = span.spanContext();
    expect(fromTraceparent(text)).toEqual({ traceId, spanId, traceFlags: 1, isRemote: true });
  });

  it.each([
    '',
    'x',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
    '01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more',
    '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
  ])('that another process made of %j is none', text => {
    expect(fromTraceparent(text)).toBeUndefined();
  });
});
