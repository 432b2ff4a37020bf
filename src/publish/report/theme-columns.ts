/** Column widths in percent by table, so that a long value in one row never moves the others. */
const widths: Readonly<Record<string, readonly number[]>> = {
  failing: [25, 18, 17, 22, 18],
  deviations: [26, 28, 17, 29],
  glance: [13, 8.5, 8.5, 8.5, 9, 8.5, 8.5, 9.5, 8.5, 17.5],
  controls: [21, 21, 29, 29],
  levels: [18, 40, 14, 14, 14],
  findings: [20, 46, 18, 16],
  sources: [20, 11, 10, 17, 17, 12.5, 12.5],
  silent: [45, 55],
  words: [22, 15, 63],
};

/** Rules for screens wide enough for columns, and for paper. */
export const columnRules: string = [
  '@media (min-width:900px),print{',
  'table{table-layout:fixed}',
  ...Object.entries(widths).flatMap(([name, all]) =>
    all.map((width, i) => `table.${name} thead th:nth-child(${i + 1}){width:${width}%}`),
  ),
  '}',
].join('\n');
