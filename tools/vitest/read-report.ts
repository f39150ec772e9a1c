import { readFileSync } from 'node:fs';
import { fileName } from './file-name.ts';

/** What Vitest's JSON reporter wrote about one run. */
export interface Report {
  readonly tests: readonly TestRow[];
  /** Files whose tests did not even start, or that broke outside of any test. */
  readonly brokenFiles: readonly { readonly file: string; readonly message: string }[];
  /** How long the tests of each file took, in ms. */
  readonly fileMs: ReadonlyMap<string, number>;
}

export interface TestRow {
  readonly file: string;
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  readonly message?: string | undefined;
}

/** Undefined where the run ended before it could report. */
export function readReport(path: string): Report | undefined {
  try {
    return parseReport(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

export function parseReport(json: string): Report {
  const { testResults: files } = JSON.parse(json) as WrittenReport;
  const broken = files.filter(file => file.status === 'failed' && !file.assertionResults.some(isFailed));
  return {
    tests: files.flatMap(file => file.assertionResults.map(test => toRow(fileName(file.name), test))),
    brokenFiles: broken.map(file => ({ file: fileName(file.name), message: file.message ?? '' })),
    fileMs: new Map(files.map(file => [fileName(file.name), Math.round(file.endTime - file.startTime)])),
  };
}

interface WrittenReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly WrittenTest[];
  }[];
}

interface WrittenTest {
  readonly fullName: string;
  readonly status: string;
  readonly duration?: number | null;
  readonly failureMessages?: readonly string[] | null;
}

function isFailed({ status }: WrittenTest): boolean {
  return status === 'failed';
}

function toRow(file: string, { fullName, status, duration, failureMessages }: WrittenTest): TestRow {
  const state = status === 'passed' || status === 'failed' ? status : 'skipped';
  return { file, name: fullName, state, ms: Math.round(duration ?? 0), message: failureMessages?.[0] };
}
