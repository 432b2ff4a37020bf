export interface App {
  readonly id: string;
  readonly name: string;
  readonly resource: string;
  readonly resourceId: string;
}

const app = (id: string, name: string, resource: string, resourceId: string): App => ({
  id,
  name,
  resource,
  resourceId,
});

/** First-party application ids are the same in every tenant. */
export const apps = {
  portal: app(
    'c44b4083-3bb0-49c1-b47d-974e53cbdf3c',
    'Azure Portal',
    'Windows Azure Service Management API',
    '797f4846-ba00-4fd7-ba43-dac1f8f63013',
  ),
  office: app(
    '4765445b-32c6-49b0-83e6-1d93765276ca',
    'OfficeHome',
    'Microsoft Graph',
    '00000003-0000-0000-c000-000000000000',
  ),
  teams: app(
    '1fec8e78-bce4-4aaf-ab1b-5451cc387264',
    'Microsoft Teams',
    'Microsoft Graph',
    '00000003-0000-0000-c000-000000000000',
  ),
  outlook: app(
    'd3590ed6-52b3-4102-aeff-aad2292ab01c',
    'Microsoft Office',
    'Office 365 Exchange Online',
    '00000002-0000-0ff1-ce00-000000000000',
  ),
  clinicalDesk: app(
    '00000000-0000-0000-0000-0000000f1001',
    'Northwind Clinical Desk',
    'Northwind Clinical API',
    '00000000-0000-0000-0000-0000000f1002',
  ),
} as const;

export interface Place {
  readonly city: string;
  readonly state: string;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
}

export const places = {
  london: { city: 'London', state: 'England', country: 'GB', latitude: 51.5, longitude: -0.12 },
  chicago: { city: 'Chicago', state: 'Illinois', country: 'US', latitude: 41.88, longitude: -87.63 },
  lagos: { city: 'Lagos', state: 'Lagos', country: 'NG', latitude: 6.45, longitude: 3.39 },
} as const satisfies Record<string, Place>;

/** Sign-in errors seen every day: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export const failures = {
  wrongPassword: { code: 50126, reason: 'Error validating credentials due to invalid username or password.' },
  mfaPrompt: { code: 50074, reason: 'Strong Authentication is required.' },
  passwordExpired: { code: 50055, reason: 'The password is expired.' },
  keepSignedIn: { code: 50140, reason: 'This error occurred due to "Keep me signed in" interrupt.' },
  consent: { code: 65001, reason: 'The user or administrator has not consented to use the application.' },
} as const;
export type SignInFailure = (typeof failures)[keyof typeof failures];
