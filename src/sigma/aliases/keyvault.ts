import { resourceEnvelope, seenIn } from './sources.ts';
import { named, realPaths } from './table.ts';
import type { AliasTable } from './table.ts';

const objectId = 'identity.claim.http://schemas.microsoft.com/identity/claims/objectidentifier';
const upn = 'identity.claim.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn';

/** Key Vault: what was asked of keys, secrets, certificates and the vault. */
export const keyVault: AliasTable = {
  product: 'azure',
  service: 'keyvault',
  paths: [
    ...realPaths(seenIn.vaultPage, `${resourceEnvelope} identity.claim ${objectId} ${upn}`),
    ...realPaths(seenIn.vaultPage, 'appid oid upn idtyp ipaddr xms_mirid', 'identity.claim.'),
    ...realPaths(
      seenIn.vaultPage,
      'clientInfo requestUri id httpStatusCode isAccessPolicyMatch evaluationDetails',
      'properties.',
    ),
    ...realPaths(
      seenIn.vaultTable,
      'isRbacAuthorized isAddressAuthorized tlsVersion trustedService vaultProperties networkAcls ' +
        'enablePurgeProtection enableRbacAuthorization enableSoftDelete',
      'properties.',
    ),
  ],
  names: named(seenIn.diagnosticsTable, {
    TimeGenerated: 'time',
    _ResourceId: 'resourceId',
    clientInfo_s: 'properties.clientInfo',
    requestUri_s: 'properties.requestUri',
    id_s: 'properties.id',
    httpStatusCode_d: 'properties.httpStatusCode',
    isAccessPolicyMatch_b: 'properties.isAccessPolicyMatch',
    tlsVersion_s: 'properties.tlsVersion',
    identity_claim_appid_g: 'identity.claim.appid',
    identity_claim_oid_g: 'identity.claim.oid',
    identity_claim_upn_s: 'identity.claim.upn',
    identity_claim_ipaddr_s: 'identity.claim.ipaddr',
    identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g: objectId,
    identity_claim_http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s: upn,
  }),
  words: [],
};
