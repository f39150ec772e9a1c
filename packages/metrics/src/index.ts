// Metrics, in the text format of Prometheus.

export { CATALOGUE, type Metric, type MetricName } from './catalogue.ts';
export { createMetrics, type Metrics, type MetricsOptions } from './create-metrics.ts';
export type { MeasuredLoader } from './loader-metrics.ts';

// Health, for the server that a reader has anyway.

export { createHealthHandler, type HealthHandler, type HealthOptions } from './health/health-handler.ts';
