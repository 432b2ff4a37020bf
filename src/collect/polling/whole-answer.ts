/** A request as the pipelines of Azure's SDKs hand it on, as far as it matters here. */
interface Abortable {
  abortSignal?: unknown;
}

interface Policy {
  readonly name: string;
  sendRequest<R extends Abortable, A>(request: R, next: (request: R) => Promise<A>): Promise<A>;
}

/**
 * Limits each attempt, its body included: the SDKs' own timeout ends with the headers, so that a body which stalls
 * would hold a collector for ever.
 */
export const wholeAnswerWithin = (timeoutMs: number, signal: AbortSignal): Policy => ({
  name: 'wholeAnswerWithin',
  async sendRequest(request, next) {
    const limit = AbortSignal.timeout(timeoutMs);
    request.abortSignal = AbortSignal.any([signal, limit]);
    try {
      return await next(request);
    } catch (thrown) {
      if (!limit.aborted || signal.aborted) throw thrown;
      throw new Error('no whole answer in time; raise timeoutSeconds, or look at the network', {
        cause: thrown,
      });
    }
  },
});
