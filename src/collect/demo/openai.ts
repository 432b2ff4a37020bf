import type { JsonObject } from '../../lib/json.ts';
import type { Random } from '../../lib/random.ts';
import { curves, isSilent, moments, someoneAtWork } from './clockwork.ts';
import type { Hour } from './clockwork.ts';
import { accountList, region } from './estate.ts';
import type { AiAccount, Deployment } from './estate.ts';
import { dotnetTicks, guid, iso7 } from './text.ts';

export interface ModelCall {
  readonly time: number;
  readonly account: AiAccount;
  readonly deployment: Deployment;
  /** Object id of the caller; empty when the account key was used. */
  readonly objectId: string;
  /** Last octet masked, as the service logs it. */
  readonly maskedIp: string;
  readonly status: 200 | 400 | 401 | 403 | 429 | 500;
  readonly requestLength: number;
  readonly responseLength: number;
}

/** `10.20.4.11` becomes `10.20.4.***`: the service never logs the whole address. */
const maskIp = (ip: string): string => ip.replace(/\.\d+$/, '.***');

const durationOf = (call: ModelCall, random: Random): number => {
  if (call.status !== 200) return random.int(3, 60);
  return call.deployment.operation === 'Embeddings_Create' ? random.int(18, 140) : random.int(380, 6_200);
};

/** A `RequestResponse` record: who called which deployment, how much went in and came out, never the text. */
export function modelCall(call: ModelCall, random: Random): JsonObject {
  const { time, account, deployment } = call;
  const duration = durationOf(call, random);
  const isStreaming = random.chance(0.4);
  const properties = {
    apiName: 'Azure OpenAI API version 2024-10-21',
    requestTime: dotnetTicks(time, random),
    requestLength: call.requestLength,
    responseTime: dotnetTicks(time + duration, random),
    responseLength: call.responseLength,
    objectId: call.objectId,
    streamType: isStreaming ? 'Streaming' : 'Non-Streaming',
    modelDeploymentName: deployment.name,
    modelName: deployment.model,
    modelVersion: deployment.version,
  };
  return {
    Tenant: region,
    callerIpAddress: call.maskedIp,
    category: 'RequestResponse',
    correlationId: guid(random),
    // Clock skew inside the service makes a duration negative once in a while.
    durationMs: random.chance(0.0005) ? -duration : duration,
    event: 'ShoeboxCallResult',
    location: region,
    operationName: deployment.operation,
    // The same category arrives as an object and as JSON text.
    properties: random.chance(0.35) ? JSON.stringify(properties) : properties,
    resourceId: random.chance(0.9) ? account.id.toUpperCase() : account.id,
    resultSignature: random.chance(0.9) ? String(call.status) : call.status,
    time: iso7(time + duration, random),
  };
}

/** An `Audit` record: a management call that reached the service itself. */
export const accountAudit = (
  time: number,
  account: AiAccount,
  operationName: string,
  objectId: string,
  random: Random,
): JsonObject => ({
  AssetIdentity: guid(random),
  Tenant: region,
  category: 'Audit',
  operationName,
  properties: { objectId },
  resourceId: account.id.toUpperCase(),
  time: iso7(time, random),
});

const lengths = (
  deployment: Deployment,
  random: Random,
): { requestLength: number; responseLength: number } =>
  deployment.operation === 'Embeddings_Create'
    ? { requestLength: random.int(300, 6_000), responseLength: random.int(33_000, 34_500) }
    : { requestLength: random.int(900, 14_000), responseLength: random.int(400, 5_200) };

const outcome = (random: Random): ModelCall['status'] => {
  const dice = random.next();
  if (dice < 0.955) return 200;
  if (dice < 0.982) return 429;
  if (dice < 0.993) return 400;
  if (dice < 0.996) return 401;
  return dice < 0.998 ? 403 : 500;
};

function request(hour: Hour, time: number, account: AiAccount): void {
  const { random } = hour;
  const deployment = random.pick(account.deployments);
  const byPerson = account.kind === 'AIServices' && random.chance(0.3);
  const byKey = !account.isKeyless && random.chance(0.03);
  const caller = byPerson ? someoneAtWork(hour).id : byKey ? '' : account.caller.id;
  const call: ModelCall = {
    time,
    account,
    deployment,
    objectId: caller,
    maskedIp: maskIp(account.caller.ip),
    status: outcome(random),
    ...lengths(deployment, random),
  };
  hour.emit(
    'ai-diagnostics',
    time,
    modelCall({ ...call, ...(call.status === 200 ? {} : { responseLength: 312 }) }, random),
  );
  if (call.status !== 429) return;
  // A throttled client waits and tries again.
  const again = time + random.int(2_000, 9_000);
  if (!isSilent(hour, account.id, again)) {
    hour.emit('ai-diagnostics', again, modelCall({ ...call, time: again, status: 200 }, random));
  }
}

/** The models' day: every account's calls, throttling and retries, refused prompts, wrong tokens. */
export function modelTraffic(hour: Hour): void {
  const { random } = hour;
  for (const account of accountList) {
    const curve = account.kind === 'AIServices' ? curves.office : curves.application;
    for (const time of moments(hour, 26_000 * account.share, curve)) {
      if (!isSilent(hour, account.id, time)) request(hour, time, account);
    }
    for (const time of moments(hour, 60, curves.steady)) {
      if (isSilent(hour, account.id, time)) continue;
      const operation = random.pick(['GetDeployment', 'ListDeployments', 'GetModels']);
      hour.emit('ai-diagnostics', time, accountAudit(time, account, operation, account.caller.id, random));
    }
  }
}
