import { expect, test } from 'vitest';
import { PipelineError, describeError, errorCodes, formatProblem } from '../../src/lib/errors.ts';

test('an error says where, what and why', () => {
  const error = new PipelineError(
    'SOURCE_UNAVAILABLE',
    'event_hubs openai-logs',
    'no answer; is the network rule open?',
    {
      cause: new Error('ECONNREFUSED'),
    },
  );
  expect(describeError(error)).toBe(
    'event_hubs openai-logs: no answer; is the network rule open?; cause: ECONNREFUSED',
  );
  expect(error.isTransient).toBe(true);
  expect(new PipelineError('CONFIG_INVALID', 'x', 'y').isTransient).toBe(false);
  expect(describeError('text')).toBe('text');
});

test('a problem is one line with its place', () => {
  const problem = { file: 'a.yml', line: 3, column: 7, what: 'unknown key "x"', fix: 'did you mean "y"?' };
  expect(formatProblem(problem)).toBe('a.yml:3:7  unknown key "x"  did you mean "y"?');
  expect(formatProblem({ ...problem, fix: '' })).toBe('a.yml:3:7  unknown key "x"');
});

test('every code has a meaning and an exit code that the command line documents', () => {
  for (const { means, exit } of Object.values(errorCodes)) {
    expect(means).toMatch(/^[A-Z].*\.$/);
    expect([1, 2, 3, 4]).toContain(exit);
  }
});
