import { type AnyConfig, GLOBAL_TENANT, type Ref, type TenantryError } from '@tenantry/protocol';
import { isConfig } from '@tenantry/protocol/internal';
import type { FeedChange } from '@tenantry/protocol/wire';
import { ReplaySubject } from 'rxjs';
import { admitReply } from '../admission/admit-reply.ts';
import { applyMessage } from '../admission/apply-message.ts';
import { createEnvelopeOpener } from '../admission/open-envelope.ts';
import { Sieve } from '../memory/sieve.ts';
import type { Slot } from '../memory/slot.ts';
import { TenantMemory } from '../memory/tenant-memory.ts';
import type { Watchable } from './watchable.ts';

type Change = Omit<FeedChange, 'envelope'> & { readonly envelope?: Buffer | undefined };

/** The memory of one tenant with its feed and a Redis, all of it driven by the test: views need no more. */
export class MemoryLab {
  readonly memory = new TenantMemory(GLOBAL_TENANT, new Sieve(1_000), 0);
  readonly closed$ = new ReplaySubject<void>(1);
  readonly troubles: TenantryError[] = [];
  readonly report = (error: unknown): void => void this.troubles.push(error as TenantryError);
  time = 1_000_000;
  readonly now = (): number => this.time;
  readonly #open = createEnvelopeOpener();
  readonly #redis = new Map<string, Buffer>();
  readonly #toRead = new Set<Slot>();
  #seq = 0;

  constructor() {
    this.setLive(true);
  }

  watchable(ref: Ref<unknown>): Watchable {
    const { definition, address } = ref;
    const config: AnyConfig | undefined = isConfig(definition) ? definition : undefined;
    return {
      address,
      watch: listener => {
        const slot = this.memory.watch(address, config, listener);
        const looked = () => void (slot.isConfirmed(this.now) || this.#toRead.add(slot));
        return { slot, looked, end: () => this.memory.unwatch(slot, listener) };
      },
    };
  }

  /** One transaction: Redis has it, and its message is heard. `tooLarge`: the owners whose values are not in the message. */
  apply(
    changes: readonly Change[],
    { tooLarge = [], isHeard = true }: { tooLarge?: string[]; isHeard?: boolean } = {},
  ): void {
    this.#seq++;
    for (const { owner, addresses, envelope } of changes) {
      for (const [address, bytes] of this.#redis) if (this.#open(bytes).owner === owner) this.#redis.delete(address);
      for (const address of addresses) if (envelope) this.#redis.set(address, envelope);
    }
    if (!isHeard) return;
    const told = changes.map(change => ({
      ...change,
      envelope: tooLarge.includes(change.owner) ? undefined : change.envelope,
    }));
    const message = { kind: 'changes', epoch: 'e', seq: this.#seq, tag: 't', changes: told } as const;
    const { touched, troubles } = applyMessage(this.memory, message, this.#open, this.now);
    this.troubles.push(...troubles);
    this.memory.notify(touched);
    for (const slot of touched) if (!slot.isConfirmed(this.now)) this.#toRead.add(slot);
  }

  /** Answers the reads that wait, in one step. */
  read(): void {
    const slots = [...this.#toRead];
    this.#toRead.clear();
    const { generation } = this.memory;
    for (const slot of slots) {
      const moment = { generation, seq: this.#seq, relation: 'heard', absentIsGone: true, now: this.now } as const;
      try {
        admitReply(this.memory, slot, this.#redis.get(slot.address) ?? null, moment, this.#open);
      } catch (error) {
        this.report(error);
      }
      this.memory.endRead(slot);
    }
    this.memory.notify(slots);
  }

  /** Redis does not answer the reads that wait. */
  failReads(): void {
    const slots = [...this.#toRead];
    this.#toRead.clear();
    for (const slot of slots) this.memory.endRead(slot);
    this.memory.notify(slots);
  }

  setLive(live: boolean): void {
    this.memory.continuity.setLive(live, this.now);
    this.memory.notify(this.memory.watched.slots());
  }

  /** Messages were missed: every slot that is watched is compared, in one step. */
  resync(): void {
    this.memory.endContinuity();
    for (const slot of this.memory.watched.slots()) this.#toRead.add(slot);
    this.read();
    this.setLive(true);
  }
}
