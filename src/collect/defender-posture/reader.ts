import type { SecurityCenter } from '@azure/arm-security';
import type { TokenCredential } from '@azure/identity';
import { SECOND_MS } from '../../lib/clock.ts';
import { restPages, scopeOf } from '../polling/rest.ts';
import type { RestPart } from '../polling/rest.ts';
import { wholeAnswerWithin } from '../polling/whole-answer.ts';
import type { DefenderPostureSettings, PostureKind } from './settings.ts';

/** Reads lists of Defender for Cloud, as pages of JSON exactly as they were received. */
export interface PostureReader {
  pages(subscription: string, kind: PostureKind): AsyncGenerator<string>;
  /** Ids of the subscriptions below a management group, whatever is between. */
  subscriptionsBelow(managementGroup: string): Promise<readonly string[]>;
}

export interface ReaderParts {
  readonly credential: TokenCredential;
  readonly signal: AbortSignal;
  /** First pause between the attempts of the SDK, ms. */
  readonly retryDelayMs: number;
}

/**
 * `@azure/arm-security` 5.0.0 asks for pricings of 2022-03-01, which know neither the AI plan's extensions nor how much
 * of a subscription they cover; that list comes from the REST interface of 2024-01-01 with the same credential.
 */
const PRICINGS = (subscription: string): string =>
  `/subscriptions/${subscription}/providers/Microsoft.Security/pricings?api-version=2024-01-01`;
const DESCENDANTS = (group: string): string =>
  `/providers/Microsoft.Management/managementGroups/${group}/descendants?api-version=2020-05-01`;

export async function createPostureReader(
  settings: DefenderPostureSettings,
  { credential, signal, retryDelayMs }: ReaderParts,
): Promise<PostureReader> {
  const { SecurityCenter: Client } = await import('@azure/arm-security');
  const { endpoint } = settings;
  const timeoutMs = settings.timeoutSeconds * SECOND_MS;
  const rest: RestPart = { credential, endpoint, timeoutMs, signal };

  const clientOf = (subscription: string): SecurityCenter =>
    new Client(credential, subscription, {
      $host: endpoint,
      endpoint,
      credentialScopes: [scopeOf(endpoint)],
      additionalPolicies: [{ position: 'perRetry', policy: wholeAnswerWithin(timeoutMs, signal) }],
      retryOptions: { maxRetries: 3, retryDelayInMs: retryDelayMs, maxRetryDelayInMs: 30 * SECOND_MS },
    });

  /** Goes through the pages of a list of the SDK, which alone knows how to go on, and gives the texts behind them. */
  async function* texts<T>(
    list: (options: Options) => { byPage(): AsyncIterableIterator<T> },
  ): AsyncGenerator<Page<T>> {
    let text = '';
    const options: Options = {
      abortSignal: signal,
      onResponse: ({ bodyAsText }) => {
        text = bodyAsText ?? '';
      },
    };
    for await (const items of list(options).byPage()) yield { text, items };
  }

  async function* regulatory(client: SecurityCenter): AsyncGenerator<string> {
    for await (const standards of texts((o) => client.regulatoryComplianceStandards.list(o))) {
      yield standards.text;
      for (const standard of standards.items) {
        const { name } = standard;
        // A standard that is not assigned has no controls to ask for.
        if (name === undefined || standard.state === 'Unsupported') continue;
        for await (const controls of texts((o) => client.regulatoryComplianceControls.list(name, o))) {
          yield controls.text;
          for (const { name: control } of controls.items) {
            if (control === undefined) continue;
            const assessments = texts((o) => client.regulatoryComplianceAssessments.list(name, control, o));
            for await (const { text } of assessments) yield text;
          }
        }
      }
    }
  }

  async function* secureScores(client: SecurityCenter): AsyncGenerator<string> {
    for await (const { text } of texts((o) => client.secureScores.list(o))) yield text;
    for await (const { text } of texts((o) => client.secureScoreControls.list(o))) yield text;
  }

  async function* alone<T>(pages: AsyncGenerator<Page<T>>): AsyncGenerator<string> {
    for await (const { text } of pages) yield text;
  }

  return {
    pages(subscription, kind) {
      const client = clientOf(subscription);
      switch (kind) {
        case 'assessments':
          return alone(texts((o) => client.assessments.list(`subscriptions/${subscription}`, o)));
        case 'alerts':
          return alone(texts((o) => client.alerts.list(o)));
        case 'secure_scores':
          return secureScores(client);
        case 'regulatory':
          return regulatory(client);
        case 'pricings':
          return restPages(PRICINGS(subscription), rest);
      }
    },
    async subscriptionsBelow(managementGroup) {
      const found: string[] = [];
      for await (const text of restPages(DESCENDANTS(managementGroup), rest)) {
        const { value = [] } = JSON.parse(text) as {
          readonly value?: readonly { readonly type?: string; readonly name?: string }[];
        };
        for (const { type, name } of value)
          if (name !== undefined && type?.toLowerCase().endsWith('/subscriptions') === true) found.push(name);
      }
      return found;
    },
  };
}

interface Page<T> {
  readonly text: string;
  readonly items: T;
}

interface Options {
  readonly abortSignal: AbortSignal;
  readonly onResponse: (response: { readonly bodyAsText?: string | null }) => void;
}
