import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../src/config.ts';
import { loadToken } from '../src/serve/token.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const file = (path: string): string => readFileSync(join(root, path), 'utf8');

const runIn = (folder: string, program: string, args: readonly string[], env = process.env) =>
  spawnSync(program, args, { cwd: folder, encoding: 'utf8', env });

/** Says so when a program is missing; on CI it has to be there. */
function hasProgram(name: string, debian: string): boolean {
  if (runIn(root, name, ['--version']).status === 0) return true;
  const reason = `${name} is not installed (Debian: apt install ${debian})`;
  if (process.env['CI'] === 'true') throw new Error(`${reason}; CI needs it`);
  console.log(`skipped: ${reason}`);
  return false;
}

interface Service {
  readonly profiles?: readonly string[];
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly secrets: readonly string[];
  readonly volumes: readonly string[];
  readonly security_opt: readonly string[];
  readonly cap_drop: readonly string[];
  readonly read_only?: boolean;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const compose = parse(file('docker-compose.yml')) as Compose;
/** What starts without a profile; the emulator is for trying a source out. */
const services = Object.entries(compose.services).filter(([, { profiles }]) => profiles === undefined);

test.skipIf(!hasProgram('docker-compose', 'docker-compose'))('docker-compose understands the file', () => {
  const { status, stderr } = runIn(root, 'docker-compose', ['-f', 'docker-compose.yml', 'config', '-q']);
  expect([status, stderr]).toEqual([0, '']);
});

describe('docker-compose.yml', () => {
  test('holds the service, Grafana and Prometheus, each with a volume', () => {
    expect(services.map(([name]) => name).toSorted()).toEqual(['grafana', 'plumbline', 'prometheus']);
    expect(Object.keys(compose.volumes)).toHaveLength(3);
  });

  test('publishes every port on the loopback address alone', () => {
    const ports = services.flatMap(([, service]) => service.ports);
    expect(ports).toHaveLength(3);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+/);
  });

  test('pins every image and the plugin', () => {
    for (const [, { image }] of services) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
    expect(compose.services['grafana']?.environment).toMatchObject({
      GF_PLUGINS_PREINSTALL_SYNC: 'yesoreyeram-infinity-datasource@3.11.1',
      GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
    });
  });

  test('gives no process more than it needs', () => {
    for (const [, service] of services) {
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.security_opt).toEqual(['no-new-privileges:true']);
    }
    expect(compose.services['plumbline']?.read_only).toBe(true);
    expect(compose.services['grafana']?.environment).toMatchObject({ GF_AUTH_ANONYMOUS_ENABLED: 'false' });
  });

  test('brings the emulator of Event Hubs with the profile of that name: pinned, on the loopback address', () => {
    const extra = Object.entries(compose.services).filter(([, { profiles }]) => profiles !== undefined);
    expect(extra.map(([name, { profiles }]) => [name, profiles])).toEqual([
      ['event-hubs-emulator', ['emulator']],
      ['azurite', ['emulator']],
    ]);
    for (const [, { image, ports = [] }] of extra) {
      expect(image).toMatch(/:\d+\.\d+\.\d+$/);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    }
    const { UserConfig } = JSON.parse(file('deploy/event-hubs-emulator.json')) as {
      UserConfig: { NamespaceConfig: { Entities: { Name: string }[] }[] };
    };
    expect(UserConfig.NamespaceConfig.flatMap(({ Entities }) => Entities.map(({ Name }) => Name))).toEqual([
      'insights',
    ]);
  });

  test('passes secrets as files: the token to all three, and no secret through the environment', () => {
    for (const [, { secrets }] of services) expect(secrets).toContain('plumbline_token');
    const names = services.flatMap(([, { environment = {} }]) => Object.keys(environment));
    expect(names.filter((name) => /TOKEN|PASSWORD|SECRET/.test(name))).toEqual([
      'GF_SECURITY_ADMIN_PASSWORD__FILE',
    ]);
  });

  test('mounts only what is in the repository', () => {
    const mounted = services
      .flatMap(([, { volumes }]) => volumes)
      .filter((volume) => volume.startsWith('./'));
    expect(mounted.length).toBeGreaterThan(3);
    for (const volume of mounted) {
      const [source = '', , mode] = volume.split(':');
      expect([source, existsSync(join(root, source)), mode]).toEqual([source, true, 'ro']);
    }
  });

