import type { ServiceStatus } from '../services/start-service.ts';

/** The three services by name, and what each of them answers with. */
export const serviceNames = ['orders', 'mail', 'gate'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** A service as its callers see it. */
export interface ServiceClient {
  readonly name: ServiceName;
  /** Rejects with a sentence for every answer but 200. */
  ask(query?: Readonly<Record<string, string>>): Promise<Record<string, unknown>>;
  status(): Promise<ServiceStatus>;
  /** Resolves once it has taken so many resources into use, and all of them but the last are closed. */
  swapped(times: number): Promise<void>;
}

// Tells an end from a hang, also on a busy machine.
const HANG_MS = 60_000;

export function createServiceClient(name: ServiceName, url: string): ServiceClient {
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(HANG_MS) });
    const body = (await response.json()) as T & { readonly error?: string };
    if (!response.ok) throw new Error(`${name} answered ${response.status}, ${body.error}`);
    return body;
  };
  const status = (): Promise<ServiceStatus> => get('/status');
  return {
    name,
    ask: (query = {}) => get(`/?${new URLSearchParams(query)}`),
    status,
    async swapped(times) {
      const { opened, open, error } = await get<ServiceStatus>(`/swapped?times=${times}`);
      if (opened === times && open === 1 && !error) return;
      throw new Error(`${name} opened ${opened} and not ${times}; ${open} are open, its error is ${error}`);
    },
  };
}
