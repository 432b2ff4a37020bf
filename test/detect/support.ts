import { loadDetections } from '../../src/detect/load.ts';
import type { LoadedDetection } from '../../src/detect/load.ts';
import { formatProblem } from '../../src/lib/errors.ts';

const whole = `title: Vault key purged
id: 00000000-0000-4000-8000-00000000d001
status: test
description: A key was purged.
references:
    - https://example.com/keys
tags:
    - attack.impact
    - attack.t1485
    - attack.t1685.002
    - atlas.aml.t0054
    - tlp.clear
logsource:
    product: azure
    service: keyvault
detection:
    selection:
        operationName: KeyPurge
    filter:
        resultType: Failure
    condition: selection and not filter
falsepositives:
    - A clean-up
level: high
author: Plumbline
date: 2026-03-02
modified: 2026-03-02
license: Apache-2.0
assertion: keys.protected
runbook: |
    1. Read the caller.
custom:
    observes: fail
    resource: [properties.id, resourceId]
`;

/** The text of a whole detection, with texts in it replaced; a line replaced by nothing is left out. */
export const detectionText = (changes: Readonly<Record<string, string>> = {}): string =>
  Object.entries(changes).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the detection has no ${from}`);
    return to === '' ? text.replace(`${from}\n`, '') : text.replace(from, to);
  }, whole);

/** @throws Error with every problem when there is one. */
export function loadedDetection(changes: Readonly<Record<string, string>> = {}): LoadedDetection {
  const { items, problems } = loadDetections([
    { file: 'azure/vault_key_purged.yml', text: detectionText(changes) },
  ]);
  const [item] = items;
  if (item === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return item;
}
