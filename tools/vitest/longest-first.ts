import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { fileName } from './file-name.ts';

/** How long each file took, in ms, by its name: on this machine the last time, and on another one once. */
const LAST = fileURLToPath(new URL('../../.tenantry/durations.json', import.meta.url));
const ELSEWHERE = fileURLToPath(new URL('durations.json', import.meta.url));
/** A guess about a file that nobody has run yet. */
const MS_PER_BYTE = 0.5;
/** They count what the process holds, so they come first: files share it, and what an earlier one lets go of late would be counted. */
const COUNTS_THE_PROCESS = /\/(close|tenants-heap)\.alone\.test\.ts$/;

/** Starts the longest files first, after those that count what the process holds, so that none of them is left for the end, when the other workers are idle. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = { ...read(ELSEWHERE), ...read(LAST) };
    const expected = new Map(files.map(file => [file, known[fileName(file.moduleId)] ?? guess(file.moduleId)]));
    const order = (file: TestSpecification): number => file.project.config.sequence.groupOrder;
    const turn = (file: TestSpecification): number => (COUNTS_THE_PROCESS.test(file.moduleId) ? 0 : 1);
    return [...files].sort(
      (a, b) => order(a) - order(b) || turn(a) - turn(b) || (expected.get(b) ?? 0) - (expected.get(a) ?? 0),
    );
  }
}

function guess(path: string): number {
  return statSync(path).size * MS_PER_BYTE;
}

function read(path: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {}; // not written yet
  }
}
