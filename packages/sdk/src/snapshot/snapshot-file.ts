import { readFile, stat } from 'node:fs/promises';
import { type Tenant, TenantryError } from '@tenantry/protocol';
import { within } from '@tenantry/redis';
import { captureTenant, type SavableTenant, signatureOf } from './capture-tenant.ts';
import { removeAbandoned, replaceFile } from './replace-file.ts';
import { createBlockCodec, type SavedTenant, type TenantContent } from './saved-tenant.ts';
import { decodeSnapshot, encodeSnapshot, ignored, isWhole, type SnapshotBlock } from './snapshot-format.ts';
import type { CheckedSnapshotFile } from './snapshot-options.ts';

/** What the file is read and written with. */
export interface SnapshotFileParts extends CheckedSnapshotFile {
  readonly prefix: string;
  /** ms since 1970. */
  readonly clock: () => number;
  /** The same by the clock of Redis: values end by it. */
  readonly now: () => number;
  tenants(): Iterable<SavableTenant>;
  report(error: unknown): void;
}

/** A disk that does not answer must not keep a client from starting. */
const READ_MS = 2_000;
/** A client that is quiet for so much of `maxAgeMs` writes all the same: what it has is still as good as now. */
const RENEWED_OF_AGE = 4;

/** Reads the file at the start, and writes it now and then, and at the end. What it has of tenants that are not held stays until it is too old. */
export class SnapshotFile {
  readonly #parts: SnapshotFileParts;
  readonly #codec = createBlockCodec();
  readonly #blocks = new Map<Tenant, SnapshotBlock>();
  /** Those whose block memory has got: what it has since is newer. */
  readonly #taken = new Set<Tenant>();
  readonly #signatures = new Map<Tenant, string>();
  #isUsable = false;
  #isChanged = false;
  #writtenAt = 0;
  #writing: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(parts: SnapshotFileParts) {
    this.#parts = parts;
  }

  /** Never rejects: a file that cannot be used is reported, and left where it is until there is a better one. */
  async read(): Promise<void> {
    const { path, prefix, maxAgeMs, clock, report } = this.#parts;
    try {
      await removeAbandoned(path, clock());
      const bytes = await within(READ_MS, 'Reading the snapshot file', readWhole(path));
      if (!bytes) return;
      const { blocks, ignored: tooOld } = decodeSnapshot(bytes, { prefix, maxAgeMs, now: clock() });
      for (const error of tooOld) report(error);
      for (const [tenant, block] of blocks) this.#blocks.set(tenant, block);
      // Not all of them: a process of many tenants would wait for their checksums.
      this.#isUsable = [...blocks.values()].some(isWhole);
    } catch (error) {
      report(error instanceof TenantryError && error.code === 'SNAPSHOT_IGNORED' ? error : unreadable(error));
    }
  }

  /** From now on it is written now and then. */
  start(): void {
    this.#timer = setTimeout(async () => {
      await this.write();
      if (!this.#isClosed) this.start();
    }, this.#parts.writeEveryMs).unref();
  }

  /** There is something of this tenant that was not taken yet. */
  has(tenant: Tenant): boolean {
    return this.#blocks.has(tenant) && !this.#taken.has(tenant);
  }

  /** The file had a tenant that is whole, and there are tenants that were not taken yet. */
  get isUsable(): boolean {
    return this.#isUsable && [...this.#blocks.keys()].some(tenant => this.has(tenant));
  }

  /** What it has of a tenant: once, because memory knows better from then on. */
  take(tenant: Tenant): SavedTenant | undefined {
    const block = this.has(tenant) ? this.#blocks.get(tenant) : undefined;
    this.#taken.add(tenant);
    if (!block) return undefined;
    try {
      if (!isWhole(block)) throw ignored('the checksum of a tenant is wrong: it is damaged');
      return { ...this.#codec.decode(block.bytes), tenant, heardAt: block.heardAt };
    } catch (error) {
      this.#blocks.delete(tenant);
      this.#isChanged = true;
      this.#parts.report(
        error instanceof TenantryError && error.code === 'SNAPSHOT_IGNORED'
          ? error
          : ignored('what it has of a tenant is not as this release writes it'),
      );
      return undefined;
    }
  }

  /** One at a time. Never rejects. */
  write(captured: readonly Captured[] = this.#capture()): Promise<void> {
    this.#writing ??= this.#write(captured)
      .catch(error => this.#parts.report(notWritten(error)))
      .finally(() => {
        this.#writing = undefined;
      });
    return this.#writing;
  }

  /** Writes what there is now, for the last time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const captured = this.#capture();
    await this.#writing;
    await this.write(captured);
  }

  async #write(captured: readonly Captured[]): Promise<void> {
    const { path, prefix, maxAgeMs, clock } = this.#parts;
    for (const { tenant, heardAt, signature, encode } of captured) {
      this.#blocks.set(tenant, { heardAt, bytes: this.#codec.encode(await encode()) });
      this.#signatures.set(tenant, signature);
      this.#isChanged = true;
    }
    const at = clock();
    for (const [tenant, { heardAt }] of this.#blocks)
      if (at - heardAt > maxAgeMs) {
        this.#blocks.delete(tenant);
        this.#signatures.delete(tenant);
      }
    const isOld = at - this.#writtenAt > maxAgeMs / RENEWED_OF_AGE;
    if (this.#blocks.size === 0 || (!this.#isChanged && !isOld)) return;
    this.#isChanged = false;
    try {
      await replaceFile(path, encodeSnapshot(prefix, at, this.#blocks));
      this.#writtenAt = at;
    } catch (error) {
      this.#isChanged = true;
      throw error;
    }
  }

  /** Takes down what has changed. All of it at once: the followers may be closed afterwards. */
  #capture(): Captured[] {
    const { clock, now, tenants } = this.#parts;
    const captured: Captured[] = [];
    for (const savable of tenants()) {
      const { memory, mark } = savable;
      const { tenant } = memory;
      if (!mark) continue;
      const heardAt = memory.live ? clock() : memory.continuity.lostAt;
      const signature = signatureOf(savable);
      const block = this.#blocks.get(tenant);
      if (block && this.#signatures.get(tenant) === signature) this.#blocks.set(tenant, { ...block, heardAt });
      else captured.push({ tenant, heardAt, signature, encode: captureTenant(savable, now) });
    }
    return captured;
  }
}

interface Captured {
  readonly tenant: Tenant;
  readonly heardAt: number;
  readonly signature: string;
  encode(): Promise<TenantContent>;
}

/** Undefined: there is none, as at a first start. */
async function readWhole(path: string): Promise<Buffer | undefined> {
  try {
    const found = await stat(path);
    // Another kind of file may never end, or never begin.
    if (!found.isFile()) throw ignored('it is no file');
    return await readFile(path);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

function unreadable(error: unknown): TenantryError {
  return ignored(`it cannot be read (${reasonOf(error)})`);
}

function notWritten(error: unknown): TenantryError {
  return new TenantryError(
    'SNAPSHOT_NOT_WRITTEN',
    `The snapshot file could not be written (${reasonOf(error)}): the one before it stays, and it is tried again. Is there room, and the right to write in its folder?`,
  );
}

/** The message of a file system has paths in it, and nothing else that the code does not say. */
function reasonOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(code ?? name ?? 'unknown');
}
