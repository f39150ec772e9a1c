/** Everything that the processes of the demo print and report: it must not have a secret in it. */
export class Transcript {
  readonly #lines: string[] = [];

  readonly add = (line: string): void => void this.#lines.push(line);

  /** Keeps what is written to a stream of this process, too. */
  watch(stream: NodeJS.WriteStream): void {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    stream.write = (...args: unknown[]) => {
      this.add(String(args[0]));
      return write(...args);
    };
  }

  get size(): number {
    return this.#lines.length;
  }

  has(text: string): boolean {
    return this.#lines.some(line => line.includes(text));
  }
}
