// Loaded before the program: what OpenTelemetry's instrumentations of ioredis and of mysql2 write down, as texts.
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { IORedisInstrumentation } = require('@opentelemetry/instrumentation-ioredis');
const { MySQL2Instrumentation } = require('@opentelemetry/instrumentation-mysql2');
const { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } = require('@opentelemetry/sdk-trace');

const exporter = new InMemorySpanExporter();
registerInstrumentations({
  tracerProvider: new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  instrumentations: [
    new IORedisInstrumentation({ requireParentSpan: false }),
    // MikroORM hands the driver SQL with its values in it.
    new MySQL2Instrumentation({ maskStatement: true }),
  ],
});
// The program imports them as ES modules, and gets these.
require('ioredis');
require('mysql2');
globalThis.recordedSpans = () => exporter.getFinishedSpans().map(({ attributes }) => JSON.stringify(attributes));
