import {
  type EntityMetadata,
  type EventArgs,
  type EventManager,
  type EventSubscriber,
  EventType,
  type FlushEventArgs,
} from '@mikro-orm/core';

/** What is listened to after everybody else. */
export interface LastCalls {
  onFlush(args: FlushEventArgs): Promise<void> | void;
  /** Only of entities that somebody else listens to: it costs the unit of work two looks at each of them. */
  beforeUpdate?(args: EventArgs<object>): Promise<void> | void;
}

interface Place {
  readonly size: number;
  readonly listener: EventSubscriber;
}

/**
 * Listens after all others, those included that the application registers later: what they add to a flush, or change in an
 * entity, has to be captured too. MikroORM calls listeners in the order in which they were registered, so where there are
 * more than last time, another listener takes the last place, and the one before it falls silent.
 */
export class LastListener {
  readonly #calls: LastCalls;
  readonly #classes: () => Iterable<EntityMetadata<object>>;
  readonly #places = new WeakMap<EventManager, Place>();

  constructor(calls: LastCalls, classes: () => Iterable<EntityMetadata<object>>) {
    this.#calls = calls;
    this.#classes = classes;
  }

  /** Before each flush. */
  takeLastPlace(manager: EventManager): void {
    const subscribers = manager.getSubscribers();
    if (this.#places.get(manager)?.size === subscribers.size) return;
    const listener = this.#listener(manager);
    manager.registerSubscriber(listener);
    this.#places.set(manager, { size: subscribers.size, listener });
  }

  #listener(manager: EventManager): EventSubscriber {
    const isLast = (args: FlushEventArgs | EventArgs<object>) =>
      this.#places.get(args.em.getEventManager())?.listener === listener;
    const { onFlush, beforeUpdate } = this.#calls;
    const listener: EventSubscriber = { onFlush: async args => void (isLast(args) && (await onFlush(args))) };
    if (!beforeUpdate) return listener;
    const heard = [...this.#classes()].filter(meta => manager.hasListeners(EventType.beforeUpdate, meta));
    if (heard.length === 0) return listener;
    listener.getSubscribedEntities = () => heard.map(meta => meta.class);
    listener.beforeUpdate = async args => void (isLast(args) && (await beforeUpdate(args)));
    return listener;
  }
}
