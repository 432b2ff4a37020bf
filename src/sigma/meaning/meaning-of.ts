import type { ValueTest } from '../ast.ts';
import { booleanMeaning } from './boolean.ts';
import { cidrMeaning } from './cidr.ts';
import { fieldrefMeaning } from './fieldref.ts';
import type { TestMeaning } from './meaning.ts';
import { numberMeaning } from './number.ts';
import { existsMeaning, nullMeaning } from './presence.ts';
import { regexMeaning } from './regex.ts';
import { textMeaning } from './text.ts';

/** Every kind of test: one file each, which holds its matcher, its KQL and its words. */
export function meaningOf(test: ValueTest): TestMeaning {
  switch (test.kind) {
    case 'text':
      return textMeaning(test);
    case 'number':
      return numberMeaning(test);
    case 'boolean':
      return booleanMeaning(test);
    case 'null':
      return nullMeaning();
    case 'exists':
      return existsMeaning(test);
    case 'regex':
      return regexMeaning(test);
    case 'cidr':
      return cidrMeaning(test);
    case 'fieldref':
      return fieldrefMeaning(test);
  }
}
