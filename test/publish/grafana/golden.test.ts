import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { grafana } from '../../../src/publish/grafana/grafana.ts';
import { files } from './generated.ts';

const committed = fileURLToPath(new URL('../../../dashboards/', import.meta.url));

test('the committed files are what the generator makes, byte for byte, and nothing else lies beside them', () => {
  expect(
    readdirSync(committed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(committed.length).replace(/^\//, ''))
      .toSorted(),
  ).toEqual(files.map(({ path }) => path).toSorted());
  for (const { path, text } of files)
    expect([path, readFileSync(`${committed}${path}`, 'utf8')]).toEqual([path, text]);
});

test('generating again gives the same bytes', async () => {
  expect(await grafana.generate({ detections: [], frameworks: [], ruleText: () => '' })).toEqual(files);
  expect(grafana).toMatchObject({ type: 'grafana', folder: 'dashboards', isCommitted: true });
});

test('provisioning asks for the token in a file, names the hosts it may be sent to and locks what it sets up', () => {
  const file = (path: string): unknown => parse(files.find((one) => one.path === path)?.text ?? '');
  expect(file('provisioning/datasources/plumbline.yaml')).toMatchObject({
    apiVersion: 1,
    datasources: [
      {
        uid: 'plumbline-evidence',
        type: 'yesoreyeram-infinity-datasource',
        editable: false,
        jsonData: { auth_method: 'bearerToken', allowedHosts: ['$PLUMBLINE_URL'] },
        secureJsonData: { bearerToken: '$__file{/run/secrets/plumbline_token}' },
      },
      { uid: 'plumbline-metrics', type: 'prometheus', editable: false },
    ],
  });
  expect(file('provisioning/dashboards/plumbline.yaml')).toMatchObject({
    apiVersion: 1,
    providers: [{ type: 'file', allowUiUpdates: false, disableDeletion: true }],
  });
});
