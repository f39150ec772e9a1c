import type { WriteServiceConfigs } from '../definitions/service-configs.ts';
import type { SettingRequest } from '../definitions/settings.ts';
import type { ReportLine } from '../write-side/report-line.ts';
import type { Operation } from '../writer/apply-operations.ts';
import type { GroupsWrite, LayerWrite } from '../writer/scopes-api.ts';
import type { SettingVersion, SettingWrite } from '../writer/settings-api.ts';
import type { WriteAnswer } from '../writer/timed-write.ts';
import type { Refusal, TransactionAnswer } from '../writer/writer-api.ts';
import { type ChildOptions, startChild } from './start-child.ts';

type FromWriter =
  | ReportLine
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'redis'; readonly reached: boolean };

/** The application's process, and a client of its API. */
export interface WriterProcess {
  readonly pid: number;
  /** Whether its own connection to Redis stands. */
  readonly reachesRedis: boolean;
  transact(operations: readonly Operation[], rollback?: boolean): Promise<TransactionAnswer>;
  writeSetting(write: SettingWrite): Promise<WriteAnswer>;
  settingHistory(request: SettingRequest): Promise<readonly SettingVersion[]>;
  /** The JSON Patch from one version's value to the other's. */
  settingDiff(request: SettingRequest & { from: number; to: number }): Promise<readonly object[]>;
  /** Writes the inherited setting in one scope. */
  writeLayer(write: LayerWrite): Promise<WriteAnswer>;
  setGroups(write: GroupsWrite): Promise<WriteAnswer>;
  /** Sets what the services are made of. */
  readonly writeServiceConfigs: WriteServiceConfigs;
  end(): Promise<void>;
}

/** What the application did not do, and why. */
export class WriterRefusal extends Error {
  readonly code: string | undefined;
  readonly issues: NonNullable<Refusal['issues']>;

  constructor({ error, code, issues = [] }: Refusal) {
    super(code ? error : `The database refused it: ${error}`);
    this.code = code;
    this.issues = issues;
  }
}

export async function startWriter(
  options: Omit<ChildOptions, 'script' | 'name'>,
  onReport: (line: ReportLine) => void,
): Promise<WriterProcess> {
  const child = startChild({ ...options, name: 'writer', script: new URL('../writer/main.js', import.meta.url).href });
  let reachesRedis = false;
  child.onMessage((message: FromWriter) => {
    if (message.kind === 'report') onReport(message);
    if (message.kind === 'redis') reachesRedis = message.reached;
  });
  const port = await child.until(said => {
    const message = said as FromWriter;
    return message.kind === 'ready' ? message.port : undefined;
  });
  async function post<T>(path: string, body: unknown): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const answer = (await response.json()) as T & Refusal;
    if (!response.ok) throw new WriterRefusal(answer);
    return answer;
  }
  return {
    pid: child.pid,
    get reachesRedis() {
      return reachesRedis;
    },
    transact: (operations, rollback = false) => post('/transactions', { operations, rollback }),
    writeSetting: write => post('/settings/write', write),
    settingHistory: request => post('/settings/history', request),
    settingDiff: request => post('/settings/diff', request),
    writeLayer: write => post('/scopes/write', write),
    writeServiceConfigs: values => post('/services/write', values),
    setGroups: write => post('/scopes/groups', write),
    end: () => child.end(),
  };
}
