import type { JsonObject } from '../../../src/lib/json.ts';
import { guid, subscription, tenant } from './case.ts';
import type { RuleCase, RuleCases } from './case.ts';

/** One record of the Activity Log: Azure writes the operation and the path of the resource in capitals. */
function activity(operation: string, resource: string): JsonObject {
  const resourceId =
    `/SUBSCRIPTIONS/${subscription}/RESOURCEGROUPS/RG-EXAMPLE/PROVIDERS/${resource}`.toUpperCase();
  return {
    RoleLocation: 'West Europe',
    ReleaseVersion: '6.2026.8.1+0000000',
    time: '2026-03-02T09:15:01.1234567Z',
    resourceId,
    operationName: operation.toUpperCase(),
    category: 'Administrative',
    resultType: 'Success',
    resultSignature: 'Succeeded.',
    durationMs: '78',
    callerIpAddress: '192.0.2.10',
    correlationId: guid(0xc001),
    identity: {
      authorization: {
        scope: resourceId.toLowerCase(),
        action: operation,
        evidence: {
          role: 'Contributor',
          roleAssignmentScope: `/subscriptions/${subscription}`,
          roleAssignmentId: guid(0xe1).replaceAll('-', ''),
          roleDefinitionId: guid(0xe2).replaceAll('-', ''),
          principalId: guid(0xa1).replaceAll('-', ''),
          principalType: 'User',
        },
      },
      claims: {
        aud: 'https://management.core.windows.net/',
        appid: guid(0xf1),
        ipaddr: '192.0.2.10',
        'http://schemas.microsoft.com/identity/claims/objectidentifier': guid(0xa1),
        'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': 'ada@example.com',
      },
    },
    level: 'Information',
    properties: {
      statusCode: 'OK',
      serviceRequestId: guid(0xd1),
      eventCategory: 'Administrative',
      entity: resourceId.toLowerCase(),
      message: operation,
      hierarchy: tenant,
    },
    tenantId: tenant,
  };
}

/** An operation of the rule, and one beside it that the rule leaves alone, on the same resource. */
const operations = (resource: string, fires: string, misses: string): RuleCase => ({
  fires: [activity(fires, resource)],
  misses: [activity(misses, resource)],
});

const cluster = 'Microsoft.Kubernetes/connectedClusters/aks-example';
const onCluster = (fires: string, misses: string): RuleCase =>
  operations(
    cluster,
    `Microsoft.Kubernetes/connectedClusters/${fires}`,
    `Microsoft.Kubernetes/connectedClusters/${misses}`,
  );

const network = (type: string, fires: string, misses: string): RuleCase =>
  operations(
    `Microsoft.Network/${type}/example`,
    `Microsoft.Network/${fires}`,
    `Microsoft.Network/${misses}`,
  );

const vault = 'Microsoft.KeyVault/vaults/kv-example';
const health = 'Microsoft.ADHybridHealthService/services';

