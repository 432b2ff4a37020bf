import { isJsonObject } from '../lib/json.ts';
import type { JsonValue } from '../lib/json.ts';
import { asList, at } from './plan.ts';
import type { CheckOutcome, CheckReport } from './result.ts';
import { levelOf, report, result, textAt } from './tool-result.ts';
import { textOf } from './value.ts';

/** `checkov -o json`: one object a framework, alone or in a list. */
export function readCheckov(value: JsonValue): CheckReport | undefined {
  const parts = Array.isArray(value) ? asList(value) : [value];
  if (
    parts.length === 0 ||
    !parts.every((part) => isJsonObject(at(part, 'results')) && 'check_type' in Object(part))
  )
    return undefined;
  const lists: readonly (readonly [string, CheckOutcome])[] = [
    ['passed_checks', 'pass'],
    ['failed_checks', 'fail'],
    ['skipped_checks', 'skipped'],
    ['unknown_checks', 'unknown'],
  ];
  const results = parts.flatMap((part) =>
    lists.flatMap(([list, outcome]) =>
      asList(at(at(part, 'results'), list)).map((check) => {
        const title = textAt(check, 'check_name') ?? 'a check without a name';
        const line = asList(at(check, 'file_line_range'))[0];
        return result({
          tool: 'checkov',
          rule: textAt(check, 'check_id') ?? 'unnamed',
          title,
          outcome,
          level: levelOf(textAt(check, 'severity'), 'medium'),
          resource: textAt(check, 'resource_address') ?? textAt(check, 'resource') ?? 'unnamed',
          file: textAt(check, 'repo_file_path') ?? textAt(check, 'file_path'),
          line: typeof line === 'number' && line > 0 ? line : undefined,
          detail: textAt(check, 'check_result', 'suppress_comment') ?? title,
          fix: textAt(check, 'guideline') ?? '',
        });
      }),
    ),
  );
  const unread = parts.flatMap((part) =>
    asList(at(at(part, 'results'), 'parsing_errors')).map((file) =>
      result({
        tool: 'checkov',
        rule: 'parsing_errors',
        title: 'Checkov can read the file',
        outcome: 'unknown',
        level: 'medium',
        resource: textOf(file),
        file: textOf(file),
        detail: 'Checkov could not read the file, so nothing in it was checked',
      }),
    ),
  );
  return report('checkov', [...results, ...unread]);
}
