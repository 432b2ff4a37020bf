import type { RuleResult } from './rule-tests.ts';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** Text as XML 1.0 can hold it: what it cannot is replaced. */
const xml = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r -\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}')
    .replaceAll(/[&<>"\n]/g, (char) => escapes[char] ?? char);

/** Rule tests as JUnit XML, the form that CI servers read: a suite a rule, a case an event. */
export function junitOf(results: readonly RuleResult[]): string {
  const suites = results.map(({ rule, file, cases, problems }) => {
    const tests = [
      ...cases.map(({ name, shouldMatch, fault }) => ({
        name: `${shouldMatch ? 'matches' : 'does not match'}: ${name}`,
        fault,
      })),
      ...problems.map(({ what, fix }) => ({ name: what, fault: fix === '' ? what : `${what}: ${fix}` })),
    ];
    const failures = tests.filter(({ fault }) => fault !== undefined).length;
    return {
      tests: tests.length,
      failures,
      text: [
        `  <testsuite name="${xml(rule)}" file="${xml(file)}" tests="${tests.length}" failures="${failures}">`,
        ...tests.map(({ name, fault }) => {
          const open = `    <testcase classname="${xml(rule)}" name="${xml(name)}"`;
          return fault === undefined ? `${open}/>` : `${open}><failure message="${xml(fault)}"/></testcase>`;
        }),
        '  </testsuite>',
      ].join('\n'),
    };
  });
  const sum = (of: 'tests' | 'failures'): number => suites.reduce((total, suite) => total + suite[of], 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="plumbline test" tests="${sum('tests')}" failures="${sum('failures')}">`,
    ...suites.map(({ text }) => text),
    '</testsuites>',
  ].join('\n');
}
