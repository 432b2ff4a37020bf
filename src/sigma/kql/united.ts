export const indented = (text: string, by = 4): string => text.replaceAll(/^/gm, ' '.repeat(by));

/** One query over all of them. `isfuzzy`: a workspace need not have every table. */
export function united(bodies: readonly string[]): string {
  const [only = ''] = bodies;
  return bodies.length === 1
    ? only
    : `union isfuzzy=true\n${bodies.map((text) => `  (\n${indented(text)}\n  )`).join(',\n')}`;
}

/** `Name = kql`, or the name alone when the column has it already. */
export const assigned = (name: string, kql: string): string => (kql === name ? name : `${name} = ${kql}`);
