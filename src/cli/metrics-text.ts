/** One line of the Prometheus text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const label = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

const valueOf = (text: string): number =>
  text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);

const unescape = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_all, next: string) => (next === 'n' ? '\n' : next));

/**
 * Reads the samples of a text in the Prometheus exposition format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Comments, and lines that are none of it, are passed over.
 */
export function readMetrics(text: string): readonly Sample[] {
  const samples: Sample[] = [];
  for (const row of text.split('\n')) {
    const [, name, labels = '', value] = line.exec(row) ?? [];
    if (name === undefined || value === undefined) continue;
    const named = Array.from(labels.matchAll(label), ([, key = '', escaped = '']) => [
      key,
      unescape(escaped),
    ]);
    samples.push({
      name,
      labels: Object.fromEntries(named) as Record<string, string>,
      value: valueOf(value),
    });
  }
  return samples;
}