  test('fits the provisioning of the boards: folders, variables and the place of the token', () => {
    const grafana = compose.services['grafana'];
    const targets = new Set(grafana?.volumes.map((volume) => volume.split(':')[1]));
    const provider = parse(file('dashboards/provisioning/dashboards/plumbline.yaml')) as {
      providers: { options: { path: string } }[];
    };
    for (const { options } of provider.providers) expect(targets).toContain(options.path);
    expect(targets).toContain('/etc/grafana/provisioning');
    const text = file('dashboards/provisioning/datasources/plumbline.yaml');
    const expanded = [...text.matchAll(/[ "]\$([A-Z][A-Z_]+)/g)].map(([, name]) => name ?? '');
    expect(expanded.length).toBeGreaterThan(1);
    for (const name of expanded) expect(grafana?.environment).toHaveProperty(name);
    const [, secret] = /\$__file\{\/run\/secrets\/(\w+)\}/.exec(text) ?? [];
    expect(compose.secrets).toHaveProperty(secret ?? 'no token file is named');
  });

  test('starts the service with a configuration that it accepts, on the port that is published', () => {
    const service = compose.services['plumbline'];
    const fallback = /^\$\{\w+:-(.+)\}$/.exec(service?.environment?.['PLUMBLINE_DEMO_START'] ?? '')?.[1];
    const { config, problems } = loadConfig('deploy/plumbline.yml', { PLUMBLINE_DEMO_START: fallback }, root);
    expect(problems).toEqual([]);
    expect(config).toMatchObject({ data: '/var/lib/plumbline', serve: { host: '0.0.0.0', port: 4690 } });
    expect(service?.ports).toEqual(['127.0.0.1:4690:4690']);
    expect(service?.volumes).toContain('plumbline-data:/var/lib/plumbline');
    expect(service?.command).toEqual(['run', '--config', '/etc/plumbline/plumbline.yml']);
  });
});

describe('the image', () => {
  const dockerfile = file('deploy/Dockerfile');

  test('is slim, holds no development packages, is no root and says when it is healthy', () => {
    expect(dockerfile.match(/^FROM .*/gm)).toEqual(['FROM node:24-slim AS packages', 'FROM node:24-slim']);
    expect(dockerfile).toContain('npm ci --omit=dev');
    expect(dockerfile.lastIndexOf('\nUSER node')).toBeGreaterThan(dockerfile.lastIndexOf('\nRUN'));
    expect(dockerfile).toMatch(/HEALTHCHECK[\s\S]*127\.0\.0\.1:4690\/healthz/);
  });

  test('copies only what is there and what reaches the builder', () => {
    const allowed = file('deploy/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
      sources.split(' '),
    );
    expect(copied).toContain('src');
    for (const source of copied) {
      expect(existsSync(join(root, source))).toBe(true);
      expect(allowed).toContain(source);
    }
  });
});

describe('deploy/prepare.sh and deploy/entrypoint.sh', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-deploy-'));
    cpSync(join(root, 'deploy'), join(folder, 'deploy'), {
      recursive: true,
      filter: (source) => !/secrets\/[^.]/.test(source),
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const prepare = (): string => runIn(folder, 'sh', ['deploy/prepare.sh']).stdout;
  const secret = (name: string): string => join(folder, 'deploy', 'secrets', name);

  test('make secrets once, in a folder that only their owner can enter', async () => {
    expect(prepare()).toContain('made deploy/secrets/plumbline-token');
    expect(statSync(join(folder, 'deploy', 'secrets')).mode & 0o777).toBe(0o700);
    const first = readFileSync(secret('plumbline-token'), 'utf8');
    expect((await loadToken(secret('plumbline-token'))).token).toBe(first);
    expect(readFileSync(secret('grafana-admin-password'), 'utf8')).not.toBe(first);
    expect(readFileSync(join(folder, '.env'), 'utf8')).toMatch(
      /^PLUMBLINE_DEMO_START=\d{4}-\d\d-\d\dT00:00:00Z\n$/,
    );
    expect(prepare()).toBe('');
    expect(readFileSync(secret('plumbline-token'), 'utf8')).toBe(first);
  });

  test('hand the mounted token to the service and the arguments to the program', async () => {
    prepare();
    const main = join(folder, 'main.mjs');
    writeFileSync(main, 'process.stdout.write(JSON.stringify(process.argv.slice(2)))');
    const data = join(folder, 'data');
    const start = (token: string) =>
      runIn(folder, 'sh', ['deploy/entrypoint.sh', 'run', '--config', 'a b.yml'], {
        ...process.env,
        PLUMBLINE_MAIN: main,
        PLUMBLINE_DATA: data,
        PLUMBLINE_TOKEN_FILE: token,
      });
    expect(start('/nowhere').stdout).toBe('["run","--config","a b.yml"]');
    expect(existsSync(join(data, 'keys'))).toBe(false);
    for (const _again of [1, 2]) expect(start(secret('plumbline-token')).status).toBe(0);
    const { token, isNew } = await loadToken(join(data, 'keys', 'api-token'));
    expect([token, isNew]).toEqual([readFileSync(secret('plumbline-token'), 'utf8'), false]);
  });
});

describe.skipIf(!hasProgram('promtool', 'prometheus'))('deploy/prometheus.yml', () => {
  test('is accepted by promtool', () => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-promtool-'));
    const config = join(folder, 'prometheus.yml');
    // promtool looks whether the token file is there; in the container it is.
    writeFileSync(join(folder, 'token'), 'token');
    const secret = '/run/secrets/plumbline_token';
    const text = file('deploy/prometheus.yml');
    expect(text).toContain(secret);
    writeFileSync(config, text.replace(secret, join(folder, 'token')));
    const { status, stderr } = runIn(folder, 'promtool', ['check', 'config', config]);
    expect([status, stderr]).toEqual([0, '']);
    rmSync(folder, { recursive: true });
  });
});
