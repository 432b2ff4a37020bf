import { curves, moments } from './clockwork.ts';
import type { Hour } from './clockwork.ts';
import { accountList, cluster, gateway, hubNamespace, region, search } from './estate.ts';
import { guid, iso7, usDate } from './text.ts';

function gatewayLog(hour: Hour, time: number): void {
  const { random } = hour;
  const account = random.pick(accountList);
  const deployment = random.pick(account.deployments);
  const dice = random.next();
  const code = dice < 0.96 ? 200 : dice < 0.985 ? 429 : 401;
  const path = `/openai/deployments/${deployment.name}/chat/completions?api-version=2024-10-21`;
  hour.emit('ai-diagnostics', time, {
    DeploymentVersion: '0.48.22104.0',
    Level: 4,
    Sku: 'Premium',
    callerIpAddress: account.caller.ip,
    category: 'GatewayLogs',
    correlationId: guid(random),
    durationMs: random.int(40, 5_000),
    isRequestSuccess: code === 200,
    location: 'UK South',
    operationName: 'Microsoft.ApiManagement/GatewayLogs',
    properties: {
      apiId: 'azure-openai-service-api',
      apiRevision: '4',
      backendMethod: 'POST',
      backendResponseCode: code,
      backendTime: random.int(30, 4_900),
      backendUrl: `https://${account.name}.openai.azure.com${path}`,
      cache: 'none',
      clientProtocol: 'HTTP/1.1',
      clientTlsVersion: '1.3',
      method: 'POST',
      operationId: deployment.operation,
      requestSize: random.int(500, 14_000),
      responseCode: code,
      responseSize: random.int(300, 6_000),
      url: `https://ai.northwind-health.example.com${path}`,
    },
    resourceId: gateway.id.toUpperCase(),
    resultType: code === 200 ? 'Succeeded' : 'Failed',
    time: iso7(time, random),
    truncated: 0,
  });
}

function searchLog(hour: Hour, time: number): void {
  const { random } = hour;
  const isQuery = random.chance(0.9);
  hour.emit('ai-diagnostics', time, {
    time: iso7(time, random),
    resourceId: search.id.toUpperCase(),
    operationName: isQuery ? 'Query.Search' : 'Indexing.Index',
    operationVersion: '2024-07-01',
    category: 'OperationLogs',
    resultType: 'Success',
    resultSignature: 200,
    durationMs: random.int(6, 380),
    properties: {
      Description: isQuery
        ? "POST /indexes('clinical-notes')/docs/search"
        : "POST /indexes('clinical-notes')/docs/index",
      Query: '?api-version=2024-07-01',
      Documents: isQuery ? random.int(0, 50) : random.int(1, 1_000),
      IndexName: 'clinical-notes',
    },
  });
}

const changes = [
  ['patch', 'deployments', 'inference'],
  ['update', 'leases', 'kube-system'],
  ['create', 'pods', 'inference'],
  ['delete', 'pods', 'inference'],
  ['update', 'configmaps', 'inference'],
] as const;

/** AKS writes the Kubernetes audit event as JSON text into `properties.log`. */
function kubeAudit(hour: Hour, time: number): void {
  const { random } = hour;
  const [verb, resource, namespace] = random.pick(changes);
  const stamp = iso7(time, random);
  const auditEvent = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: guid(random),
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/${namespace}/${resource}`,
    verb,
    user: { username: `system:serviceaccount:${namespace}:deployer`, groups: ['system:serviceaccounts'] },
    sourceIPs: ['10.20.16.9'],
    objectRef: { resource, namespace, name: `scorer-${random.hex(5)}`, apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: stamp,
  };
  hour.emit('platform', time, {
    operationName: 'Microsoft.ContainerService/managedClusters/diagnosticLogs/Read',
    category: 'kube-audit-admin',
    ccpNamespace: '0000000000000000000aks01',
    resourceId: cluster.id.toUpperCase(),
    properties: {
      log: `${JSON.stringify(auditEvent)}\n`,
      stream: 'stdout',
      pod: 'kube-apiserver-6c9d7f9b-00001',
    },
    time: stamp,
    Cloud: 'AzureCloud',
    Environment: 'prod',
    location: region,
  });
}

/** Event Hubs' own log: no `time`, no `operationName`, a US date under a name of its own. */
function hubOperation(hour: Hour, time: number): void {
  const { random } = hour;
  hour.emit('platform', time, {
    ActivityId: guid(random),
    Caller: 'Portal',
    Environment: 'PROD',
    EventName: 'Retrieve ConsumerGroup',
    EventProperties: JSON.stringify({ Namespace: hubNamespace.name, TrackingId: guid(random) }),
    EventTimeString: `${usDate(time)} +00:00`,
    Region: 'UK South',
    ScaleUnit: 'PROD-LN1-AZ501',
    Status: 'Succeeded',
    category: 'OperationalLogs',
    resourceId: hubNamespace.id.toUpperCase(),
  });
}

/** The services around the models: gateway, search, cluster, the hubs themselves. */
export function platformTraffic(hour: Hour): void {
  for (const time of moments(hour, 2_600, curves.application)) gatewayLog(hour, time);
  for (const time of moments(hour, 1_300, curves.application)) searchLog(hour, time);
  for (const time of moments(hour, 1_500, curves.steady)) kubeAudit(hour, time);
  for (const time of moments(hour, 20, curves.steady)) hubOperation(hour, time);
}
