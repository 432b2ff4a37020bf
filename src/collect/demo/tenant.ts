import { fixedGuid } from './text.ts';

/** Northwind Health is fictional. Names are made up, addresses are from the documentation ranges. */
const domain = 'northwind-health.example.com';
export const tenantId = fixedGuid('a0001');

export type Zone = 'london' | 'chicago';

export interface Person {
  readonly kind: 'user';
  readonly id: string;
  readonly name: string;
  readonly upn: string;
  readonly zone: Zone;
  readonly team: 'clinical' | 'claims' | 'research' | 'platform' | 'security';
  /** Where they work today: an office's exit or their home's. */
  readonly ip: string;
  readonly device: string;
}

export interface Workload {
  readonly kind: 'service_principal' | 'managed_identity';
  readonly id: string;
  readonly appId: string;
  readonly name: string;
  readonly ip: string;
}

export type Identity = Person | Workload;

const offices: Readonly<Record<Zone, string>> = { london: '192.0.2.10', chicago: '192.0.2.130' };

type Roster = readonly (readonly [name: string, zone: Zone, team: Person['team']])[];

const roster: Roster = [
  ['Ada Mensah', 'london', 'clinical'],
  ['Bram Okafor', 'london', 'clinical'],
  ['Carys Lindqvist', 'london', 'clinical'],
  ['Dilan Farrow', 'london', 'clinical'],
  ['Edie Nakamura', 'london', 'clinical'],
  ['Fionn Abara', 'london', 'clinical'],
  ['Greta Solberg', 'london', 'clinical'],
  ['Hugo Pereira', 'london', 'claims'],
  ['Imani Clarke', 'london', 'claims'],
  ['Jonas Whitlock', 'london', 'claims'],
  ['Kezia Marlowe', 'london', 'claims'],
  ['Leo Hartmann', 'london', 'claims'],
  ['Mirela Kovac', 'london', 'claims'],
  ['Noor Haddad', 'london', 'research'],
  ['Oskar Lind', 'london', 'research'],
  ['Priya Raman', 'london', 'research'],
  ['Quentin Ashby', 'london', 'research'],
  ['Rosa Delgado', 'london', 'research'],
  ['Samir Qureshi', 'london', 'platform'],
  ['Tilda Bergman', 'london', 'platform'],
  ['Uma Castell', 'london', 'platform'],
  ['Viktor Hale', 'london', 'security'],
  ['Wren Adeyemi', 'london', 'security'],
  ['Xavier Boone', 'chicago', 'clinical'],
  ['Yara Fontaine', 'chicago', 'clinical'],
  ['Zeke Holloway', 'chicago', 'clinical'],
  ['Alma Reyes', 'chicago', 'clinical'],
  ['Boyd Tanaka', 'chicago', 'claims'],
  ['Cleo Vance', 'chicago', 'claims'],
  ['Dario Fenwick', 'chicago', 'claims'],
  ['Esme Caldwell', 'chicago', 'claims'],
  ['Felix Amadi', 'chicago', 'claims'],
  ['Gwen Sorensen', 'chicago', 'research'],
  ['Hale Navarro', 'chicago', 'research'],
  ['Ines Kowalski', 'chicago', 'research'],
  ['Jude Merrick', 'chicago', 'platform'],
  ['Kaia Lombard', 'chicago', 'platform'],
  ['Luca Osei', 'chicago', 'platform'],
  ['Maren Holt', 'chicago', 'security'],
  ['Niko Salazar', 'chicago', 'security'],
];

const everyThirdAtHome = (index: number, zone: Zone): string =>
  index % 3 === 2 ? `198.51.100.${64 + index}` : offices[zone];

export const people: readonly Person[] = roster.map(([name, zone, team], index) => ({
  kind: 'user',
  id: fixedGuid(`c${String(index + 1).padStart(4, '0')}`),
  name,
  upn: `${name.toLowerCase().replace(' ', '.')}@${domain}`,
  zone,
  team,
  ip: everyThirdAtHome(index, zone),
  device: `NWH-${zone === 'london' ? 'L' : 'C'}${String(1200 + index)}`,
}));

const admin = (number: number, name: string, zone: Zone): Person => ({
  kind: 'user',
  id: fixedGuid(`ad${String(number).padStart(3, '0')}`),
  name: `${name} (admin)`,
  upn: `admin.${name.toLowerCase().replace(' ', '.')}@${domain}`,
  zone,
  team: 'platform',
  ip: offices[zone],
  device: `NWH-PAW${number}`,
});

/** Separate accounts for administration, activated for hours at a time. */
export const admins = {
  samir: admin(1, 'Samir Qureshi', 'london'),
  tilda: admin(2, 'Tilda Bergman', 'london'),
  viktor: admin(3, 'Viktor Hale', 'london'),
  jude: admin(4, 'Jude Merrick', 'chicago'),
} as const;
export const adminList: readonly Person[] = Object.values(admins);

/** Addresses that no office and no home of the tenant has. */
export const strangers = {
  abroad: '203.0.113.200',
  onTilda: '203.0.113.148',
  onJude: '203.0.113.87',
} as const;

/** The emergency account that nobody should need, as the stranger who uses it. */
export const breakGlass: Person = {
  kind: 'user',
  id: fixedGuid('b9001'),
  name: 'Break Glass 01',
  upn: 'breakglass-01@example.com',
  zone: 'london',
  team: 'security',
  ip: strangers.abroad,
  device: '',
};

const workload = (number: number, kind: Workload['kind'], name: string, ip: string): Workload => ({
  kind,
  id: fixedGuid(`e${String(number).padStart(4, '0')}`),
  appId: fixedGuid(`f${String(number).padStart(4, '0')}`),
  name,
  ip,
});

export const workloads = {
  terraform: workload(1, 'service_principal', 'sp-terraform-deployer', '192.0.2.40'),
  pipelines: workload(2, 'service_principal', 'sp-release-pipelines', '192.0.2.41'),
  claimsBatch: workload(3, 'service_principal', 'sp-claims-batch', '10.20.8.15'),
  notebooks: workload(4, 'service_principal', 'sp-research-notebooks', '10.20.12.22'),
  playbooks: workload(5, 'service_principal', 'sp-sentinel-playbooks', '10.20.30.4'),
  clinicalApi: workload(6, 'managed_identity', 'mi-clinical-api', '10.20.4.11'),
  claimsWorker: workload(7, 'managed_identity', 'mi-claims-worker', '10.20.8.12'),
  indexer: workload(8, 'managed_identity', 'mi-search-indexer', '10.20.6.5'),
  gateway: workload(9, 'managed_identity', 'mi-apim-gateway', '10.20.2.7'),
  kubelet: workload(10, 'managed_identity', 'mi-aks-kubelet', '10.20.16.4'),
  backup: workload(11, 'managed_identity', 'mi-backup', '10.20.20.9'),
  remediation: workload(12, 'managed_identity', 'mi-policy-remediation', '10.20.30.8'),
} as const;
export const workloadList: readonly Workload[] = Object.values(workloads);