export const activityCases: RuleCases = {
  azure_aadhybridhealth_adfs_new_server: {
    fires: [activity(`${health}/servicemembers/action`, `${health}/AdFederationService-fs.example.com`)],
    misses: [activity(`${health}/servicemembers/action`, `${health}/AdDomainService-example.com`)],
  },
  azure_aadhybridhealth_adfs_service_delete: {
    fires: [activity(`${health}/delete`, `${health}/AdFederationService-fs.example.com`)],
    misses: [activity(`${health}/write`, `${health}/AdFederationService-fs.example.com`)],
  },
  azure_application_gateway_modified_or_deleted: network(
    'applicationGateways',
    'applicationGateways/write',
    'applicationGateways/start/action',
  ),
  azure_application_security_group_modified_or_deleted: network(
    'applicationSecurityGroups',
    'applicationSecurityGroups/delete',
    'applicationSecurityGroups/joinIpConfiguration/action',
  ),
  azure_container_registry_created_or_deleted: operations(
    'Microsoft.ContainerRegistry/registries/crexample',
    'Microsoft.ContainerRegistry/registries/write',
    'Microsoft.ContainerRegistry/registries/listCredentials/action',
  ),
  azure_creating_number_of_resources_detection: operations(
    'Microsoft.Compute/virtualMachines/vm-example',
    'Microsoft.Compute/virtualMachines/write',
    'Microsoft.Compute/virtualMachines/restart/action',
  ),
  azure_dns_zone_modified_or_deleted: network('dnsZones', 'dnsZones/A/write', 'privateDnsZones/A/write'),
  azure_firewall_modified_or_deleted: network(
    'azureFirewalls',
    'azureFirewalls/delete',
    'azureFirewalls/learnedIPPrefixes/action',
  ),
  azure_firewall_rule_collection_modified_or_deleted: network(
    'azureFirewalls',
    'azureFirewalls/natRuleCollections/write',
    'azureFirewalls/write',
  ),
  azure_granting_permission_detection: operations(
    `Microsoft.Authorization/roleAssignments/${guid(0xb1)}`,
    'Microsoft.Authorization/roleAssignments/write',
    'Microsoft.Authorization/roleAssignments/delete',
  ),
  azure_keyvault_key_modified_or_deleted: operations(
    `${vault}/keys/signing`,
    'Microsoft.KeyVault/vaults/keys/purge/action',
    'Microsoft.KeyVault/vaults/keys/versions/read',
  ),
  azure_keyvault_modified_or_deleted: operations(
    vault,
    'Microsoft.KeyVault/vaults/accessPolicies/write',
    'Microsoft.KeyVault/vaults/join/perimeter/action',
  ),
  azure_keyvault_secrets_modified_or_deleted: operations(
    `${vault}/secrets/api-key`,
    'Microsoft.KeyVault/vaults/secrets/write',
    'Microsoft.KeyVault/vaults/keys/write',
  ),
  azure_kubernetes_admission_controller: onCluster(
    'admissionregistration.k8s.io/mutatingwebhookconfigurations/write',
    'admissionregistration.k8s.io/mutatingwebhookconfigurations/delete',
  ),
  azure_kubernetes_cluster_created_or_deleted: onCluster('write', 'listClusterUserCredential/action'),
  azure_kubernetes_cronjob: onCluster('batch/cronjobs/write', 'batch/cronjobs/delete'),
  azure_kubernetes_events_deleted: onCluster('events.k8s.io/events/delete', 'events.k8s.io/events/write'),
  azure_kubernetes_network_policy_change: onCluster(
    'networking.k8s.io/networkpolicies/delete',
    'networking.k8s.io/ingresses/delete',
  ),
  azure_kubernetes_pods_deleted: onCluster('pods/delete', 'pods/write'),
  azure_kubernetes_role_access: onCluster(
    'rbac.authorization.k8s.io/clusterroles/escalate/action',
    'rbac.authorization.k8s.io/clusterrolebindings/write',
  ),
  azure_kubernetes_rolebinding_modified_or_deleted: onCluster(
    'rbac.authorization.k8s.io/rolebindings/write',
    'rbac.authorization.k8s.io/roles/write',
  ),
  azure_kubernetes_secret_or_config_object_access: onCluster('secrets/write', 'secrets/read'),
  azure_kubernetes_service_account_modified_or_deleted: onCluster(
    'serviceaccounts/impersonate/action',
    'groups/impersonate/action',
  ),
  azure_network_firewall_policy_modified_or_deleted: network(
    'firewallPolicies',
    'firewallPolicies/delete',
    'firewallPolicies/ruleCollectionGroups/delete',
  ),
  azure_network_firewall_rule_modified_or_deleted: network(
    'firewallPolicies',
    'firewallPolicies/ruleCollectionGroups/write',
    'firewallPolicies/write',
  ),
  azure_network_p2s_vpn_modified_or_deleted: network(
    'p2sVpnGateways',
    'p2sVpnGateways/generateVpnProfile/action',
    'p2sVpnGateways/getP2sVpnConnectionHealth/action',
  ),
  azure_network_security_modified_or_deleted: network(
    'networkSecurityGroups',
    'networkSecurityGroups/securityRules/write',
    'networkSecurityGroups/defaultSecurityRules/read',
  ),
  azure_network_virtual_device_modified_or_deleted: network(
    'networkInterfaces',
    'networkInterfaces/write',
    'networkInterfaces/effectiveRouteTable/action',
  ),
  azure_new_cloudshell_created: operations(
    'Microsoft.Portal/consoles/default',
    'Microsoft.Portal/consoles/write',
    'Microsoft.Portal/consoles/delete',
  ),
  azure_rare_operations: operations(
    'Microsoft.CognitiveServices/accounts/ai-example',
    'Microsoft.CognitiveServices/accounts/listKeys/action',
    'Microsoft.CognitiveServices/accounts/regenerateKey/action',
  ),
  azure_subscription_permissions_elevation_via_activitylogs: operations(
    'Microsoft.Authorization',
    'Microsoft.Authorization/elevateAccess/action',
    'Microsoft.Authorization/locks/write',
  ),
  azure_suppression_rule_created: operations(
    'Microsoft.Security/alertsSuppressionRules/quiet',
    'Microsoft.Security/alertsSuppressionRules/write',
    'Microsoft.Security/alertsSuppressionRules/delete',
  ),
  azure_virtual_network_modified_or_deleted: network(
    'virtualNetworks',
    'virtualNetworks/subnets/write',
    'virtualNetworks/subnets/join/action',
  ),
  azure_vpn_connection_modified_or_deleted: network(
    'vpnGateways',
    'vpnGateways/vpnConnections/delete',
    'vpnGateways/reset/action',
  ),
};
