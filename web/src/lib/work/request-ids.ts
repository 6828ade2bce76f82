/** After so long, whoever asks for the same has seen what became of it, and wants it once more. */
const KEPT_MS = 120_000;

/**
 * The ids of what one dialog, or one button, asks for. The same request has the same id each time: when no answer came it is sent
 * again by its id, and a server that has begun it gives its first answer instead of beginning it twice.
 */
export class RequestIds {
  readonly #ids = new Map<string, { requestId: string; at: number }>();

  /** The request with its id. */
  of<Request extends object>(request: Request): Request & { requestId: string } {
    const key = JSON.stringify(request);
    const known = this.#ids.get(key);
    const isKept = known !== undefined && Date.now() - known.at < KEPT_MS;
    const { requestId } = isKept ? known : { requestId: crypto.randomUUID() };
    this.#ids.set(key, { requestId, at: Date.now() });
    return { ...request, requestId };
  }

  /** The request was answered: whoever asks for the same now wants it once more. */
  answered(request: object): void {
    this.#ids.delete(JSON.stringify(request));
  }
}
