import type { ServiceClient, ServiceName } from './service-client.ts';

type Check = (answer: Readonly<Record<string, unknown>>, count: number) => boolean;

// A call that began with one resource ended with it, and the limiter has counted each call before.
const checks: Readonly<Record<ServiceName, Check>> = {
  orders: ({ begun, ended }) => typeof begun === 'string' && begun === ended,
  mail: ({ begun, ended }) => String(begun).includes('Ann &amp; Bob') && begun === ended,
  gate: ({ isAllowed, calls }, count) => isAllowed === true && calls === count,
};

// At nearly each moment, each of them has a call. More would only keep the machine busy.
const AT_A_TIME: Readonly<Record<ServiceName, number>> = { orders: 2, mail: 1, gate: 1 };

/** Callers that ask services without a pause, until they are stopped. */
export class SteadyRequests {
  /** What was asked and answered as it should be. */
  count = 0;
  /** A sentence for each request that failed, or got another answer than it should have. */
  readonly failures: string[] = [];
  readonly #callers: Promise<unknown>;
  #goesOn = true;

  constructor(services: readonly ServiceClient[], run: string) {
    const callers = services.flatMap(service =>
      Array.from({ length: AT_A_TIME[service.name] }, (_, i) => this.#call(service, `${run}-${i}`)),
    );
    this.#callers = Promise.all(callers);
  }

  /** Resolves once the last of them is answered. */
  async stop(): Promise<void> {
    this.#goesOn = false;
    await this.#callers;
  }

  /** Stops, and rejects if any request failed; answers how many there were. */
  async noneFailed(): Promise<number> {
    await this.stop();
    const { count, failures } = this;
    if (failures.length > 0)
      throw new Error(`${failures.length} of ${count + failures.length} requests failed: ${failures.slice(0, 3)}`);
    return count;
  }

  async #call(service: ServiceClient, caller: string): Promise<void> {
    for (let count = 1; this.#goesOn; count++) {
      try {
        const answer = await service.ask({ name: 'Ann & Bob', caller });
        if (checks[service.name](answer, count)) this.count++;
        else this.failures.push(`${service.name} answered ${JSON.stringify(answer)} to call ${count} of ${caller}`);
      } catch (error) {
        this.failures.push(String(error));
      }
    }
  }
}
