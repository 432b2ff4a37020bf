import type { Actor, ActorType } from '../domain/event.ts';
import { cleanIp, text } from './fields.ts';
import type { Fields, Notes } from './fields.ts';

const soap = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
const microsoft = 'http://schemas.microsoft.com/identity/claims';

export const unknownActor = (ip: string | undefined): Actor => ({
  id: undefined,
  name: undefined,
  type: 'unknown',
  ip,
});

/** The address a record gives for its caller, cleaned. */
export const callerIp = (
  record: Fields | undefined,
  notes: Notes,
  first: string,
  ...others: readonly string[]
): string | undefined => cleanIp(text(record, first, ...others), notes, first);

/**
 * Who is meant by the claims of a token: short names in newer records, URIs in older ones. `xms_mirid` is on the
 * token of a managed identity only, `idtyp` says app or user where it is there.
 */
export function claimsActor(claims: Fields, ip: string | undefined): Actor {
  const user = text(claims, `${soap}/upn`, 'upn', 'unique_name', 'preferred_username');
  const email = text(claims, `${soap}/emailaddress`, `${soap}/name`, 'email');
  const spn = text(claims, `${soap}/spn`, 'spn');
  const appId = text(claims, 'appid', 'azp');
  const id = text(claims, `${microsoft}/objectidentifier`, 'oid');
  const name = user ?? email ?? text(claims, 'name') ?? spn;
  // Azure's own services carry a name claim as well, but no address: `Microsoft.Advisor`.
  const isNamed = user !== undefined || email?.includes('@') === true;
  return { id: id ?? appId, name, type: claimsType(claims, isNamed, id ?? appId), ip };
}

function claimsType(claims: Fields, isNamed: boolean, id: string | undefined): ActorType {
  if (text(claims, 'xms_mirid') !== undefined) return 'managed_identity';
  const kind = text(claims, 'idtyp')?.toLowerCase();
  if (kind === 'app') return 'service_principal';
  if (kind === 'user' || isNamed) return 'user';
  return id === undefined ? 'azure' : 'service_principal';
}

/** `User`, `ServicePrincipal` and their kin, as role assignments and storage name them. */
export function principalType(word: string | undefined): ActorType | undefined {
  switch (word?.toLowerCase()) {
    case 'user':
    case 'member':
    case 'guest':
      return 'user';
    case 'serviceprincipal':
    case 'application':
      return 'service_principal';
    case 'managedidentity':
    case 'msi':
      return 'managed_identity';
    default:
      return undefined;
  }
}
