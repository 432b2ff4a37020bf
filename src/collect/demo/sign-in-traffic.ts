import { curves, isHeld, moments, someoneAtWork } from './clockwork.ts';
import type { Hour } from './clockwork.ts';
import { apps, failures } from './sign-in-facts.ts';
import type { SignInFailure } from './sign-in-facts.ts';
import { userSignIn, workloadSignIn } from './sign-ins.ts';
import type { UserSignIn } from './sign-ins.ts';
import { adminList, workloadList } from './tenant.ts';
import type { Workload } from './tenant.ts';

const daily = [apps.office, apps.teams, apps.outlook, apps.clinicalDesk];

const targets = [
  ['Windows Azure Service Management API', '797f4846-ba00-4fd7-ba43-dac1f8f63013'],
  ['Azure Key Vault', 'cfa8b339-82a2-471a-a3c9-0fc0be7a4093'],
  ['Azure Storage', 'e406a681-f3d4-42a8-90b6-c2b029497af1'],
  ['Microsoft Cognitive Services', '7d312290-28c8-473c-a0ed-8e53749b6d6d'],
] as const;

const principals = workloadList.filter(({ kind }) => kind === 'service_principal');
const identities = workloadList.filter(({ kind }) => kind === 'managed_identity');

/** Microsoft's own applications sign in to a tenant too. */
const firstParty: Workload = {
  kind: 'service_principal',
  id: '00000000-0000-0000-0000-00000000e0f1',
  appId: '00000000-0000-0000-0000-00000000f0f1',
  name: 'Azure Policy Insights',
  ip: '',
};

function person(hour: Hour, signIn: UserSignIn): void {
  hour.emit('entra', signIn.time, userSignIn(signIn, hour.random));
}

/** A person at the browser: a prompt or a typing error now and then, followed by the sign-in that works. */
function interactive(hour: Hour, time: number): void {
  const { random } = hour;
  const signIn = {
    person: someoneAtWork(hour),
    app: random.pick(daily),
    isInteractive: true,
    authentication: random.chance(0.8) ? 'multiFactorAuthentication' : 'singleFactorAuthentication',
  } as const;
  const stumble = (failure: SignInFailure): void =>
    person(hour, { ...signIn, time: time - random.int(8_000, 40_000), failure });
  const dice = random.next();
  if (dice < 0.06) stumble(failures.wrongPassword);
  else if (dice < 0.16) stumble(failures.mfaPrompt);
  else if (dice < 0.18) stumble(failures.keepSignedIn);
  else if (dice < 0.185) stumble(failures.passwordExpired);
  else if (dice < 0.19) stumble(failures.consent);
  person(hour, { ...signIn, time });
}

/** Everyone who signed in today, people and machines. */
export function signInTraffic(hour: Hour): void {
  const { random } = hour;
  for (const time of moments(hour, 1_200, curves.office)) interactive(hour, time);
  for (const time of moments(hour, 120, curves.office)) {
    // Administrators reach the portal with a second factor, always.
    const administrator = random.pick(adminList);
    if (isHeld(hour, administrator.id, time)) continue;
    person(hour, {
      time,
      person: administrator,
      app: apps.portal,
      isInteractive: true,
      authentication: 'multiFactorAuthentication',
    });
  }
  for (const time of moments(hour, 6_400, curves.office)) {
    person(hour, {
      time,
      person: someoneAtWork(hour),
      app: random.pick(daily),
      isInteractive: false,
      authentication: random.chance(0.85) ? 'multiFactorAuthentication' : 'singleFactorAuthentication',
    });
  }
  for (const time of moments(hour, 3_300, curves.application)) {
    const [resource, resourceId] = random.pick(targets);
    const errorCode = random.chance(0.004) ? 7000215 : 0;
    const workload = random.pick(principals);
    const signIn = {
      time,
      workload,
      resource,
      resourceId,
      errorCode,
      category: 'ServicePrincipalSignInLogs',
    } as const;
    hour.emit('entra', time, workloadSignIn(signIn, random));
  }
  for (const time of moments(hour, 4_200, curves.application)) {
    const [resource, resourceId] = random.pick(targets);
    const workload = random.pick(identities);
    const signIn = {
      time,
      workload,
      resource,
      resourceId,
      errorCode: 0,
      category: 'ManagedIdentitySignInLogs',
    } as const;
    hour.emit('entra', time, workloadSignIn(signIn, random));
  }
  for (const time of moments(hour, 420, curves.steady)) {
    const [resource, resourceId] = targets[0];
    const category = 'MicrosoftServicePrincipalSignInLogs';
    const signIn = { time, workload: firstParty, resource, resourceId, errorCode: 0, category } as const;
    hour.emit('entra', time, workloadSignIn(signIn, random));
  }
}
